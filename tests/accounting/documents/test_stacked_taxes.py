"""Several taxes on one line (treatment 4.3, 4.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounting.documents.document import Role
from accounting.documents.rules import TaxCode
from accounting.facts import Line
from tests.accounting.documents.stories import documents, holds, lines, newest, plan_of, refund
from tests.facts import (
    ACCOUNTS,
    make_line,
    make_order,
    make_refund_line,
    make_rules,
    make_tax,
    make_transaction,
)

TAXES = {
    ("state", Decimal("0.05"), False): TaxCode(code="ST"),
    ("city", Decimal("0.07"), False): TaxCode(code="CT"),
}
APART = make_rules(taxes=TAXES, accounts=ACCOUNTS | {"tax:ST": "state tax", "tax:CT": "city tax"})


def taxed(state: str, city: str, **changes: Any) -> Line:
    taxes = (
        make_tax(state, title="State", rate="0.05"),
        make_tax(city, title="City", rate="0.07"),
    )
    return make_line(taxes=taxes, **changes)


def test_taxes_that_are_mapped_together_share_the_line_and_one_code() -> None:
    """4.3: the set has a code, its rate the sum of the rates."""
    order = make_order(lines=(taxed("2.50", "3.50"),))
    together = make_rules(taxes={("city + state", Decimal("0.12"), False): TaxCode(code="SC")})

    plan = plan_of(order, newest(order), make_transaction(amount="56.00"), rules=together)

    assert holds(plan) == []
    [line] = documents(plan, Role.INVOICE)[0].lines
    assert (line.tax_code, line.tax_rate, str(line.tax)) == ("SC", Decimal("0.12"), "6.00")


def test_a_tax_of_which_nothing_is_refunded_has_no_line() -> None:
    """4.4: so small a part of the line has no sen of either tax."""
    order = make_order(lines=(taxed("0.01", "0.01", quantity=10, price="0.01"),))
    back = refund(1, "0.01", lines=(make_refund_line(subtotal="0.01"),))

    plan = plan_of(
        order,
        newest(order, current_total_price="0.11"),
        make_transaction(amount="0.12"),
        *back,
        rules=APART,
    )

    assert holds(plan) == []
    assert lines(plan, Role.INVOICE) == [
        ("sales", 10, "0.10", "0.01"),
        ("tax_only", 1, "0.01", "0.00"),
    ]
    assert lines(plan, Role.CREDIT) == [("returns", 1, "0.01", "0.00")]


def test_a_tax_is_never_given_back_beyond_what_is_left_of_it() -> None:
    """4.4: 0.03 and 0.01 in two halves of 0.02. The larger remainder takes both sen of the first
    half; the second takes the one sen left of each."""
    order = make_order(lines=(taxed("0.03", "0.01", quantity=2, price="0.10"),))
    half = make_refund_line(subtotal="0.10", tax="0.02")

    plan = plan_of(
        order,
        newest(order, current_total_price="0.00"),
        make_transaction(amount="0.24"),
        *refund(1, "0.12", lines=(half,)),
        *refund(2, "0.12", lines=(half,)),
        rules=APART,
    )

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [
        ("returns", 1, "0.10", "0.02"),
        ("returns", 1, "0.10", "0.01"),
        ("tax_only", 1, "0.01", "0.00"),
    ]
