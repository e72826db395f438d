"""What this side keeps: the shops that installed Lejar with their tokens and plans, the raw webhook
inbox, what is read from Shopify, and what Shopify asks about personal data."""

from __future__ import annotations

from shopify_app.models.deliveries import Delivery
from shopify_app.models.plans import ShopDetails, ShopPlan
from shopify_app.models.privacy import PersonalDataAccess, PrivacyRequest
from shopify_app.models.reconciliations import ProductReading, Reconciliation, ShopReading
from shopify_app.models.shops import Shop
from shopify_app.models.tokens import OfflineToken

__all__ = [
    "Delivery",
    "OfflineToken",
    "PersonalDataAccess",
    "PrivacyRequest",
    "ProductReading",
    "Reconciliation",
    "Shop",
    "ShopDetails",
    "ShopPlan",
    "ShopReading",
]
