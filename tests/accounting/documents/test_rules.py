"""Which mapping decides, and what two spellings of one thing have in common."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.documents.rules import (
    ItemCode,
    Policy,
    Rules,
    canonical_rate,
    counting_taxes,
    gateway_key,
    gateway_match,
    gateway_matches,
    item_matches,
    tax_identity,
    tax_set_identity,
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


def test_what_has_no_product_has_a_default_of_its_own() -> None:
    custom = replace(LINE, product_id=None, variant_id=None)
    deleted = replace(LINE, product_exists=False)

    assert [item_matches(line)[-1] for line in (LINE, custom, deleted)] == [
        ("default", ""),
        ("no_product", ""),
        ("no_product", ""),
    ]


def tax(title: str, rate: str, *, channel_liable: bool = False) -> TaxLine:
    return TaxLine(title=title, rate=Decimal(rate), amount=NOTHING, channel_liable=channel_liable)


def test_taxes_of_rate_zero_and_of_the_channel_do_not_count_among_several() -> None:
    taxes = (tax("Zero", "0"), tax("PST", "0.07"), tax("LVG", "0.1", channel_liable=True))

    assert counting_taxes((*taxes, tax("GST", "0.05"), tax(" pst ", "0.070"))) == [
        ("gst", Decimal("0.05"), False),
        ("pst", Decimal("0.07"), False),
    ]


def test_a_set_of_taxes_is_called_the_same_in_whatever_order_it_is_charged() -> None:
    gst, pst = tax_identity(tax("GST", "0.05")), tax_identity(tax("pst ", "0.0700"))

    assert tax_set_identity([pst, gst]) == ("gst + pst", Decimal("0.12"), False)
    assert tax_set_identity([gst, pst, gst]) == tax_set_identity([pst, gst])
    assert str(tax_set_identity([gst, tax_identity(tax("x", "0.05"))])[1]) == "0.1"


@pytest.mark.parametrize(
    ("brand", "location", "match"),
    [
        ("visa", "123", "stripe/visa@123"),
        ("visa", "", "stripe/visa"),
        ("", "123", "stripe@123"),
        ("", "", "stripe"),
    ],
)
def test_a_gateway_mapping_reads_like_what_it_is_looked_up_under(
    brand: str, location: str, match: str
) -> None:
    assert gateway_match("stripe", brand, location) == match
    assert match in gateway_matches("Stripe", "VISA", 123)
