"""Products through the API: what is shown, changes of many, refusals by field, other shops."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounting import catalogue
from accounting.models import Audit, ItemMapping, Variant
from shopify_app.models import Shop, ShopReading
from tests.accounting.test_catalogue import make_told

PRODUCTS = "/api/v1/products"


@pytest.fixture
def sold(shop: Shop, other: Shop) -> list[int]:
    """Five products of the shop and one of another; their row ids, by title, the other's last."""
    told = [make_told(number) for number in range(1, 6)]
    catalogue.tell(store_id=shop.store_id, told=told, reading=1)
    catalogue.tell(store_id=other.store_id, told=told[:1], reading=1)
    rows = Variant.objects.order_by("store_id", "title_key")
    return list(rows.values_list("pk", flat=True))


def post(api: Client, where: str, body: Any) -> Any:
    return api.post(f"{PRODUCTS}/{where}", body, content_type="application/json")


def codes(**given: str | None) -> dict[str, Any]:
    return {"codes": {"account": "500", **given}}


def test_products_are_listed_page_by_page_with_what_decides(
    shop: Shop, api: Client, sold: list[int]
) -> None:
    ItemMapping.objects.create(store=shop.store, match="vendor", value="kilang kopi", account="5")
    ItemMapping.objects.create(store=shop.store, match="variant", value="9001", account="6")

    first = api.get(PRODUCTS, {"limit": 3}).json()
    second = api.get(PRODUCTS, {"limit": 3, "after": first["next"]}).json()

    assert [row["id"] for row in first["results"] + second["results"]] == sold[:5]
    assert second["next"] is None
    own, inherited = (row["mapping"] for row in first["results"][:2])
    assert (own["match"], own["own"], own["account"]) == ("variant", True, "6")
    assert (inherited["match"], inherited["own"], inherited["account"]) == ("vendor", False, "5")
    assert first["results"][0]["suggestion"] is None


def test_filters_and_search_narrow_the_list(shop: Shop, api: Client, sold: list[int]) -> None:
    Variant.objects.filter(pk=sold[0]).update(mapped_by="sku", sold_on="2020-01-01")
    Variant.objects.filter(pk=sold[1]).update(mapped_by="vendor", suggested_by="sku")
    Variant.objects.filter(pk=sold[2]).update(vendor_key="lain")

    def found(**query: str) -> list[int]:
        return [row["id"] for row in api.get(PRODUCTS, query).json()["results"]]

    assert found(show="without_own") == sold[1:5]
    assert found(show="unmapped") == sold[2:5]
    assert found(show="suggested") == [sold[1]]
    assert found(show="sold") == []
    assert found(vendor="LAIN") == [sold[2]]
    assert found(q="kopi-4") == [sold[3]]
    assert found(q="kopi", type="nothing") == []


