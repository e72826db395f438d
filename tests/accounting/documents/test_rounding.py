"""Cash is rounded to the coins there are (row 23, I14, treatment section 8)."""

from __future__ import annotations

from datetime import timedelta

from accounting.documents.document import Allocation, Role
from accounting.documents.rules import GatewayCode
from tests.accounting.documents.stories import holds, lines, newest, only_problem, plan_of, totals
from tests.facts import (
    ACCOUNTS,
    ORDERED_AT,
    make_adjustment,
    make_line,
    make_order,
    make_refund,
    make_refund_transaction,
    make_rules,
    make_transaction,
)

WITH_ROUNDING = ACCOUNTS | {"rounding": "rounding"}
TILL = {"cash": GatewayCode(account="till", cash=True)}
ODD = make_order(lines=(make_line(price="50.02"),))


def test_a_till_that_shopify_does_not_round_is_rounded_by_its_mapping() -> None:
    """Section 8: 50.02 is 50.00 in coins, and the two sen are nobody's debt."""
    rules = make_rules(gateways=TILL, accounts=WITH_ROUNDING)
    sale = make_transaction(amount="50.02", gateway="cash")

    plan = plan_of(ODD, newest(ODD), sale, rules=rules)

    assert holds(plan) == []
    assert totals(plan) == ["IV 50.02", "P 50.00", "N 0.02"]
    assert lines(plan, Role.DIFFERENCE) == [("rounding", 1, "0.02", "0.00")]


def test_cash_returned_with_fewer_coins_leaves_a_debit_that_the_credit_settles() -> None:
    """Row 23: a refund rounded down is N+; 2.6 settles it out of the credit, not of the money."""
    order = make_order()
    given = make_adjustment("-9.99")
    record = make_refund(lines=(), adjustments=(given,), transaction_ids=(8200000000102,))
    moved = make_refund_transaction(amount="9.99", gateway="cash", rounding="-0.01")

    plan = plan_of(
        order,
        newest(order, current_total_price="40.01"),
        make_transaction(gateway="cash"),
        record,
        moved,
        rules=make_rules(accounts=WITH_ROUNDING),
    )

    assert holds(plan) == []
    assert totals(plan, Role.CREDIT, Role.REFUND, Role.DIFFERENCE) == ["C 9.99", "F 9.98", "N 0.01"]
    edges = [(e.source, str(e.amount)) for e in plan.entries if isinstance(e, Allocation)][1:]
    assert edges == [("SH-1001-F2WN10A5WM", "9.98"), ("SH-1001-CD0KXNX45", "0.01")]


def test_cash_is_never_rounded_by_more_than_half_a_coin() -> None:
    """I14: 0.02 is the most where the smallest coin is 0.05."""
    sale = make_transaction(amount="50.02", gateway="cash", rounding="-0.03")

    plan = plan_of(ODD, newest(ODD), sale, rules=make_rules(accounts=WITH_ROUNDING))

    problem = only_problem(plan)
    assert (problem.code, problem.terms[-1]) == ("I14", ("most", "0.02"))
    assert totals(plan) == ["IV 50.02"]


def test_cash_that_was_rounded_cannot_fail_later() -> None:
    """I14 with R1: coins do not bounce, so somebody must look."""
    sale = {"amount": "50.02", "gateway": "cash", "rounding": "-0.02"}
    failed = make_transaction(**sale, status="failure", as_of=ORDERED_AT + timedelta(days=1))

    plan = plan_of(
        ODD,
        newest(ODD, total_outstanding="50.02"),
        make_transaction(**sale),
        failed,
        rules=make_rules(accounts=WITH_ROUNDING),
    )

    assert ("status", "failure") in plan.problems[0].terms
    assert {code for code, _ in holds(plan)} == {"I14", "I5"}
    assert plan.entries == ()
