"""Orders taken back through every connection: the books are as they were before them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count, islice
from typing import Any

import pytest

from accounting import posting, reversal
from accounting.documents.document import Document, Entry
from accounting.models import Document as Row
from accounting.models import Order
from tests.accounting.connectors.entries import invoice, payment
from tests.accounting.lived import CannotBeWritten, Lived, lived
from tests.contract.bench import Bench
from tests.contract.life import knock, paid_order, returned_order, whole_life
from tests.contract.test_faults import decide
from tests.contract.test_lives import rules_for

LIVES = 25
RATE = Decimal("3.27654321")


def queue(bench: Bench, *entries: Entry) -> Order:
    """Entries of one order, whose documents are called after its invoice."""
    order = bench.queue(*entries)
    first = next(entry for entry in entries if isinstance(entry, Document))
    order.stem = "-".join(first.number.split("-")[:2])
    order.save(update_fields=["stem"])
    return order


def take_back(bench: Bench, *orders: Order) -> None:
    for order in orders:
        reversal.reverse(
            store_id=bench.store.id, order_id=order.order_id, who="merchant", now=bench.clock()
        )
    while posting.plan(now=bench.clock()):
        pass


def moved(bench: Bench) -> dict[str, Decimal]:
    return {account: amount for account, amount in bench.balances().items() if amount}


def assert_taken_back(bench: Bench, before: dict[str, Decimal]) -> None:
    """The books as they were, nothing open, every document undone once."""
    assert set(bench.states().values()) <= {"posted", "skipped"}, bench.messages()
    assert moved(bench) == before
    assert bench.still_open() == {}
    documents = Row.objects.filter(store=bench.store, state="posted")
    documents = documents.exclude(kind__in=("allocation", "customer"))
    undone = documents.filter(role="Z").values_list("source", "source_id")
    originals = documents.exclude(role="Z").values_list("role", "source_id")
    assert sorted(undone) == sorted(originals)
    assert len(bench.documents()) == len(undone) + len(originals)
    checked = bench.check_books()
    assert (checked.state, checked.message) == ("finished", "")
    assert bench.differences() == set()


def in_dollars(*entries: Any) -> list[Entry]:
    found: list[Entry] = []
    for entry in entries:
        changes: dict[str, Any] = {"currency": "SGD", "customer": "300-C0002"}
        if isinstance(entry, Document):
            changes |= {"rate": RATE}
        found.append(replace(entry, **changes))
    return found


def in_dollars_by_parts() -> list[Entry]:
    """Two payments of one invoice, whose parts are not whole sen at home, and one for more."""
    bought = invoice()
    first, second = payment(total=Decimal("33.33")), payment(number="SH-1001-P2")
    second = replace(second, total=Decimal("80.01"))
    return in_dollars(
        bought,
        first,
        knock(first, bought, "33.33"),
        second,
        knock(second, bought, "73.67", target_open="73.67"),
    )


ORDERS: dict[str, Callable[[], list[Entry]]] = {
    "paid": lambda: list(paid_order()),
    "returned": returned_order,
    "everything": whole_life,
    "unpaid": lambda: [invoice()],
    "overpaid in dollars": in_dollars_by_parts,
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_is_taken_back_leaves_the_books_as_they_were(bench: Bench, name: str) -> None:
    queue(bench, *paid_order("SH-2001"))  # of another customer's order nothing is taken back
    bench.send_until_quiet()
    before, there = moved(bench), len(bench.documents())
    order = queue(bench, *ORDERS[name]())
    bench.send_until_quiet()
    assert moved(bench) != before

    take_back(bench, order)
    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, (bench.states(), bench.messages())
    assert moved(bench) == before
    assert bench.still_open() == {}
    documents = Row.objects.filter(order=order).exclude(kind__in=("allocation", "customer"))
    assert len(bench.documents()) == there + documents.count()
    assert documents.filter(role="Z").count() * 2 == documents.count()
    bench.check_books()
    assert bench.differences() == set()


def writable(bench: Bench) -> list[Lived]:
    """Lives that these books can take."""

    def found() -> Any:
        for seed in count(300):  # the books know debtors of the first 500
            with suppress(CannotBeWritten):
                yield lived(seed, lambda rules: rules_for(bench, rules))

    return [each for each in islice(found(), LIVES) if each.documents]


@pytest.mark.timeout(600)
def test_generated_lives_that_are_taken_back_leave_nothing(bench: Bench) -> None:
    orders = [queue(bench, *each.entries) for each in writable(bench)]
    bench.send_until_quiet()
    assert set(bench.states().values()) == {"posted"}, bench.messages()

    take_back(bench, *orders)
    bench.send_until_quiet()

    assert list(Order.objects.exclude(problems=[]).values("problems")) == []
    assert_taken_back(bench, {})


@pytest.mark.parametrize("fault", ["reset", "503", "hang", "late_commit"])
def test_an_answer_that_is_lost_while_an_order_is_taken_back_changes_nothing(
    bench: Bench, fault: str
) -> None:
    order = queue(bench, *returned_order())
    bench.send_until_quiet()
    hit = {"fault": fault, "when": "after", "every": 2, "times": 3}
    bench.switch(hang_seconds=0, faults=[hit])

    take_back(bench, order)
    bench.send_until_quiet()

    assert any(one["hits"] for one in bench.company.switches["faults"])
    if set(bench.states().values()) != {"posted"}:
        bench.switch()
        decide(bench)
        bench.send_until_quiet()
    assert_taken_back(bench, {})


@pytest.mark.parametrize("calls", range(1, 8))
def test_an_order_is_taken_back_at_any_moment_of_its_sending(bench: Bench, calls: int) -> None:
    """After so many writes an answer is lost, and the order is taken back at once."""
    hit = {"fault": "reset", "when": "after", "every": calls, "times": 1}
    bench.switch(faults=[hit])
    order = queue(bench, *returned_order())
    bench.send()

    take_back(bench, order)
    waited = Order.objects.get(id=order.id).state
    settle(bench, order)

    assert waited in ("waiting", "reversed")
    assert Order.objects.get(id=order.id).state == "reversed"
    assert_taken_back(bench, {})


def settle(bench: Bench, order: Order) -> None:
    """What is uncertain is looked up; then the order looks again, and its contras are sent."""
    for _ in range(10):
        bench.send_until_quiet()
        due = Order.objects.get(id=order.id).plan_at
        if due is None:
            return
        bench.clock.now = max(bench.clock.now, due)
        posting.plan(now=bench.clock())
    raise AssertionError("it waits for ever")


def test_a_contra_that_the_books_refuse_is_tried_again_under_its_number(bench: Bench) -> None:
    order = queue(bench, *returned_order())
    bench.send_until_quiet()
    bench.switch(faults=[{"fault": "422", "when": "before", "every": 1, "times": 1}])
    take_back(bench, order)
    bench.send_until_quiet()
    refused = Row.objects.get(order=order, state="rejected")
    stuck = reversal.reversal_state(Order.objects.filter(id=order.id))
    bench.switch()

    posting.retry(
        store_id=bench.store.id, document_id=refused.id, who="merchant", now=bench.clock()
    )
    bench.send_until_quiet()

    assert (refused.role, stuck.stuck, len(stuck.reasons)) == ("Z", 1, 1)
    assert_taken_back(bench, {})
    done = reversal.reversal_state(Order.objects.filter(id=order.id))
    assert done == reversal.ReversalState(reversed=1)
