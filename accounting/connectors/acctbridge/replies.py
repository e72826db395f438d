"""Reading what the books hold out of an answer, by the field names of the profile."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.connectors.acctbridge.shapes import OWED, SPOKEN, Profile
from accounting.connectors.base import Receipt, Unavailable
from accounting.documents.document import ZERO

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a list answer; `total` is what the books say there are, None when silent."""

    rows: tuple[Row, ...]
    total: int | None

    @property
    def complete(self) -> bool:
        return self.total is not None and self.total <= len(self.rows)

    @property
    def proves_absence(self) -> bool:
        """An honoured filter answers with nothing; a complete list leaves nothing out."""
        return (not self.rows and not self.total) or self.complete


def cannot_look_up(thing: str) -> str:
    """The sentence for a merchant whose gateway offers no proof of absence."""
    return (
        f"AcctBridge cannot look up {SPOKEN.get(thing, thing)} by number, so Lejar cannot rule "
        "out duplicates."
    )


def listing(profile: Profile, payload: Any) -> Listing:
    """Raises Unavailable when the answer is no list of records."""
    data = payload.get(profile.reply.data) if isinstance(payload, dict) else payload
    rows = [data] if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unavailable("AcctBridge answered with something that is not a list of records")
    total = payload.get(profile.reply.total) if isinstance(payload, dict) else None
    counted = isinstance(total, int) and not isinstance(total, bool)
    return Listing(tuple(rows), total if counted else None)


def matching(rows: tuple[Row, ...], key: str, wanted: str) -> list[Row]:
    """The rows that really carry `wanted`: a gateway may ignore the filter it was given."""
    return [row for row in rows if same(word(row, key), wanted)]


def same(one: str, other: str) -> bool:
    """Codes and numbers as the books compare them: without case and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


def receipt(profile: Profile, thing: str, row: Row) -> Receipt:
    """What `row` says about an invoice, debitNote, payment, creditNote or refund.

    Raises Unavailable when it does not say the total: without it nothing can be compared.
    """
    reply = profile.reply
    number = word(row, reply.number)
    paths = reply.amount.get(thing, ())
    total = next((sum_ for sum_ in (_sum(row, path) for path in paths) if sum_ is not None), None)
    if total is None:
        raise Unavailable(f"AcctBridge does not say the total of {number}, it cannot be verified")
    return Receipt(
        number=number,
        customer=word(row, reply.customer),
        total=total,
        outstanding=money(row.get(reply.open)) if thing in OWED else None,
        unapplied=None if thing in OWED else _unapplied(profile, row, total),
        cancelled=str(row.get(reply.cancelled)).casefold() in ("true", "t", "1", "y"),
        external_id=word(row, reply.external_id) if reply.external_id else "",
    )


def written(profile: Profile, thing: str, payload: Any) -> Receipt | None:
    """The receipt in the answer to a write; None unless it says number, customer, total and what is
    open: that last figure is none that the books were sent. Raises Unavailable without a total."""
    shown = listing(profile, payload) if _has_data(profile, payload) else Listing((payload,), None)
    if len(shown.rows) != 1 or not isinstance(shown.rows[0], dict):
        return None
    found = receipt(profile, thing, shown.rows[0])
    still_open = found.outstanding if thing in OWED else found.unapplied
    return found if found.number and found.customer and still_open is not None else None


def _has_data(profile: Profile, payload: Any) -> bool:
    return isinstance(payload, dict) and profile.reply.data in payload


def customer_receipt(profile: Profile, row: Row) -> Receipt:
    """A customer in the books, whatever is written about it there: the code is what counts."""
    code = word(row, profile.reply.customer_code)
    return Receipt(number=code, customer=code, total=ZERO)


def word(row: Row, key: str) -> str:
    """A text or whole number of the row, as text; "" when there is none."""
    value = row.get(key)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def money(value: Any) -> Decimal | None:
    """An amount given as JSON number or text; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _unapplied(profile: Profile, row: Row, total: Decimal) -> Decimal | None:
    if profile.reply.unapplied:
        return money(row.get(profile.reply.unapplied))
    applied = money(row.get(profile.reply.applied))
    return None if applied is None else total - applied


def _sum(row: Row, path: str) -> Decimal | None:
    """The amount at `key`, or the sum over a list for `list[].key`; None when any is missing."""
    name, many, key = path.partition("[].")
    if not many:
        return money(row.get(name))
    items = row.get(name)
    if not isinstance(items, list) or not items:
        return None
    parts = [money(item.get(key)) if isinstance(item, dict) else None for item in items]
    known = [part for part in parts if part is not None]
    return sum(known, Decimal("0.00")) if len(known) == len(parts) else None
