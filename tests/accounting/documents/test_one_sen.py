"""A sen too much in any one place of the arithmetic is noticed.

Each place below is spoilt on its own, everywhere in the product at once, and every case is planned
anew. The error counts as noticed when a case no longer shows what its folder says. `docs/proof.md`
tells the same list to readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from accounting.documents import (
    allocations,
    cancellation,
    components,
    drafting,
    invoice,
    lines,
    transactions,
)
from accounting.documents.build import build
from accounting.documents.components import Component
from accounting.documents.credit_notes import Writer
from accounting.documents.document import Document, DocumentLine, Plan, Role
from accounting.documents.readings import Readings
from accounting.documents.refunds import Reading
from accounting.facts import merge
from tests.accounting.judged import journal_of
from tests.casefiles import NAMES, CaseFile, load, shown
from tests.judge import judge

SEN = Decimal("0.01")
SEEN_BY = ("product", "ledger", "cases")
WORDS = {
    "product": "Lejar itself: it holds what is wrong",
    "ledger": "Beancount: other balances than the case states",
    "cases": "the cases, document by document",
}
PAGE = Path(__file__).parents[3] / "docs/proof.md"
Patch = pytest.MonkeyPatch
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sen is added: `owner.name` is replaced by `spoil(the original)`.

    `seen_by` is the first to notice: the "product" itself, which posts nothing that is wrong; else
    the "ledger", that is Beancount, which finds other balances than the cases state; else only the
    "cases", document by document.
    """

    owner: Any
    name: str
    spoil: Callable[[Function], Function]
    seen_by: str


