"""Nothing is credited that was not invoiced (treatment I7 with R12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

from accounting.documents.document import ZERO, Document, DocumentLine, Kind, Problem, Role
from accounting.documents.draft import Draft
from accounting.documents.money import from_minor

UNITS_SOLD = frozenset({"sales"})
UNITS_BACK = frozenset({"returns", "returns_nostock"})
EXTRA_ROLES = frozenset({"allowance", "restock_fee"})  # beyond what was invoiced, and labelled so
CREDITS = (Role.CREDIT, Role.RETURN, Role.REDUCTION, Role.CANCELLATION)
Group = TypeVar("Group", int, str)
Sums = tuple[int, Decimal, Decimal]  # units, net, tax
NOTHING: Sums = (0, ZERO, ZERO)


def credits_stay_within_the_invoice(draft: Draft) -> list[Problem]:
    """I7, R12: per line no more units, net or tax than invoiced; one minor unit may move between
    lines of an order, never beyond its sum per tax code."""
    if draft.invoice is None:
        return []
    unit = from_minor(1, draft.case.currency)
    invoices, notes = draft.of(Kind.INVOICE), draft.in_role(*CREDITS)
    invoiced, credited = _per_source(invoices), _per_source(notes)
    found = [
        _beyond(draft, _title(invoices, source), invoiced.get(source, NOTHING), taken)
        for source, taken in credited.items()
        if not _within(taken, invoiced.get(source, NOTHING), unit)
    ]
    whole, taken_by_code = _per_code(invoices), _per_code(notes)
    return found + [
        _beyond(draft, _code_name(code), whole.get(code, NOTHING), taken)
        for code, taken in taken_by_code.items()
        if not _within((0, *taken[1:]), whole.get(code, NOTHING), ZERO)
    ]


def _code_name(code: str) -> str:
    return f"tax code {code}" if code else "lines without tax"


def _title(invoices: Iterable[Document], source: int) -> str:
    """What the shop calls the line."""
    lines = (line for document in invoices for line in document.lines)
    found = (line.description for line in lines if line.source_id == source)
    return next(found, str(source))


def _within(taken: Sums, whole: Sums, tolerance: Decimal) -> bool:
    return (
        taken[0] <= whole[0]
        and taken[1] <= whole[1] + tolerance
        and taken[2] <= whole[2] + tolerance
    )


def _per_source(documents: Iterable[Document]) -> dict[int, Sums]:
    return _sums((line.source_id, units, line) for units, line in _invoiced_lines(documents))


def _per_code(documents: Iterable[Document]) -> dict[str, Sums]:
    return _sums((line.tax_code, units, line) for units, line in _invoiced_lines(documents))


def _invoiced_lines(documents: Iterable[Document]) -> Iterator[tuple[int, DocumentLine]]:
    """Lines of what was sold and taken back, each with the units it moves: a lowered price on the
    sale's own account takes none back."""
    for document in documents:
        roles = UNITS_SOLD if document.is_debit else UNITS_BACK
        for line in document.lines:
            if line.role not in EXTRA_ROLES:
                yield (line.quantity if line.role in roles else 0), line


def _sums(found: Iterable[tuple[Group, int, DocumentLine]]) -> dict[Group, Sums]:
    sums: dict[Group, Sums] = {}
    for group, own, line in found:
        units, net, tax = sums.get(group, NOTHING)
        sums[group] = (units + own, net + line.net, tax + line.tax)
    return sums


def _beyond(draft: Draft, subject: str, whole: Sums, taken: Sums) -> Problem:
    return Problem(
        code="I7",
        subject=subject,
        message="More would be credited than was invoiced. Check the refunds of the order in "
        "Shopify, and enter the difference in the books yourself.",
        terms=(
            ("units invoiced", str(whole[0])),
            ("units credited", str(taken[0])),
            ("net invoiced", str(whole[1])),
            ("net credited", str(taken[1])),
            ("tax invoiced", str(whole[2])),
            ("tax credited", str(taken[2])),
        ),
        blocks=tuple(d.key for d in draft.new if d.key.role in (Role.CREDIT, Role.CANCELLATION)),
    )
