"""`manage.py check_books` compares, tells what it found, and ends as `diff` does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounting import connections
from accounting.connectors.base import Unavailable
from accounting.models import BookCheck, Order
from shopify_app.management.commands import check_books
from shopify_app.models import Shop
from tests.accounting.checking.shelf import Shelf, sell
from tests.books import make_book, make_order_row
from tests.shopify_app.conftest import SHOP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """The command sets its own, as the process's own."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture
def order(shop: Shop, now: datetime) -> Order:
    shop.store.book = make_book(now)
    shop.store.prefix = "SH"
    shop.store.save()
    return make_order_row(shop.store, 1001, now)


@pytest.fixture
def shelf(order: Order, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Three orders in the shop's books."""
    books = Shelf()
    list(sell(books, order, range(1001, 1004), now))
    monkeypatch.setattr(connections, "connector_for", lambda book: books)
    return books


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, int]:
    """What it prints, and what it ends with."""
    try:
        call_command("check_books", *arguments)
    except CommandError as error:
        return capsys.readouterr().out, error.returncode
    return capsys.readouterr().out, 0


@pytest.mark.parametrize("arguments", [(), ("--shop", SHOP)])
def test_equal_books_end_with_nothing_to_tell(
    arguments: tuple[str, ...], shelf: Shelf, capsys: Any
) -> None:
    said, end = told(capsys, *arguments)

    assert said == f"{SHOP}: compared; 6 listed, 0 looked up\n"
    assert end == 0


def test_differences_are_told_with_what_to_do(shelf: Shelf, capsys: Any) -> None:
    shelf.change("SH-1002", total=Decimal("108.00"))

    said, end = told(capsys, "--shop", SHOP)

    assert "Changed in the books: The total of SH-1002 is 108.00 MYR in the books" in said
    assert "107.00 MYR here. Compare it with the order" in said
    assert end == check_books.DIFFERENT


def test_trouble_is_told_and_the_next_run_goes_on(shelf: Shelf, capsys: Any) -> None:
    shelf.fail["find"].append(Unavailable("The accounting PC is not connected."))
    shelf.drop("SH-1003")

    said, end = told(capsys)
    again, then = told(capsys)

    assert "not through yet: The accounting PC is not connected." in said
    assert end == check_books.UNFINISHED
    assert "Missing in the books" in again
    assert then == check_books.DIFFERENT
    assert BookCheck.objects.count() == 1


def test_a_signal_stops_it_between_two_pages(shelf: Shelf, capsys: Any) -> None:
    shelf.page_size = 2
    shelf.during = lambda: signal.raise_signal(signal.SIGTERM)

    said, end = told(capsys)

    assert "not through yet: run it again; 2 listed" in said
    assert end == check_books.UNFINISHED


def test_what_the_books_do_not_show_is_said(shelf: Shelf, capsys: Any) -> None:
    shelf.partly = frozenset(shelf.kinds)
    shelf.change("SH-1001", outstanding=None)
    shelf.change("SH-1001-P1", unapplied=None)

    said, _ = told(capsys)

    assert "1 whose knock-offs these books do not show" in said
    assert "not listed in full: invoice, debit_note, payment, credit_note, refund" in said


def test_a_shop_nobody_knows_and_one_without_books_are_named(shop: Shop, capsys: Any) -> None:
    with pytest.raises(CommandError, match=r"no shop nobody\.myshopify\.com"):
        call_command("check_books", "--shop", "nobody.myshopify.com")

    said, end = told(capsys, "--shop", SHOP)

    assert "no accounting system connected" in said
    assert end == check_books.UNFINISHED
