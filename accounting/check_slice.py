"""One slice of a check of the books: a page of a list, or a few look-ups, while holding the book.

Each page is compared in the transaction that moves the cursor. Whatever the books raise, but that a
kind cannot be listed, ends the slice; what was committed stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from accounting import check_listing, check_rows
from accounting.check_looking import Lookup
from accounting.connectors.base import Connector, Misconfigured, Page, Rejected, Unavailable
from accounting.documents.document import Kind
from accounting.models import BookCheck, BookSighting, Document
from accounting.outbox import Claim, LeaseLost

Clock = Callable[[], datetime]
T = TypeVar("T")
State = BookCheck.State
UNDER_WAY = (State.RUNNING, State.STOPPED)
ONE_BY_ONE = "one by one"  # the step after the lists
LOOK_UPS = 20  # of one slice: a desktop answers one or two a second, and others want their turn
OTHER_COMPANY = (
    "The company that answers is {found}, not {confirmed}. Nothing was compared with it."
)
STUCK = "The books show the same page of their list again and again."


class Went(StrEnum):
    """How one slice of a check went."""

    ON = "on"
    THROUGH = "through"
    STOPPED = "stopped"
    BUSY = "busy"  # somebody else holds the book


class Slice:
    """One slice of a check, by the holder of its book."""

    def __init__(
        self, check: BookCheck, claimed: Claim, connector: Connector, clock: Clock
    ) -> None:
        self.check, self.claimed, self.connector, self.clock = check, claimed, connector, clock

    def go_on(self) -> Went:
        self._confirm_company()
        if self.check.step == ONE_BY_ONE:
            return self._look_up()
        self._list(self.check.step or self._step_after(""))
        return Went.ON

    def _read(self, call: Callable[[], T]) -> T:
        """Run `call` under a lease that outlasts its deadline."""
        self.claimed.outlast(self.connector.call_seconds, self.clock)
        found = call()
        self.claimed.answered = True
        return found

    def _confirm_company(self) -> None:
        """In another company's books everything would seem to be missing."""
        found, confirmed = self._read(self.connector.identity), self.claimed.book.fingerprint
        if found and confirmed and found != confirmed:
            words = OTHER_COMPANY.format(found=found, confirmed=confirmed)
            raise Misconfigured(words, hint="company")

    # --- lists ---

    def _step_after(self, step: str) -> str:
        kinds = list(check_rows.LISTED)
        later = kinds[kinds.index(Kind(step)) + 1 :] if step else kinds
        return next((kind.value for kind in later if kind in self.connector.kinds), ONE_BY_ONE)

    def _list(self, step: str) -> None:
        page = self._page(Kind(step))
        whole = page is not None and page.complete
        page = page or Page(receipts=())
        if page.after and page.after == self.check.cursor:
            raise Unavailable(STUCK)
        following = step if page.after else self._step_after(step)
        with transaction.atomic():
            listed = F("listed") + len(page.receipts)
            self._move(step=following, cursor=page.after, listed=listed)
            again = check_listing.compare(self.check, step, page, now=self.clock())
            if (again or not whole) and step not in self.check.unlisted:
                self.check.unlisted = [*self.check.unlisted, step]
                self.check.save(update_fields=["unlisted"])

    def _page(self, kind: Kind) -> Page | None:
        """None where these books do not list the kind."""
        try:
            return self._read(lambda: self.connector.documents(kind, self.check.cursor))
        except Rejected:
            return None

    # --- one by one ---

    def _look_up(self) -> Went:
        lookup = Lookup(
            check=self.check,
            find=lambda entry: self._read(lambda: self.connector.find(entry)),
            listing_kinds=self.connector.settling,
        )
        rows = check_rows.still_to_look_up(self.check, LOOK_UPS)
        for row in rows:
            self._look_at(lookup, row)
        if len(rows) == LOOK_UPS:
            return Went.ON
        self._finish()
        return Went.THROUGH

    def _look_at(self, lookup: Lookup, row: Document) -> None:
        looked = lookup.look(row)
        with transaction.atomic():
            unproved = F("unproved") + int(not looked.proved)
            self._move(cursor=row.number, looked_up=F("looked_up") + 1, unproved=unproved)
            check_rows.note(self.check, looked.differences, self.clock())
        self.check.cursor = row.number

    def _finish(self) -> None:
        now = self.clock()
        with transaction.atomic():
            self._move(state=State.FINISHED, finished_at=now)
            check_rows.resolve(self.check, now)
            BookSighting.objects.filter(check_run=self.check).delete()

    def _move(self, **changes: object) -> None:
        """Raises LeaseLost when somebody else holds the book, or has begun the check anew."""
        if not self.claimed.ours.select_for_update(no_key=True).values_list("id").first():
            raise LeaseLost
        rows: QuerySet[BookCheck] = BookCheck.objects.filter(state__in=UNDER_WAY, id=self.check.id)
        now = self.clock()
        going = {"state": State.RUNNING, "message": "", "tries": 0, "ready_at": now}
        if not rows.update(**{**going, "moved_at": now, **changes}):
            raise LeaseLost
