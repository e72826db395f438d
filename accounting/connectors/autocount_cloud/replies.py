"""Reading what the books hold out of an answer (contract autocount-cloud 3, 8.4, 9, 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.connectors.autocount_cloud.api import API
from accounting.connectors.base import Receipt, Unavailable
from accounting.documents.document import ZERO, Kind

Row = dict[str, Any]

RECORDS = {
    Kind.INVOICE: API.records["invoice"],
    Kind.DEBIT_NOTE: API.records["invoice"],  # there is no debit note: it is an invoice
    Kind.CREDIT_NOTE: API.records["credit_note"],
    Kind.PAYMENT: API.records["payment"],
    Kind.REFUND: API.records["payment"],
    Kind.ALLOCATION: API.records["knock_off"],
    Kind.CUSTOMER: API.records["debtor"],
}
CASH_BOOK_TYPES = {Kind.PAYMENT: "OR", Kind.REFUND: "PV"}
DIGITS = 16  # before the point; longer is no amount, and to write it out could take all memory
KEYS = ("docKey", "knockOffKey")
MARKERS = ("docNo2", "remark1")
PAGE = 100  # rows a page has at most
WRAPPERS = ("master", "product")  # rows of a list may stand inside these
SETTLED = ("fully applied", "full payment")  # of `status` (observed)
UNSETTLED = ("unapplied",)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `total` is what the books say there are, None when silent."""

    rows: tuple[Row, ...]
    total: int | None


def listing(payload: Any) -> Listing:
    """Raises Unavailable when the answer is no list of records. A bare list is one too."""
    data = payload.get("data") if isinstance(payload, dict) else payload
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Unavailable("AutoCount Cloud answered with something that is not a list of records")
    total = payload.get("totalCount") if isinstance(payload, dict) else None
    counted = isinstance(total, int) and not isinstance(total, bool)
    return Listing(tuple(data), total if counted else None)


def inner(row: Row) -> Row:
    """The record's own fields, where it is wrapped with its lines."""
    return next((row[key] for key in WRAPPERS if isinstance(row.get(key), dict)), row)


def details(row: Row, key: str = "details") -> tuple[Row, ...]:
    """The lines of a record; none where the books do not show them."""
    lines = row.get(key)
    shown = lines if isinstance(lines, list) else ()
    return tuple(line for line in shown if isinstance(line, dict))


def receipt(kind: Kind, row: Row) -> Receipt:
    """What `row` says about a document. The customer of a cash book entry or a knock-off entry is
    the account of its lines, "" where a list leaves them out.

    Raises Unavailable when it does not say the total: without it nothing can be compared.
    """
    master = inner(row)
    number = word(master, "docNo")
    stated = (money(master.get(name)) for name in RECORDS[kind].totals)
    total = next((amount for amount in stated if amount is not None), None)
    if total is None:
        raise Unavailable(f"AutoCount Cloud does not say the total of {number}")
    left = _left(master, total)
    owed = kind in (Kind.INVOICE, Kind.DEBIT_NOTE)
    return Receipt(
        number=number,
        customer=_customer(row, master),
        total=total,
        outstanding=left if owed else None,
        unapplied=None if owed else left,
        cancelled=is_true(master.get("cancelled")),
        external_id=first_word(master, KEYS),
        marker=first_word(master, MARKERS),
        dated=day(master.get("docDate")),
    )


def _customer(row: Row, master: Row) -> str:
    given = first_word(master, ("debtorCode", "accNo"))
    accounts = {word(line, "accNo") for line in details(row)} - {""}
    return given or (accounts.pop() if len(accounts) == 1 else "")


def _left(master: Row, total: Decimal) -> Decimal | None:
    status = word(master, "status").casefold()
    if status in SETTLED:
        return ZERO
    return total if status in UNSETTLED else None


def same(one: str, other: str) -> bool:
    """Numbers and codes as the books compare them: without case (assumed) and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


def numbered(rows: Iterable[Row], number: str) -> list[Row]:
    """The rows that really carry `number`: a filter may have been ignored."""
    return [row for row in rows if same(word(inner(row), "docNo"), number)]


def word(row: Row, key: str) -> str:
    """A text or whole number of the row, as text; "" when there is none."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return ""
    return str(value).strip()


def first_word(row: Row, keys: Sequence[str]) -> str:
    return next((found for found in (word(row, key) for key in keys) if found), "")


def money(value: Any) -> Decimal | None:
    """An amount given as JSON number or text; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount.adjusted() < DIGITS else None


def is_true(value: Any) -> bool:
    return str(value).casefold() in ("true", "t", "1", "y")


def day(value: Any) -> date | None:
    """The date of `2026-11-20T00:00:00`: times are without a zone and mean nothing."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
