"""What a change of mappings would do, against what it did when it was made."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting import mapping, mapping_preview, planning, posting
from accounting.documents.document import Document, load
from accounting.mapping_preview import LOOKED_AT
from accounting.mapping_tables import ROLES, TABLES, Invalid
from accounting.models import (
    Audit,
    DebtorCode,
    Fact,
    GatewayMapping,
    ItemMapping,
    MappingPreview,
    Order,
    Store,
    TaxMapping,
)
from accounting.models import Document as Row
from tests.backfilled import map_everything, past_orders
from tests.books import Clock, make_book, make_store

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-26T04:00:00+00:00")
PAST = past_orders(24)
WHO = "staff 7"
SAVE = {
    "items": mapping.map_items,
    "taxes": mapping.map_taxes,
    "gateways": mapping.map_gateways,
    "roles": mapping.map_roles,
}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def store() -> Store:
    store = make_store(make_book(NOW))
    map_everything(store)
    return store


def sell(store: Store, clock: Clock) -> None:
    """Every order of the past is told and planned once it is quiet."""
    for past in PAST:
        posting.record_facts(store_id=store.pk, facts=past.facts, told_by="t", now=clock())
    clock.advance(days=1)
    plan(clock)


def plan(clock: Clock) -> None:
    while posting.plan(now=clock()):
        pass


def take_out(store: Store, what: str, share: int) -> list[dict[str, Any]]:
    """Every `share`th mapping of the kind is gone. Returns the rows, to be put back."""
    table = TABLES[what]
    known = table.model._default_manager.filter(store=store)
    if what == "roles":  # the lives name some that are no mapping
        known = known.filter(role__in=ROLES)
    rows = list(known.order_by("pk"))[::share]
    gone = [{name: getattr(row, name) for name in table.fields} for row in rows]
    for row in gone:  # as long as these books take them
        row |= {"account": row["account"][:10]} if "account" in row else {}
    table.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    return gone


def look(store: Store, clock: Clock, what: str, rows: Any, removed: Any = ()) -> MappingPreview:
    by: dict[str, Any] = {"store_id": store.pk, "who": WHO, "now": clock()}
    begun = mapping_preview.start(what=what, rows=rows, removed=list(removed), **by)
    for _ in range(100):
        mapping_preview.go_on(clock=clock)
        begun.refresh_from_db()
        if begun.state != "running":
            return begun
    raise AssertionError(begun.state)


def held(store: Store) -> dict[int, list[str]]:
    rows = Order.objects.filter(store=store, state="held")
    return {row.pk: sorted({each["code"] for each in row.problems}) for row in rows}


@pytest.mark.parametrize("share", [1, 2])
@pytest.mark.parametrize("what", SAVE)
def test_what_is_foreseen_is_what_comes(store: Store, clock: Clock, what: str, share: int) -> None:
    rows = take_out(store, what, share)
    sell(store, clock)
    before, there = held(store), set(Row.objects.values_list("pk", flat=True))

    found = look(store, clock, what, rows)

    assert held(store) == before
    SAVE[what](store_id=store.pk, rows=rows, who=WHO, now=clock())
    plan(clock)
    after = held(store)
    result = found.result
    assert before
    assert found.done == found.of == Order.objects.filter(state__in=LOOKED_AT).count()
    assert result["released"]["orders"] == len(before) - len(after)
    fresh = Row.objects.exclude(pk__in=there).filter(order__in=before.keys() - after.keys())
    documents = [load(row.payload) for row in fresh]
    assert result["released"]["documents"] == sum(isinstance(d, Document) for d in documents)
    total = sum((d.total for d in documents if isinstance(d, Document)), Decimal(0))
    assert sum(map(Decimal, result["released"]["totals"].values())) == total
    still = {code: sum(code in each for each in after.values()) for code in result["held"]}
    assert all(group["orders"] <= still[code] for code, group in result["held"].items())


def test_looking_leaves_nothing_behind(store: Store, clock: Clock) -> None:
    store.customers = "customer"
    store.save()
    rows = take_out(store, "taxes", 1)
    sell(store, clock)
    tables = (Row, Order, Fact, DebtorCode, TaxMapping, Audit)
    before = [list(table._default_manager.order_by("pk").values()) for table in tables]

    look(store, clock, "taxes", rows)

    assert before == [list(table._default_manager.order_by("pk").values()) for table in tables]


def test_lines_that_are_made_already_are_counted_and_stay(store: Store, clock: Clock) -> None:
    sell(store, clock)
    frozen = list(Row.objects.order_by("pk").values("pk", "payload"))
    invoices = [load(row["payload"]) for row in frozen]
    lines = [
        line
        for each in invoices
        if isinstance(each, Document) and each.key.role.value == "IV"
        for line in each.lines
        if line.role == "sales" and line.account == "sales"
    ]

    rows = [{"match": "default", "value": "", "account": "SALES-NEW"}]
    found = look(store, clock, "items", rows)

    group = found.result["stay"]["account|sales|SALES-NEW"]
    assert group["lines"] >= len(lines) > 0
    assert Decimal(group["totals"]["MYR"]) >= sum(line.net for line in lines)
    assert group["examples"][0]["name"].startswith("#")
    assert found.result["released"]["orders"] == 0
    assert list(Row.objects.order_by("pk").values("pk", "payload")) == frozen


def test_a_row_that_goes_is_foreseen_too(store: Store, clock: Clock) -> None:
    ItemMapping.objects.filter(match="no_product").update(account="custom")
    sell(store, clock)
    gone = GatewayMapping.objects.exclude(gateway__in=("giftcard", "shopifystorecredit"))

    found = look(store, clock, "gateways", [], gone.values_list("pk", flat=True))

    assert found.state == "done"
    assert found.result["concerned"] > 0
    assert GatewayMapping.objects.filter(store=store).count() > 2


def test_a_rejected_document_is_made_anew_when_it_is_retried(store: Store, clock: Clock) -> None:
    sell(store, clock)
    payment = Row.objects.filter(kind="payment").order_by("pk")[0]
    Row.objects.filter(pk=payment.pk).update(state="rejected")
    written = load(payment.payload)
    assert isinstance(written, Document)
    gateway = GatewayMapping.objects.filter(account=written.account)
    rows = [{"gateway": each.gateway, "account": "NEW", "cash": each.cash} for each in gateway]

    found = look(store, clock, "gateways", rows)

    assert found.result["anew"]["documents"] == 1
    assert any(name.startswith(f"account|{written.account}|NEW") for name in found.result["stay"])


def test_orders_that_cannot_be_concerned_are_not_planned(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(store, clock)
    planned: list[Order] = []
    consider = planning.consider

    def noted(order: Order, *given: Any, **more: Any) -> planning.Considered:
        planned.append(order)
        return consider(order, *given, **more)

    monkeypatch.setattr(planning, "consider", noted)

    found = look(store, clock, "items", [{"match": "sku", "value": "NOT-HERE", "account": "1"}])

    assert found.done > 0
    assert planned == []


def test_older_orders_and_more_than_the_most_are_left_out(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(store, clock)
    monkeypatch.setattr(mapping_preview, "MOST_ORDERS", 5)
    rows = [{"role": "tips", "account": "1"}]

    cut = look(store, clock, "roles", rows)
    clock.advance(days=91)
    old = look(store, clock, "roles", rows)

    assert (cut.of, cut.done, cut.is_cut) == (5, 5, True)
    assert (old.of, old.done, old.is_cut) == (0, 0, False)


def test_rows_that_would_be_refused_are_refused_at_once(store: Store, clock: Clock) -> None:
    with pytest.raises(Invalid):
        look(store, clock, "roles", [{"role": "nonsense", "account": "1"}])

    assert not MappingPreview.objects.exists()


def test_a_worker_that_was_overtaken_writes_nothing(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(store, clock)
    begun = mapping_preview.start(
        store_id=store.pk,
        what="roles",
        rows=[{"role": "tips", "account": "1"}],
        removed=[],
        who=WHO,
        now=clock(),
    )
    judge = mapping_preview._judge

    def overtaken(*given: Any) -> None:
        MappingPreview.objects.update(fence=99)
        judge(*given)

    monkeypatch.setattr(mapping_preview, "_judge", overtaken)
    mapping_preview.go_on(clock=clock)

    begun.refresh_from_db()
    assert (begun.done, begun.result["concerned"]) == (0, 0)


def test_a_mistake_of_ours_ends_it_and_is_said(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(store, clock)

    def broken(*_: object) -> None:
        raise RuntimeError("x")

    monkeypatch.setattr(mapping_preview, "_judge", broken)

    assert look(store, clock, "roles", [{"role": "tips", "account": "1"}]).state == "failed"
    assert timedelta(0) < mapping_preview.A_TURN
