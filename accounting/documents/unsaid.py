"""What nobody said of an order, and the merchant's settings ask for (ADR 28).

An order that was only ever read anew may lack what the merchant has not let Lejar read. Posting it
without would post it otherwise than its webhooks would have.
"""

from __future__ import annotations

from collections.abc import Callable

from accounting.documents.case import Case
from accounting.documents.document import Problem
from accounting.documents.rules import Policy

WHO, TYPED, WHERE = "who bought", "the buyer's tax details", "at which location it was sold"

NEEDS: tuple[tuple[str, str, Callable[[Policy], bool]], ...] = (
    ("customer", WHO, lambda policy: policy.customers != "cash"),
    ("customer", WHO, lambda policy: policy.einvoice.since is not None),
    ("tax_details", TYPED, lambda policy: policy.einvoice.asks_buyer),
    ("location_id", WHERE, lambda policy: policy.project_by == "location"),
)


def settings_are_answered(case: Case) -> list[Problem]:
    """Everything the settings turn on has been said, by a webhook or when the order was read."""
    unsaid = case.order.unsaid
    missing = dict.fromkeys(
        what for name, what, needs in NEEDS if name in unsaid and needs(case.policy)
    )
    return [
        case.incomplete(
            "settings",
            f"Shopify does not tell Lejar {what} of this order, and your settings turn on it. "
            "Approve the permission in Shopify, or enter this order in the books yourself.",
            (what, "not said"),
        )
        for what in missing
    ]
