"""What our documents say of one order, and what the books hold of each, in the same figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from accounting.documents.document import ZERO, Document, DocumentLine, Kind
from accounting.documents.rules import canonical_rate
from accounting.tie.stated import CHANNEL, MONEY, SALE, SALES, TAX, Figure

GROUPS = {"P": "t", "F": "t", "V": "v", "N": "n", "C": "r", "D": "r"}
MONEY_KINDS = (Kind.PAYMENT, Kind.REFUND)
APART = ("tax_only", "channel_tax")  # roles of lines that are tax themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A standing difference that a comparison with the books found: its code, what it is about, and
    the figure or words there."""

    code: str
    aspect: str
    books: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document of the order as it stands in the outbox. `held` is the total that was read back
    from the books when it was posted, None before."""

    document: Document
    state: str
    held: Decimal | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_contra(self) -> bool:
        return self.document.key.role.value == "Z"


def group_of(role: str, source_id: int) -> str:
    """The event a document belongs to: a transaction, a refund record, or the sale itself."""
    return f"{GROUPS[role]}{source_id}" if role in GROUPS else SALE


def figures(document: Document) -> list[Figure]:
    """Sales and taxes of an invoice or note, money of a payment or refund."""
    key = document.key
    role = key.source if key.role.value == "Z" else key.role.value
    base = Figure(
        day=document.date,
        view=MONEY if document.kind in MONEY_KINDS else SALES,
        amount=sign(document) * document.total,
        group=group_of(role, key.source_id),
        name=document.gateway,
    )
    if document.kind in MONEY_KINDS:
        return [base]
    sums: dict[tuple[str, str], Decimal] = {}
    for name, amount in _taxes(document):
        sums[name] = sums.get(name, ZERO) + sign(document) * amount
    taxes = (
        replace(base, view=TAX, rate=rate, name=code, amount=amount)
        for (rate, code), amount in sums.items()
        if amount
    )
    return [base, *taxes]


def sign(document: Document) -> int:
    """What raises sales, and money that came in, is positive."""
    return 1 if document.kind in (Kind.INVOICE, Kind.DEBIT_NOTE, Kind.PAYMENT) else -1


def _taxes(document: Document) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for line in document.lines:
        if line.role == "channel_tax":
            yield ("", CHANNEL), line.net
        elif line.role == "tax_only":
            yield (_rate(line), ""), line.net
        elif line.tax:
            yield (_rate(line), line.tax_code), line.tax


def _rate(line: DocumentLine) -> str:
    return "" if line.tax_rate is None else f"{canonical_rate(line.tax_rate * 100):f}"


# --- the books -------------------------------------------------------------------------------


def in_the_books(row: Row) -> list[Figure]:
    """The figures of a document as the books hold it; none before it is posted."""
    total, day = held(row), row.document.date
    if total is None:
        return []
    for doubt in row.doubts:
        if doubt.aspect == "date":
            day = _day(doubt.books, day)
    found = [replace(figure, day=day) for figure in figures(row.document)]
    if not total:
        return [] if row.document.total else found
    main = replace(found[0], amount=sign(row.document) * total)
    return [main, *found[1:]]


def held(row: Row) -> Decimal | None:
    """The total the books hold under the document's number, or as copies of it; None before it is
    posted."""
    if row.state != "posted":
        return None
    total = row.document.total if row.held is None else row.held
    for doubt in row.doubts:
        if doubt.code == "missing" or doubt.aspect == "cancelled":
            return ZERO
        if doubt.code == "duplicated":
            copies = sum(amounts(doubt.books), ZERO)
            total = copies if doubt.aspect == "number" else total + copies
        elif doubt.aspect == "total":
            total = next(iter(amounts(doubt.books)), total)
    return total


def amounts(text: str) -> list[Decimal]:
    """The amounts of "12.00 MYR, 12.00 MYR"."""
    found = []
    for part in text.split(","):
        try:
            found.append(Decimal(part.split()[0]))
        except (InvalidOperation, IndexError):
            continue
    return found


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def renamed(ours: Sequence[Figure], theirs: Sequence[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Taxes of one rate under one name on both sides: that of the document, where it has just one
    code for the rate, else the mapping's."""
    written = _codes(ours)
    mapped = _codes(theirs)
    names = {**_single(mapped), **_single(written)}
    return [_named(f, names) for f in ours], [_named(f, names) for f in theirs]


def _codes(found: Sequence[Figure]) -> dict[str, set[str]]:
    codes: dict[str, set[str]] = {}
    for figure in found:
        if figure.view == TAX and figure.name:
            codes.setdefault(figure.rate, set()).add(figure.name)
    return codes


def _single(codes: Mapping[str, set[str]]) -> dict[str, str]:
    return {rate: next(iter(names)) for rate, names in codes.items() if len(names) == 1}


def _named(figure: Figure, names: Mapping[str, str]) -> Figure:
    if figure.view != TAX or figure.rate not in names:
        return figure
    return replace(figure, name=names[figure.rate])
