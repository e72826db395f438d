"""What this side keeps: the shops that installed Lejar, their tokens and the raw webhook inbox."""

from __future__ import annotations

from shopify_app.models.deliveries import Delivery
from shopify_app.models.privacy import PrivacyRequest
from shopify_app.models.shops import Shop
from shopify_app.models.tokens import OfflineToken

__all__ = ["Delivery", "OfflineToken", "PrivacyRequest", "Shop"]
