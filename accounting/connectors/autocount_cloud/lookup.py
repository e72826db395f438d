"""What the books hold under a number, and the proof that they hold nothing.

How the books answer to an unknown number is not published. An answer that reads like "nothing"
counts only when a list, walked to its end, shows nothing either (contract autocount-cloud 3, 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounting.connectors.autocount_cloud import replies
from accounting.connectors.autocount_cloud.answers import Absent
from accounting.connectors.autocount_cloud.api import API, Records
from accounting.connectors.autocount_cloud.calls import Calls
from accounting.connectors.autocount_cloud.replies import CASH_BOOK_TYPES, RECORDS, Listing, Row
from accounting.connectors.base import Receipt, Rejected, Settled, Unavailable, difference
from accounting.documents.document import ZERO, Allocation, Debtor, Document, Kind

RESTARTS = 3  # of a list that changed while it was walked
AROUND = timedelta(days=1)
UNCLEAR = "AutoCount Cloud does not say for certain whether it holds {}"
ROUNDED = (
    "AutoCount Cloud rounded {} by {}: switch 5-sen rounding off for invoices and credit notes, "
    "and correct this document there."
)


@dataclass(frozen=True, slots=True)
class LookUp:
    """`currencies` takes down what debtors were read to have, by their code."""

    calls: Calls
    currencies: dict[str, str] = field(default_factory=dict)

    def debtor(self, entry: Debtor) -> Receipt | None:
        """The debtor of this code, whoever created it. Absence needs no second proof: the books
        refuse an account that exists."""
        row = self.debtor_row(entry.code)
        return Receipt(number=entry.code, customer=entry.code, total=ZERO) if row else None

    def debtor_row(self, code: str) -> Row | None:
        records = RECORDS[Kind.CUSTOMER]
        try:
            row = replies.inner(_object(self.calls.read(records.read, {records.key: code})))
        except Absent:
            return None
        if not replies.same(replies.word(row, "accNo"), code):
            raise Unavailable(UNCLEAR.format(f"debtor {code}"))
        self.currencies[code] = replies.word(row, "currencyCode")
        return row

    def document(self, entry: Document) -> Receipt | None:
        """Raises Rejected when it is in the books otherwise than it was sent."""
        record = self._record(entry)
        if record is None:
            return None
        found = replies.receipt(entry.kind, record)
        if not found.cancelled:
            _confirm_form(entry, replies.inner(record))
        if not difference(entry, found):
            _confirm_lines(entry, record)
        return found

    def knock_off(self, entry: Allocation) -> Receipt | None:
        """The receipt of the source, when the entry is in the books as it was sent."""
        record = self._record(entry)
        if record is None:
            return None
        made = replies.receipt(entry.kind, record)
        lines = replies.details(record)
        source = replies.numbered(lines, entry.source)
        if not made.cancelled:
            _knocks_off(entry, made, lines)
        amount = replies.money(source[0].get("amount")) if source else None
        return Receipt(
            number=entry.source,
            customer=made.customer or entry.customer,
            total=abs(amount if amount is not None else entry.amount),
            cancelled=made.cancelled,
            external_id=made.external_id,
            settled=(Settled(number=entry.target, amount=entry.amount),),
            dated=made.dated,
        )

    def open_items(self, debtor: str, until: date) -> tuple[Row, ...]:
        """What of the debtor is not settled, dated on or before `until`."""
        asked = {"accNo": debtor, "docDate": until.isoformat()}
        rows = replies.listing(self.calls.read(API.open_items, asked)).rows
        if not all(replies.same(replies.word(row, "accNo"), debtor) for row in rows):
            raise Unavailable("AutoCount Cloud answered with open items of somebody else")
        return rows

    def page(self, kind: Kind, number: int) -> Listing:
        """One page of all there is of a kind."""
        return replies.listing(self.calls.read(RECORDS[kind].listing, _page(kind, number)))

    def _record(self, entry: Document | Allocation) -> Row | None:
        records = RECORDS[entry.kind]
        try:
            row = _object(self.calls.read(records.read, {records.key: entry.number}))
        except Absent:
            self._prove_absent(records, entry)
            return None
        if not replies.numbered([row], entry.number):
            raise Unavailable(UNCLEAR.format(entry.number))
        return row

    def _prove_absent(self, records: Records, entry: Document | Allocation) -> None:
        """Raises Unavailable when the list shows the number, or cannot be trusted."""

        def page(number: int) -> Listing:
            if records.searches:
                wanted = {"docNo": {"multiSelect": [entry.number]}}
                body = {"page": number, "filter": wanted}
                return replies.listing(self.calls.read(records.search, {}, body))
            since, until = entry.date - AROUND, entry.date + AROUND
            asked = {"startDate": since.isoformat(), "endDate": until.isoformat()}
            asked |= _page(entry.kind, number)
            return replies.listing(self.calls.read(records.listing, asked))

        found = replies.numbered(walked(page), entry.number)
        if len(found) > 1:
            raise Rejected(f"the books hold {len(found)} {records.name} numbered {entry.number}")
        if found:
            raise Unavailable(UNCLEAR.format(entry.number))


def _page(kind: Kind, number: int) -> dict[str, str]:
    """The query of one page of a list; receipts and payment vouchers share one."""
    type_ = CASH_BOOK_TYPES.get(kind)
    return {"page": str(number)} | ({"docType": type_} if type_ else {})


def walked(page: Callable[[int], Listing]) -> list[Row]:
    """All rows of a list. Its order is not promised: a row that comes twice may have pushed another
    out of sight. Raises Unavailable when it cannot be read to its end without that."""
    for _ in range(RESTARTS):
        rows = _once(page)
        if rows is not None:
            return rows
    raise Unavailable("AutoCount Cloud's list changed while it was read, so it proves nothing")


def _once(page: Callable[[int], Listing]) -> list[Row] | None:
    """None when the list changed under way."""
    first = found = page(1)
    rows, number = list(found.rows), 1
    while found.rows and (first.total is None or len(rows) < first.total):
        number += 1
        found = page(number)
        if found.total != first.total:
            return None
        rows += found.rows
    keys = [replies.first_word(replies.inner(row), replies.KEYS) for row in rows]
    known = [key for key in keys if key]
    short = first.total is not None and len(rows) != first.total
    return None if short or len(set(known)) < len(known) else rows


def _object(payload: Any) -> Row:
    if not isinstance(payload, dict):
        raise Unavailable("AutoCount Cloud answered with something that is not a record")
    return payload


def _confirm_form(entry: Document, master: Row) -> None:
    """Raises Rejected for another type of cash book entry, another currency, and the books' own
    rounding."""
    type_ = replies.word(master, "docType")
    wanted = CASH_BOOK_TYPES.get(entry.kind, "")
    if wanted and type_ and not replies.same(type_, wanted):
        raise Rejected(f"{entry.number} is {type_} in the books, {wanted} here")
    currency = replies.word(master, "currencyCode")
    if currency and currency != entry.currency:
        raise Rejected(f"{entry.number} is in {currency} in the books, in {entry.currency} here")
    rounding = replies.money(master.get("roundAdj"))
    if rounding:
        raise Rejected(ROUNDED.format(entry.number, rounding))


def _confirm_lines(entry: Document, record: Row) -> None:
    """Raises Rejected for what an equal total may hide: a line they dropped, tax they computed
    otherwise."""
    if not entry.lines:
        return
    lines = replies.details(record)
    if lines and len(lines) != len(entry.lines):
        raise Rejected(
            f"{entry.number} has {len(lines)} lines in the books, {len(entry.lines)} here"
        )
    tax = replies.money(replies.inner(record).get("tax"))
    if tax is not None and tax != entry.tax:
        raise Rejected(f"tax of {entry.number} is {tax:.2f} in the books, {entry.tax:.2f} here")


def _knocks_off(entry: Allocation, made: Receipt, lines: tuple[Row, ...]) -> None:
    """Raises Rejected unless the entry has just these two documents by just this amount."""
    if not lines:
        raise Unavailable(f"AutoCount Cloud does not say what {entry.number} knocks off")
    for number in (entry.source, entry.target):
        rows = replies.numbered(lines, number)
        found = [abs(replies.money(row.get("knockOffAmount")) or ZERO) for row in rows]
        if found != [entry.amount]:
            shown = ", ".join(f"{one:.2f}" for one in found) or "nothing"
            wanted = f"{entry.amount:.2f} here"
            raise Rejected(f"{entry.number} knocks off {shown} of {number} in the books, {wanted}")
    if len(lines) != 2:
        raise Rejected(f"{entry.number} knocks off {len(lines)} documents in the books, 2 here")
    if made.total != entry.amount:
        raise Rejected(f"{entry.number} knocks off {made.total} in the books, {entry.amount} here")


def open_amount(row: Row) -> Decimal:
    """What an open item has left, without its sign."""
    amount = replies.money(row.get("amount")) or ZERO
    return abs(amount) - abs(replies.money(row.get("knockOffAmount")) or ZERO)
