"""What an order's first document settles for the order: policies changed later leave it alone.

Treatment 1.3 pins prefix (in the order's stem), trigger, currency side and customer. The other
policies here decide what a sealed document says or when it was due: another answer in the middle of
an order would contradict what is in the books. Codes are not pinned: each document has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from accounting.documents.rules import Policy

WORDS = (
    "trigger",
    "partial_payment",
    "invoice_date",
    "currency_side",
    "customers",
    "discounts",
)
FOLD_WINDOW = "fold_window"  # kept in seconds
GIFT_CARDS = "gift_card_skus"  # a list: what was sold as a card is taken back as one


def pinned(policy: Policy) -> dict[str, Any]:
    """The policies to keep with the order, as JSON values."""
    words = {name: getattr(policy, name) for name in WORDS}
    seconds, cards = int(policy.fold_window.total_seconds()), list(policy.gift_card_skus)
    return {**words, FOLD_WINDOW: seconds, GIFT_CARDS: cards}


def laid_over(policy: Policy, kept: Mapping[str, Any]) -> Policy:
    """The policy as this order knows it. What was not kept is as the merchant says today."""
    changes: dict[str, Any] = {name: kept[name] for name in WORDS if name in kept}
    if GIFT_CARDS in kept:
        changes[GIFT_CARDS] = tuple(kept[GIFT_CARDS])
    if FOLD_WINDOW in kept:
        changes[FOLD_WINDOW] = timedelta(seconds=kept[FOLD_WINDOW])
    return replace(policy, **changes)
