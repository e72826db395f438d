"""One sen wrong on purpose, in one place at a time: the tie-out must call it unexplained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.document import Document, Kind
from accounting.facts import Facts, MoneyBag, Order
from accounting.tie.written import Doubt, Row
from tests.accounting.tie.tied import missing, planned, rows_of, standing_of, tied_as, wrong
from tests.casefiles import load

SEN = Decimal("0.01")
Broken = tuple[Facts, list[Row]]


def document(rows: list[Row], kind: Kind, change: Callable[[Document], Document]) -> list[Row]:
    """The first document of the kind is another one; the books hold what it says."""
    place = next(i for i, row in enumerate(rows) if row.document.kind is kind)
    changed = change(rows[place].document)
    rows[place] = replace(rows[place], document=changed, held=changed.total)
    return rows


def held(rows: list[Row], kind: Kind, **changes: Any) -> list[Row]:
    place = next(i for i, row in enumerate(rows) if row.document.kind is kind)
    rows[place] = replace(rows[place], **changes)
    return rows


def bag(value: MoneyBag) -> MoneyBag:
    return MoneyBag(shop=value.shop + SEN, presentment=value.presentment + SEN)


def dearer(entry: Document) -> Document:
    return replace(entry, total=entry.total + SEN)


def taxed_more(entry: Document) -> Document:
    place = next(i for i, line in enumerate(entry.lines) if line.tax)
    lines = list(entry.lines)
    lines[place] = replace(lines[place], tax=lines[place].tax + SEN)
    return replace(entry, lines=tuple(lines))


def order_total(facts: Facts, rows: list[Row]) -> Broken:
    assert facts.origin is not None
    assert facts.latest is not None
    origin = replace(facts.origin, total_price=bag(facts.origin.total_price))
    latest = replace(facts.latest, total_price=bag(facts.latest.total_price))
    return replace(facts, origin=origin, latest=latest), rows


def tax_line(facts: Facts, rows: list[Row]) -> Broken:
    assert facts.origin is not None
    assert facts.latest is not None
    origin, latest = _more_tax(facts.origin), _more_tax(facts.latest)
    return replace(facts, origin=origin, latest=latest), rows


def _more_tax(order: Order) -> Order:
    line = order.lines[0]
    taxes = (replace(line.taxes[0], amount=bag(line.taxes[0].amount)), *line.taxes[1:])
    return replace(order, lines=(replace(line, taxes=taxes), *order.lines[1:]))


def transaction(facts: Facts, rows: list[Row]) -> Broken:
    first = facts.transactions[0]
    changed = replace(first, amount=first.amount + SEN)
    return replace(facts, transactions=(changed, *facts.transactions[1:])), rows


def refund_line(facts: Facts, rows: list[Row]) -> Broken:
    (refund,) = facts.refunds
    line = replace(refund.lines[0], subtotal=bag(refund.lines[0].subtotal))
    return replace(facts, refunds=(replace(refund, lines=(line, *refund.lines[1:])),)), rows


def refunded_tax(facts: Facts, rows: list[Row]) -> Broken:
    (refund,) = facts.refunds
    line = replace(refund.lines[0], tax=bag(refund.lines[0].tax))
    return replace(facts, refunds=(replace(refund, lines=(line, *refund.lines[1:])),)), rows


def total_doubt(row: Row) -> Doubt:
    return Doubt(code="changed", aspect="total", books=f"{row.document.total + SEN} MYR")


PLACES: dict[str, Callable[[Facts, list[Row]], Broken]] = {
    "the order's total": order_total,
    "a tax line": tax_line,
    "a transaction": transaction,
    "a refunded line": refund_line,
    "a refunded tax": refunded_tax,
    "an invoice": lambda facts, rows: (facts, document(rows, Kind.INVOICE, dearer)),
    "an invoice's tax": lambda facts, rows: (facts, document(rows, Kind.INVOICE, taxed_more)),
    "a payment": lambda facts, rows: (facts, document(rows, Kind.PAYMENT, dearer)),
    "a credit note": lambda facts, rows: (facts, document(rows, Kind.CREDIT_NOTE, dearer)),
    "a credit note's tax": lambda f, rows: (f, document(rows, Kind.CREDIT_NOTE, taxed_more)),
    "a refund": lambda facts, rows: (facts, document(rows, Kind.REFUND, dearer)),
    "what was read back": lambda facts, rows: (
        facts,
        held(rows, Kind.INVOICE, held=rows[0].document.total + SEN),
    ),
    "what a comparison found": lambda facts, rows: (
        facts,
        held(rows, Kind.INVOICE, doubts=(total_doubt(rows[0]),)),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_one_sen_too_much_is_unexplained(place: str) -> None:
    case = load("e8-part-refund-with-restock")
    facts, plan = planned(case.facts, case.rules)
    standing = standing_of(plan, case.rules)
    assert wrong(tied_as(facts, case.rules, rows_of(plan.entries), standing)) == []

    broken, rows = PLACES[place](facts, rows_of(plan.entries))
    found = tied_as(broken, case.rules, rows, standing)

    assert wrong(found)
    assert missing(found) == {}


def test_the_case_that_is_broken_has_one_of_everything() -> None:
    case = load("e8-part-refund-with-restock")

    _, plan = planned(case.facts, case.rules)

    kinds = {row.document.kind for row in rows_of(plan.entries)}
    assert kinds == {Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE, Kind.REFUND}
    assert standing_of(plan, case.rules).state == "planned"
