"""Each check says what is wrong with a journal, a log or a figure that is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shopify_app.demo.checks import Seen
from shopify_app.demo.expected import Expected, ExpectedOrder
from tests.processes import invariants
from tests.processes.proxy import Call

ORDER = ExpectedOrder(
    stem="KR-1001",
    name="#1001",
    invoiced=Decimal(100),
    paid=Decimal(100),
    credited=Decimal(40),
    refunded=Decimal(40),
    documents=4,
)
EXPECTED = Expected(orders=(ORDER,), held=frozenset(), lost=frozenset(), clearing={})


def make_seen(*documents: tuple[str, int]) -> Seen:
    rows: list[dict[str, Any]] = [
        {"kind": kind, "number": f"KR-1001-{place}", "total": Decimal(total), "cancelled": False}
        for place, (kind, total) in enumerate(documents)
    ]
    return Seen(
        documents=rows,
        journal=[],
        trial_balance={},
        calls={},
        clearing={},
        sweeps=[],
        held=[],
        failed_deliveries=[],
        orders={},
        statuses={},
    )


def make_call(key: str, begins: float, ends: float, *, writes: bool = True) -> Call:
    return Call(key=key, writes=writes, port=1, asked_at=begins, over_at=ends)


def test_an_order_in_its_order_is_right() -> None:
    seen = make_seen(("invoice", 100), ("payment", 100), ("credit_note", 40), ("refund", 40))

    assert invariants.of_order(seen, EXPECTED) == []


def test_a_payment_that_comes_after_a_credit_note_is_right() -> None:
    seen = make_seen(("invoice", 100), ("credit_note", 40), ("payment", 60))

    assert invariants.of_order(seen, EXPECTED) == []


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([("payment", 100), ("invoice", 100)], "begins with ['payment', 'invoice']"),
        ([("invoice", 100), ("refund", 40), ("payment", 100)], "more refund than payment"),
        ([("invoice", 100), ("credit_note", 140), ("debit_note", 40)], "more credit_note than"),
        ([("invoice", 100), ("payment", 20), ("refund", 40), ("payment", 80)], "more refund"),
    ],
)
def test_an_order_out_of_its_order_is_told(documents: list[tuple[str, int]], said: str) -> None:
    wrong = invariants.of_order(make_seen(*documents), EXPECTED)

    assert len(wrong) == 1
    assert said in wrong[0]
    assert "#1001" in wrong[0]


def test_calls_one_after_the_other_are_right_and_so_are_those_of_two_books() -> None:
    calls = [make_call("a", 1, 2), make_call("a", 2, 3), make_call("b", 1.5, 2.5)]

    assert invariants.of_calls(calls, begun=3) == []


def test_calls_side_by_side_are_told() -> None:
    calls = [make_call("a", 1, 3), make_call("a", 2, 4), make_call("b", 5, 6)]

    assert invariants.of_calls(calls, begun=3) == ["2 calls to one book ran side by side"]


def test_a_write_that_nobody_noted_is_told() -> None:
    calls = [make_call("a", 1, 2), make_call("a", 2, 3), make_call("a", 3, 4, writes=False)]

    assert invariants.of_calls(calls, begun=1) == ["2 writes were sent, 1 were noted"]


@pytest.mark.parametrize("found", invariants.PERSONAL)
def test_a_buyer_or_a_key_in_a_log_is_told(tmp_path: Path, found: str) -> None:
    log = tmp_path / "worker.log"
    log.write_text(f"sent to aisyah{found}1\n")

    assert invariants.of_logs([log]) == [f"{found} stands in worker.log"]


def test_a_secret_in_a_log_is_told_without_it(tmp_path: Path) -> None:
    quiet, loud = tmp_path / "web.log", tmp_path / "database.log"
    quiet.write_text("nothing of note\n")
    loud.write_text("DETAIL: 5ecret\n")

    assert invariants.of_logs([quiet, loud], ["5ecret"]) == ["a secret stands in database.log"]


def test_deadlocks_are_told_but_for_those_that_are_corrected() -> None:
    ended = {"generation-1": 2, "version before": 1, "generation-2": 0}

    assert invariants.of_deadlocks(ended, "version before") == [
        "PostgreSQL ended 2 deadlocks of generation-1"
    ]


def test_tables_and_processes_that_grow_are_told() -> None:
    rows = {"accounting_fact": invariants.ROWS, "accounting_order": 1}
    megabytes = {"worker": invariants.MEGABYTES + 1, "web server": 80}

    assert invariants.of_sizes({"accounting_order": 1}, {"worker": 90}) == []
    assert invariants.of_sizes(rows, megabytes) == [
        f"{invariants.ROWS + 1} rows, most of them in accounting_fact",
        f"The worker used {invariants.MEGABYTES + 1} MB",
    ]
