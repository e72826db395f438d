"""Books that list what they hold, seven orders in them, and a check from its start to its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounting import checking
from accounting.documents.document import Document
from accounting.models import BookCheck, Order
from tests.accounting.checking.shelf import Shelf, sell
from tests.books import Clock

Check = Callable[[], BookCheck]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def check(shelf: Shelf, order: Order, clock: Clock) -> Check:
    """A whole check, on a clock that moves with its waiting."""

    def run() -> BookCheck:
        begun = checking.start(store_id=order.store_id, who="staff 1", now=clock())
        return checking.run(
            begun.id, lambda _: shelf, clock=clock, wait=lambda s: clock.advance(seconds=s)
        )

    return run


@pytest.fixture
def sold(shelf: Shelf, order: Order, clock: Clock) -> list[tuple[Document, Document]]:
    """Seven orders, posted and settled, as the books hold them."""
    return list(sell(shelf, order, range(1001, 1008), clock()))
