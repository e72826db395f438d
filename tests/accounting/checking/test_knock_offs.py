"""Whether the knock-offs that were posted still stand, as far as books show it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.connectors.base import Settled
from accounting.documents.document import Key, Kind, Role
from accounting.models import BookDifference, Order
from tests.accounting.checking.conftest import Check
from tests.accounting.checking.shelf import (
    ZERO,
    Shelf,
    knock,
    make_payment,
    posted,
    sell,
    shown,
    stands,
)
from tests.books import Clock, make_invoice, make_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]
D = Decimal

# --- knock-offs ------------------------------------------------------------------------------


def test_a_lost_knock_off_is_told_once_though_both_sides_are_open(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1002-P1", unapplied=D("107.00"))
    shelf.change("SH-1002", outstanding=D("107.00"))

    check()

    row = BookDifference.objects.get()
    assert (row.code, row.number, row.other) == ("unallocated", "SH-1002-P1", "SH-1002")
    assert (row.books, row.here) == ("0.00 MYR", "107.00 MYR")


@pytest.mark.parametrize(
    ("number", "changes"),
    [("SH-1002-P1", {"unapplied": D("7.00")}), ("SH-1002", {"outstanding": D("7.00")})],
)
def test_a_side_that_alone_is_open_is_told_of_that_side(
    number: str, changes: dict[str, object], sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change(number, **changes)

    check()

    row = BookDifference.objects.get()
    assert (row.code, row.number, row.books) == ("unallocated", number, "100.00 MYR")


@pytest.mark.parametrize(
    ("left", "lost"),
    [
        ("13.00", []),
        ("1.00", []),  # the bookkeeper used 12.00 of it by hand
        ("13.01", [("unallocated", "", "SH-1001-P1")]),
        ("43.00", [("unallocated", "", "SH-1001-P1")]),
    ],
)
def test_a_document_may_have_open_what_all_knock_offs_of_its_order_leave(
    left: str,
    lost: list[tuple[str, str, str]],
    order: Order,
    shelf: Shelf,
    check: Check,
    clock: Clock,
) -> None:
    bought, paid = make_invoice("SH-1001"), make_payment("SH-1001-P1", total=D("150.00"))
    back = make_payment("SH-1001-F1", kind=Kind.REFUND, total=D("30.00"))
    back = replace(back, key=Key(role=Role.REFUND, source_id=9))
    for entry in (bought, paid, back, knock(paid, bought), knock(back, paid, "30.00")):
        posted(order, entry, clock())
    shelf.hold(Kind.INVOICE, shown(bought, outstanding=ZERO))
    shelf.hold(Kind.PAYMENT, shown(paid, unapplied=D(left)))
    shelf.hold(Kind.REFUND, shown(back, unapplied=ZERO))

    check()

    assert stands() == lost


def test_a_knock_off_that_was_not_posted_yet_is_not_expected(
    order: Order, shelf: Shelf, check: Check, clock: Clock
) -> None:
    bought, paid = make_invoice("SH-1001"), make_payment("SH-1001-P1")
    for entry in (bought, paid):
        posted(order, entry, clock())
    make_row(order, knock(paid, bought), clock()).save()
    shelf.hold(Kind.INVOICE, shown(bought))
    shelf.hold(Kind.PAYMENT, shown(paid))

    check()

    assert stands() == []


def test_a_changed_total_is_not_told_as_a_lost_knock_off_too(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1002", total=D("117.00"), outstanding=D("10.00"))

    check()

    assert stands() == [("changed", "total", "SH-1002")]


def test_what_a_missing_payment_left_open_is_told_by_the_missing_payment(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.drop("SH-1002-P1")
    shelf.change("SH-1002", outstanding=D("107.00"))

    check()

    assert stands() == [("missing", "", "SH-1002-P1")]


def test_a_list_of_what_is_settled_tells_of_a_knock_off_that_was_moved(
    sold: object, shelf: Shelf, check: Check
) -> None:
    moved = (Settled(number="IV-77", amount=D("107.00")),)
    shelf.change("SH-1002-P1", settled=moved)

    check()

    assert stands() == [("unallocated", "", "SH-1002-P1")]


@pytest.mark.parametrize("settled", [(), (Settled(number="sh-1001", amount=D("107.00")),)])
def test_books_that_write_money_with_its_knock_offs_tell_by_that_list_alone(
    settled: tuple[Settled, ...], order: Order, shelf: Shelf, check: Check, clock: Clock
) -> None:
    shelf.settling = frozenset({Kind.PAYMENT})
    [(bought, paid)] = sell(shelf, order, [1001], clock())
    shelf.change(bought.number, outstanding=None)
    shelf.change(paid.number, unapplied=None, settled=settled)

    found = check()

    assert stands() == ([] if settled else [("unallocated", "", "SH-1001-P1")])
    assert found.unproved == 0


@pytest.mark.parametrize(("outstanding", "unproved"), [(None, 1), (ZERO, 0)])
def test_books_that_show_neither_side_are_said_to_prove_nothing(
    outstanding: Decimal | None,
    unproved: int,
    order: Order,
    shelf: Shelf,
    check: Check,
    clock: Clock,
) -> None:
    [(bought, paid)] = sell(shelf, order, [1001], clock())
    shelf.change(bought.number, outstanding=outstanding)
    shelf.change(paid.number, unapplied=None)

    found = check()

    assert (stands(), found.unproved) == ([], unproved)
