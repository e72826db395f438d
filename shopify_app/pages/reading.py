"""Whether a hold that reading the order anew could end does end by itself, and what to do if not.

Some messages promise it; the promise is kept only while Lejar can read from Shopify, and has not
given this order up.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.models import Order
from shopify_app import tokens
from shopify_app.models import Shop

Words = str | Promise
# The end of what treatment G7 makes `documents` say, and what else asks for a reading.
PROMISE = re.compile(
    r" Lejar credits (?:them|the rest) by itself once it has read the order anew from Shopify and "
    r"found none\.$"
)
READ = frozenset({"FACTS_INCOMPLETE"})

READING = _("Lejar reads the order from Shopify now. If that explains it, it goes on by itself.")
GIVEN_UP = _(
    "Lejar tried to read the order from Shopify and does not try again by itself. Read it anew "
    "when you have settled why, or enter what is missing in the books by hand."
)
OFF = _("Reading from Shopify is switched off here, so this does not end by itself: ")
CLOSED = _("Shopify says that the shop is closed, so this does not end by itself now: ")
NO_ACCESS = _("Lejar has no access to Shopify now, so this does not end by itself: ")
BY_HAND = _("enter what is missing in the books by hand, or leave it held.")
OPEN_AGAIN = _("open Lejar again in a few minutes, then read the order anew.")
SETTLE = _("settle it with Shopify, then read the order anew.")


def obstacle(shop: Shop, now: datetime) -> tuple[Words, Words] | None:
    """Why no order of the shop is read now, and what to do; None while they can be."""
    if settings.SHOPIFY_FETCH == "never":
        return OFF, BY_HAND
    if shop.state != Shop.State.ACTIVE:
        return CLOSED, SETTLE
    token = tokens.of(shop)
    if token is None or not token.is_usable(now):
        return NO_ACCESS, OPEN_AGAIN
    return None


def truthful(message: str, code: str, order: Order, why_not: tuple[Words, Words] | None) -> str:
    """The message of a hold, without a promise that is not kept."""
    if code in READ and (why_not or order.refetch_trouble):
        return PROMISE.sub("", message)
    return message


def next_step(code: str, order: Order, why_not: tuple[Words, Words] | None) -> Words | None:
    """What to do about a hold that reading the order could end; None for all others, and where
    nothing is known but what the hold's own words say."""
    if code not in READ:
        return None
    if why_not:
        return f"{why_not[0]}{why_not[1]}"
    if order.refetch_trouble:
        return GIVEN_UP
    return READING if order.refetch_ready_at else None
