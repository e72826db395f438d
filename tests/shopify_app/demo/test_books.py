"""The mappings a merchant makes fit the books they are made for."""

from __future__ import annotations

import pytest

from shopify_app.demo.books import BookPlan
from shopify_app.demo.connections import (
    ACCTBRIDGE_TO_SQL,
    AUTOCOUNT,
    AUTOCOUNT_CLOUD,
    CONNECTIONS,
    SQL_ACCOUNT_API,
    SQL_ACCOUNTING,
    Connection,
)
from shopify_app.demo.shops import MALAYSIA, PROFILES, SINGAPORE, ShopProfile

LONGEST_CODE = {SQL_ACCOUNTING: 10, AUTOCOUNT: 12}


def make_plan(connection: Connection, profile: ShopProfile = MALAYSIA) -> BookPlan:
    return BookPlan(connection=connection, profile=profile, key="abcdef")


every_plan = pytest.mark.parametrize(
    "plan",
    [make_plan(connection, profile) for connection in CONNECTIONS for profile in PROFILES],
    ids=lambda plan: f"{plan.profile.handle}-{plan.connection}",
)


@every_plan
def test_every_mapped_code_exists_in_the_company(plan: BookPlan) -> None:
    company = plan.company
    accounts = {row["code"] for row in company["accounts"]}

    mapped = plan.items() + plan.items(late=True) + plan.roles()
    assert {row["account"] for row in mapped} <= accounts
    assert {row["account"] for row in company["payment_methods"]} <= accounts
    methods = {row["code"] for row in company["payment_methods"]}
    assert {row["account"] for row in plan.gateways() + plan.gateways(late=True)} == methods
    codes = {row["code"] for row in company["tax_codes"]}
    assert {row["code"] for row in plan.taxes() + plan.taxes(late=True)} == codes


@every_plan
def test_the_books_have_every_product_as_an_item_once(plan: BookPlan) -> None:
    items = [row["code"] for row in plan.company["items"]]

    assert {product.sku for product in plan.profile.shelf} <= set(items)
    assert len(items) == len(set(items))


@every_plan
def test_codes_are_as_long_as_the_system_allows(plan: BookPlan) -> None:
    codes = [row["code"] for row in plan.company["accounts"]]

    assert max(map(len, codes)) <= LONGEST_CODE[plan.connection.system]
    assert len(plan.debtor["code"]) <= LONGEST_CODE[plan.connection.system]
    assert len(set(codes)) == len(codes)
    assert max(len(row["code"]) for row in plan.company["payment_methods"]) <= 20


@every_plan
def test_one_product_one_tax_and_one_gateway_are_forgotten_at_first(plan: BookPlan) -> None:
    assert len(plan.items(late=True)) == 1
    assert len(plan.taxes(late=True)) == 1
    assert len(plan.gateways(late=True)) == 1
    for early, late in (
        (plan.items(), plan.items(late=True)),
        (plan.taxes(), plan.taxes(late=True)),
        (plan.gateways(), plan.gateways(late=True)),
    ):
        assert late[0] not in early


def test_what_nobody_maps_stays_without_a_code() -> None:
    malaysian, singaporean = make_plan(ACCTBRIDGE_TO_SQL), make_plan(AUTOCOUNT_CLOUD, SINGAPORE)

    skus = {row["value"] for row in malaysian.items() + malaysian.items(late=True)}
    (levy,) = SINGAPORE.never.taxes
    titles = {row["title"] for row in singaporean.taxes() + singaporean.taxes(late=True)}
    assert MALAYSIA.never.sku not in skus
    assert levy.title not in titles


def test_sst_codes_come_with_a_tariff_where_lines_without_items_want_one() -> None:
    assert all(row["tariff_code"] for row in make_plan(ACCTBRIDGE_TO_SQL).taxes())
    for connection in (SQL_ACCOUNT_API, AUTOCOUNT_CLOUD):
        assert not any(row["tariff_code"] for row in make_plan(connection).taxes())
