"""Generated lives of orders with what must stand in the books at their end, worked out from the
life and its transactions alone. The one place that knows where lives come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from accounting.documents.build import build
from accounting.documents.document import Document
from accounting.documents.rules import gateway_key
from accounting.facts import Fact, Transaction, merge
from tests.facts import GATEWAYS, make_rules
from tests.lives import life

TRIGGERS = ("paid", "created")
CASH_ON_DELIVERY = "Cash on Delivery (COD)"
ACCOUNTS = {name: f"clearing:{name}" for name in GATEWAYS} | {
    gateway_key(CASH_ON_DELIVERY): "clearing:cod",
    gateway_key("gift_card"): "gift_card",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """The documents of one life, its own debtor, what that debtor owes in the end, and what moved
    through each account for money."""

    documents: Sequence[Document]
    debtor: str
    currency: str
    owed: Decimal
    moved: dict[str, Decimal]


def facts_of_life(seed: int) -> Sequence[Fact]:
    return life(Random(seed)).facts


def lived(seed: int) -> Lived:
    """The life of this seed. Each of the first 1000 has a debtor and a number prefix of its own."""
    found = life(Random(seed))
    debtor = f"300-L{seed:03}"
    rules = make_rules(
        prefix=f"L{seed:03}", cash_debtors={"MYR": debtor}, trigger=TRIGGERS[seed % 2]
    )
    plan = build(merge(found.facts), rules, (), stem="", settled=True)
    assert plan.problems == (), f"seed {seed}"
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    owed = 0 if found.cancelled_at or not documents else found.owed
    return Lived(
        documents=documents,
        debtor=debtor,
        currency=found.order.currency,
        owed=Decimal(owed) / 100,
        moved=_moved(found.facts),
    )


def _moved(facts: Sequence[Fact]) -> dict[str, Decimal]:
    """Straight from the transactions: in, less returned."""
    sums: dict[str, Decimal] = {}
    for fact in facts:
        if isinstance(fact, Transaction) and fact.status == "success":
            account = ACCOUNTS[gateway_key(fact.gateway)]
            amount = -fact.amount if fact.kind == "refund" else fact.amount
            sums[account] = sums.get(account, Decimal(0)) + amount
    return sums
