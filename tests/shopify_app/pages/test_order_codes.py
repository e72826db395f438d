"""Why this code? The page that says it for every line of an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import posting
from accounting.models import Fact, GatewayMapping, ItemMapping, Order, RoleMapping, TaxMapping
from shopify_app.install import first_contact
from shopify_app.models import Shop
from tests.accounting.mapped import coffee_order
from tests.shopify_app.conftest import OTHER, make_token

from .test_documents import get, hrefs, text

MOST_STATEMENTS = 10


@pytest.fixture
def told(shop: Shop, now: datetime) -> Any:
    """Has an order of coffee told by Shopify, of so many lines, and held."""

    def tell(lines: int = 1) -> Order:
        facts = coffee_order(lines)
        said = [fact for fact in (facts.latest, *facts.transactions) if fact]
        posting.record_facts(store_id=shop.store_id, facts=said, told_by="t", now=now)
        Order.objects.update(state=Order.State.HELD, plan_at=None)
        return Order.objects.get()

    return tell


def address(order: Order) -> str:
    return f"/orders/{order.order_id}/codes"


def test_each_part_of_a_held_order_says_what_decides_and_leads_to_its_row(
    told: Any, shop: Shop
) -> None:
    order, store = told(), shop.store
    ItemMapping.objects.create(store=store, match="vendor", value="kilang kopi", account="500-V")
    GatewayMapping.objects.create(store=store, gateway="ipay88", account="310")
    TaxMapping.objects.create(store=store, title="sst", rate="0.08", code="SV-8")
    RoleMapping.objects.create(store=store, role="shipping", account="530")

    answer = get(address(order))

    html = text(answer)
    assert ">vendor kilang kopi</s-link>" in html
    assert "variant 9001 · SKU kopi-1 · product 7001</s-paragraph>" in html
    for code in ("500-V", "310", "SV-8", "530"):
        assert f"<s-table-cell>{code}</s-table-cell>" in html
    assert ">sst 8 %</s-link>" in html
    found = [each.partition("&")[0] for each in hrefs(answer) if "q=" in each]
    assert found == [
        "/mapping/products?q=KOPI-1",
        "/mapping/taxes?q=sst",
        "/mapping/accounts?q=shipping",
        "/mapping/taxes?q=ship+tax",
        "/mapping/gateways?q=ipay88",
    ]


def test_the_links_find_the_row_that_decides(told: Any, shop: Shop) -> None:
    order = told()
    TaxMapping.objects.create(store=shop.store, title="sst", rate="0.08", code="SV-8")
    GatewayMapping.objects.create(store=shop.store, gateway="ipay88", account="310-X")
    RoleMapping.objects.create(store=shop.store, role="shipping", account="530-X")
    links = [each for each in hrefs(get(address(order))) if "q=" in each]

    shown = " ".join(text(get(*_asked(each))) for each in links)

    for code in ("SV-8", "310-X", "530-X"):
        assert f'value="{code}"' in shown


def _asked(link: str) -> tuple[str, dict[str, str]]:
    where, _, query = link.partition("?")
    return where, {"q": query.removeprefix("q=").partition("&")[0].replace("+", " ")}


def test_what_has_no_code_says_what_was_looked_for(told: Any) -> None:
    html = text(get(address(told())))

    assert "Without a code: 5" in html
    assert html.count(">No code</s-badge>") == 5
    assert (
        "None of these has a code: variant 9001 · SKU kopi-1 · product 7001 · vendor kilang kopi"
        in html
    )
    assert "Everything else" in html
    assert ">Give it a code</s-link>" in html


def test_an_order_nobody_told_of_says_so(told: Any) -> None:
    order = told()
    Fact.objects.all().delete()

    assert "Lejar knows no lines of this order" in text(get(address(order)))


def test_another_shops_order_is_not_there(told: Any, now: datetime) -> None:
    order = told()
    first_contact(OTHER, now=now)

    query = {"shop": OTHER, "id_token": make_token(OTHER)}
    answer = get(address(order), query)

    assert answer.status_code == 404
    assert "kopi" not in text(answer).casefold()


def test_looking_leaves_everything_as_it_is(told: Any, shop: Shop, now: datetime) -> None:
    order, latest = told(), coffee_order().latest
    assert latest is not None
    again = [replace(latest, updated_at=latest.updated_at + timedelta(hours=h)) for h in (1, 2)]
    posting.record_facts(store_id=shop.store_id, facts=again, told_by="t", now=now)
    before: list[list[Any]] = [
        list(Fact.objects.order_by("pk").values()),
        list(Order.objects.values()),
    ]

    get(address(order))

    assert [list(Fact.objects.order_by("pk").values()), list(Order.objects.values())] == before
    posting.facts_of(order)
    assert Fact.objects.count() < len(before[0])  # there was something to drop


def test_many_lines_come_page_by_page_in_as_many_statements(told: Any) -> None:
    order = told(60)
    get(address(order))

    with CaptureQueriesContext(connection) as captured:
        first = text(get(address(order)))
    second = text(get(address(order), {"after": "50"}))

    assert len(captured) <= MOST_STATEMENTS + 1  # the session is an insert more
    assert ("Kopi 50" in first, "Kopi 51" in first) == (True, False)
    assert ("Kopi 50" in second, "Kopi 51" in second) == (False, True)
    assert "hasNextPage" in first
    assert "hasPreviousPage" in second
    assert get(address(order), {"after": "9" * 30}).status_code == 200


@pytest.mark.parametrize("language", ["ms", "zh-Hans"])
def test_it_speaks_every_language(told: Any, language: str) -> None:
    html = text(get(address(told()), {"locale": language}))

    assert "Why these codes" not in html
    assert "Give it a code" not in html


def test_the_order_leads_there(told: Any) -> None:
    order = told()

    assert f'href="/orders/{order.order_id}/codes?' in text(get(f"/orders/{order.order_id}"))
