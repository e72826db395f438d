"""Generated lives of orders with what must stand in the books at their end, worked out from the
life's own truth. The one place that knows where lives come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count

from accounting.documents.build import build
from accounting.documents.document import Document, Entry
from accounting.documents.rules import Rules, gateway_key
from accounting.facts import Fact, merge
from accounting.soak.generator import THEMES
from accounting.soak.lives import Life
from accounting.soak.parts import Tax
from accounting.soak.run import live
from accounting.soak.truth import Expected, expected

EVERYDAY: frozenset[str] = frozenset()
LIVED = THEMES - {"fx"}  # a debtor here has one currency
LIABILITIES = {"giftcard": "gift_card", "shopifystorecredit": "store_credit"}


UNWRITABLE = ("TAX_RECOMPUTE", "CONNECTION_UNSUPPORTED")


class CannotBeWritten(Exception):
    """These books compute other tax, or take no such line: the order is held, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """The documents of one life, its own debtor, what that debtor owes in the end, and what moved
    through each account for money."""

    entries: Sequence[Entry]
    documents: Sequence[Document]
    debtor: str
    currency: str
    owed: Decimal
    moved: dict[str, Decimal]


def facts_of_life(seed: int) -> Sequence[Fact]:
    """Of the next everyday life from `seed` on whose taxes have a rate: not all books here know a
    zero."""
    lives = (live(number, EVERYDAY) for number in count(1000 * seed))
    return next(found.facts for found in lives if all(tax.percent for tax in _taxes(found)))


def _taxes(found: Life) -> Iterator[Tax]:
    return (tax for part in found.parts for tax in part.taxes)


def lived(seed: int, in_the_books: Callable[[Rules], Rules] = lambda rules: rules) -> Lived:
    """The life of this seed. Each of the first 1000 has a debtor and a number prefix of its own.
    `in_the_books` gives its rules the codes of some books; what moved keeps the life's own. Raises
    CannotBeWritten."""
    found = live(seed, LIVED)
    debtor = f"300-L{seed:03}"
    policy = replace(found.rules.policy, prefix=f"L{seed:03}", cash_debtors={"MYR": debtor})
    rules = replace(found.rules, policy=policy)
    plan = build(merge(found.facts), in_the_books(rules), (), stem="", settled=True)
    if any(problem.code in UNWRITABLE for problem in plan.problems):
        raise CannotBeWritten
    assert plan.problems == (), f"seed {seed}: {plan.problems}"
    truth = expected(found)
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    return Lived(
        entries=plan.entries,
        documents=documents,
        debtor=debtor,
        currency=found.exchange.shown,
        owed=Decimal(found.owed - truth.written_off if truth.documents else 0) / 100,
        moved=_moved(found, truth, _cards_sold(found, truth, documents)),
    )


def _cards_sold(found: Life, truth: Expected, documents: Sequence[Document]) -> Decimal:
    """At their face. How the unpaid rest of a cancelled order falls on its gift cards is the
    product's to say."""
    if truth.written_off:
        return sum(
            (
                line.net if document.is_debit else -line.net
                for document in documents
                for line in document.lines
                if line.account == "gift_card"
            ),
            Decimal(0),
        )
    cards = found.of("gift_card") if truth.documents else []
    return Decimal(sum(part.price.shop * part.left_units for part in cards)) / 100


def _moved(found: Life, truth: Expected, cards: Decimal) -> dict[str, Decimal]:
    """In, less returned; gift cards sold are a liability on the account they are redeemed from."""
    sums: dict[str, Decimal] = {}
    for (role, _), event in truth.documents.items():
        if role in ("P", "V", "F"):
            key = gateway_key(event.gateway)
            account = LIABILITIES.get(key) or found.rules.gateways[key].account
            amount = Decimal(event.amount.shop + event.rounding) / 100
            sums[account] = sums.get(account, Decimal(0)) + (amount if role == "P" else -amount)
    if cards:
        sums["gift_card"] = sums.get("gift_card", Decimal(0)) - cards
    return sums
