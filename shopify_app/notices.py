"""What a merchant is told on every page, and by `GET /api/v1/summary`, until it is over.

Each function says one thing or nothing, from what is at hand: a page must not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shopify_app import tokens
from shopify_app.models import Shop
from shopify_app.scopes import missing

TONES = ("critical", "warning", "info")  # as Polaris calls them, the worst first
GOES_ON = lazy("Orders still arrive and are posted; what Lejar reads from Shopify itself waits.")
Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`code` is for programs and never changes; the rest is in the reader's language. With a
    `link`, `next_step` is where it leads."""

    code: str
    tone: str
    title: Words
    text: Words = ""
    next_step: Words = ""
    link: str = ""


def notices(shop: Shop, *, now: datetime) -> list[Notice]:
    """What there is to say of the shop, the worst first."""
    said = (check(shop, now) for check in CHECKS)
    return worst_first(notice for notice in said if notice is not None)


def worst_first(given: Iterable[Notice]) -> list[Notice]:
    return sorted(given, key=lambda notice: TONES.index(notice.tone))


def _unavailable(shop: Shop, now: datetime) -> Notice | None:
    if shop.state != Shop.State.UNAVAILABLE:
        return None
    return Notice(
        code="shop_unavailable",
        tone="critical",
        title=_("Shopify says that this shop is closed, frozen or locked"),
        text=_("Nothing is sent to the books until it is open again; orders that arrive are kept."),
        next_step=_("Settle it with Shopify. Lejar asks again every day and goes on by itself."),
    )


def _reconnect(shop: Shop, now: datetime) -> Notice | None:
    token = tokens.of(shop)
    if token is None or token.issued_at is None or token.is_usable(now):
        return None
    return Notice(
        code="reconnect",
        tone="critical",
        title=_("Lejar has to be connected to Shopify again"),
        text=GOES_ON,
        next_step=_("Open Lejar again in a few minutes: that is all it takes."),
    )


def _unreached(shop: Shop, now: datetime) -> Notice | None:
    token = tokens.of(shop)
    if token is None or token.issued_at is not None or token.again_at is None:
        return None
    return Notice(
        code="shopify_unreached",
        tone="warning",
        title=_("Shopify did not let Lejar connect just now"),
        text=GOES_ON,
        next_step=_("Nothing is lost. Lejar tries again when it is opened in a few minutes."),
    )


def _permissions(shop: Shop, now: datetime) -> Notice | None:
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


CHECKS: Sequence[Callable[[Shop, datetime], Notice | None]] = (
    _unavailable,
    _reconnect,
    _permissions,
    _unreached,
)
