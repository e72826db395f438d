"""Every fault of the network and of the books, on every second or third call of a life."""

from __future__ import annotations

import pytest

from accounting import connections, outbox
from accounting.models import Book
from accounting.models import Document as Row
from tests.contract.bench import Bench
from tests.contract.life import returned_order
from tests.fresh import drawn

HEALED = [
    *(
        (fault, when)
        for fault in ("reset", "truncated", "html", "500")
        for when in ("before", "after")
    ),
    *((fault, when) for fault in ("502", "503", "504", "hang") for when in ("before", "after")),
    *((fault, when) for fault in ("error_in_200", "other_answer") for when in ("before", "after")),
    ("429", "before"),
    ("wrong_total", "after"),
    ("wrong_number", "after"),
    ("late_commit", "after"),
]
REFUSED = ("400", "401", "403", "404", "405", "409", "422")
EVERY = (2, 3)  # which calls are hit; each commit draws one, LEJAR_HEAVY=1 both
NUMBERS = {"SH-1001", "SH-1001-P1", "SH-1001-C1", "SH-1001-F1"}


def assert_whole(bench: Bench) -> None:
    """All of `returned_order` is in the books once, settled, and balanced."""
    assert set(bench.states().values()) == {"posted"}, (bench.states(), bench.messages())
    shown = [row["number"] for row in bench.documents()]
    assert (len(shown), set(shown)) == (len(NUMBERS), NUMBERS)
    assert bench.still_open() == {}
    assert bench.balances().get(bench.connection.control, 0) == 0


def decide(bench: Bench) -> None:
    """What people do: they put the connection right, and have what was refused tried again."""
    now = bench.clock()
    if bench.book.state != Book.State.ACTIVE:
        connections.resume(store_id=bench.store.id, who="merchant", now=now)
    rows = Row.objects.filter(store=bench.store)
    for row in rows.filter(state="conflict"):
        outbox.look_again(row, now=now)
    rows.filter(state="rejected").update(state="queued", ready_at=now)
    outbox.wake([bench.book.id], now=now)


@pytest.mark.parametrize(("fault", "when"), HEALED, ids=lambda value: value)
@pytest.mark.parametrize("every", drawn(EVERY))
def test_a_life_survives_faults_of_its_writes(
    bench: Bench, fault: str, when: str, every: int
) -> None:
    hit = {"fault": fault, "when": when, "every": every, "times": 3}
    bench.switch(hang_seconds=0, faults=[hit])
    bench.queue(*returned_order())

    bench.send_until_quiet()

    assert any(one["hits"] for one in bench.company.switches["faults"])
    if set(bench.states().values()) != {"posted"}:
        bench.switch()
        decide(bench)
        bench.send_until_quiet()
    assert_whole(bench)


@pytest.mark.parametrize(
    "fault", ["reset", "truncated", "html", "500", "503", "hang", "error_in_200", "other_answer"]
)
def test_a_life_survives_faults_of_its_reads(bench: Bench, fault: str) -> None:
    hit = {"fault": fault, "when": "before", "on": "reads", "every": 2, "times": 5}
    bench.switch(hang_seconds=0, faults=[hit])
    bench.queue(*returned_order())

    bench.send_until_quiet()

    assert_whole(bench)


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_of_any_status_is_shown_and_undone_by_people(bench: Bench, status: str) -> None:
    bench.switch(faults=[{"fault": status, "when": "before", "every": 2}])
    bench.queue(*returned_order())

    bench.send_until_quiet()

    states = set(bench.states().values())
    assert states != {"posted"}
    assert bench.messages() or bench.book.state_reason
    decide(bench)
    bench.send_until_quiet()
    assert_whole(bench)


def test_a_document_that_the_books_renumber_is_not_called_posted(bench: Bench) -> None:
    bench.switch(faults=[{"fault": "renumbered", "every": 2}])
    bench.queue(*returned_order())

    bench.send_until_quiet()

    states = list(bench.states().values())
    assert states.count("conflict") == 1, states
    assert states[states.index("conflict") + 1 :].count("posted") == 0


def test_books_that_are_offline_get_everything_when_they_are_back(bench: Bench) -> None:
    bench.switch(offline=True)
    bench.queue(*returned_order())
    for _ in range(5):
        bench.send()
        bench.clock.advance(minutes=2)
    held = set(bench.states().values())

    bench.switch(offline=False)
    bench.send_until_quiet()

    assert held == {"queued", "waiting"}
    assert_whole(bench)
