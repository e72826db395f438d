"""Of a company with two files, the one that is sold into now is the one that is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounting.documents.document import Kind
from shopify_app.simulation.books import Books
from shopify_app.simulation.journal import Header, Line
from shopify_app.simulation.moves import Moves, fingerprint
from tests.books import make_book, make_store
from tests.simulation.clock import LoneWorker

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
INVOICE = Header(kind=Kind.INVOICE, number="SH-1001", customer="300-C0001", date=date(2026, 11, 20))
LINES = (Line(account="500-000", net=Decimal("98.00")),)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sells_into", [0, 1])
def test_what_stands_in_both_files_is_judged_as_it_is_in_the_one_in_use(sells_into: int) -> None:
    books = Books(name="Kedai")
    moves = Moves(LoneWorker(), {"kedai": books}, may=True)
    files = moves.files(books)
    for each in files:
        each.post_sale(INVOICE, LINES, NOW)
    used = files[sells_into]
    used.post_sale(replace(INVOICE, number="SH-1002"), LINES, NOW)

    moves.note(make_store(make_book(NOW, fingerprint=fingerprint(used))))

    both, own = moves.journal(books)
    assert both is used.journal[0]
    assert own is used.journal[1]


def test_a_file_that_nobody_chose_may_hold_nothing() -> None:
    books = Books(name="Kedai")
    moves = Moves(LoneWorker(), {"kedai": books}, may=True)
    second = moves.files(books)[1]
    second.post_sale(INVOICE, LINES, NOW)

    assert list(moves.unasked(second)) == ["E4: SH-1001 is in Kedai (2), which nobody has chosen"]
