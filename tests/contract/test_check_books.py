"""What the books hold is compared with what was posted, through every connection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounting.sandbox.models import KnockOff, Voucher
from tests.accounting.connectors.entries import invoice
from tests.contract.bench import Bench
from tests.contract.life import paid_order, returned_order

PAID = ("SH-1001", "SH-1002", "SH-1003")
OWED = ("SH-1005", "SH-1006")


@pytest.fixture
def sold(bench: Bench) -> None:
    """Three paid orders and two that are not, and one that was returned."""
    for number in PAID:
        bench.queue(*paid_order(number))
    for number in OWED:
        bench.queue(invoice(number=number))
    bench.queue(*returned_order("SH-1007"))
    bench.send_until_quiet()
    assert set(bench.states().values()) == {"posted"}, bench.messages()


def spoil(bench: Bench) -> None:
    """A bookkeeper's bad day."""
    there = Voucher.objects.filter(company_id=bench.company_id)
    there.get(number="SH-1005").delete()
    KnockOff.objects.filter(source__number="SH-1002-P1").delete()
    there.filter(number__in=("SH-1002", "SH-1002-P1")).update(applied=0)
    shown = next(row for row in bench.documents() if row["number"] == "SH-1006")
    answer = bench.client.put(
        f"/sandbox/companies/{bench.company_id}/documents/{shown['id']}",
        {"cancelled": True},
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    foreign = invoice(number="SH-9001", key=replace(invoice().key, source_id=5))
    bench.connector.post(bench.connection.entry(foreign))


def test_books_as_they_were_written_have_no_difference(bench: Bench, sold: None) -> None:
    before = bench.contents()

    found = bench.check_books()

    assert (found.state, found.message) == ("finished", "")
    assert (bench.differences(), found.unproved) == (set(), 0)
    assert bench.contents() == before


def test_everything_changed_behind_our_back_is_found(bench: Bench, sold: None) -> None:
    spoil(bench)
    before = bench.contents()

    found = bench.check_books()

    assert (found.state, found.message) == ("finished", "")
    assert bench.differences() == {
        ("changed", "cancelled", "SH-1006"),
        ("foreign", "", "SH-9001"),
        ("missing", "", "SH-1005"),
        ("unallocated", "", "SH-1002-P1"),
    }
    assert bench.contents() == before


def test_books_that_go_offline_stop_it_and_it_goes_on(bench: Bench, sold: None) -> None:
    bench.switch(offline=True)
    stopped = bench.check_books()
    bench.switch(offline=False)

    done = bench.check_books()

    assert stopped.state == "stopped"
    assert stopped.message
    assert (done.id, done.state) == (stopped.id, "finished")
    assert bench.differences() == set()
