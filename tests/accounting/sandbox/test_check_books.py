"""What somebody changes in the sandbox's books behind our back is found through the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounting import checking
from accounting.documents.document import Document, Entry
from accounting.models import Book, BookCheck, BookDifference, Order
from accounting.sandbox.models import KnockOff, Voucher
from tests.accounting.checking.shelf import knock, posted, stands
from tests.accounting.connectors.entries import invoice, payment
from tests.accounting.sandbox.conftest import Desk
from tests.accounting.sandbox.through_desk import connector, for_system, send
from tests.books import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

Check = Callable[[], BookCheck]


@pytest.fixture(params=["sql_accounting", "autocount"])
def desk(request: Any, open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(request.param, "lb_live_checked")


@pytest.fixture
def check(desk: Desk, order: Order, clock: Clock) -> Check:
    way = connector(desk)

    def run() -> BookCheck:
        begun = checking.start(store_id=order.store_id, who="cron", now=clock())
        return checking.run(begun.id, lambda _: way, clock=clock, wait=lambda _: None)

    return run


def numbered(entry: Document, number: str, source_id: int) -> Document:
    return replace(entry, number=number, key=replace(entry.key, source_id=source_id))


def entries(system: str) -> Iterator[Entry]:
    """Six invoices, the first four of them paid."""
    for number in range(1001, 1007):
        bought = for_system(numbered(invoice(), f"SH-{number}", number), system)
        assert isinstance(bought, Document)
        yield bought
        if number < 1005:
            paid = numbered(payment(), f"SH-{number}-P1", 100_000 + number)
            paid = for_system(paid, system)  # type: ignore[assignment]  # a document stays one
            yield paid
            yield knock(paid, bought)


@pytest.fixture
def sold(desk: Desk, order: Order, now: datetime) -> None:
    written = list(entries(desk.system))
    send(connector(desk), *written)
    for entry in written:
        posted(order, entry, now)


def spoil(desk: Desk) -> None:
    """A bookkeeper's bad day."""
    there = Voucher.objects.filter(company_id=desk.company_id)
    there.get(number="SH-1005").delete()
    KnockOff.objects.filter(source__number="SH-1002-P1").delete()
    there.filter(number__in=("SH-1002", "SH-1002-P1")).update(applied=0)
    shown = next(row for row in desk.books("documents") if row["number"] == "SH-1006")
    by_hand = f"/sandbox/companies/{desk.company_id}/documents/{shown['id']}"
    desk.client.put(by_hand, {"cancelled": True}, content_type="application/json")
    for number in ("SH-9001", "SH-9002"):
        entry = numbered(invoice(), number, 5)
        send(connector(desk), for_system(entry, desk.system))
    there.filter(number="SH-9002").update(number="SH-1003 ")


def test_books_as_they_were_written_have_no_difference(
    sold: None, desk: Desk, check: Check
) -> None:
    before = desk.contents()

    found = check()

    assert (found.state, found.message, found.looked_up) == ("finished", "", 0)
    assert (stands(), found.unproved) == ([], 0)
    assert desk.contents() == before


def test_everything_changed_behind_our_back_is_found(sold: None, desk: Desk, check: Check) -> None:
    spoil(desk)
    before = desk.contents()

    found = check()

    assert (found.state, found.message) == ("finished", "")
    assert sorted(stands()) == [
        ("changed", "cancelled", "SH-1006"),
        ("duplicated", "number", "SH-1003"),
        ("foreign", "", "SH-9001"),
        ("missing", "", "SH-1005"),
        ("unallocated", "", "SH-1002-P1"),
    ]
    assert desk.contents() == before


def test_books_that_show_a_part_of_their_lists_are_asked_one_by_one(
    sold: None, desk: Desk, check: Check
) -> None:
    spoil(desk)
    desk.switch(page_rows=1)

    found = check()

    assert found.unlisted[0] == "invoice"
    assert {code for code, _, _ in stands()} == {"changed", "missing", "unallocated"}


def test_books_that_go_offline_stop_it_and_it_goes_on(sold: None, desk: Desk, check: Check) -> None:
    desk.switch(offline=True)
    stopped = check()
    desk.switch(offline=False)

    done = check()

    assert (stopped.state, stopped.id) == ("stopped", done.id)
    assert "Instances" in stopped.message
    assert done.state == "finished"
    assert not BookDifference.objects.exists()
    assert Book.objects.get().trouble_count == 0
