"""What the proof before posting says when the arithmetic itself is wrong (I1, I3, I7, I14).

No facts lead to these: a function of the product is spoilt instead, by a sen.
"""

from __future__ import annotations

from typing import Any

import pytest

from accounting.documents import drafting
from accounting.documents.credit_notes import Writer
from accounting.documents.document import Plan, Role
from accounting.facts import Fact
from tests.accounting.documents.stories import holds, newest, plan_of, refund, totals
from tests.accounting.documents.test_one_sen import (
    document_with_more,
    first_taxed_more,
    first_with_more,
    on_result,
)
from tests.facts import make_line, make_order, make_refund_line, make_tax, make_transaction

TAXED = make_order(lines=(make_line(taxes=(make_tax("5.00"),)),))
REFUNDED: list[Fact] = [
    newest(TAXED, current_total_price="0.00"),
    make_transaction(amount="55.00"),
    *refund(1, "55.00", lines=(make_refund_line(tax="5.00"),)),
]


def spoilt(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, change: Any) -> Plan:
    monkeypatch.setattr(owner, name, on_result(change)(getattr(owner, name)))
    return plan_of(TAXED, *REFUNDED)


def terms_of(plan: Plan, code: str, subject: str) -> dict[str, str]:
    [problem] = (p for p in plan.problems if (p.code, p.subject) == (code, subject))
    return dict(problem.terms)


def test_without_an_error_all_of_it_is_posted() -> None:
    plan = plan_of(TAXED, *REFUNDED)

    assert holds(plan) == []
    assert totals(plan) == ["IV 55.00", "P 55.00", "C 55.00", "F 55.00"]


def test_an_invoice_that_is_not_what_the_order_charges_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I1."""
    plan = spoilt(monkeypatch, drafting, "invoice", document_with_more)

    assert terms_of(plan, "I1", "invoice") == {
        "lines of the order": "55.00",
        "lowered by edits": "0",
        "taken off before": "0",
        "invoiced": "55.01",
    }
    assert plan.entries == ()


def test_a_credit_note_beyond_the_invoice_is_held_by_line_code_and_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I7 with R12: a sen may move between lines, never beyond the order; I14: the documents are not
    what was reckoned."""
    plan = spoilt(monkeypatch, Writer, "credit_lines", first_with_more)

    assert terms_of(plan, "I7", "tax code S10")["net credited"] == "50.01"
    assert terms_of(plan, "I14", "#1001") == {"documents": "-0.01", "reckoned": "0.00"}
    assert not [subject for code, subject in holds(plan) if (code, subject) == ("I7", "TEE")]
    assert plan.entries == ()


def test_two_sen_more_of_one_line_are_held_by_the_line_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I7 with R12: one minor unit is the most that may move."""
    plan = spoilt(
        monkeypatch, Writer, "credit_lines", lambda found: first_with_more(first_with_more(found))
    )

    assert terms_of(plan, "I7", "TEE")["net invoiced"] == "50.00"
    assert terms_of(plan, "I7", "TEE")["net credited"] == "50.02"
    assert plan.entries == ()


def test_a_credit_note_with_other_tax_than_the_refund_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I3."""
    plan = spoilt(monkeypatch, Writer, "credit_lines", first_taxed_more)

    assert terms_of(plan, "I3", "SH-1001-CD0KXNX6X") == {
        "refunded tax": "5.00",
        "tax of the lines": "5.01",
    }
    assert totals(plan, Role.CREDIT) == []
