"""What this side keeps: the shops that installed Lejar the raw webhook inbox,
and what Shopify asks about personal data."""

from __future__ import annotations

from shopify_app.models.deliveries import Delivery
from shopify_app.models.privacy import PersonalDataAccess, PrivacyRequest
from shopify_app.models.shops import Shop

__all__ = ["Delivery", "PersonalDataAccess", "PrivacyRequest", "Shop"]
