"""The proof of one document: each sum with its figures, what Shopify said, what the books answered.

Everything is worked out from what is kept: the frozen document, the facts and the receipt. A
comparison says equal or not, and shows both figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting import codec
from accounting.documents.document import Allocation, Debtor, Document, Entry, Role
from accounting.facts import Fact, Order, Transaction
from accounting.facts.told import MoneyBag

ZERO = Decimal("0")
MOST_TERMS = 8  # of a sum that is written out

EQUAL = (_("Equal"), "success")
DIFFERS = (_("Differs"), "critical")
SINCE = (_("Changed since"), "neutral")
NOT_SAID = (_("Not said"), "neutral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the proof: `figures` make up `result`, in the document's currency; `verdict` says
    whether that is what the document has, `stated`, with its tone. `note` is what a reader may
    ask."""

    what: str | Promise
    figures: str = ""
    result: Decimal | None = None
    stated: str = ""
    verdict: tuple[str | Promise, str] | None = None
    note: str | Promise = ""


def proof(entry: Entry, facts: Sequence[Fact], receipt: dict[str, Any] | None) -> list[Step]:
    """The steps from the lines to the books. `facts` are those of the order."""
    steps: list[Step] = []
    if isinstance(entry, Document):
        steps += _sums(entry) if entry.lines else []
        steps += _said_by_shopify(entry, facts)
    elif isinstance(entry, Allocation):
        steps += _settled(entry)
    return [*steps, *_said_by_the_books(entry, receipt)]


def _sums(entry: Document) -> Iterator[Step]:
    yield Step(
        what=_("Net of all lines"),
        figures=_sum([line.net for line in entry.lines]),
        result=entry.net,
        verdict=EQUAL if all(_multiplies(line) for line in entry.lines) else DIFFERS,
        note=_("Each line is its quantity times its unit price."),
    )
    yield Step(
        what=_("Tax of all lines"),
        figures=_sum([line.tax for line in entry.lines if line.tax]),
        result=entry.tax,
    )
    yield Step(
        what=_("Net and tax"),
        figures=_sum([entry.net, entry.tax]),
        result=entry.net + entry.tax,
        stated=_figure(entry.total),
        verdict=_verdict(entry.net + entry.tax, entry.total),
        note=_("The total of the document."),
    )


def _multiplies(line: Any) -> bool:
    return bool(line.quantity * line.unit_price == line.net)


def _said_by_shopify(entry: Document, facts: Sequence[Fact]) -> Iterator[Step]:
    if entry.key.role is Role.INVOICE:
        yield from _total_of_order(entry, facts)
    money = (Role.PAYMENT, Role.REFUND, Role.REVERSAL)
    if entry.key.role in money:
        for fact in facts:
            if isinstance(fact, Transaction) and fact.id == entry.key.source_id:
                yield _money(entry, fact)
                return


def _total_of_order(entry: Document, facts: Sequence[Fact]) -> Iterator[Step]:
    versions = [fact for fact in facts if isinstance(fact, Order)]
    totals = {_amount(fact.total_price, fact, entry) for fact in versions}
    newest = max(versions, key=lambda fact: fact.updated_at, default=None)
    if newest is None:
        return
    said = _amount(newest.total_price, newest, entry)
    same = entry.total in totals
    yield Step(
        what=_("Shopify: total of the order"),
        result=entry.total if same else said,
        stated=_figure(entry.total),
        verdict=EQUAL if same else SINCE,
        note="" if same else _("What was edited or refunded is in documents of its own."),
    )


def _amount(bag: MoneyBag, order: Order, entry: Document) -> Decimal:
    return bag.shop if entry.currency == order.currency else bag.presentment


def _money(entry: Document, fact: Transaction) -> Step:
    own = fact.currency == entry.currency or fact.shop_amount is None
    amount = fact.amount if own else fact.shop_amount
    assert amount is not None  # `own` says so
    moved = amount + (fact.rounding if own else ZERO)
    return Step(
        what=_("Shopify: the money that moved"),
        figures=_sum([amount, fact.rounding]) if own and fact.rounding else "",
        result=moved,
        stated=_figure(entry.total),
        verdict=_verdict(moved, entry.total),
    )


def _settled(entry: Allocation) -> Iterator[Step]:
    yield Step(
        what=_("Open before it"),
        figures=f"{entry.source} {_figure(entry.source_open)} · "
        f"{entry.target} {_figure(entry.target_open)}",
        result=min(entry.source_open, entry.target_open),
        stated=_figure(entry.amount),
        verdict=EQUAL if entry.amount <= min(entry.source_open, entry.target_open) else DIFFERS,
        note=_("It settles no more than both have open."),
    )


def _said_by_the_books(entry: Entry, receipt: dict[str, Any] | None) -> Iterator[Step]:
    if receipt is None or isinstance(entry, Debtor):
        return
    said = _decimal(receipt.get("total"))
    yield Step(
        what=_("The books: total"),
        result=said,
        stated=_figure(entry.total),
        verdict=NOT_SAID if said is None else _verdict(said, entry.total),
        note=_("The books have cancelled it.") if receipt.get("cancelled") else "",
    )
    if customer := receipt.get("customer"):
        yield Step(
            what=_("The books: customer"),
            figures=str(customer),
            stated=entry.customer,
            verdict=EQUAL if customer == entry.customer else DIFFERS,
        )
    for name, what in (("outstanding", _("Open there")), ("unapplied", _("Not used there yet"))):
        if (amount := _decimal(receipt.get(name))) is not None:
            yield Step(what=what, result=amount)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else codec.load(Decimal, value)


def _verdict(found: Decimal, expected: Decimal) -> tuple[str | Promise, str]:
    return EQUAL if found == expected else DIFFERS


def _sum(terms: Sequence[Decimal]) -> str:
    """The terms of a sum; of a long one its first and its last."""
    figures = [_figure(term) for term in terms]
    if len(figures) > MOST_TERMS:
        figures = [*figures[: MOST_TERMS - 2], "…", figures[-1]]
    return " + ".join(figures).replace("+ -", "− ")


def _figure(amount: Decimal) -> str:
    exact = amount.normalize()
    return f"{amount:,.{max(2, -int(exact.as_tuple().exponent))}f}"
