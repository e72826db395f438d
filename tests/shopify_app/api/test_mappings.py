"""Mapping rows through the API: batches, refusals by row and field, pages, search."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounting.models import (
    Audit,
    Book,
    DebtorCode,
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    RoleMapping,
    Store,
    TaxMapping,
)
from accounting.models import Order as OrderRow
from shopify_app.models import Shop

ROWS: dict[str, list[dict[str, Any]]] = {
    "items": [
        {"match": "sku", "value": "KOPI-1", "account": "500-001"},
        {"match": "default", "account": "500-000", "returns_account": "510-000"},
    ],
    "taxes": [{"title": "SST", "rate": "0.08", "code": "SV-8"}],
    "gateways": [{"gateway": "Cash on Delivery (COD)", "account": "320", "cash": True}],
    "roles": [{"role": "shipping", "account": "530-SHIP"}],
    "projects": [{"by": "location", "value": "77", "project": "PUCHONG"}],
}


def put(api: Client, what: str, rows: Any) -> Any:
    return api.put(f"/api/v1/mappings/{what}", rows, content_type="application/json")


def code_of(row: dict[str, Any]) -> str:
    """What the row maps to."""
    return next(str(row[name]) for name in ("account", "code", "project") if name in row)


@pytest.mark.parametrize("what", ROWS)
def test_rows_put_can_be_read_back(api: Client, what: str) -> None:
    saved = put(api, what, ROWS[what])

    listed = api.get(f"/api/v1/mappings/{what}").json()
    assert saved.status_code == 200, saved.content
    assert saved.json() == {"rows": len(ROWS[what]), "warnings": {}}
    assert {code_of(row) for row in listed["results"]} == {code_of(row) for row in ROWS[what]}
    assert listed["next"] is None


def test_a_rate_is_shown_as_a_fraction_without_zeros(api: Client) -> None:
    put(api, "taxes", ROWS["taxes"])

    row = api.get("/api/v1/mappings/taxes").json()["results"][0]

    assert row["rate"] == "0.08"
    assert row["title"] == "sst"


def test_refusals_stand_at_their_row_and_field_and_nothing_is_kept(api: Client) -> None:
    answer = put(
        api,
        "items",
        [
            {"match": "sku", "value": "KOPI-1", "account": "500-001"},
            {"match": "variant", "value": "x", "account": "500-001"},
            {"match": "sku", "value": "KOPI-2", "account": "5" * 30},
        ],
    )

    assert answer.status_code == 400
    assert {row: list(said) for row, said in answer.json().items()} == {
        "1": ["value"],
        "2": ["account"],
    }
    assert not ItemMapping.objects.exists()
    assert not Audit.objects.filter(action="map_items").exists()


@pytest.mark.parametrize(
    ("what", "row", "field"),
    [
        ("items", {"match": "colour", "value": "red", "account": "1"}, "match"),
        ("items", {"match": "sku", "value": "KOPI"}, "account"),
        ("items", {"match": "sku", "value": "KOPI", "account": ""}, "account"),
        ("items", {"match": "sku", "value": "KOPI", "account": "1", "shop": "x"}, "shop"),
        ("items", {"match": "sku", "value": "K\x00", "account": "1"}, "value"),
        ("taxes", {"title": "SST", "rate": "8", "code": "SV-8"}, "rate"),
        ("taxes", {"title": "SST", "rate": "eight", "code": "SV-8"}, "rate"),
        ("gateways", {"gateway": "--", "account": "1"}, "gateway"),
        ("gateways", {"gateway": "cash", "account": "1", "location": "x"}, "location"),
        ("roles", {"role": "sales", "account": "1"}, "role"),
        ("projects", {"by": "weather", "value": "1", "project": "P"}, "by"),
        ("projects", {"by": "location", "value": "x", "project": "P"}, "value"),
        ("customers", {"kind": "x", "source_id": 1, "currency": "MYR", "code": "3"}, "kind"),
        (
            "customers",
            {"kind": "company", "source_id": 2**63, "currency": "MYR", "code": "3"},
            "source_id",
        ),
        ("customers", {"kind": "company", "source_id": 1, "currency": "MYR", "code": "3"}, "code"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    api: Client, what: str, row: dict[str, Any], field: str
) -> None:
    answer = put(api, what, [row])

    assert answer.status_code == 400, answer.content
    assert list(answer.json()["0"]) == [field]
    for model in (
        ItemMapping,
        TaxMapping,
        GatewayMapping,
        RoleMapping,
        ProjectMapping,
        DebtorCode,
    ):
        assert not model._default_manager.exists()


@pytest.mark.parametrize("body", ["{", '{"match": "sku"}', "[1]", '["x"]', "null", '"text"'])
def test_a_body_of_another_shape_is_a_plain_refusal(api: Client, body: str) -> None:
    answer = api.put("/api/v1/mappings/items", body, content_type="application/json")

    assert answer.status_code == 400
    assert not ItemMapping.objects.exists()


def test_a_thousand_rows_are_taken_and_one_more_is_refused(api: Client) -> None:
    rows = [{"match": "sku", "value": f"S{n}", "account": "500"} for n in range(1001)]

    assert put(api, "items", rows).status_code == 400
    assert not ItemMapping.objects.exists()
    assert put(api, "items", rows[:1000]).json()["rows"] == 1000


def test_pages_follow_each_other_without_gap_or_repetition(api: Client) -> None:
    rows = [{"match": "sku", "value": f"S{n}", "account": "500"} for n in range(5)]
    put(api, "items", rows)

    seen: list[str] = []
    after = 0
    while after is not None:
        page = api.get(f"/api/v1/mappings/items?limit=2&after={after}").json()
        seen += [row["value"] for row in page["results"]]
        after = page["next"]

    assert sorted(seen) == ["s0", "s1", "s2", "s3", "s4"]
    assert len(seen) == 5


@pytest.mark.parametrize("query", ["after=x", "limit=0", "limit=201", "after=-1", f"after={2**63}"])
def test_a_page_that_cannot_be_is_refused(api: Client, query: str) -> None:
    answer = api.get(f"/api/v1/mappings/items?{query}")

    assert answer.status_code == 400
    assert list(answer.json()) == [query.split("=")[0]]


def test_a_search_finds_the_beginning_whatever_its_case(api: Client) -> None:
    put(api, "items", [*ROWS["items"], {"match": "sku", "value": "TEH", "account": "1"}])

    page = api.get("/api/v1/mappings/items", {"q": "Kop"}).json()

    assert [row["value"] for row in page["results"]] == ["kopi-1"]


def test_rows_are_removed_by_id(api: Client) -> None:
    put(api, "items", ROWS["items"])
    first = ItemMapping.objects.order_by("pk").values_list("pk", flat=True)[0]

    answer = api.delete(f"/api/v1/mappings/items?id={first}&id=999999")

    assert answer.json() == {"rows": 1}
    assert ItemMapping.objects.count() == 1


def test_removing_needs_an_id(api: Client) -> None:
    put(api, "items", ROWS["items"])

    answer = api.delete("/api/v1/mappings/items")

    assert answer.status_code == 400
    assert list(answer.json()) == ["id"]
    assert ItemMapping.objects.count() == 2


def test_what_is_missing_is_paged_with_a_suggestion(api: Client, shop: Shop, now: Any) -> None:
    problems = [
        {"code": "UNMAPPED_GATEWAY", "subject": "fpx", "message": "fpx is not mapped"},
        {"code": "UNMAPPED_ITEM", "subject": "KOPI-1", "message": "KOPI-1 is not mapped"},
    ]
    OrderRow.objects.create(
        store=shop.store, order_id=1, state="held", facts_at=now, problems=problems
    )

    first = api.get("/api/v1/unmapped", {"limit": 1}).json()
    rest = api.get("/api/v1/unmapped", {**first["next"], "limit": 1}).json()

    assert first["results"] == [
        {
            "code": "UNMAPPED_GATEWAY",
            "subject": "fpx",
            "message": "fpx is not mapped",
            "orders": 1,
            "terms": {},
            "suggestion": "own clearing account",
        }
    ]
    assert [row["subject"] for row in rest["results"]] == ["KOPI-1"]
    assert rest["next"] is None


# --- customers


@pytest.fixture
def book(shop: Shop) -> Book:
    book = Book.objects.create(name="Books", system="autocount")
    Store.objects.filter(pk=shop.store_id).update(book=book)
    return book


def customer(source_id: int, **changes: Any) -> dict[str, Any]:
    row = {
        "kind": "customer",
        "source_id": source_id,
        "currency": "MYR",
        "code": f"300-{source_id}",
    }
    return row | changes


def test_customers_are_paged_in_the_order_they_were_kept(api: Client, book: Book) -> None:
    saved = put(api, "customers", [customer(n) for n in (3, 1, 2)])

    first = api.get("/api/v1/mappings/customers", {"limit": 2}).json()
    rest = api.get("/api/v1/mappings/customers", {"limit": 2, "after": first["next"]}).json()

    assert saved.json()["rows"] == 3
    rows = [*first["results"], *rest["results"]]
    assert [{**row, "id": 0} for row in rows] == [{"id": 0, **customer(n)} for n in (1, 2, 3)]
    assert rest["next"] is None


def test_a_customer_is_found_by_the_beginning_of_its_id(api: Client, book: Book) -> None:
    put(api, "customers", [customer(n) for n in (71, 72, 17)])

    page = api.get("/api/v1/mappings/customers", {"q": "7"}).json()

    assert [row["source_id"] for row in page["results"]] == [71, 72]


def test_a_code_of_somebody_else_is_refused_at_its_row(api: Client, book: Book) -> None:
    put(api, "customers", [customer(1)])

    answer = put(api, "customers", [customer(2), customer(3, code="300-1")])

    assert answer.status_code == 400
    assert answer.json() == {"1": {"code": ["This code stands for another customer already."]}}
    assert DebtorCode.objects.count() == 1


def test_codes_of_books_the_shop_has_left_are_not_shown(
    api: Client, shop: Shop, book: Book
) -> None:
    put(api, "customers", [customer(1)])
    new = Book.objects.create(name="New books", system="sql_accounting")

    Store.objects.filter(pk=shop.store_id).update(book=new)

    assert api.get("/api/v1/mappings/customers").json()["results"] == []
    assert DebtorCode.objects.get().book == book


def test_a_customers_code_is_removed_by_id(api: Client, book: Book) -> None:
    put(api, "customers", [customer(1), customer(2)])
    first = DebtorCode.objects.get(source_id=1).pk

    answer = api.delete(f"/api/v1/mappings/customers?id={first}")

    assert answer.json() == {"rows": 1}
    assert [row.source_id for row in DebtorCode.objects.all()] == [2]
