"""What orders show and nobody has mapped: noted when planned, listed with a suggestion."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from accounting import posting, waiting_codes
from accounting.mapping_rules import looked_up
from accounting.mapping_why import explained
from accounting.models import (
    Code,
    CodeList,
    GatewayMapping,
    ItemMapping,
    Order,
    SeenGateway,
    SeenTax,
    Store,
    TaxMapping,
)
from accounting.seen import uncoded
from tests.accounting.mapped import coffee_order, hold
from tests.facts import make_tax

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(store: Store, now: datetime) -> Order:
    """An order of coffee by iPay88, planned before anything was mapped."""
    facts = coffee_order()
    told = [fact for fact in (facts.latest, *facts.transactions) if fact]
    posting.record_facts(store_id=store.pk, facts=told, told_by="t", now=now)
    posting.plan(now=now)
    return Order.objects.get()


def test_planning_notes_what_has_no_code(planned: Order) -> None:
    assert list(SeenGateway.objects.values_list("gateway", "shown")) == [("ipay88", "iPay88")]
    assert (Decimal("0.08")) in SeenTax.objects.values_list("rate", flat=True)


def test_planning_again_notes_nothing_twice(planned: Order, now: datetime) -> None:
    before = (SeenGateway.objects.count(), SeenTax.objects.count())

    posting.replan(store_id=planned.store_id, order_id=planned.order_id, who="7", now=now)
    posting.plan(now=now)

    assert (SeenGateway.objects.count(), SeenTax.objects.count()) == before


def test_what_is_mapped_is_not_listed_though_its_orders_are_still_held(
    planned: Order, store: Store, now: datetime
) -> None:
    hold(store, now, ("UNMAPPED_GATEWAY", "iPay88"), order_id=99)
    assert [each.orders for each in waiting_codes.gateways(store.pk)] >= [1]

    GatewayMapping.objects.create(store=store, gateway="ipay88", account="310")
    for seen in SeenTax.objects.all():
        TaxMapping.objects.create(store=store, title=seen.title, rate=seen.rate, code="S")

    assert waiting_codes.gateways(store.pk) == []
    assert waiting_codes.taxes(store.pk) == []


def list_codes(store: Store, now: datetime, name: str, *codes: tuple[str, str, str]) -> None:
    assert store.book is not None
    listed = CodeList.objects.create(book=store.book, name=name, generation=1, read_at=now)
    for code, words, rate in codes:
        Code.objects.create(
            list=listed, generation=1, key=code.casefold(), code=code, name=words,
            detail={"rate": rate} if rate else {},
        )  # fmt: skip


def test_a_tax_code_is_suggested_where_only_it_has_the_rate(
    planned: Order, store: Store, now: datetime
) -> None:
    list_codes(store, now, "tax_codes", ("SV-8", "Service", "8%"), ("X", "Odd", "n/a"))
    assert {each.suggestion for each in waiting_codes.taxes(store.pk)} == {"SV-8"}

    Code.objects.create(
        list=CodeList.objects.get(), generation=1, key="sr-8", code="SR-8", detail={"rate": "8.00"}
    )

    assert {each.suggestion for each in waiting_codes.taxes(store.pk)} == {""}


def test_an_account_is_suggested_where_only_its_name_has_the_gateways(
    planned: Order, store: Store, now: datetime
) -> None:
    list_codes(store, now, "accounts", ("310-A", "iPay88 clearing", ""), ("310-B", "Bank", ""))

    (found,) = waiting_codes.gateways(store.pk)

    assert (found.shown, found.suggestion) == ("iPay88", "310-A")
    assert found.kind == "own clearing account"


def test_another_shops_orders_show_nothing_here(planned: Order, other: Store) -> None:
    assert waiting_codes.gateways(other.pk) == []
    assert waiting_codes.taxes(other.pk) == []


def test_taxes_of_the_channel_and_of_nothing_need_no_code(store: Store, planned: Order) -> None:
    rules = looked_up(store, coffee_order())
    channel = replace(make_tax("1.00", rate="0.06"), channel_liable=True)
    nothing = make_tax("0", title="Zero", rate="0")
    charged = make_tax("1.00", title="New", rate="0.05")

    assert uncoded([channel, nothing, charged], rules) == [charged]
    assert uncoded([channel, nothing], rules) == [nothing]


def test_the_mapping_that_says_most_decides_and_all_that_was_looked_for_is_told(
    store: Store,
) -> None:
    ItemMapping.objects.create(store=store, match="vendor", value="kilang kopi", account="500-V")
    ItemMapping.objects.create(store=store, match="default", account="500-0")
    GatewayMapping.objects.create(store=store, gateway="ipay88", account="310")
    facts = coffee_order()
    assert facts.latest is not None

    line, shipping, payment = explained(facts.latest, facts.transactions, looked_up(store, facts))

    item, tax = line.decided
    assert (item.code, item.match, item.key) == ("500-V", "vendor", "kilang kopi")
    assert [match for match, _ in item.tried][:3] == ["variant", "sku", "product"]
    assert (tax.what, tax.code) == ("taxes", "")
    assert (shipping.role, shipping.decided[0].what) == ("shipping", "roles")
    assert (payment.decided[0].code, payment.decided[0].key) == ("310", "ipay88")