def on_result(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """The same function with its result changed."""

    def spoil(original: Function) -> Function:
        return lambda *args, **kwargs: change(original(*args, **kwargs))

    return spoil


# --- what is changed ---------------------------------------------------------------------------


def dearer(part: Component) -> Component:
    return replace(part, net=part.net + SEN)


def each_dearer(parts: Iterable[Component]) -> list[Component]:
    return [dearer(part) for part in parts]


def taxed_more(part: Component) -> Component:
    if not part.tax:
        return part
    first, *others = part.taxes
    return replace(part, taxes=(replace(first, amount=first.amount + SEN), *others))


def line_with_more(line: DocumentLine) -> DocumentLine:
    """Still quantity times price: what only a comparison with the facts can tell."""
    return replace(line, quantity=1, unit_price=line.net + SEN, net=line.net + SEN)


def first_with_more(found: Sequence[DocumentLine]) -> list[DocumentLine]:
    return [line_with_more(line) if i == 0 else line for i, line in enumerate(found)]


def first_taxed_more(found: Sequence[DocumentLine]) -> list[DocumentLine]:
    taxed = next((line for line in found if line.tax), None)
    return [replace(line, tax=line.tax + SEN) if line is taxed else line for line in found]


def document_with_more(document: Document) -> Document:
    """Still the sum of its lines."""
    if not document.lines:
        return replace(document, total=document.total + SEN)
    spoilt = tuple(first_with_more(document.lines))
    return replace(document, lines=spoilt, total=document.total + SEN)


def documents_with_more(*roles: Role) -> Callable[[Function], Function]:
    """The first of them only: a sen more on one note and on its opposite would cancel out."""

    def change(found: list[Document]) -> list[Document]:
        first = next((document for document in found if document.key.role in roles), None)
        return [document_with_more(each) if each is first else each for each in found]

    return on_result(change)


def refunds_with(change: Callable[[Reading], Reading]) -> Callable[[Function], Function]:
    """Of refund records."""
    return _readings_with(lambda each: change(each) if each.refund else each)


def others_with(change: Callable[[Reading], Reading]) -> Callable[[Function], Function]:
    """Of edits and returns."""
    return _readings_with(lambda each: each if each.refund else change(each))


def _readings_with(change: Callable[[Reading], Reading]) -> Callable[[Function], Function]:
    def spoil(found: Readings) -> Readings:
        return replace(found, others=tuple(map(change, found.others)))

    return on_result(spoil)


def share_taken_back(reading: Reading) -> Reading:
    if not reading.credited:
        return reading
    first, *others = reading.credited
    return replace(reading, credited=(replace(first, net=first.net + SEN), *others))


def tax_of_refund(reading: Reading) -> Reading:
    """The tax is a sen more and the net a sen less: the total stays."""
    taxed = [part for part in reading.credited if part.tax]
    return replace(
        reading,
        credited=tuple(
            replace(part, net=part.net - SEN, taxes=(part.taxes[0] + SEN, *part.taxes[1:]))
            if part in taxed
            else part
            for part in reading.credited
        ),
    )


def discrepancy(reading: Reading) -> Reading:
    more = SEN if reading.discrepancy else 0
    return replace(reading, discrepancy=reading.discrepancy + more)


def second_price(parts: list[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    return [*parts[:-1], (parts[-1][0], parts[-1][1] + SEN)] if len(parts) > 1 else parts


def first_of_many(parts: list[Decimal]) -> list[Decimal]:
    """The sum stays: one part more, another one less."""
    if len(parts) < 2:
        return parts
    return [parts[0] + SEN, *parts[1:-1], parts[-1] - SEN]


def rest_of_cancellation(original: Function) -> Function:
    def spoilt(case: Any, writer: Any, left: Any, amount: Decimal, at: Any) -> Any:
        return original(case, writer, left, amount + SEN, at)

    return spoilt


def change_given(amount: Decimal) -> Decimal:
    return amount + SEN if amount else amount


def knocked_off(edge: tuple[Document, Document, Decimal]) -> tuple[Document, Document, Decimal]:
    source, target, amount = edge
    return source, target, amount - SEN if amount > 0 else amount


def shown_discount(shown: Any) -> Any:
    return shown and shown._replace(discount_net=shown.discount_net + SEN)


def shown_price(shown: Any) -> Any:
    """The price line and the discount line both: together they are still the net."""
    return shown and shown._replace(
        gross_net=shown.gross_net + SEN, discount_net=shown.discount_net - SEN
    )


PLACES = {
    "charge of a line": Place(
        owner=components, name="_of_line", spoil=on_result(dearer), seen_by="product"
    ),
    "tax of a line": Place(
        owner=components, name="_of_line", spoil=on_result(taxed_more), seen_by="product"
    ),
    "charge for shipping": Place(
        owner=components, name="_of_shipping", spoil=on_result(dearer), seen_by="product"
    ),
    "tax on shipping": Place(
        owner=components, name="_of_shipping", spoil=on_result(taxed_more), seen_by="product"
    ),
    "duties, fees and tips without a line": Place(
        owner=components, name="_of_totals", spoil=on_result(each_dearer), seen_by="product"
    ),
    "price of a line that does not divide": Place(
        owner=lines, name="_parts", spoil=on_result(second_price), seen_by="product"
    ),
    "tax divided between two lines": Place(
        owner=lines, name="share", spoil=on_result(change_given), seen_by="cases"
    ),
    "largest remainder first": Place(
        owner=cancellation, name="spread", spoil=on_result(first_of_many), seen_by="ledger"
    ),
    "share of a refunded line": Place(
        owner=drafting, name="read_all", spoil=refunds_with(share_taken_back), seen_by="ledger"
    ),
    "share of units without a record": Place(
        owner=drafting, name="read_all", spoil=others_with(share_taken_back), seen_by="product"
    ),
    "tax of a refunded line": Place(
        owner=drafting, name="read_all", spoil=refunds_with(tax_of_refund), seen_by="ledger"
    ),
    "line of a credit note": Place(
        owner=Writer, name="credit_lines", spoil=on_result(first_with_more), seen_by="product"
    ),
    "tax of a credit note": Place(
        owner=Writer, name="credit_lines", spoil=on_result(first_taxed_more), seen_by="product"
    ),
    "adjustment of a refund": Place(
        owner=drafting, name="read_all", spoil=refunds_with(discrepancy), seen_by="product"
    ),
    "payment": Place(
        owner=drafting,
        name="money_documents",
        spoil=documents_with_more(Role.PAYMENT),
        seen_by="product",
    ),
    "refund": Place(
        owner=drafting,
        name="money_documents",
        spoil=documents_with_more(Role.REFUND),
        seen_by="product",
    ),
    "reversed payment": Place(
        owner=drafting,
        name="money_documents",
        spoil=documents_with_more(Role.REVERSAL),
        seen_by="product",
    ),
    "change given": Place(
        owner=transactions, name="change_given", spoil=on_result(change_given), seen_by="product"
    ),
    "invoice of an edit": Place(
        owner=drafting,
        name="supplements",
        spoil=documents_with_more(Role.SUPPLEMENTARY, Role.INCREASE),
        seen_by="product",
    ),
    "note of a cash rounding": Place(
        owner=drafting,
        name="roundings",
        spoil=documents_with_more(Role.DIFFERENCE),
        seen_by="product",
    ),
    "note of an exchange difference": Place(
        owner=drafting,
        name="exchange",
        spoil=documents_with_more(Role.DIFFERENCE),
        seen_by="product",
    ),
    "unpaid rest of a cancelled order": Place(
        owner=cancellation, name="credit_of_rest", spoil=rest_of_cancellation, seen_by="product"
    ),
    "line of a second tax": Place(
        owner=lines, name="apart_lines", spoil=on_result(first_with_more), seen_by="product"
    ),
    "tax the sales channel owes": Place(
        owner=invoice, name="channel_lines", spoil=on_result(first_with_more), seen_by="product"
    ),
    "discount of a gift card": Place(
        owner=lines, name="discount_lines", spoil=on_result(first_with_more), seen_by="product"
    ),
    "line of a shown discount": Place(
        owner=lines, name="gross", spoil=on_result(shown_discount), seen_by="product"
    ),
    "price before a shown discount": Place(
        owner=lines, name="gross", spoil=on_result(shown_price), seen_by="ledger"
    ),
    "amount of a knock-off": Place(
        owner=allocations.Opens, name="_settle", spoil=on_result(knocked_off), seen_by="cases"
    ),
}


# --- the judges --------------------------------------------------------------------------------


@cache
def case(name: str) -> CaseFile:
    return load(name)


def planned(name: str) -> Plan:
    return build(merge(case(name).facts), case(name).rules, (), stem="", settled=True)


@pytest.mark.parametrize("name", PLACES)
def test_a_sen_too_much_is_noticed(name: str, monkeypatch: Patch) -> None:
    place = PLACES[name]
    monkeypatch.setattr(place.owner, place.name, place.spoil(getattr(place.owner, place.name)))

    plans = {each: planned(each) for each in NAMES}

    noticed = [each for each in NAMES if shown(plans[each]) != case(each).expected]
    wrong = [each for each in noticed if _is_wrong(each, plans[each])]
    believed = [each for each in wrong if not _refused(each, plans[each])]
    assert noticed
    seen_by = "cases" if believed else "ledger" if wrong else "product"
    assert SEEN_BY.index(seen_by) <= SEEN_BY.index(place.seen_by)


def test_the_page_lists_every_place_and_who_sees_it_first() -> None:
    rows = [row for row in PAGE.read_text(encoding="utf-8").splitlines() if row.startswith("| ")]
    listed = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]

    assert [row for row in listed if row[0] in PLACES] == [
        (name, WORDS[place.seen_by]) for name, place in PLACES.items()
    ]


def _is_wrong(name: str, plan: Plan) -> bool:
    """Whether something would be posted that the case does not state."""
    found, right = shown(plan), case(name).expected
    return any(
        entry not in right[part] for part in ("documents", "allocations") for entry in found[part]
    )


def _refused(name: str, plan: Plan) -> bool:
    """Whether Beancount, adding up what would be posted, misses the balances the case states."""
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    return bool(judge(journal_of(case(name), documents)).errors)
