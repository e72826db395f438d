"""What this side keeps: the shops that installed Lejar and the raw webhook inbox."""

from __future__ import annotations

from shopify_app.models.deliveries import Delivery
from shopify_app.models.privacy import PrivacyRequest
from shopify_app.models.reconciliations import Reconciliation, ShopReading
from shopify_app.models.shops import Shop

__all__ = ["Delivery", "PrivacyRequest", "Reconciliation", "Shop", "ShopReading"]
