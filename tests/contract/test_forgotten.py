"""Books that hold what we have forgotten: after a restore nothing is written to them twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accounting import outbox, restored
from accounting.documents.document import Entry
from accounting.models import Attempt, Order
from accounting.models import Document as Row
from tests.accounting.connectors.entries import invoice, payment
from tests.contract.bench import Bench
from tests.contract.life import CUSTOMER, knock, whole_life


def in_parts() -> list[Entry]:
    """A payment of which less than half settles an invoice that is larger still: the books would
    take the same knock-off again."""
    bought, paid = invoice(customer=CUSTOMER), payment(customer=CUSTOMER)
    return [bought, paid, knock(paid, bought, "40.00")]


def forget(bench: Bench, order: Order, known: int = 0) -> None:
    """As a dump from before the order's documents were sent knows them; the first `known` were."""
    rows = list(Row.objects.filter(order=order).order_by("id"))[known:]
    ids = [row.pk for row in rows]
    Attempt.objects.filter(document__in=ids).delete()
    Row.objects.filter(id__in=ids).update(
        state="waiting", attempts=0, look_ups=0, receipt=None, posted_at=None, sent_at=None
    )
    outbox.advance(order.pk, now=bench.clock())


LIVES = {"whole life": whole_life, "in parts": in_parts}


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("known", [0, 3])
def test_what_was_forgotten_is_found_in_the_books_and_nothing_is_written_again(
    bench: Bench, life: str, known: int
) -> None:
    if life == "in parts":
        bench.queue(replace(whole_life()[0]))
    order = bench.queue(*LIVES[life]())
    bench.send_until_quiet()
    assert set(bench.states().values()) == {"posted"}, bench.messages()
    before = bench.contents()
    forget(bench, order, known)
    restored.look_first(until=bench.clock() + timedelta(days=30))

    with bench.counted() as calls:
        bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert calls["writes"] == 0
    assert bench.contents() == before
