"""Lists of codes: read under the book's lease, shown whole or not at all, and paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounting import code_lists, connections, outbox
from accounting.connectors.base import Code, CodeList, Misconfigured, Partial, Unavailable
from accounting.models import Book, Document, Order, Store
from accounting.models import Code as CodeRow
from accounting.models import CodeList as ListRow
from tests.accounting.queued import queue, states
from tests.books import Books, Clock, make_book, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

ACCOUNTS = CodeList.ACCOUNTS
KOPI = Code(code="500-KOPI", name="Sales of coffee")
TEA = Code(code="500-TEH", name="Jualan teh", active=False, detail={"rate": "8"})


@dataclass
class Ledger(Books):
    """Books that show lists; `first` is called before each code is given."""

    codes_of: dict[CodeList, list[Code | Exception]] = field(default_factory=dict)
    first: Callable[[], Any] = lambda: None

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        self.calls.append(f"codes {wanted}")
        given = self.codes_of.get(wanted)
        return None if given is None else self._each(given)

    def _each(self, given: list[Code | Exception]) -> Iterator[Code]:
        for one in given:
            self.first()
            if isinstance(one, Exception):
                raise one
            yield one


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    books = Ledger(codes_of={ACCOUNTS: [KOPI, TEA]})
    monkeypatch.setattr(connections, "connector_for", lambda book: books)
    return books


Refresh = Callable[..., ListRow]


@pytest.fixture
def refresh(store: Store, clock: Clock) -> Refresh:
    def read(wanted: CodeList = ACCOUNTS, **changes: Any) -> ListRow:
        def wait(seconds: float) -> None:
            clock.advance(seconds=seconds)

        given: dict[str, Any] = {
            "store_id": store.pk,
            "wanted": wanted,
            "clock": clock,
            "wait": wait,
        }
        return code_lists.refresh(**(given | changes))

    return read


def shown(store: Store, starts: str = "") -> list[str]:
    return [row.code for row in code_lists.codes(store.pk, ACCOUNTS, starts=starts)]


def test_a_list_is_read_with_everything_that_helps_to_choose(
    ledger: Ledger, refresh: Refresh, store: Store, clock: Clock
) -> None:
    listed = refresh()

    kopi, teh = code_lists.codes(store.pk, ACCOUNTS)
    assert (listed.count, listed.offered, listed.complete) == (2, True, True)
    assert (listed.read_at, listed.trouble) == (clock(), "")
    assert (kopi.code, kopi.name, kopi.active) == ("500-KOPI", "Sales of coffee", True)
    assert (teh.code, teh.active, teh.detail) == ("500-TEH", False, {"rate": "8"})


def test_reading_again_replaces_the_list(ledger: Ledger, refresh: Refresh, store: Store) -> None:
    refresh()
    ledger.codes_of[ACCOUNTS] = [Code(code="510-000")]

    listed = refresh()

    assert shown(store) == ["510-000"]
    assert listed.count == CodeRow.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unavailable("The PC is off."), "The PC is off."),
        (Misconfigured("No right to read accounts.", hint="endpoint"), "No right to read"),
        (Unavailable("a\0b"), "ab"),
    ],
)
def test_a_reading_that_fails_midway_keeps_the_old_list_and_says_why(
    ledger: Ledger, refresh: Refresh, store: Store, clock: Clock, error: Exception, said: str
) -> None:
    before = refresh().read_at
    clock.advance(hours=1)
    ledger.codes_of[ACCOUNTS] = [Code(code="510-000"), error]

    listed = refresh()

    assert said in listed.trouble
    assert (listed.read_at, listed.tried_at) == (before, clock())
    assert shown(store) == ["500-KOPI", "500-TEH"]


def test_what_a_broken_off_reading_left_is_gone_with_the_next(
    ledger: Ledger, refresh: Refresh, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_lists, "ROWS_AT_ONCE", 1)
    ledger.codes_of[ACCOUNTS] = [Code(code="510-000"), Unavailable("gone")]
    refresh()
    assert shown(store) == []
    ledger.codes_of[ACCOUNTS] = [KOPI]

    refresh()

    assert shown(store) == ["500-KOPI"]
    assert CodeRow.objects.count() == 1


def test_a_list_that_is_not_offered_is_no_trouble(ledger: Ledger, refresh: Refresh) -> None:
    listed = refresh(CodeList.PROJECTS)

    assert (listed.offered, listed.count, listed.trouble) == (False, 0, "")
    assert listed.read_at is not None


def test_a_list_of_which_only_a_part_is_shown_is_kept_as_such(
    ledger: Ledger, refresh: Refresh, store: Store
) -> None:
    ledger.codes_of[ACCOUNTS] = [KOPI, Partial("more")]

    listed = refresh()

    assert (listed.complete, listed.trouble) == (False, "")
    assert shown(store) == ["500-KOPI"]


def test_a_code_given_twice_is_one_code(ledger: Ledger, refresh: Refresh, store: Store) -> None:
    ledger.codes_of[ACCOUNTS] = [KOPI, Code(code=" 500-kopi ")]

    assert refresh().count == 1
    assert shown(store) == ["500-KOPI"]


@pytest.mark.parametrize("code", ["", " ", "5" * 61, "500\n1", "5\0"])
def test_what_cannot_be_a_code_spoils_the_list(
    ledger: Ledger, refresh: Refresh, store: Store, code: str
) -> None:
    ledger.codes_of[ACCOUNTS] = [Code(code=code)]

    assert refresh().trouble.startswith("The books gave a code that cannot be one: ")
    assert shown(store) == []


def test_a_name_of_any_kind_is_kept_as_far_as_it_can_be(
    ledger: Ledger, refresh: Refresh, store: Store
) -> None:
    ledger.codes_of[ACCOUNTS] = [Code(code="1", name="n" * 300), Code(code="2", name="a\0\ud800")]

    refresh()

    assert [row.name for row in code_lists.codes(store.pk, ACCOUNTS)] == ["n" * 200, "a?"]


def test_there_is_an_end_to_every_list(
    ledger: Ledger, refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_lists, "MOST_CODES", 2)
    assert refresh().trouble == ""
    ledger.codes_of[ACCOUNTS] = [KOPI, TEA, Code(code="3")]

    assert refresh().trouble == code_lists.TOO_MANY


def test_a_list_that_takes_too_long_is_given_up(
    ledger: Ledger, refresh: Refresh, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_CODES_READ_SECONDS = 30
    ledger.first = lambda: clock.advance(seconds=20)
    ledger.codes_of[ACCOUNTS] = [KOPI, TEA, Code(code="3")]

    assert refresh().trouble == "The list took longer than 30 seconds to read."


def test_another_companys_codes_are_not_taken(
    ledger: Ledger, refresh: Refresh, store: Store
) -> None:
    Book.objects.update(fingerprint="300-C0001 Kedai")
    ledger.company = "300-C0001 Toko"

    listed = refresh()

    assert listed.trouble == "These books are 300-C0001 Toko; you confirmed 300-C0001 Kedai."
    assert ledger.calls == ["identity"]
    assert shown(store) == []


# --- one call at a time ------------------------------------------------------------------------


def test_the_book_is_held_while_a_list_is_read_and_given_back(
    ledger: Ledger, refresh: Refresh, clock: Clock
) -> None:
    others: list[Any] = []
    ledger.first = lambda: others.append(outbox.claim(now=clock()))

    refresh()

    assert others == [None, None]
    assert outbox.claim(now=clock()) is None  # nothing is due
    assert Book.objects.get().leased_until is None


def test_the_lease_outlasts_a_list_of_many_calls(
    ledger: Ledger, refresh: Refresh, clock: Clock
) -> None:
    leases: list[bool] = []

    def call() -> None:
        until = Book.objects.get().leased_until
        leases.append(until is not None and until >= clock() + timedelta(seconds=10))
        clock.advance(seconds=10)

    ledger.first = call
    ledger.codes_of[ACCOUNTS] = [Code(code=str(n)) for n in range(9)]

    assert refresh().count == 9
    assert leases == [True] * 9


def test_a_sender_gives_a_busy_book_up_after_the_document_under_way(
    ledger: Ledger, refresh: Refresh, order: Order, clock: Clock
) -> None:
    queue(order, clock)
    claimed = outbox.claim(now=clock())
    assert claimed is not None
    waits: list[Document | None] = []

    def wait(seconds: float) -> None:
        waits.append(outbox.next_due(claimed, now=clock()))
        outbox.release(claimed, now=clock())
        assert outbox.claim(now=clock()) is None

    listed = refresh(wait=wait)

    assert waits == [None]
    assert listed.count == 2
    assert outbox.claim(now=clock()) is not None
    assert states() == {"SH-1001": "queued"}


def test_a_book_that_is_not_given_up_is_busy_and_sent_to_again(
    ledger: Ledger, refresh: Refresh, order: Order, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_BOOK_WAIT_SECONDS = 3
    queue(order, clock)
    claimed = outbox.claim(now=clock())
    assert claimed is not None

    with pytest.raises(outbox.Busy):
        refresh()

    assert ledger.calls == []
    assert not ListRow.objects.exists()
    assert outbox.next_due(claimed, now=clock()) is not None


def test_a_reader_that_lost_the_book_shows_nothing(
    ledger: Ledger, refresh: Refresh, store: Store
) -> None:
    ledger.first = lambda: Book.objects.update(fence=99)

    listed = refresh()

    assert listed.trouble == code_lists.CHANGED
    assert shown(store) == []
    assert Book.objects.get().fence == 99


def test_a_list_of_books_that_were_connected_anew_meanwhile_is_dropped(
    ledger: Ledger, refresh: Refresh, store: Store
) -> None:
    ledger.first = lambda: ListRow.objects.all().delete()

    assert refresh().trouble == code_lists.CHANGED
    assert not ListRow.objects.exists()
    assert not CodeRow.objects.exists()


def test_a_mistake_of_ours_is_raised_and_the_book_given_back(
    ledger: Ledger, refresh: Refresh
) -> None:
    ledger.codes_of[ACCOUNTS] = [ZeroDivisionError()]

    with pytest.raises(ZeroDivisionError):
        refresh()

    assert Book.objects.get().leased_until is None


@pytest.mark.parametrize("state", ["setup", "paused", "misconfigured"])
def test_books_that_are_not_written_to_can_be_read(
    ledger: Ledger, refresh: Refresh, state: str
) -> None:
    Book.objects.update(state=state)

    assert refresh().count == 2
    assert Book.objects.get().state == state


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "found"),
    [
        ("", ["500-KOPI", "500-TEH"]),
        ("500-k", ["500-KOPI"]),
        ("SALES", ["500-KOPI"]),
        ("jual", ["500-TEH"]),
        ("coffee", []),
        ("%", []),
        ("_00", []),
    ],
)
def test_a_search_is_for_the_beginning_of_a_code_or_name(
    ledger: Ledger, refresh: Refresh, store: Store, starts: str, found: list[str]
) -> None:
    refresh()

    assert shown(store, starts) == found


def test_stores_of_one_company_share_its_lists_and_others_see_nothing(
    ledger: Ledger, refresh: Refresh, store: Store, other: Store
) -> None:
    sister = make_store(store.book, "sister.myshopify.com", prefix="SI")

    refresh()

    assert shown(sister) == ["500-KOPI", "500-TEH"]
    assert shown(other) == []
    assert code_lists.lists(other.pk) == {}


def test_a_store_without_books_has_no_lists(clock: Clock) -> None:
    lone = make_store(None, "lone.myshopify.com")

    with pytest.raises(connections.NotConnected):
        code_lists.refresh(store_id=lone.pk, wanted=ACCOUNTS, clock=clock)

    assert shown(lone) == []


def test_a_book_of_its_own_is_read_when_another_waits(
    ledger: Ledger, refresh: Refresh, store: Store, clock: Clock
) -> None:
    make_book(clock(), name="First in line", ready_at=clock() - timedelta(hours=1))

    refresh()

    assert ListRow.objects.get().book == store.book
