"""Of a company with two files, what stands in both is judged once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounting.documents.document import Kind
from shopify_app.simulation.books import Books
from shopify_app.simulation.journal import Header, Line
from shopify_app.simulation.moves import Moves
from tests.simulation.clock import LoneWorker

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
INVOICE = Header(kind=Kind.INVOICE, number="SH-1001", customer="300-C0001", date=date(2026, 11, 20))
LINES = (Line(account="500-000", net=Decimal("98.00")),)


@pytest.mark.parametrize("in_use", [0, 1])
def test_of_what_stands_in_both_files_the_one_that_was_paid_is_judged(in_use: int) -> None:
    books = Books(name="Kedai")
    moves = Moves(LoneWorker(), {"kedai": books}, may=True)
    files = moves.files(books)
    for each in files:
        each.post_sale(INVOICE, LINES, NOW)
    files[in_use].journal[0].applied = Decimal("98.00")

    assert moves.journal(books) == [files[in_use].journal[0]]
    assert len(moves.whole(books)) == 2


def test_a_file_that_nobody_chose_may_hold_nothing() -> None:
    books = Books(name="Kedai")
    moves = Moves(LoneWorker(), {"kedai": books}, may=True)
    second = moves.files(books)[1]
    second.post_sale(INVOICE, LINES, NOW)

    assert list(moves.unasked(second)) == ["E4: SH-1001 is in Kedai (2), which nobody has chosen"]
