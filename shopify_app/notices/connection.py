"""Whether Lejar can ask Shopify about the shop, and may."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shopify_app import tokens
from shopify_app.models import Shop
from shopify_app.notices.notice import Notice, Words
from shopify_app.scopes import missing

GOES_ON = lazy("Orders still arrive and are posted; what Lejar reads from Shopify itself waits.")


def _goes_on(shop: Shop) -> Words:
    return GOES_ON if shop.state == Shop.State.ACTIVE else ""


def unavailable(shop: Shop, now: datetime) -> Notice | None:
    if shop.state != Shop.State.UNAVAILABLE:
        return None
    return Notice(
        code="shop_unavailable",
        tone="critical",
        title=_("Shopify says that this shop is closed, frozen or locked"),
        text=_("Nothing is sent to the books until it is open again; orders that arrive are kept."),
        next_step=_("Settle it with Shopify. Lejar asks again every day and goes on by itself."),
    )


def reconnect(shop: Shop, now: datetime) -> Notice | None:
    token = tokens.of(shop)
    if token is None or token.issued_at is None or token.is_usable(now):
        return None
    return Notice(
        code="reconnect",
        tone="critical",
        title=_("Lejar has to be connected to Shopify again"),
        text=_goes_on(shop),
        next_step=_("Open Lejar again in a few minutes: that is all it takes."),
    )


def unreached(shop: Shop, now: datetime) -> Notice | None:
    token = tokens.of(shop)
    if token is None or token.issued_at is not None or token.again_at is None:
        return None
    return Notice(
        code="shopify_unreached",
        tone="warning",
        title=_("Shopify did not let Lejar connect just now"),
        text=_goes_on(shop),
        next_step=_("Nothing is lost. Lejar tries again when it is opened in a few minutes."),
    )


def permissions(shop: Shop, now: datetime) -> Notice | None:
    token = tokens.of(shop)
    known = shop.scopes or (token is not None and token.issued_at is not None)
    lacking = missing(shop.scopes) if known else []
    if not lacking:
        return None
    return Notice(
        code="approve_permissions",
        tone="critical",
        title=_("Lejar lacks permissions"),
        text=_("Not approved: %(scopes)s.") % {"scopes": ", ".join(lacking)},
        next_step=_(
            "Close Lejar, open it again from the Shopify admin, and approve what Shopify asks for."
        ),
    )
