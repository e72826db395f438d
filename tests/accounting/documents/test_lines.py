from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.codes import Coding
from accounting.documents.document import DocumentLine
from accounting.documents.lines import split


def make_split(quantity: int, net: str, tax: str = "0.00") -> list[DocumentLine]:
    return split(
        role="sales",
        coding=Coding(account="500-000", tax_code="S10"),
        text="TEE",
        quantity=quantity,
        net=Decimal(net),
        tax=Decimal(tax),
        currency="MYR",
    )


def amounts(lines: list[DocumentLine]) -> list[tuple[int, str, str, str]]:
    return [(line.quantity, str(line.unit_price), str(line.net), str(line.tax)) for line in lines]


def test_a_net_that_divides_is_one_line() -> None:
    assert amounts(make_split(2, "100.00", "10.00")) == [(2, "50.00", "100.00", "10.00")]


def test_a_net_that_does_not_divide_is_two_lines_one_sen_apart() -> None:
    assert amounts(make_split(3, "27.52", "2.48")) == [
        (2, "9.17", "18.34", "1.65"),
        (1, "9.18", "9.18", "0.83"),
    ]


def test_a_kept_fee_is_a_line_with_a_negative_price() -> None:
    assert amounts(make_split(1, "-11.00")) == [(1, "-11.00", "-11.00", "0.00")]


def test_tax_on_nothing_stays_on_the_first_line() -> None:
    assert amounts(make_split(2, "0.00", "0.05")) == [(2, "0.00", "0.00", "0.05")]


@given(quantity=st.integers(1, 50), net=st.integers(-(10**7), 10**7), tax=st.integers(0, 10**6))
def test_lines_always_add_up(quantity: int, net: int, tax: int) -> None:
    lines = make_split(quantity, f"{Decimal(net) / 100:.2f}", f"{Decimal(tax) / 100:.2f}")

    assert sum(line.net for line in lines) * 100 == net
    assert sum(line.tax for line in lines) * 100 == tax
    assert sum(line.quantity for line in lines) == quantity
    assert all(line.quantity * line.unit_price == line.net for line in lines)
