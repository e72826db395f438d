"""The tables say in one look what is right and what is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest

from shopify_app.demo import report
from shopify_app.demo.checks import Seen
from shopify_app.demo.screen import Screen

from .test_checks import EXPECTED, SEEN


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def shown(seen: Seen) -> str:
    out = StringIO()
    report.show(Screen(out), "Kedai Rimba", seen, EXPECTED)
    return out.getvalue()


def make_seen() -> Seen:
    problem = {"code": "UNMAPPED_ITEM", "message": "No sales account is mapped."}
    rows = [{"topic": "orders/create", "path": "", "error": "not JSON"}]
    accounts = [
        {"account": "310-001", "name": "Clearing", "debit": Decimal(70), "credit": Decimal(0)}
    ]
    return replace(
        SEEN,
        held=[{"name": "#1002", "problems": [problem]}],
        failed_deliveries=rows,
        trial_balance={"rows": accounts, "debit": Decimal(70), "credit": Decimal(70)},
    )


def test_a_hold_stands_with_its_reason_and_whether_it_was_meant() -> None:
    text = shown(make_seen())

    assert "UNMAPPED_ITEM  No sales account is mapped.  map it, and it goes on by itself" in text
    assert "NOT EXPECTED" not in text


def test_every_order_is_accounted_for() -> None:
    text = shown(make_seen())

    assert "held: something is missing or wrong      1" in text
    assert "together                                 2" in text


def test_figures_that_agree_say_so_and_others_stand_out() -> None:
    assert "DIFFERS" not in shown(make_seen())
    assert "DIFFERS" in shown(replace(make_seen(), documents=SEEN.documents[:3]))


def test_the_verdict_names_everything_that_is_wrong() -> None:
    out = StringIO()

    report.verdict(Screen(out), ["2 calls ran side by side"])
    report.verdict(Screen(out), [])

    assert "    - 2 calls ran side by side" in out.getvalue()
    assert out.getvalue().endswith("every invariant holds.\n")
