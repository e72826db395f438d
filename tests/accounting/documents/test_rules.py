"""Which mapping decides, and what two spellings of one thing have in common."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounting.documents.rules import (
    ItemCode,
    Policy,
    Rules,
    canonical_rate,
    gateway_key,
    tax_identity,
)
from accounting.facts import NOTHING, Line, TaxLine

LINE = Line(
    id=1,
    title="Kopi O",
    sku="KOPI-1",
    product_id=20,
    variant_id=30,
    vendor="Kilang Kopi",
    product_type="Drinks",
    tags=("Zakat", "Halal"),
    quantity=1,
    price=NOTHING,
)

MOST_SPECIFIC_FIRST = [
    ("variant", "30"),
    ("sku", "kopi-1"),
    ("product", "20"),
    ("vendor", "kilang kopi"),
    ("type", "drinks"),
    ("tag", "halal"),
    ("tag", "zakat"),
    ("default", ""),
]


@pytest.mark.parametrize("place", range(len(MOST_SPECIFIC_FIRST)))
def test_the_most_specific_mapping_decides(place: int) -> None:
    mapped = {match: ItemCode(account=match[0]) for match in MOST_SPECIFIC_FIRST[place:]}
    rules = Rules(policy=Policy(prefix="SH", time_zone="UTC", currency="MYR"), items=mapped)

    assert rules.item_for(LINE) == ItemCode(account=MOST_SPECIFIC_FIRST[place][0])


def test_nothing_mapped_is_nothing_never_a_guess() -> None:
    rules = Rules(policy=Policy(prefix="SH", time_zone="UTC", currency="MYR"))

    assert rules.item_for(LINE) is None
    assert rules.gateway_for("cash") is None
    assert rules.account_for("shipping") is None


def test_a_tax_is_its_title_its_rate_and_who_owes_it() -> None:
    tax = TaxLine(title=" Sales   TAX ", rate=Decimal("0.10"), amount=NOTHING)

    assert tax_identity(tax) == ("sales tax", Decimal("0.1"), False)


@pytest.mark.parametrize(
    ("rate", "text"), [("0.10", "0.1"), ("0", "0"), ("10", "10"), ("0.08999", "0.09")]
)
def test_a_rate_has_one_spelling(rate: str, text: str) -> None:
    assert str(canonical_rate(Decimal(rate))) == text


def test_a_gateway_is_its_letters_and_digits() -> None:
    assert gateway_key("Cash on Delivery (COD)") == "cashondeliverycod"
    assert gateway_key("shopify_payments") == gateway_key("Shopify Payments")
