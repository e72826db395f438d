"""Suggestions are worked out ahead, with their reasons, and mapped on the merchant's word only."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError

from accounting import catalogue, mapping, products, suggestions
from accounting.connectors.base import CodeList
from accounting.mapping_tables import Invalid
from accounting.models import Audit, Catalogue, Code, ItemMapping, Store, Variant
from accounting.models import CodeList as ListRow
from accounting.products import Done, Picked, Show, Wanted
from tests.accounting.test_catalogue import make_told, map_items, tell

pytestmark = pytest.mark.django_db


def list_items(store: Store, *items: tuple[str, str]) -> ListRow:
    """The books' items, read again."""
    listed, _ = ListRow.objects.get_or_create(book=store.book, name=CodeList.ITEMS.value)
    listed.generation += 1
    listed.save()
    for code, name in items:
        Code.objects.create(
            list=listed, generation=listed.generation, key=code.lower(), code=code, name=name
        )
    catalogue.items_changed(listed.book_id)
    return listed


def suggested(store: Store) -> dict[str, tuple[str, str, str, int]]:
    rows = Variant.objects.filter(store=store).exclude(suggested_by="")
    columns = ("sku", "suggested_by", "suggested_item", "suggested_account", "likeness")
    return {sku: tuple(rest) for sku, *rest in rows.values_list(*columns)}


def test_items_are_suggested_by_sku_barcode_and_name(store: Store) -> None:
    list_items(store, ("kopi1", ""), ("955001", ""), ("TEH-X", "Teh Tarik Halia"))
    tell(store, make_told(1), make_told(2, barcode="955001"), make_told(3, title="Teh tarik halia"),
         make_told(4))  # fmt: skip

    assert suggestions.go_on() == 4

    assert suggested(store) == {
        "KOPI-1": ("sku", "kopi1", "", 100),
        "KOPI-2": ("barcode", "955001", "", 100),
        "KOPI-3": ("name", "TEH-X", "", 100),
    }
    assert suggestions.go_on() == 0
    assert suggestions.kinds(store.pk) == {"sku": 1, "barcode": 1, "name": 1}


def test_what_has_a_code_of_its_own_needs_no_suggestion(store: Store, now: datetime) -> None:
    list_items(store, ("KOPI-1", ""))
    tell(store, make_told(1), make_told(2, sku="KOPI-1", gift_card=True))
    map_items(store, now, ("variant", "9001"))

    suggestions.go_on()

    assert suggested(store) == {}


def test_everything_is_examined_again_once_the_books_items_were_read(
    store: Store, other: Store
) -> None:
    tell(store, make_told(1))
    tell(other, make_told(1))
    suggestions.go_on()
    before = suggested(store)

    list_items(store, ("KOPI-1", "Kopi satu"))
    examined = suggestions.go_on()

    assert (before, examined) == ({}, 1)
    assert suggested(store)["KOPI-1"][:2] == ("sku", "KOPI-1")
    assert suggested(other) == {}


def test_a_store_of_many_is_examined_slice_by_slice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "SLICE", 2)
    tell(store, *(make_told(number) for number in range(5)))
    suggestions.go_on()
    catalogue.examine_again(store.pk)

    first = suggestions.go_on(most=1)
    rest = suggestions.go_on()

    assert (first, rest) == (2, 3)
    assert not Catalogue.objects.get(store=store).is_due


def test_a_code_the_books_could_not_take_back_is_not_suggested(store: Store) -> None:
    list_items(store, ("KOPI*1", ""), ("K" * 31, "Kopi 2"))
    tell(store, make_told(1, sku="KOPI*1"), make_told(2, sku="K" * 31))

    suggestions.go_on()

    assert suggested(store).keys() <= {"KOPI*1"}


def test_accounts_are_suggested_by_what_sister_products_have(store: Store, now: datetime) -> None:
    tell(store, *(make_told(number) for number in range(1, 6)))
    tell(store, make_told(6, vendor="Lain", product_type="Lain"))
    map_items(store, now, ("sku", "KOPI-1"), ("product", "7002"))

    suggestions.go_on()

    by = {sku: said[:3] for sku, said in suggested(store).items()}
    assert by == dict.fromkeys(("KOPI-3", "KOPI-4", "KOPI-5"), ("vendor", "", "500"))


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ({"500": 1}, ""),
        ({"500": 2}, "500"),
        ({"500": 4, "510": 1}, "500"),
        ({"500": 3, "510": 1}, ""),
        ({}, ""),
    ],
)
def test_an_account_is_agreed_on_by_most_and_by_more_than_one(
    counted: dict[str, int], expected: str
) -> None:
    assert suggestions.agreed(Counter(counted)) == expected


