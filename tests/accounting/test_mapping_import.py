"""A file of mappings is compared, shown, and then written as it was shown or not at all."""

from __future__ import annotations

import os
import time
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import mapping, mapping_csv
from accounting.mapping_csv import WrongFile
from accounting.mapping_import import NotNow, apply, cancel, go_on, start
from accounting.mapping_tables import TABLES
from accounting.models import (
    Audit,
    DebtorCode,
    GatewayMapping,
    ItemMapping,
    MappingImport,
    RoleMapping,
    Store,
    TaxMapping,
)
from tests.accounting.mapped import hold
from tests.books import Clock

pytestmark = pytest.mark.django_db
WHO = "staff 7"


def give(store: Store, clock: Clock, what: str, text: str, **more: Any) -> MappingImport:
    """The file after it was read."""
    asked = {"removes": False, "name": f"{what}.csv", **more}
    begun = start(
        store_id=store.pk, what=what, content=text.encode(), who=WHO, now=clock(), **asked
    )
    go_on(clock=clock)
    begun.refresh_from_db()
    return begun


def say_yes(held: MappingImport, clock: Clock) -> MappingImport:
    apply(store_id=held.store_id, import_id=held.pk, who=WHO, now=clock())
    go_on(clock=clock)
    held.refresh_from_db()
    return held


def skus(store: Store) -> dict[str, str]:
    return dict(ItemMapping.objects.filter(store=store).values_list("value", "account"))


def test_a_file_shows_what_it_adds_changes_and_leaves(store: Store, clock: Clock) -> None:
    ItemMapping.objects.create(store=store, match="sku", value="a", account="1")
    ItemMapping.objects.create(store=store, match="sku", value="b", account="2")

    held = give(store, clock, "items", "match,value,account\r\nsku,A,1\r\nsku,b,9\r\nsku,c,3\r\n")

    assert held.state == "ready"
    assert held.counts == {"added": 1, "changed": 1, "unchanged": 1, "removed": 0, "refused": 0}
    (changed,) = held.examples["changed"]
    assert (changed["line"], changed["fields"]) == (3, {"account": ["2", "9"]})
    assert skus(store) == {"a": "1", "b": "2"}


def test_what_was_shown_is_written_and_held_orders_are_planned(store: Store, clock: Clock) -> None:
    order = hold(store, clock(), ("UNMAPPED_ITEM", "c"))
    ItemMapping.objects.create(store=store, match="sku", value="b", account="2")
    held = give(store, clock, "items", "match,value,account\r\nsku,b,9\r\nsku,c,3\r\n")

    said = say_yes(held, clock)

    order.refresh_from_db()
    assert (said.state, said.content) == ("applied", "")
    assert skus(store) == {"b": "9", "c": "3"}
    assert order.plan_at == clock()
    assert Audit.objects.get().action == "import_items"
    assert Audit.objects.get().detail["changed"] == 1


def test_a_column_that_the_file_does_not_have_stays_as_it_is(store: Store, clock: Clock) -> None:
    ItemMapping.objects.create(store=store, match="sku", value="b", account="2", item_code="B")

    say_yes(give(store, clock, "items", "match,value,account\r\nsku,b,9\r\n"), clock)

    assert ItemMapping.objects.get().item_code == "B"


def test_lines_that_cannot_be_taken_hold_the_whole_file(store: Store, clock: Clock) -> None:
    text = "match,value,account\r\nsku,a,1\r\nvariant,x,1\r\nsku,b,\r\nsku,A,2\r\nsku,d,1,2\r\n"

    held = give(store, clock, "items", text)

    assert held.state == "refused"
    found = [(each["line"], each["field"]) for each in held.examples["refused"]]
    assert found == [(3, "value"), (4, "account"), (6, ""), (5, "match")]
    assert skus(store) == {}
    with pytest.raises(NotNow):
        apply(store_id=store.pk, import_id=held.pk, who=WHO, now=clock())


def test_a_table_that_was_changed_meanwhile_is_not_written(store: Store, clock: Clock) -> None:
    held = give(store, clock, "roles", "role,account\r\ntips,1\r\n")
    mapping.map_roles(
        store_id=store.pk, rows=[{"role": "tips", "account": "2"}], who=WHO, now=clock()
    )

    said = say_yes(held, clock)

    assert said.state == "changed"
    assert RoleMapping.objects.get().account == "2"
    assert not Audit.objects.filter(action="import_roles").exists()


def test_another_row_that_was_changed_meanwhile_stands_in_nobodys_way(
    store: Store, clock: Clock
) -> None:
    held = give(store, clock, "roles", "role,account\r\ntips,1\r\n")
    mapping.map_roles(
        store_id=store.pk, rows=[{"role": "fx", "account": "2"}], who=WHO, now=clock()
    )

    assert say_yes(held, clock).state == "applied"
    assert RoleMapping.objects.count() == 2


def test_rows_that_the_file_leaves_out_go_only_where_it_says_so(store: Store, clock: Clock) -> None:
    RoleMapping.objects.create(store=store, role="fx", account="1")
    RoleMapping.objects.create(store=store, role="tips", account="1")
    text = "role,account\r\ntips,1\r\n"

    say_yes(give(store, clock, "roles", text), clock)
    assert RoleMapping.objects.count() == 2
    held = give(store, clock, "roles", text, removes=True)

    assert held.counts["removed"] == 1
    assert held.examples["removed"][0]["row"]["role"] == "fx"
    assert say_yes(held, clock).state == "applied"
    assert RoleMapping.objects.get().role == "tips"


