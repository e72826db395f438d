"""Orders of two currencies whose figures miss, or are missing (G5, R17, rows 29 and 48)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounting.documents.document import Role
from accounting.documents.rules import GatewayCode
from accounting.facts import (
    Fact,
    TaxLine,
)
from tests.accounting.documents.reading import (
    DAY,
    LINE,
    MINUTE,
    REFUND_MONEY,
    agreement,
    bag,
    documents,
    dollars,
    in_dollars,
    in_role,
    plan_of,
    read_in_dollars,
    rules,
    sale,
)
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_edit,
    make_line,
    make_refund,
    make_refund_line,
)


def test_a_payment_known_only_in_the_customers_currency_waits_for_the_shops() -> None:
    read = read_in_dollars("438.60", "100.00", ORDERED_AT + MINUTE)

    plan = plan_of([in_dollars("438.60", "100.00"), read, dollars("100.00", None)])

    assert plan.entries == ()
    assert [(each.code, each.subject) for each in plan.problems] == [("FACTS_INCOMPLETE", "G5")]


def test_cash_of_an_order_of_two_currencies_is_held_because_its_difference_has_two_reasons() -> (
    None
):
    till = {"cash": GatewayCode(account="till", cash=True)}
    read = read_in_dollars("438.60", "100.00", ORDERED_AT + MINUTE)
    facts: list[Fact] = [
        in_dollars("438.60", "100.00"),
        read,
        dollars("100.00", "438.68", gateway="cash"),
    ]

    plan = plan_of(facts, rules(gateways=till))

    assert documents(plan) in (
        [("IV", "438.60"), ("P", "438.68"), ("N", "0.08")],
        [("IV", "438.60")],
    )
    assert "I11" not in [problem.code for problem in plan.problems]


def test_what_two_edits_raise_is_invoiced_also_where_their_conversions_miss_by_a_sen() -> None:
    raised: list[Fact] = [
        agreement(
            "edit",
            sale("update", LINE, 0, bag("43.86", "10.00")),
            at=ORDERED_AT + n * DAY,
            id=5500000000000 + n,
        )
        for n in (1, 2)
    ]
    edits: list[Fact] = [
        make_edit(id=77000000000 + n, committed_at=ORDERED_AT + n * DAY) for n in (1, 2)
    ]
    facts: list[Fact] = [
        in_dollars("438.60", "100.00"),
        dollars("100.00", "438.60"),
        *raised,
        *edits,
        dollars("20.00", "87.73", id=8200000000103, processed_at=ORDERED_AT + 3 * DAY),
        read_in_dollars("526.33", "120.00", ORDERED_AT + 4 * DAY),
    ]

    plan = plan_of(facts)

    assert plan.problems == ()
    assert [role for role, _ in documents(plan)][:4] == ["IV", "P", "Q", "Q"]


def test_duties_given_back_are_credited_also_where_their_conversion_misses_by_a_sen() -> None:
    tax = TaxLine(title="SST", rate=Decimal("0.1"), amount=bag("8.77", "2.00"))
    charged: dict[str, Any] = {
        "duties": bag("87.72", "20.00"),
        "duty_taxes": (tax,),
        "total_tax": Decimal("8.77"),
        "total_price": bag("535.09", "122.00"),
    }
    read = read_in_dollars(
        "438.60",
        "100.00",
        REFUNDED_AT + DAY,
        totals={"total_tax": "2.00", "current_total_price": "100.00"},
        current_total_price="438.60",
        **charged,
    )
    back = make_refund(lines=(), duties=bag("96.50", "22.00"), transaction_ids=(REFUND_MONEY,))
    money = dollars("22.00", "96.50", id=REFUND_MONEY, kind="refund", processed_at=REFUNDED_AT)

    plan = plan_of(
        [in_dollars("438.60", "100.00", **charged), dollars("122.00", "535.09"), back, money, read]
    )

    assert plan.problems == ()
    assert documents(plan)[:3] == [("IV", "535.09"), ("P", "535.09"), ("C", "96.49")]


def test_what_is_refunded_beyond_the_price_is_labelled_also_in_the_shops_currency() -> None:
    row = make_refund_line(subtotal=bag("263.16", "60.00"), tax=bag("0.00"))
    money = dollars("60.00", "263.40", id=REFUND_MONEY, kind="refund", processed_at=REFUNDED_AT)
    gone = (make_line(price=bag("219.30", "50.00"), current_quantity=0),)
    read = read_in_dollars(
        "219.30",
        "50.00",
        REFUNDED_AT + DAY,
        totals={"current_total_price": "-10.00"},
        lines=gone,
    )

    plan = plan_of(
        [
            in_dollars("219.30", "50.00"),
            dollars("50.00", "219.30"),
            make_refund(lines=(row,), transaction_ids=(REFUND_MONEY,)),
            money,
            read,
        ]
    )

    assert plan.problems == ()
    lines = in_role(plan, Role.CREDIT).lines
    assert [(line.role, str(line.net)) for line in lines] == [
        ("returns", "219.30"),
        ("allowance", "43.86"),
    ]
