"""Each way in which the books can differ from what was posted, and what is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounting.comparing import money
from accounting.documents.document import Document, Kind
from accounting.models import BookDifference, BookSighting
from accounting.models import Document as Row
from tests.accounting.checking.conftest import Check
from tests.accounting.checking.shelf import (
    ZERO,
    Shelf,
    kinds_called,
    shown,
    stands,
)
from tests.books import Clock, make_invoice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]
D = Decimal


def test_equal_books_have_no_difference_and_need_no_look_up(
    sold: object, shelf: Shelf, check: Check
) -> None:
    found = check()

    assert (found.state, found.listed, found.looked_up, found.unproved) == ("finished", 14, 0, 0)
    assert stands() == []
    assert kinds_called(shelf)["find"] == 0
    assert BookSighting.objects.count() == 0


@pytest.mark.parametrize("number", ["SH-1001", "SH-1004-P1", "SH-1007"])
def test_what_is_gone_from_the_books_is_missing(
    number: str, sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.drop(number)

    check()

    row = BookDifference.objects.get(code="missing")
    assert (row.number, row.books, row.here) == (number, "", "107.00 MYR")
    assert row.document == Row.objects.get(number=number)


def test_what_a_list_leaves_out_is_looked_up_before_it_is_called_missing(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.listed[Kind.INVOICE].pop(3)

    found = check()

    assert stands() == []
    assert found.looked_up == 1
    assert "find SH-1004" in shelf.calls


@pytest.mark.parametrize(
    ("changes", "aspect", "books", "here"),
    [
        ({"total": D("107.01")}, "total", "107.01 MYR", "107.00 MYR"),
        ({"customer": "300-X0009"}, "customer", "300-X0009", "300-C0001"),
        ({"cancelled": True}, "cancelled", "", "107.00 MYR"),
        ({"dated": date(2026, 11, 21)}, "date", "2026-11-21", "2026-11-20"),
    ],
)
def test_what_was_changed_in_the_books_is_told_with_both_figures(
    changes: dict[str, object],
    aspect: str,
    books: str,
    here: str,
    sold: object,
    shelf: Shelf,
    check: Check,
) -> None:
    shelf.change("SH-1003", **changes)

    check()

    row = BookDifference.objects.get()
    assert (row.code, row.aspect, row.number) == ("changed", aspect, "SH-1003")
    assert (row.books, row.here) == (books, here)


@pytest.mark.parametrize(
    "changes", [{"customer": " 300-c0001 "}, {"dated": None}, {"marker": ""}, {"external_id": ""}]
)
def test_what_books_may_write_otherwise_or_leave_unsaid_is_no_change(
    changes: dict[str, object], sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1003", **changes)

    check()

    assert stands() == []


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("107", "MYR", "107.00 MYR"),
        ("107.0000", "MYR", "107.00 MYR"),
        ("107.004", "MYR", "107.004 MYR"),
        ("100", "JPY", "100 JPY"),
        ("1.005", "BHD", "1.005 BHD"),
    ],
)
def test_an_amount_is_shown_as_its_currency_writes_it_and_never_rounded(
    amount: str, currency: str, shown: str
) -> None:
    assert money(D(amount), currency) == shown


def test_a_list_that_lags_is_not_believed(sold: object, shelf: Shelf, check: Check) -> None:
    shelf.listed[Kind.INVOICE][2] = replace(shelf.listed[Kind.INVOICE][2], total=D("100.00"))

    found = check()

    assert (stands(), found.looked_up) == ([], 1)


# --- lists that are not whole ----------------------------------------------------------------


@pytest.mark.parametrize("how", ["unlistable", "partly"])
def test_what_is_not_listed_is_looked_up_in_the_order_of_the_numbers(
    how: str, sold: object, shelf: Shelf, check: Check
) -> None:
    setattr(shelf, how, frozenset({Kind.INVOICE}))
    shelf.listed[Kind.INVOICE] = shelf.listed[Kind.INVOICE][:2] if how == "partly" else []
    del shelf.held["SH-1005"]

    found = check()

    looked_up = [call for call in shelf.calls if call.startswith("find")]
    first = 1001 + (2 if how == "partly" else 0)
    assert looked_up == [f"find SH-{number}" for number in range(first, 1008)]
    assert found.unlisted == ["invoice"]
    assert stands() == [("missing", "", "SH-1005")]


# --- from check to check ---------------------------------------------------------------------


def test_a_difference_is_told_once_and_resolved_by_the_check_that_finds_it_gone(
    sold: list[tuple[Document, Document]], shelf: Shelf, check: Check, clock: Clock
) -> None:
    shelf.drop("SH-1002-P1")
    shelf.hold(Kind.INVOICE, shown(make_invoice("SH-9001"), marker=""))
    check()
    first = list(BookDifference.objects.values_list("id", "found_at"))
    clock.advance(days=2)

    check()
    again = list(BookDifference.objects.filter(resolved_at=None).values_list("id", "found_at"))
    shelf.hold(Kind.PAYMENT, shown(sold[1][1], unapplied=ZERO))
    shelf.drop("SH-9001")
    check()

    assert again == first
    assert stands() == []
    assert [code for code, _, _ in stands(resolved=True)] == ["foreign", "missing"]


def test_a_difference_that_comes_back_is_told_anew(
    sold: list[tuple[Document, Document]], shelf: Shelf, check: Check
) -> None:
    shelf.change("SH-1001", total=D("1.00"))
    check()
    shelf.change("SH-1001", total=D("107.00"))
    check()
    shelf.change("SH-1001", total=D("2.00"))
    check()

    assert [len(stands(resolved=True)), len(stands())] == [1, 1]
    assert BookDifference.objects.get(resolved_at=None).books == "2.00 MYR"


def test_a_changed_figure_is_brought_up_to_date(sold: object, shelf: Shelf, check: Check) -> None:
    shelf.change("SH-1001", total=D("1.00"))
    check()
    shelf.change("SH-1001", total=D("2.00"))
    check()

    assert BookDifference.objects.get().books == "2.00 MYR"


def test_a_stranger_stands_on_while_the_list_is_not_whole(
    sold: object, shelf: Shelf, check: Check
) -> None:
    shelf.hold(Kind.INVOICE, shown(make_invoice("SH-9001"), marker=""))
    check()
    shelf.partly = frozenset({Kind.INVOICE})
    shelf.listed[Kind.INVOICE] = shelf.listed[Kind.INVOICE][:3]

    check()

    assert stands() == [("foreign", "", "SH-9001")]
