"""A knock-off that is written after its source: read the source, add a row, put it back.

SQL Account finds the target among the customer's open documents, and where it does not, saves
without applying and without an error (contract 7.3). So what counts is what the source has left,
and a row is believed only as far as that goes.
"""

from __future__ import annotations

from typing import Any

from accounting.connectors.base import Receipt, Rejected, Unavailable, open_differs
from accounting.connectors.sql_account_api import limits, replies
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.money import AMOUNTS, rows
from accounting.connectors.sql_account_api.setup import Setup
from accounting.documents.document import ZERO, Allocation

INCREMENT = "increment"


def is_made(entry: Allocation, source: Receipt) -> bool:
    """Whether the books have applied `entry`. Knock-offs of one source may be written in another
    order than planned, or all at once: its row tells, and of several on one target what is left.

    Raises Rejected where the books contradict it, Unavailable where they do not say.
    """
    if source.cancelled:
        raise Rejected(f"{entry.source} is cancelled in the books")
    if source.unapplied is None:
        raise Unavailable(
            f"SQL Account does not say how much of {entry.source} is applied: its knock-off "
            f"against {entry.target} cannot be verified"
        )
    there = [one.amount for one in source.settled if replies.same(one.number, entry.target)]
    applied, running = sum(there, ZERO), entry.key.source_id
    before = running > 1 and source.unapplied >= entry.source_open
    if not applied or before:
        if source.unapplied < entry.amount:
            raise Rejected(open_differs(entry.source, source.unapplied, entry.source_open))
        return False
    if running > 1 and source.unapplied > entry.source_open - entry.amount:
        raise Rejected(open_differs(entry.source, source.unapplied, entry.source_open))
    least = "more than " if running > 1 else ""  # what was knocked off before it is in its row too
    if applied < entry.amount or (least and applied == entry.amount):
        raise Rejected(
            f"{entry.source} settles {entry.target} by {applied:.2f} in the books, "
            f"{least}{entry.amount:.2f} here"
        )
    return True


def body(
    api: Api, setup: Setup, entry: Allocation, source: replies.Row, rule: str, home_currency: str
) -> bytes:
    """The rows there are and the new one, with the update counter by `rule`: the books replace all
    rows by what they are sent (contract 4 and 7.5)."""
    wanted = api.knock_off_rows[setup.knockoff_row]
    kept = [{n: _kept(row[n]) for n in wanted if n in row} for row in replies.knock_offs(source)]
    (new,) = rows(api, setup, [entry], home_currency)
    before = next((row for row in kept if _is_of(row, new)), None)
    if before is None:
        kept.append(new)
    else:  # a document has one row for each that it settles
        before |= _raised(entry, before, new, counted=bool(replies.receipt(source).settled))
    given = {
        "docno": entry.source,
        "updatecount": _counter(source, rule),
        "sdsknockoff": kept,
    }
    return limits.text(api.limits, given)


def _raised(
    entry: Allocation, before: dict[str, Any], new: dict[str, Any], *, counted: bool
) -> dict[str, Any]:
    """The amounts of a row that is there with the new one's. Where the rows claim more than the
    books count, a first knock-off replaces its row: that took no effect. Raises Rejected for a
    later one, because nobody knows which part of its row did."""
    if not counted and entry.key.source_id > 1:
        raise Rejected(
            f"{entry.source} has rows in SQL Account that settle more than it has applied: apply "
            f"it to {entry.target} there"
        )
    names = [name for name in AMOUNTS if name in before and name in new]
    kept = {name: replies.money(before[name]) or ZERO if counted else ZERO for name in names}
    return {name: kept[name] + new[name] for name in names}


def other(rule: str) -> str:
    """Which counter to try when one is refused: sources disagree (contract 4)."""
    return "same" if rule == INCREMENT else INCREMENT


def _kept(value: Any) -> Any:
    return "" if value is None else value


def _is_of(row: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether it is the row of the same target."""
    kind, number = str(row.get("doctype")).strip(), str(row.get("docno"))
    return kind == new["doctype"] and replies.same(number, new["docno"])


def _counter(source: replies.Row, rule: str) -> int | None:
    count = source.get("updatecount")
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    return count + 1 if rule == INCREMENT else count