def test_with_a_code_for_everything_else_nothing_is_unmapped(
    shop: Shop, api: Client, sold: list[int]
) -> None:
    catalogue.tell(
        store_id=shop.store_id, told=[make_told(0, variant_id=0, has_product=False)], reading=0
    )
    ItemMapping.objects.create(store=shop.store, match="default", account="5")

    rows = api.get(PRODUCTS, {"show": "unmapped"}).json()["results"]
    ItemMapping.objects.create(store=shop.store, match="no_product", account="5")
    none = api.get(PRODUCTS, {"show": "unmapped"}).json()["results"]

    assert [row["has_product"] for row in rows] == [False]
    assert none == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"show": "all"}, "show"),
        ({"after": "x"}, "after"),
        ({"after": '["a", -1]'}, "after"),
        ({"after": "[1]"}, "after"),
        ({"q": "\x00"}, "q"),
        ({"limit": "0"}, "limit"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_field(
    api: Client, sold: list[int], query: dict[str, str], field: str
) -> None:
    answer = api.get(PRODUCTS, query)

    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_picked_products_get_codes_of_their_own(shop: Shop, api: Client, sold: list[int]) -> None:
    answer = post(api, "map", {"ids": sold[:2], **codes(item_code="K1", tariff_code=None)})

    rows = ItemMapping.objects.order_by("value")
    assert answer.json() == {"rows": 2, "left": 0, "without_account": 0}
    assert [(r.match, r.value, r.account, r.item_code) for r in rows] == [
        ("variant", "9001", "500", "K1"),
        ("variant", "9002", "500", "K1"),
    ]
    assert set(Variant.objects.filter(pk__in=sold[:2]).values_list("mapped_by", flat=True)) == {
        "variant"
    }
    assert Audit.objects.filter(store=shop.store, action="map_items").count() == 1


def test_all_that_a_filter_finds_get_them_at_once(shop: Shop, api: Client, sold: list[int]) -> None:
    wanted = {"filter": {"q": "kopi", "show": "unmapped"}, "level": "sku"}

    assert post(api, "map", {**wanted, **codes()}).json()["rows"] == 5
    assert set(ItemMapping.objects.values_list("store_id", "match")) == {(shop.store_id, "sku")}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"ids": [1]}, {"codes": ["This field is required."]}),
        ({**codes()}, {"ids": ["Give either ids or a filter."]}),
        ({"ids": [1], "codes": {}}, {"codes": {"account": ["Say at least one code."]}}),
        ({"ids": [], **codes()}, None),
        ({"filter": {"show": "x"}, **codes()}, None),
        ({"filter": {}, "level": "tag", **codes()}, None),
        ({"filter": {}, "codes": {"account": "x" * 21}}, None),
        ({"filter": {}, "codes": {"item_code": "K"}}, None),
        ({"filter": {}, "more": 1, **codes()}, {"more": ["There is no such field."]}),
    ],
)
def test_a_change_of_many_is_refused_by_field_and_writes_nothing(
    api: Client, sold: list[int], body: dict[str, Any], said: Any
) -> None:
    answer = post(api, "map", body)

    assert answer.status_code == 400
    assert said is None or answer.json() == said
    assert answer.json()
    assert not ItemMapping.objects.exists()


def test_a_code_too_long_is_named_inside_the_codes(api: Client, sold: list[int]) -> None:
    answer = post(api, "map", {"filter": {}, "codes": {"account": "x" * 21}})

    assert list(answer.json()["codes"]) == ["account"]


def test_another_shops_products_are_not_there(api: Client, shop: Shop, sold: list[int]) -> None:
    Variant.objects.update(suggested_by="vendor", suggested_account="500")

    mapped = post(api, "map", {"ids": [sold[5]], **codes()})
    accepted = post(api, "suggestions/accept", {"ids": [sold[5]]})

    assert mapped.json()["rows"] == accepted.json()["rows"] == 0
    assert not ItemMapping.objects.exists()


def test_suggestions_are_counted_and_accepted_by_kind_or_one_by_one(
    shop: Shop, api: Client, sold: list[int]
) -> None:
    Variant.objects.update(suggested_by="vendor", suggested_account="500")

    before = api.get(f"{PRODUCTS}/suggestions").json()["results"]
    one = post(api, "suggestions/accept", {"ids": sold[:1]}).json()
    all_of = post(api, "suggestions/accept", {"kind": "vendor"}).json()

    assert before == [{"kind": "vendor", "count": 5}]
    assert (one["rows"], all_of["rows"]) == (1, 4)
    assert api.get(f"{PRODUCTS}/suggestions").json()["results"] == []
    assert ItemMapping.objects.filter(store=shop.store, account="500").count() == 5


@pytest.mark.parametrize("body", [{}, {"kind": "x"}, {"ids": [1], "kind": "sku"}, {"ids": ["x"]}])
def test_an_acceptance_of_nothing_is_refused(
    api: Client, sold: list[int], body: dict[str, Any]
) -> None:
    answer = post(api, "suggestions/accept", body)

    assert answer.status_code == 400
    assert not ItemMapping.objects.exists()


def test_products_may_be_read_again_at_once(shop: Shop, api: Client) -> None:
    assert post(api, "read", None).status_code == 202
    assert ShopReading.objects.get(shop=shop).products_at is not None
