"""Goods that came back before anything was said of their money (treatment 2.3, R25)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounting.documents.document import Allocation, Role
from accounting.facts import Agreement
from tests.accounting.documents.stories import (
    EDITED_AT,
    agreement,
    holds,
    lines,
    newest,
    plan_of,
    refund,
    sale,
    totals,
)
from tests.facts import (
    make_discount,
    make_line,
    make_order,
    make_refund_line,
    make_refund_transaction,
    make_tax,
    make_transaction,
)

TEE = make_order()
TWO = make_order(lines=(make_line(quantity=2),))
PAID, PAID_TWO = make_transaction(), make_transaction(amount="100.00")
RETURN = 55
CREDITS = (Role.RETURN, Role.CREDIT)


def came_back(units: int) -> Agreement:
    """So many tees returned, as the return RETURN says."""
    said = sale(f"-{50 * units}.00", action="return", quantity=-units)
    return agreement(1, said, kind="return", return_id=RETURN)


def record(units: int, **changes: Any) -> dict[str, Any]:
    """A refund record of so many tees."""
    return {"lines": (make_refund_line(quantity=units, subtotal=f"{50 * units}.00"),)} | changes


def test_money_returned_later_settles_the_return_that_credited_the_goods() -> None:
    """2.3: a unit is credited once, so a record of nothing more has no credit note (2.6)."""
    plan = plan_of(
        TEE,
        newest(TEE, current_total_price="0.00"),
        PAID,
        came_back(1),
        *refund(1, "50.00", **record(1)),
    )

    assert holds(plan) == []
    assert totals(plan, *CREDITS, Role.REFUND) == ["T 50.00", "F 50.00"]
    settled = [e for e in plan.entries if isinstance(e, Allocation)][-1]
    assert (settled.source, settled.target) == ("SH-1001-F2WN10A5ZD", "SH-1001-T1J")


def test_a_record_of_more_than_came_back_credits_only_the_rest() -> None:
    """2.3: the later document carries the excess, and its money settles both."""
    plan = plan_of(
        TWO,
        newest(TWO, current_total_price="0.00"),
        PAID_TWO,
        came_back(1),
        *refund(1, "100.00", **record(2)),
    )

    assert holds(plan) == []
    assert totals(plan, *CREDITS) == ["T 50.00", "C 50.00"]
    assert lines(plan, Role.CREDIT) == [("returns", 1, "50.00", "0.00")]
    settled = [str(e.amount) for e in plan.entries if isinstance(e, Allocation)]
    assert settled == ["100.00", "50.00", "50.00"]


def test_a_record_that_names_the_return_in_time_is_its_credit() -> None:
    """2.3: T is only for what no record credits until the settle time after the return."""
    in_time = {"return_id": RETURN, "created_at": EDITED_AT + timedelta(minutes=1)}

    plan = plan_of(
        TWO,
        newest(TWO, current_total_price="50.00"),
        PAID_TWO,
        came_back(1),
        *refund(1, "50.00", **record(1, **in_time)),
    )

    assert holds(plan) == []
    assert totals(plan, *CREDITS) == ["C 50.00"]


def test_a_record_that_names_another_return_is_not_its_credit() -> None:
    """2.3: one unit came back twice, by two returns."""
    other = {"return_id": RETURN + 1, "created_at": EDITED_AT + timedelta(minutes=1)}

    plan = plan_of(
        TWO,
        newest(TWO, current_total_price="0.00", total_outstanding="-50.00"),
        PAID_TWO,
        came_back(1),
        *refund(1, "50.00", **record(1, **other)),
    )

    assert holds(plan) == []
    assert totals(plan, *CREDITS) == ["T 50.00", "C 50.00"]


def test_the_share_of_a_return_is_rounded_as_prices_are_stated() -> None:
    """4.4: prices contain tax, so the unit is 10.00 and its tax is what rounds."""
    tax = make_tax("2.48", title="GST", rate="0.09")
    order = make_order(
        taxes_included=True, lines=(make_line(quantity=3, price="10.00", taxes=(tax,)),)
    )
    said = sale("-10.00", "-0.83", action="return", quantity=-1)

    plan = plan_of(
        order,
        newest(order, current_total_price="20.00", total_outstanding="-10.00"),
        make_transaction(amount="30.00"),
        agreement(1, said, kind="return", return_id=RETURN),
    )

    assert holds(plan) == []
    assert lines(plan, Role.RETURN) == [("returns", 1, "9.17", "0.83")]


def test_a_discounted_gift_card_comes_back_at_its_face_value() -> None:
    """R15 with row 36: the liability was 50.00 a card, the discount stands on its own line."""
    cards = make_line(quantity=2, gift_card=True, discounts=(make_discount("10.00"),))
    order = make_order(lines=(cards,))
    said = sale("-45.00", action="return", quantity=-1, line_type="gift_card")

    plan = plan_of(
        order,
        newest(order, current_total_price="45.00", total_outstanding="-45.00"),
        make_transaction(amount="90.00"),
        agreement(1, said, kind="return", return_id=RETURN),
    )

    assert holds(plan) == []
    assert lines(plan, Role.RETURN) == [
        ("gift_card", 1, "50.00", "0.00"),
        ("discount", 1, "-5.00", "0.00"),
    ]


@pytest.mark.parametrize(
    ("status", "outstanding"), [("pending", "-19.99"), ("success", "-9.99"), ("failure", "-19.99")]
)
def test_what_a_refund_takes_is_gone_for_a_later_return_whatever_becomes_of_its_money(
    status: str, outstanding: str
) -> None:
    """4.4 with rows 24, 30 and 31: two units for 19.99. A refund takes half of it, rounded up to
    10.00; the unit that comes back after it is the last, at 9.99, also while the money is pending.
    """
    order = make_order(
        lines=(make_line(quantity=2, price="10.00", discounts=(make_discount("0.01"),)),)
    )
    first, _ = refund(-30, "10.00", lines=(make_refund_line(subtotal="10.00"),))

    plan = plan_of(
        order,
        newest(order, current_total_price="0.00", total_outstanding=outstanding),
        make_transaction(amount="19.99"),
        first,
        make_refund_transaction(id=8200000000170, amount="10.00", status=status),
        agreement(1, sale("-9.99", action="return", quantity=-1), kind="return", return_id=RETURN),
    )

    waits = [("REFUND_PENDING", "refund 1020000000170")] if status == "pending" else []
    assert holds(plan) == waits
    assert totals(plan, Role.RETURN) == ["T 9.99"]
