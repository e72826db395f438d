"""What this side keeps: the shops that installed Lejar with their tokens and plans, the raw webhook
inbox, what is read from Shopify, what Shopify asks about personal data, who is told by e-mail, and
accountants' links."""

from __future__ import annotations

from shopify_app.models.accountants import AccountantKnock, AccountantLink, AccountantSession
from shopify_app.models.deliveries import Delivery
from shopify_app.models.mails import Episode, Mail, MailAddress, MailSettings
from shopify_app.models.plans import ShopDetails, ShopPlan
from shopify_app.models.privacy import PersonalDataAccess, PrivacyRequest
from shopify_app.models.reconciliations import ProductReading, Reconciliation, ShopReading
from shopify_app.models.shops import Shop
from shopify_app.models.tokens import OfflineToken

__all__ = [
    "AccountantKnock",
    "AccountantLink",
    "AccountantSession",
    "Delivery",
    "Episode",
    "Mail",
    "MailAddress",
    "MailSettings",
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
