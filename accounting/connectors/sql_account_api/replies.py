"""Reading what SQL Account holds out of its answers (contract 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.connectors.base import Receipt, Settled, Unavailable
from accounting.documents.document import ZERO

Row = Mapping[str, Any]
DIGITS = 16  # before the point; longer is no amount, and to write it out could take all memory
TRUE = frozenset({"true", "t", "1", "y"})  # booleans were T and F, or 1 and 0, before 5.2024


def rows(payload: Any) -> list[Row]:
    """The records in any of the envelopes seen: {"data": [...]}, {"data": {...}}, or bare. Raises
    Unavailable when the answer is none of them."""
    data = payload.get("data", payload) if isinstance(payload, dict) else payload
    found = [data] if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unavailable("SQL Account answered with something that is not a list of records")
    return [row for row in found if row]


def same(one: str, other: str) -> bool:
    """Codes and numbers as the books compare them: without case and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


def matching(found: Iterable[Row], key: str, wanted: str) -> list[Row]:
    """The rows that really carry `wanted`."""
    return [row for row in found if same(word(row, key), wanted)]


def receipt(row: Row) -> Receipt:
    """What `row` says about a sales or AR document. Raises Unavailable when it does not say the
    total: without it nothing can be compared."""
    number, total = word(row, "docno"), money(row.get("docamt"))
    if total is None:
        raise Unavailable(f"SQL Account does not say the total of {number}")
    unapplied = money(row.get("unappliedamt"))
    return Receipt(
        number=number,
        customer=word(row, "code"),
        total=total,
        outstanding=money(row.get("outstanding")),
        unapplied=unapplied,
        cancelled=flag(row.get("cancelled")),
        external_id=word(row, "dockey"),
        settled=_settled(row, total, unapplied),
        marker=word(row, "docref1"),
        dated=day(row.get("docdate")),
    )


def customer(row: Row) -> Receipt:
    """A customer of the books, whatever is written about it there: the code is what counts."""
    code = word(row, "code")
    return Receipt(number=code, customer=code, total=ZERO, external_id=word(row, "dockey"))


def knock_offs(row: Row) -> list[Row]:
    """The knock-off rows of an AR document that are in force."""
    kept = inside(row, "sdsknockoff")
    return [each for each in kept if flag(each.get("knockoff", True)) and money(each.get("koamt"))]


def _settled(row: Row, total: Decimal, unapplied: Decimal | None) -> tuple[Settled, ...]:
    """Its knock-offs, by document. None where they claim more than the books count as applied: a
    row whose target is not open is kept or shown without taking effect."""
    sums: dict[str, Decimal] = {}
    for each in knock_offs(row):
        number = word(each, "docno")
        sums[number] = sums.get(number, ZERO) + (money(each.get("koamt")) or ZERO)
    if unapplied is None or sum(sums.values(), ZERO) > total - unapplied:
        return ()
    return tuple(Settled(number=number, amount=amount) for number, amount in sums.items())


def inside(row: Row, key: str) -> list[Row]:
    """The rows of a record's table; none where it shows none."""
    found = row.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def taxes(row: Row) -> tuple[Decimal, Decimal] | None:
    """Net and tax of the lines, None where the row does not show them all."""
    lines = inside(row, "sdsdocdetail")
    parts = [(money(line.get("amount")), money(line.get("taxamt"))) for line in lines]
    known = [(net, tax) for net, tax in parts if net is not None and tax is not None]
    if not lines or len(known) != len(lines):
        return None
    return sum((net for net, _ in known), ZERO), sum((tax for _, tax in known), ZERO)


def word(row: Row, key: str) -> str:
    """A text or whole number of the row, as text; "" when there is none."""
    value = row.get(key)
    known = isinstance(value, (str, int, Decimal)) and not isinstance(value, bool)
    return str(value).strip() if known else ""


def first_word(row: Row, keys: Iterable[str]) -> str:
    """The first of several names that the row knows."""
    return next(filter(None, (word(row, key) for key in keys)), "")


def money(value: Any) -> Decimal | None:
    """An amount given as text or JSON number; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount.adjusted() < DIGITS else None


def flag(value: Any) -> bool:
    return str(value).strip().casefold() in TRUE


def day(value: Any) -> date | None:
    """YYYY-MM-DD, with or without a time behind it, or DD/MM/YYYY as some lists show it."""
    text = str(value or "")[:10]
    if text[2:3] == "/" == text[5:6]:
        text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
