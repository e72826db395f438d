"""What a store sells is known from its orders at once, and from its shop once that has told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from accounting import catalogue, mapping, posting
from accounting.catalogue import Told
from accounting.models import Catalogue, ItemMapping, Store, Variant
from accounting.products import lines, rest
from tests.accounting.catalogued import fill_catalogue
from tests.facts import make_line, make_order

pytestmark = pytest.mark.django_db


def tell(store: Store, *told: Told, reading: int = 1) -> None:
    catalogue.tell(store_id=store.pk, told=told, reading=reading)


def make_told(number: int, **changes: Any) -> Told:
    values: dict[str, Any] = {
        "variant_id": 9000 + number,
        "product_id": 7000 + number,
        "sku": f"KOPI-{number}",
        "title": f"Kopi {number}",
        "vendor": "Kilang Kopi",
        "product_type": "Minuman",
        "tags": ("Baru", "Jualan"),
    }
    return Told(**{**values, **changes})


def map_items(store: Store, now: datetime, *rows: tuple[str, str]) -> None:
    said = [{"match": match, "value": value, "account": "500"} for match, value in rows]
    mapping.map_items(store_id=store.pk, rows=said, who="staff 1", now=now)


def sell(store: Store, now: datetime, *sold: Any, **changes: Any) -> None:
    order = make_order(lines=sold, **changes)
    posting.record_facts(store_id=store.pk, facts=[order], told_by="delivery 1", now=now)


def found(store: Store, text: str) -> list[int]:
    query = RawSQL("search @@ %s::tsquery", [catalogue.wanted(store.pk, text)], BooleanField())
    rows = Variant.objects.filter(query, store=store)
    return sorted(rows.values_list("variant_id", flat=True))


# --- orders


def test_what_an_order_sold_is_there_before_any_product_was_read(
    store: Store, now: datetime
) -> None:
    coffee = make_line(sku="Kopi-1", product_id=7, variant_id=9, title="Kopi", vendor="Kilang")

    sell(store, now, coffee, processed_at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC))

    row = Variant.objects.get(store=store)
    assert (row.variant_id, row.product_id, row.title, row.sku_key) == (9, 7, "Kopi", "kopi-1")
    assert (row.vendor_key, row.told_in, row.has_product) == ("kilang", 0, True)
    assert row.sold_on == date(2026, 11, 21)  # in the shop's own zone


def test_orders_add_what_is_new_and_note_the_newest_sale_only(store: Store, now: datetime) -> None:
    tell(store, make_told(1))
    coffee = make_line(sku="other", product_id=7001, variant_id=9001, title="As it was named then")
    for number, day in ((1, 20), (2, 22), (3, 21)):
        at = datetime(2026, 11, day, 4, 0, tzinfo=UTC)
        sell(store, now, coffee, id=number, processed_at=at)

    row = Variant.objects.get(store=store)
    assert (row.title, row.sku, row.sold_on) == ("Kopi 1", "KOPI-1", date(2026, 11, 22))


def test_of_a_custom_line_nothing_is_kept_but_its_sku(store: Store, now: datetime) -> None:
    custom = make_line(
        id=1, title="Ukiran untuk Puan Aminah", sku="", product_id=None, variant_id=None
    )
    with_sku = make_line(id=2, title="Puan Aminah", sku="UKIR", product_id=None, variant_id=None)
    tip = make_line(id=3, title="Tip", product_id=None, variant_id=None, tip=True)

    sell(store, now, custom, with_sku, tip)

    rows = Variant.objects.filter(store=store).order_by("sku")
    assert [(row.sku, row.title, row.has_product) for row in rows] == [
        ("", "", False),
        ("UKIR", "", False),
    ]


def test_an_order_of_many_lines_costs_one_statement(store: Store, now: datetime) -> None:
    many = [make_line(id=n, sku=f"S{n}", product_id=n, variant_id=n) for n in range(1, 101)]

    with CaptureQueriesContext(connection) as captured:
        catalogue.see(store, [make_order(lines=tuple(many))])

    assert len(captured.captured_queries) == 1
    assert Variant.objects.filter(store=store).count() == 100


# --- the shop


def test_what_is_told_again_is_examined_again_only_where_it_changed(store: Store) -> None:
    tell(store, make_told(1), make_told(2))
    Variant.objects.update(examined=1, mapped_by="sku")

    tell(store, make_told(1), make_told(2, title="Kopi susu"), reading=2)

    rows = Variant.objects.order_by("variant_id")
    assert [(row.examined, row.told_in, row.mapped_by) for row in rows] == [
        (1, 2, "sku"),
        (0, 2, "sku"),
    ]
    assert found(store, "susu") == [9002]


def test_a_deleted_variant_vanishes_and_keeps_its_mapping(store: Store, now: datetime) -> None:
    tell(store, make_told(1), make_told(2, product_id=7001), make_told(3))
    map_items(store, now, ("sku", "KOPI-2"))

    tell(store, make_told(1), reading=2)
    catalogue.forget_variants(store_id=store.pk, products=[7001], reading=2)

    gone = Variant.objects.filter(gone=True).values_list("variant_id", flat=True)
    assert list(gone) == [9002]
    assert ItemMapping.objects.get().value == "kopi-2"


def test_products_that_a_whole_reading_did_not_show_vanish_and_may_come_back(
    store: Store, other: Store, now: datetime
) -> None:
    tell(store, make_told(1), make_told(2))
    tell(other, make_told(2))
    sell(store, now, make_line(product_id=None, variant_id=None, sku="UKIR"))

    tell(store, make_told(1), reading=2)
    catalogue.forget_products(store_id=store.pk, reading=2)
    gone = list(Variant.objects.filter(gone=True).values_list("store_id", "variant_id"))
    tell(store, make_told(2), reading=3)

    assert gone == [(store.pk, 9002)]
    assert not Variant.objects.filter(gone=True).exists()
    assert Variant.objects.get(store=store, variant_id=9002).examined == 0


def test_products_are_found_by_the_beginnings_of_their_words(store: Store, other: Store) -> None:
    tell(store, make_told(1, title="Kopi Gunung 500 g", sku="KR-MUG-01", barcode="9550001"))
    tell(store, make_told(2, title="云南咖啡豆", sku="o'clock\\"))
    tell(other, make_told(3, title="Kopi Gunung"))

    assert found(store, "gunung") == [9001]
    assert found(store, "GUN kopi") == [9001]
    assert found(store, "kr-mug") == [9001]
    assert found(store, "955") == [9001]
    assert found(store, "咖啡") == [9002]
    assert found(store, "o'clock\\") == [9002]
    assert found(store, "unung") == []
    assert catalogue.wanted(store.pk, " -' ") == ""


# --- which match decides


def test_the_most_specific_mapping_is_noted_as_it_comes_and_goes(
    store: Store, other: Store, now: datetime
) -> None:
    tell(store, make_told(1))
    tell(other, make_told(1))
    said = []
    steps = (("tag", "jualan"), ("type", "minuman"), ("vendor", "Kilang KOPI"))
    for step in (*steps, ("product", "7001"), ("sku", "kopi-1"), ("variant", "9001")):
        map_items(store, now, step)
        said.append(Variant.objects.get(store=store).mapped_by)
    for _ in range(6):
        row = ItemMapping.objects.order_by("-id")[0]
        mapping.unmap(store_id=store.pk, what="items", ids=[row.pk], who="staff 1", now=now)
        said.append(Variant.objects.get(store=store).mapped_by)

    up = ["tag", "type", "vendor", "product", "sku", "variant"]
    assert said == [*up, *up[-2::-1], ""]
    assert Variant.objects.get(store=other).mapped_by == ""


def test_a_change_that_concerns_very_many_is_left_to_the_worker(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "WIDE", 2)
    tell(store, make_told(1), make_told(2), make_told(3))

    map_items(store, now, ("vendor", "Kilang Kopi"))

    assert set(Variant.objects.values_list("mapped_by", flat=True)) == {""}
    assert Catalogue.objects.get(store=store).is_due


def test_what_is_noted_is_what_an_order_would_be_coded_by(store: Store, now: datetime) -> None:
    """The database's choice and that of `documents.rules`, over many products and mappings."""
    random = Random(7)
    pool = ["Kopi", "KILANG", "straße", "", "9001", "o'clock", "\\", "咖啡"]
    tell(store, *(make_told(
        n, sku=random.choice(pool), vendor=random.choice(pool), product_type=random.choice(pool),
        tags=tuple(t for t in random.sample(pool, 3) if t), product_id=7000 + n // 3,
    ) for n in range(60)))  # fmt: skip
    values = {"variant": ["9001", "9002"], "product": ["7001", "7002"]}
    for match in ("variant", "sku", "product", "vendor", "type", "tag"):
        some = [value for value in values.get(match, pool) if value]
        rows = {(match, random.choice(some).casefold()) for _ in range(2)}
        map_items(store, now, *rows)

    there = lines(store.pk, list(Variant.objects.filter(store=store)), for_rest=rest(store.pk))

    noted = [line.variant.mapped_by for line in there]
    assert noted == [line.rule.match if line.rule else "" for line in there]
    assert len(set(noted)) >= 5


def test_settling_a_mapping_uses_an_index_for_every_match(store: Store, now: datetime) -> None:
    fill_catalogue(store, 20_000)
    matches = {"variant": "9000001", "sku": "sku-1", "product": "7000001", "vendor": "vendor 1",
               "type": "type 1", "tag": "rare"}  # fmt: skip
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "accounting_variant" in sql and sql.lstrip().startswith("SELECT id FROM"):
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        for match in matches.items():
            catalogue.settle(store.pk, [match])

    assert len(plans) == 6
    assert "Seq Scan" not in "\n".join(plans)
