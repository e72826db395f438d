"""Which sales channels are left out of the books, and which are asked about first (treatment row
47, ruling R4).

An order that a marketplace brought has usually been entered from the marketplace's own statement,
so posting it would count the sale twice. Only the channel's name decides, and tags the merchant
named; never the gateway: ShopeePay is a wallet that any shop may take.
"""

from __future__ import annotations

from accounting.documents.document import Problem
from accounting.documents.rules import Policy, gateway_key
from accounting.facts import Order

TAG = "tag:"

# Parts of channel names as `gateway_key` writes them. More than are excluded from the start: of
# these only the merchant can say whether their sales come here or from elsewhere.
KNOWN_MARKETPLACES = (
    "shopee",
    "lazada",
    "tiktok",
    "zalora",
    "pgmall",
    "lelong",
    "carousell",
    "mudah",
    "youbeli",
    "qoo10",
    "amazon",
    "ebay",
    "etsy",
    "temu",
    "shein",
    "aliexpress",
    "alibaba",
    "walmart",
    "rakuten",
    "tokopedia",
    "bukalapak",
    "blibli",
    "coupang",
    "flipkart",
    "marketplace",
)


def excluded_by(order: Order, policy: Policy) -> str:
    """Why the order's channel or tags keep it out of the books, in a sentence; "" when they do not.

    A pattern is a part of the channel's name; one that begins with "tag:" is a whole tag, because a
    merchant knows the tags by heart and a channel's name is the app's choice. Case never counts.
    """
    tags = {_folded(tag): tag for tag in order.tags}
    for pattern in filter(None, map(_folded, policy.excluded_sources)):
        if pattern.startswith(TAG):
            tag = tags.get(pattern.removeprefix(TAG).strip())
            if tag:
                return f"Tagged “{tag}”, which is excluded."
        elif pattern in _folded(order.source_name):
            return f"Sold through {order.source_name}, which is excluded."
    return ""


def unknown_source(order: Order, policy: Policy) -> Problem | None:
    """A channel that looks like a marketplace and that nobody has decided about: held until the
    merchant says, once for all its orders."""
    source = order.source_name
    included = {_folded(name) for name in policy.included_sources}
    looks_like = [name for name in KNOWN_MARKETPLACES if name in gateway_key(source)]
    if not looks_like or _folded(source) in included or excluded_by(order, policy):
        return None
    message = (
        f"The order came through “{source}”, which looks like a marketplace. If its sales reach "
        "the books another way, add it to the excluded channels; if they are to be posted from "
        "here, add it to your own channels. You are asked only once for each channel."
    )
    terms = (("channel", source), ("looks like", looks_like[0]))
    return Problem(code="SOURCE_UNKNOWN", subject=source, message=message, terms=terms)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