def test_a_row_added_meanwhile_is_not_removed_unseen(store: Store, clock: Clock) -> None:
    held = give(store, clock, "roles", "role,account\r\ntips,1\r\n", removes=True)
    RoleMapping.objects.create(store=store, role="fx", account="1")

    assert say_yes(held, clock).state == "changed"
    assert RoleMapping.objects.get().role == "fx"


def test_another_shops_rows_are_neither_changed_nor_removed(
    store: Store, other: Store, clock: Clock
) -> None:
    RoleMapping.objects.create(store=other, role="fx", account="1")

    say_yes(give(store, clock, "roles", "role,account\r\ntips,1\r\n", removes=True), clock)

    assert RoleMapping.objects.get(store=other).account == "1"
    with pytest.raises(MappingImport.DoesNotExist):
        cancel(store_id=other.pk, import_id=MappingImport.objects.get().pk, who=WHO, now=clock())


def test_a_code_of_another_customer_is_refused(store: Store, clock: Clock) -> None:
    key = {"store": store, "book": store.book, "kind": "customer", "currency": "MYR"}
    DebtorCode.objects.create(**key, source_id=1, code="300-A")
    text = "kind,source_id,currency,code\r\ncustomer,2,MYR,300-A\r\ncustomer,3,MYR,300-B\r\n"

    held = give(store, clock, "customers", text)

    assert [each["line"] for each in held.examples["refused"]] == [2]
    good = give(store, clock, "customers", text.replace("2,MYR,300-A", "1,MYR,300-C"))
    assert say_yes(good, clock).state == "applied"
    assert sorted(DebtorCode.objects.values_list("code", flat=True)) == ["300-B", "300-C"]


def test_a_file_that_nobody_decides_on_is_forgotten_after_a_day(store: Store, clock: Clock) -> None:
    held = give(store, clock, "roles", "role,account\r\ntips,1\r\n")

    clock.advance(days=1, seconds=1)
    go_on(clock=clock)

    held.refresh_from_db()
    assert (held.state, held.content) == ("cancelled", "")


def test_a_file_that_is_left_writes_nothing(store: Store, clock: Clock) -> None:
    held = give(store, clock, "roles", "role,account\r\ntips,1\r\n")

    cancel(store_id=store.pk, import_id=held.pk, who=WHO, now=clock())
    go_on(clock=clock)

    assert not RoleMapping.objects.exists()
    with pytest.raises(NotNow):
        apply(store_id=store.pk, import_id=held.pk, who=WHO, now=clock())


def test_a_file_with_another_tables_columns_is_refused_at_once(store: Store, now: datetime) -> None:
    with pytest.raises(WrongFile):
        start(
            store_id=store.pk, what="taxes", name="x", content=b"role,account\r\n",
            removes=False, who=WHO, now=now,
        )  # fmt: skip

    assert not MappingImport.objects.exists()


TEXT = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=12,
)
CODE = st.text(st.sampled_from("0123456789-+=@'AB"), min_size=1, max_size=10)


@given(rows=st.dictionaries(TEXT, CODE, min_size=1, max_size=6))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_taken_out_changes_nothing_when_it_is_put_in(
    store: Store, clock: Clock, rows: dict[str, str]
) -> None:
    ItemMapping.objects.all().delete()
    GatewayMapping.objects.all().delete()
    TaxMapping.objects.all().delete()
    wanted = [{"match": "sku", "value": key, "account": code} for key, code in rows.items()]
    unique = {row["value"].casefold(): row for row in wanted if row["value"].strip()}
    kept = [row for row in unique.values() if row["account"].strip()]
    by: dict[str, Any] = {"store_id": store.pk, "who": WHO, "now": clock()}
    mapping.map_items(rows=kept, **by)
    mapping.map_taxes(rows=[{"title": "sst", "rate": Decimal("0.0825"), "code": "S"}], **by)

    for what in ("items", "taxes"):
        text = "".join(mapping_csv.exported(store.pk, what))
        held = give(store, clock, what, text, removes=True)

        same = TABLES[what].model._default_manager.count()
        nothing = {"added": 0, "changed": 0, "removed": 0, "refused": 0}
        assert held.counts == {**nothing, "unchanged": same}, held.examples


@pytest.mark.skipif("LEJAR_HEAVY" not in os.environ, reason="takes half a minute: LEJAR_HEAVY=1")
def test_a_hundred_thousand_products_go_out_and_come_in(store: Store, clock: Clock) -> None:
    lines = [f"sku,SKU-{number},500-{number % 900:03}" for number in range(100_000)]
    text = "match,value,account\r\n" + "\r\n".join(lines)
    began = time.perf_counter()

    held = say_yes(give(store, clock, "items", text), clock)

    assert held.state == "applied"
    assert ItemMapping.objects.count() == 100_000
    again = give(store, clock, "items", "".join(mapping_csv.exported(store.pk, "items")))
    assert again.counts["unchanged"] == 100_000
    assert time.perf_counter() - began < 120
