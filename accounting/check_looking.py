"""One document that no list has shown to be as it was posted: looked up, and judged.

The look-up comes right before the judgement, while this worker holds the book: nothing of ours can
be written between them, so that the knock-offs posted are the knock-offs there must be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounting import check_rows
from accounting.comparing import (
    Code,
    Difference,
    KnockOffs,
    changes,
    lacking,
    money,
    still_open,
)
from accounting.connectors.base import Receipt, Rejected
from accounting.documents.document import ZERO, Entry, Kind, load
from accounting.documents.document import Document as Written
from accounting.models import BookCheck, Document

Find = Callable[[Entry], Receipt | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look-up found. `proved` is False where the books show neither what is open on a
    document nor what it settles."""

    differences: tuple[Difference, ...] = ()
    proved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Looks up for one check. `listing_kinds` are those whose receipts name all they settle."""

    check: BookCheck
    find: Find
    listing_kinds: frozenset[Kind]

    def look(self, row: Document) -> Looked:
        """Raises what `find` raises, but for a document that the books contradict."""
        entry = _entry(row)
        try:
            receipt = self.find(entry)
        except Rejected as error:
            return Looked(differences=self._contradicted(row, str(error)))
        if receipt is None:
            return Looked(differences=(_missing(row),))
        changed = tuple(changes(entry, receipt, row.id))
        if receipt.cancelled:
            return Looked(differences=changed)
        settled = self._settled(row, receipt)
        return Looked(differences=(*changed, *settled.differences), proved=settled.proved)

    def _contradicted(self, row: Document, words: str) -> tuple[Difference, ...]:
        """Several under the number, another tax, the Shopify id elsewhere: in the connector's own
        words, unless a list has shown the figures of several."""
        if check_rows.is_noted(self.check, row, Code.DUPLICATED):
            return ()
        return (_of(row, Code.CHANGED, books=words, here=money(row.total, row.currency)),)

    def _settled(self, row: Document, receipt: Receipt) -> Looked:
        posted = check_rows.knock_offs(self.check, [row])
        lack = self._lacking(row, receipt, posted[row.number])
        if lack is None:
            return Looked(proved=not posted[row.number].made or self._targets_tell(row, posted))
        if not lack:
            return Looked()
        return Looked(differences=tuple(self._blamed(row, lack, posted)))

    def _lacking(self, row: Document, receipt: Receipt, posted: KnockOffs) -> Decimal | None:
        return lacking(receipt, posted, lists=row.kind in self.listing_kinds)

    def _targets_tell(self, row: Document, posted: Mapping[str, KnockOffs]) -> bool:
        """Whether the other side of every knock-off shows what is left open there."""
        targets = check_rows.under(self.check, posted[row.number].made)
        receipts = (self._receipt(target) for target in targets.values())
        return all(receipt is None or still_open(receipt) is not None for receipt in receipts)

    def _blamed(
        self, row: Document, lack: Decimal, posted: Mapping[str, KnockOffs]
    ) -> Iterator[Difference]:
        """Both sides of a lost knock-off are open: it is said once, of the document that settled.
        A document that is gone took its knock-offs along, which its own difference tells."""
        mine = posted[row.number]
        for number, other in check_rows.under(self.check, {**mine.made, **mine.received}).items():
            receipt = self._receipt(other)
            if receipt is None:
                lack -= mine.made.get(number, ZERO) + mine.received.get(number, ZERO)
            elif number in mine.received:
                short = self._lacking(other, receipt, posted[number]) or ZERO
                lack -= min(short, mine.received[number])
                if short:
                    yield _unsettled(other, short, posted[number])
        if lack > 0:
            yield _unsettled(row, lack, mine)

    def _receipt(self, row: Document) -> Receipt | None:
        """None also of a document that is cancelled or contradicted: it has a difference."""
        try:
            found = self.find(_entry(row))
        except Rejected:
            return None
        return None if found is None or found.cancelled else found


def _entry(row: Document) -> Written:
    entry = load(row.payload)
    assert isinstance(entry, Written)
    return entry


def _missing(row: Document) -> Difference:
    return _of(row, Code.MISSING, here=money(row.total, row.currency))


def _unsettled(row: Document, lack: Decimal, posted: KnockOffs) -> Difference:
    """The figures are what the document's knock-offs come to."""
    return _of(
        row,
        Code.UNALLOCATED,
        books=money(posted.total - lack, row.currency),
        here=money(posted.total, row.currency),
        other=", ".join(sorted({**posted.made, **posted.received})),
    )


def _of(row: Document, code: Code, **more: str) -> Difference:
    return Difference(code=code, kind=row.kind, number=row.number, document_id=row.id, **more)
