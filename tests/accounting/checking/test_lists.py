"""What only the lists of the books can show: documents that are there twice, and strangers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting import checking, dismissals
from accounting.connectors.base import Receipt
from accounting.documents.document import Document, Key, Kind, Role
from accounting.models import Book, BookDifference, Order
from tests.accounting.checking.conftest import Check
from tests.accounting.checking.shelf import (
    Shelf,
    posted,
    shown,
    stands,
)
from tests.accounting.queued import states
from tests.books import (
    Clock,
    make_book,
    make_invoice,
    make_order_row,
    make_receipt,
    make_row,
    make_store,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]
D = Decimal

# --- more than once --------------------------------------------------------------------------


@pytest.mark.parametrize("external_id", ["", "another"])
@pytest.mark.parametrize("page_size", [3, 100])
def test_two_documents_under_one_number_are_told(
    external_id: str, page_size: int, sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.page_size = page_size
    if not external_id:
        shelf.change("SH-1001", external_id="")
    twin = replace(shelf.held["SH-1001"], external_id=external_id, total=D("20.00"))
    shelf.listed[Kind.INVOICE].append(twin)

    check()

    assert stands() == [("duplicated", "number", "SH-1001")]


def test_equal_twins_without_ids_on_two_pages_are_told_by_the_look_up(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1001", external_id="")
    shelf.listed[Kind.INVOICE].append(shelf.held["SH-1001"])
    shelf.several["SH-1001"] = "the books hold 2 documents numbered SH-1001"

    check()

    assert stands() == [("changed", "", "SH-1001")]
    assert BookDifference.objects.get().books == shelf.several["SH-1001"]


@pytest.mark.parametrize("external_id", ["", "doc 1"])
def test_a_document_that_a_moving_list_shows_again_is_one(
    external_id: str, sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1001", external_id=external_id)
    shelf.listed[Kind.INVOICE].append(shelf.held["SH-1001"])

    found = check()

    assert stands() == []
    assert found.unlisted == ["invoice"]  # what slipped past between two pages was not seen


def test_a_cancelled_twin_counts_for_nothing(sold: object, shelf: Shelf, check: Check) -> None:
    twin = replace(shelf.held["SH-1001"], external_id="old", cancelled=True)
    shelf.listed[Kind.INVOICE].insert(0, twin)

    check()

    assert stands() == []


def test_a_copy_with_the_shopify_id_of_ours_is_told_with_both_numbers(
    sold: list[tuple[Document, Document]], shelf: Shelf, check: Check
) -> None:
    shelf.hold(Kind.INVOICE, shown(sold[2][0], number="IV-00077", external_id="copy"))

    check()

    row = BookDifference.objects.get()
    assert (row.code, row.aspect) == ("duplicated", "marker")
    assert (row.number, row.other) == ("SH-1003", "IV-00077")
    assert (row.books, row.here) == ("107.00 MYR", "107.00 MYR")


# --- not ours --------------------------------------------------------------------------------


def test_a_stranger_under_our_prefix_is_foreign_and_others_are_none_of_ours(
    sold: object, shelf: Shelf, check: Check
) -> None:
    for number in ("SH-9001", "sh-9002 ", "IV-00077", "SHX-1", "SH"):
        stranger = make_invoice("SH-5")
        shelf.hold(Kind.INVOICE, shown(stranger, number=number, marker="", external_id=number))

    check()

    assert stands() == [("foreign", "", "SH-9001"), ("foreign", "", "SH-9002")]
    row = BookDifference.objects.get(number="SH-9001")
    assert (row.document, row.books, row.here) == (None, "107.00", "")


def test_a_cancelled_stranger_is_none(sold: object, shelf: Shelf, check: Check) -> None:
    stranger = shown(make_invoice("SH-9001"), cancelled=True)
    shelf.hold(Kind.INVOICE, stranger)

    check()

    assert stands() == []


@pytest.mark.parametrize("state", ["sending", "unknown", "conflict", "skipped", "rejected"])
def test_what_is_under_way_or_shown_elsewhere_is_not_foreign(
    state: str, order: Order, sold: object, shelf: Shelf, check: Check, clock: Clock
) -> None:
    entry = make_invoice("SH-2001")
    make_row(order, entry, clock(), state=state).save()
    shelf.hold(Kind.INVOICE, shown(entry))

    check()

    assert stands() == []
    assert states()["SH-2001"] == state


def test_what_another_store_posted_into_the_same_books_is_not_foreign(
    order: Order, sold: object, shelf: Shelf, check: Check, clock: Clock
) -> None:
    neighbour = make_store(order.store.book, "pasar.myshopify.com", prefix="PA")
    theirs = make_invoice("SH-3001", customer="300-C0007")
    posted(make_order_row(neighbour, 3001, clock()), theirs, clock())
    shelf.hold(Kind.INVOICE, shown(theirs, total=D("1.00")))

    check()

    assert stands() == []


def test_what_the_store_posted_before_it_reached_these_books_another_way_is_not_foreign(
    order: Order, sold: object, shelf: Shelf, check: Check, clock: Clock
) -> None:
    earlier = make_invoice("SH-3001")
    row = make_row(order, earlier, clock(), state="posted", posted_at=clock(), receipt={})
    row.book = make_book(clock(), name="The same company, through a gateway")
    row.save()
    shelf.hold(Kind.INVOICE, shown(earlier))

    check()

    assert stands() == []


def test_a_store_without_a_prefix_has_no_strangers(
    order: Order, sold: object, shelf: Shelf, check: Check
) -> None:
    order.store.prefix = ""
    order.store.save()
    shelf.hold(Kind.INVOICE, shown(make_invoice("SH-9001"), marker=""))

    check()

    assert stands() == []


def test_books_that_file_debit_notes_among_invoices_show_nothing_twice(
    order: Order, shelf: Shelf, check: Check, clock: Clock
) -> None:
    note = make_invoice("SH-1001-D5", kind=Kind.DEBIT_NOTE, key=Key(role=Role.FEE, source_id=5))
    posted(order, note, clock())
    stranger = shown(make_invoice("SH-9001"), marker="")
    for kind in (Kind.INVOICE, Kind.DEBIT_NOTE):
        shelf.hold(kind, shown(note), stranger)

    check()

    assert stands() == [("foreign", "", "SH-9001")]


def test_characters_that_no_database_holds_stop_nothing(
    sold: object, shelf: Shelf, check: Check
) -> None:
    odd = "\0 and \ud800"
    shelf.change("SH-1003", customer=odd, external_id=odd, marker=odd)
    shelf.hold(Kind.INVOICE, shown(make_invoice("SH-9001"), number=f"SH-{odd}", customer=odd))

    found = check()

    assert found.state == "finished"
    assert stands() == [("foreign", "", "SH- AND ?"), ("changed", "customer", "SH-1003")]


# --- dismissed -------------------------------------------------------------------------------


def stranger(total: str = "10.00") -> Receipt:
    return replace(make_receipt(total=D(total)), number="SH-9000", external_id="stranger")


def dismissed(store_id: int, clock: Clock) -> BookDifference:
    row = BookDifference.objects.get(number="SH-9000")
    dismissals.dismiss(
        store_id=store_id,
        difference_id=row.pk,
        reason="Entered by hand.",
        who="staff 1",
        now=clock(),
    )
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(("total", "stays"), [("10.00", True), ("20.00", False)])
def test_what_was_dismissed_stays_so_until_its_figure_changes(
    total: str, stays: bool, sold: object, shelf: Shelf, order: Order, clock: Clock, check: Check
) -> None:
    shelf.listed[Kind.INVOICE].append(stranger())
    check()
    dismissed(order.store_id, clock)
    shelf.listed[Kind.INVOICE][-1] = stranger(total)

    check()

    row = BookDifference.objects.get(number="SH-9000")
    assert (row.dismissed_at is not None) is stays
    assert checking.standing(order.store_id).exists() is not stays


def test_one_that_is_gone_from_the_books_cannot_be_dismissed_any_more(
    sold: object, shelf: Shelf, order: Order, clock: Clock, check: Check
) -> None:
    shelf.listed[Kind.INVOICE].append(stranger())
    check()
    shelf.listed[Kind.INVOICE].pop()
    check()

    with pytest.raises(dismissals.Gone):
        dismissed(order.store_id, clock)


def test_a_check_keeps_when_the_books_answered(
    sold: object, shelf: Shelf, clock: Clock, check: Check
) -> None:
    check()

    assert Book.objects.get().answered_at is not None