# --- accepting


def test_accepting_maps_the_sku_with_the_account_that_decides_now(
    store: Store, now: datetime
) -> None:
    list_items(store, ("KOPI-1", ""), ("KOPI-2", ""))
    tell(store, make_told(1), make_told(2))
    map_items(store, now, ("vendor", "Kilang Kopi"))
    suggestions.go_on()

    done = products.accept(store_id=store.pk, kind="sku", who="staff 1", now=now)

    rows = ItemMapping.objects.filter(match="sku").order_by("value")
    assert done == Done(rows=2)
    assert [(row.value, row.account, row.item_code) for row in rows] == [
        ("kopi-1", "500", "KOPI-1"),
        ("kopi-2", "500", "KOPI-2"),
    ]
    assert Audit.objects.filter(action="map_items", who="staff 1").count() == 2
    assert suggestions.kinds(store.pk) == {}


def test_what_has_no_account_is_passed_over_and_counted(store: Store, now: datetime) -> None:
    list_items(store, ("KOPI-1", ""))
    tell(store, make_told(1))
    suggestions.go_on()
    row = Variant.objects.get()

    done = products.accept(store_id=store.pk, ids=[row.pk], who="staff 1", now=now)

    assert done == Done(rows=0, without_account=1)
    assert not ItemMapping.objects.exists()
    assert not Audit.objects.exists()


def test_a_name_is_accepted_for_the_variant_alone(store: Store, now: datetime) -> None:
    list_items(store, ("TEH-X", "Teh Tarik Halia"))
    tell(store, make_told(1, title="Teh tarik halia"))
    map_items(store, now, ("default", ""))
    suggestions.go_on()

    products.accept(store_id=store.pk, kind="name", who="staff 1", now=now)

    assert ItemMapping.objects.get(match="variant").item_code == "TEH-X"


def test_an_item_without_an_account_gets_that_of_its_sisters(store: Store, now: datetime) -> None:
    list_items(store, ("KOPI-3", ""))
    tell(store, *(make_told(number) for number in range(1, 4)))
    map_items(store, now, ("sku", "KOPI-1"), ("sku", "KOPI-2"))
    suggestions.go_on()

    done = products.accept(store_id=store.pk, kind="sku", who="staff 1", now=now)

    row = ItemMapping.objects.get(value="kopi-3")
    assert done == Done(rows=1)
    assert (row.account, row.item_code) == ("500", "KOPI-3")


def test_the_account_of_the_sisters_is_taken_and_not_that_of_everything_else(
    store: Store, now: datetime
) -> None:
    tell(store, *(make_told(number) for number in range(1, 4)))
    map_items(store, now, ("sku", "KOPI-1"), ("sku", "KOPI-2"))
    ItemMapping.objects.create(store=store, match="default", account="700")
    suggestions.go_on()

    done = products.accept(store_id=store.pk, kind="vendor", who="staff 1", now=now)

    assert done == Done(rows=1)
    assert ItemMapping.objects.get(match="variant").account == "500"


# --- many at once


def map_many(store: Store, now: datetime, **changes: object) -> Done:
    ids = tuple(Variant.objects.filter(store=store).values_list("pk", flat=True))
    asked = {"picked": Picked(ids=ids), "level": "variant", "codes": {"account": "600"}, **changes}
    return products.map_many(store_id=store.pk, who="staff 1", now=now, **asked)  # type: ignore[arg-type]  # one shape


def test_products_of_one_vendor_make_one_row_from_the_first_of_them(
    store: Store, now: datetime
) -> None:
    tell(store, make_told(1), make_told(2))
    row = {"match": "variant", "value": "9001", "account": "500", "item_code": "K1"}
    mapping.map_items(store_id=store.pk, rows=[row], who="staff 1", now=now)

    done = map_many(store, now, level="vendor")

    made = ItemMapping.objects.get(match="vendor")
    assert done == Done(rows=1)
    assert (made.value, made.account, made.item_code) == ("kilang kopi", "600", "K1")


def test_codes_that_are_not_named_stay_what_they_were(store: Store, now: datetime) -> None:
    tell(store, make_told(1), make_told(2))
    row = {"match": "variant", "value": "9001", "account": "500", "item_code": "K1"}
    mapping.map_items(store_id=store.pk, rows=[row], who="staff 1", now=now)

    assert map_many(store, now) == Done(rows=2)

    rows = ItemMapping.objects.order_by("value")
    assert [(row.account, row.item_code) for row in rows] == [("600", "K1"), ("600", "")]


