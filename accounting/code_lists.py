"""Lists of codes read from the books, so that a merchant picks an account instead of typing it.

A list is read when somebody asks for it, under the book's lease like any other call, and streamed
into a generation of its own: until that is whole the one before it is shown, and a reading that
fails only notes why. Books that do not show a list leave the merchant to type its codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounting import catalogue, codec, connections, outbox
from accounting.connectors.base import (
    Code,
    CodeList,
    Connector,
    Misconfigured,
    Partial,
    Unavailable,
)
from accounting.known_codes import folded
from accounting.models import Code as CodeRow
from accounting.models import CodeList as ListRow
from accounting.outbox import Claim, LeaseLost

Clock = Callable[[], datetime]

ROWS_AT_ONCE = 500
MOST_CODES = 100_000
LONGEST_CODE = 60
LONGEST_NAME = 200
CHANGED = "The connection was changed while the list was read."
TOO_MANY = f"The list has more than {MOST_CODES} codes."
TOO_SLOW = "The list took longer than {seconds} seconds to read."
NO_CODE = "The books gave a code that cannot be one: {start}…"
OTHER_COMPANY = "These books are {found}; you confirmed {confirmed}."


class _Spoilt(Exception):
    """The list cannot be taken, for the reason in the message."""


def refresh(
    *,
    store_id: int,
    wanted: CodeList,
    clock: Clock,
    wait: Callable[[float], None] = time.sleep,
) -> ListRow:
    """Read one list from the books now. What fails is said in `trouble`, and the old list stays.

    Raises NotConnected, SealBroken, SealKeyMissing, or Busy when the sender does not give the book
    up within LEJAR_BOOK_WAIT_SECONDS.
    """
    book = connections.book_of(store_id)
    claimed = outbox.claim_soon(book.id, clock=clock, wait=wait)
    try:
        connector = connections.connector_for(claimed.book)
        listed, _ = ListRow.objects.get_or_create(book=book, name=wanted.value)
        return _Reading(claimed, connector, listed, clock).run(wanted)
    finally:
        outbox.release(claimed, now=clock())


@dataclass
class _Reading:
    claimed: Claim
    connector: Connector
    listed: ListRow
    clock: Clock
    complete: bool = True

    def run(self, wanted: CodeList) -> ListRow:
        until = self.clock() + timedelta(seconds=settings.LEJAR_CODES_READ_SECONDS)
        try:
            self._same_company()
            self._outlast()
            codes = self.connector.codes(wanted)
            if codes is not None:
                self._keep(self._rows(codes, until))
            return self._show(offered=codes is not None)
        except LeaseLost:
            return self._note(CHANGED)
        except (Unavailable, Misconfigured, _Spoilt) as error:
            return self._note(_plain(str(error)))

    def _same_company(self) -> None:
        """Another company's codes would be taken for those of the books that were confirmed."""
        self._outlast()
        found = _plain(self.connector.identity())
        self.claimed.answered = True
        confirmed = self.claimed.book.fingerprint
        if confirmed and found != confirmed:
            raise _Spoilt(OTHER_COMPANY.format(found=found or "unknown", confirmed=confirmed))

    def _outlast(self) -> None:
        self.claimed.outlast(self.connector.call_seconds, self.clock)

    def _rows(self, codes: Iterator[Code], until: datetime) -> Iterator[CodeRow]:
        """Each code as it is kept; the lease is seen to before every one, since any may take a
        call."""
        for number in range(MOST_CODES + 1):
            self._outlast()
            if self.clock() > until:
                raise _Spoilt(TOO_SLOW.format(seconds=settings.LEJAR_CODES_READ_SECONDS))
            try:
                code = next(codes, None)
            except Partial:
                self.complete, code = False, None
            if code is None:
                return
            if number == MOST_CODES:
                raise _Spoilt(TOO_MANY)
            yield _row(self.listed, code)

    def _keep(self, rows: Iterator[CodeRow]) -> None:
        mine = CodeRow.objects.filter(list_id=self.listed.pk)
        mine.exclude(generation=self.listed.generation).delete()  # left by a try that broke off
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            with transaction.atomic():
                self._hold()
                CodeRow.objects.bulk_create(batch, ignore_conflicts=True)

    def _hold(self) -> ListRow:
        """The row of the list, which nobody changes or removes meanwhile. Raises LeaseLost."""
        held = ListRow.objects.select_for_update().filter(pk=self.listed.pk).first()
        if held is None or not self.claimed.ours.exists():
            raise LeaseLost
        return held

    def _show(self, *, offered: bool) -> ListRow:
        """The new generation counts from now on, and the old one is gone."""
        now = self.clock()
        with transaction.atomic():
            held = self._hold()
            held.generation += 1
            codes = CodeRow.objects.filter(list=held)
            codes.exclude(generation=held.generation).delete()
            held.count, held.offered, held.complete = codes.count(), offered, self.complete
            held.read_at, held.tried_at, held.trouble = now, now, ""
            held.save()
            if held.name == CodeList.ITEMS:
                catalogue.items_changed(held.book_id)
        return held

    def _note(self, trouble: str) -> ListRow:
        self.listed.tried_at, self.listed.trouble = self.clock(), trouble
        ListRow.objects.filter(pk=self.listed.pk).update(
            tried_at=self.listed.tried_at, trouble=trouble
        )
        return self.listed


def _row(listed: ListRow, code: Code) -> CodeRow:
    text = code.code.strip()
    if not 0 < len(text) <= LONGEST_CODE or not text.isprintable():
        raise _Spoilt(NO_CODE.format(start=_plain(text)[:LONGEST_CODE]))
    name = _plain(code.name).strip()[:LONGEST_NAME]
    return CodeRow(
        list=listed,
        generation=listed.generation + 1,
        key=folded(text),
        name_key=folded(name),
        code=text,
        name=name,
        active=code.active,
        detail={_plain(key): _plain(value) for key, value in code.detail.items()},
    )


def _plain(text: str) -> str:
    """The text without what a database cannot keep."""
    kept: str = codec.plain(text)
    return kept


# --- reading -----------------------------------------------------------------------------------


def lists(store_id: int) -> dict[str, ListRow]:
    """What is known of each list of the store's books, by name."""
    rows = ListRow.objects.filter(book__store=store_id)
    return {row.name: row for row in rows.order_by("name")}


def codes(store_id: int, wanted: CodeList, *, starts: str = "") -> QuerySet[CodeRow]:
    """The codes of one list of the store's books whose code or name starts so, by their key."""
    rows: QuerySet[CodeRow, Any] = CodeRow.objects.filter(
        list__book__store=store_id, list__name=wanted.value, generation=F("list__generation")
    )
    if key := folded(starts):
        rows = rows.filter(Q(key__startswith=key) | Q(name_key__startswith=key))
    return rows.order_by("key")
