"""One page of a list of the books, against the rows that carry its numbers.

What the list shows to be as it was posted needs no look-up any more. What it shows otherwise is
looked up before it is called a difference, because lists may lag. Only a list can show what is too
much: two documents under one number or one Shopify id, and documents that are not ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from accounting import check_rows
from accounting.comparing import (
    Aspect,
    Code,
    Difference,
    KnockOffs,
    changes,
    figure,
    known_by,
    lacking,
    money,
    normal,
    same_list,
)
from accounting.connectors.base import Page, Receipt
from accounting.documents.document import Document as Entry
from accounting.documents.document import load
from accounting.models import BookCheck, BookSighting, Document

SHOPIFY_ID = re.compile("[0-9]{1,18}")
Live = Mapping[str, Sequence[Receipt]]  # what stands in the books, by number


def compare(check: BookCheck, kind: str, page: Page, *, now: datetime) -> bool:
    """Keep what this page of the kind shows. The number of statements does not depend on its
    length, unless it has differences. Call it in the transaction that moves the cursor.

    Returns whether it shows again what a page before has shown: the list has moved meanwhile, and
    others may have slipped past.
    """
    live = _live(page)
    rows = check_rows.under(check, live)
    own = [row for row in rows.values() if _is_ours(check, kind, row)]
    found, again = _sight(check, own, live)
    strangers = {
        number: receipts
        for number, receipts in live.items()
        if number not in rows or not same_list(rows[number].kind, kind)
    }
    check_rows.note(check, [*found, *_too_much(check, kind, strangers)], now)
    return again


def _live(page: Page) -> Live:
    """Cancelled ones count for nothing: whether ours is among them is looked up."""
    found: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in page.receipts:
        if not receipt.cancelled:
            found[normal(receipt.number)].append(receipt)
    return found


def _is_ours(check: BookCheck, kind: str, row: Document) -> bool:
    posted = row.store_id == check.store_id and row.state == Document.State.POSTED
    return posted and row.kind == kind


# --- ours ------------------------------------------------------------------------------------


def _sight(check: BookCheck, own: Sequence[Document], live: Live) -> tuple[list[Difference], bool]:
    """Note which documents were met. Returns those that are there more than once, and whether any
    was met on a page before."""
    posted = check_rows.knock_offs(check, own)
    seen = BookSighting.objects.filter(check_run=check, document__in=own)
    earlier = dict(seen.values_list("document_id", "known_by"))
    several, doubtful, fresh = [], [], []
    for row in own:
        receipts = live[row.number]
        if _are_several(receipts, earlier.get(row.id)):
            several.append(_several(row, receipts))
        if row.id in earlier:
            doubtful += [] if receipts[0].external_id else [row.id]
        else:
            equal = len(receipts) == 1 and _is_equal(row, receipts[0], posted[row.number])
            fresh.append(_sighting(check, row, receipts[0], equal))
    BookSighting.objects.bulk_create(fresh)
    if doubtful:  # the list may have moved between two pages: the look-up decides
        seen.filter(document__in=doubtful).update(equal=False)
    return several, bool(earlier)


def _are_several(receipts: Sequence[Receipt], earlier: str | None) -> bool:
    names = {known_by(receipt) for receipt in receipts}
    if earlier is not None and earlier not in names:
        return True
    return len(names) > 1 or (len(receipts) > 1 and not receipts[0].external_id)


def _several(row: Document, receipts: Sequence[Receipt]) -> Difference:
    totals = [money(receipt.total, row.currency) for receipt in receipts]
    return Difference(
        code=Code.DUPLICATED,
        aspect=Aspect.NUMBER,
        kind=row.kind,
        number=row.number,
        document_id=row.id,
        books=", ".join(totals),
        here=money(row.total, row.currency),
    )


def _is_equal(row: Document, receipt: Receipt, posted: KnockOffs) -> bool:
    """As it was posted, and settled as it was posted; whether money settles anything must show."""
    entry = load(row.payload)
    assert isinstance(entry, Entry)
    lack = lacking(receipt, posted)
    settled = lack == 0 or (lack is None and not posted.made)
    return settled and not any(changes(entry, receipt, row.id))


def _sighting(check: BookCheck, row: Document, receipt: Receipt, equal: bool) -> BookSighting:
    return BookSighting(
        store_id=check.store_id,
        check_run=check,
        document=row,
        equal=equal,
        known_by=known_by(receipt),
    )


# --- not ours --------------------------------------------------------------------------------


def _too_much(check: BookCheck, kind: str, strangers: Live) -> list[Difference]:
    """Copies of ours under another number, and what uses our prefix."""
    copied = _copied(check, kind, strangers)
    used = {number for number in strangers if number not in copied and _has_prefix(check, number)}
    used -= check_rows.known_elsewhere(check, used) if used else set()
    used = check_rows.not_noted_as(check, kind, used) if used else used
    foreign = [
        Difference(
            code=Code.FOREIGN,
            kind=kind,
            number=number,
            books=figure(strangers[number][0].total),  # a list does not say the currency
        )
        for number in sorted(used)
    ]
    return [*copied.values(), *foreign]


def _has_prefix(check: BookCheck, number: str) -> bool:
    prefix = check.store.prefix
    return bool(prefix) and number.startswith(f"{prefix}-")


def _copied(check: BookCheck, kind: str, strangers: Live) -> dict[str, Difference]:
    """By number, those with the Shopify id of a document that was posted under its own number."""
    marked = {
        number: int(receipts[0].marker)
        for number, receipts in strangers.items()
        if SHOPIFY_ID.fullmatch(receipts[0].marker)
    }
    rows = check_rows.by_marker(check, kind, marked.values()) if marked else {}
    return {
        number: _copy(rows[source_id], number, strangers[number][0])
        for number, source_id in marked.items()
        if source_id in rows
    }


def _copy(row: Document, number: str, receipt: Receipt) -> Difference:
    return Difference(
        code=Code.DUPLICATED,
        aspect=Aspect.MARKER,
        kind=row.kind,
        number=row.number,
        document_id=row.id,
        books=money(receipt.total, row.currency),
        here=money(row.total, row.currency),
        other=number,
    )