def test_all_that_a_filter_finds_are_mapped_up_to_a_limit(
    store: Store, other: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "MOST", 2)
    tell(store, *(make_told(number) for number in range(5)), make_told(9, title="Teh", sku="TEH"))
    tell(other, make_told(1))

    wanted = Picked(wanted=Wanted(search="kopi", show=Show.UNMAPPED))
    done = [map_many(store, now, picked=wanted) for _ in range(4)]

    assert done == [Done(rows=2, left=3), Done(rows=2, left=1), Done(rows=1), Done(rows=0)]
    assert set(Variant.objects.filter(mapped_by="").values_list("title", flat=True)) == {
        "Teh",
        "Kopi 1",
    }
    assert not ItemMapping.objects.filter(store=other).exists()


def test_a_vendor_is_mapped_once_for_all_its_products(store: Store, now: datetime) -> None:
    tell(store, make_told(1), make_told(2))

    done = map_many(store, now, level="vendor")

    assert done == Done(rows=1)
    assert ItemMapping.objects.get().value == "kilang kopi"
    assert set(Variant.objects.values_list("mapped_by", flat=True)) == {"vendor"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"codes": {"item_code": "K1"}}, "account"),
        ({"codes": {"account": "5" * 21}}, "account"),
        ({"level": "type"}, "level"),
    ],
)
def test_a_refusal_names_the_field_and_writes_nothing(
    store: Store, now: datetime, changes: dict[str, object], field: str
) -> None:
    tell(store, make_told(1, product_type=""))

    with pytest.raises(Invalid) as refused:
        map_many(store, now, **changes)

    assert list(refused.value.errors[0]) == [field]
    assert not ItemMapping.objects.exists()
    assert not Audit.objects.exists()


def test_what_was_sold_lately_goes_by_the_shops_day(store: Store) -> None:
    tell(store, make_told(1))
    Variant.objects.update(sold_on=date(2026, 9, 21))
    wanted = Picked(wanted=Wanted(show=Show.SOLD))

    day_before = map_many(store, datetime(2026, 11, 20, 20, tzinfo=UTC), picked=wanted)
    same_day = map_many(store, datetime(2026, 11, 20, 15, tzinfo=UTC), picked=wanted)

    assert (day_before, same_day) == (Done(rows=0), Done(rows=1))


# --- what fails alone


def fail_at(monkeypatch: pytest.MonkeyPatch, sku: str, error: Exception) -> None:
    real = suggestions._proposed

    def failing(row: Variant, items: Any) -> Any:
        if row.sku == sku:
            raise error
        return real(row, items)

    monkeypatch.setattr(suggestions, "_proposed", failing)


@pytest.mark.parametrize("error", [DataError("x"), IntegrityError("x"), ValueError("x")])
def test_a_product_that_no_suggestion_can_be_kept_of_is_left_and_all_others_have_theirs(
    store: Store,
    other: Store,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    list_items(store, ("KOPI-1", ""), ("KOPI-2", ""), ("KOPI-3", ""))
    tell(store, make_told(1), make_told(2), make_told(3))
    tell(other, make_told(4))
    fail_at(monkeypatch, "KOPI-2", error)

    examined = [suggestions.go_on(), suggestions.go_on()]

    assert examined == [3, 0]
    assert set(suggested(store)) == {"KOPI-1", "KOPI-3"}
    assert not Variant.objects.filter(examined=0).exists()
    assert not Catalogue.objects.filter(is_due=True).exists()
    assert f"1 products of store {store.pk} are left without a suggestion" in caplog.text


def test_what_was_left_is_examined_again_once_it_changes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_items(store, ("KOPI-2", ""))
    tell(store, make_told(2))
    with monkeypatch.context() as patched:
        fail_at(patched, "KOPI-2", DataError("x"))
        suggestions.go_on()

    tell(store, make_told(2, title="Kopi dua"), reading=2)
    suggestions.go_on()

    assert set(suggested(store)) == {"KOPI-2"}


def test_a_store_that_the_database_fails_at_is_passed_over_and_tried_again(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_items(store, ("KOPI-1", ""))
    tell(store, make_told(1))
    tell(other, make_told(4))
    with monkeypatch.context() as patched:
        fail_at(patched, "KOPI-1", OperationalError("canceling statement due to lock timeout"))
        examined = suggestions.go_on()
        waiting = set(Variant.objects.filter(examined=0).values_list("sku", flat=True))

    assert (examined, waiting) == (1, {"KOPI-1"})
    assert suggestions.go_on() == 1
    assert set(suggested(store)) == {"KOPI-1"}
