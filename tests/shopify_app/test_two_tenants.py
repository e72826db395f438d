"""Whoever is not the shop, at every door: with no method, identity or id left out by oversight.

`test_isolation` walks every route with another shop's token. Here are the other ways to be somebody
else, the ids that stand in bodies and queries, and what makes the walks complete: each is made
from `urls.py` and from the API's own description, so a new route or field that no walk knows fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings

from accounting import audit
from accounting.models import Variant
from shopify_app import outside, urls
from shopify_app.install import uninstall
from shopify_app.models import Shop
from tests.chained import chain
from tests.shopify_app.conftest import OTHER, ClientFor, bearer, make_token
from tests.shopify_app.filled import SEAL_KEYS, Filled, fill
from tests.shopify_app.test_isolation import (
    CANARY,
    PUBLIC,
    ROUTES,
    address,
    call,
    everything,
    routes,
    said,
)
from tests.shopify_app.test_outside import make_link, visitor

VERBS = ("get", "head", "options", "post", "put", "patch", "delete")
INSIDE = [route for route in ROUTES if route not in PUBLIC]
NOT_DESCRIBED = {"schema", "<path:nothing>"}  # the description itself, and where there is nothing
DESCRIBED = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # the library has no types


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS


@pytest.fixture
def theirs(shop: Shop, now: datetime) -> Filled:
    """The shop that nobody else may see, with a canary wherever a person could read."""
    filled = fill(shop, now, canary=CANARY)
    audit.note(shop.store_id, f"staff {CANARY}", "document skipped", now, reason=CANARY)
    chain()
    return filled


# --- nothing is left out -------------------------------------------------------------------------


def test_every_parameter_of_every_route_is_filled(theirs: Filled) -> None:
    ids = theirs.ids

    left = {route for route in ROUTES if "<" in address(route, ids)}

    assert left == {"api/v1/<path:nothing>"}, "an address with a hole in it is found nowhere"


def test_only_what_is_named_here_is_left_out_of_the_walk() -> None:
    left_out = set(routes()) - set(ROUTES)

    assert {route.split("/")[0] for route in left_out} == {"accountant"}  # walked in test_outside
    assert len(left_out) == len(urls.for_accountant) + 2  # and the two by which one comes in


def test_every_method_of_every_view_of_the_api_is_described() -> None:
    found = set()
    for entry in urls.api:
        assert isinstance(entry, URLPattern)
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", str(entry.pattern))
        view: Any = getattr(entry.callback, "view_class", None) or entry.callback.cls  # type: ignore[attr-defined]  # as_view sets it
        if str(entry.pattern) not in NOT_DESCRIBED:
            found |= {(path, verb) for verb in VERBS if hasattr(view, verb) and verb != "options"}

    described = {
        (path.removeprefix("/api/v1/"), verb)
        for path, verbs in DESCRIBED["paths"].items()
        for verb in verbs
    }
    assert {each for each in found if each[1] != "head"} == described


# --- other ways to be somebody else --------------------------------------------------------------


def nobody(theirs: Filled, now: datetime) -> Client:
    return Client()


def an_accountant_of_another_shop(theirs: Filled, now: datetime) -> Client:
    """A good cookie, sent along everywhere and not only below its own path."""
    other = Shop.objects.get(domain=OTHER)
    link, secret = make_link(other, datetime.now(UTC))
    cookie = visitor(link.pk, secret).cookies[outside.COOKIE].value
    return Client(headers={"Cookie": f"{outside.COOKIE}={cookie}", outside.OURS: "1"})


def the_shops_own_accountant(theirs: Filled, now: datetime) -> Client:
    """Its cookie opens what lies below its link, and nothing of the admin's."""
    link, secret = make_link(theirs.link.shop, datetime.now(UTC))
    cookie = visitor(link.pk, secret).cookies[outside.COOKIE].value
    return Client(headers={"Cookie": f"{outside.COOKIE}={cookie}", outside.OURS: "1"})


def somebody_of_the_shop_before_it_left(theirs: Filled, now: datetime) -> Client:
    token = make_token(theirs.link.shop.domain)
    uninstall(theirs.link.shop.domain, at=datetime.now(UTC) + timedelta(seconds=30))
    return Client(headers=bearer(token))


def a_forger(theirs: Filled, now: datetime) -> Client:
    return Client(headers=bearer(make_token(theirs.link.shop.domain, secret="x" * 40)))


@pytest.mark.parametrize(
    "who",
    [
        nobody,
        an_accountant_of_another_shop,
        the_shops_own_accountant,
        somebody_of_the_shop_before_it_left,
        a_forger,
    ],
)
def test_nobody_else_gets_anything_from_any_door(
    who: Callable[[Filled, datetime], Client],
    theirs: Filled,
    shop: Shop,
    other: Shop,
    now: datetime,
) -> None:
    client = who(theirs, now)
    client.raise_request_exception = False
    before = everything(shop.store_id, shop.domain)

    for route in INSIDE:
        where = address(route, theirs.ids)
        for verb in VERBS if who is not somebody_of_the_shop_before_it_left else ("get", "post"):
            if verb in ("head", "options"):
                answer = getattr(client, verb)(where)
            else:
                answer = call(client, verb, where, theirs.ids, theirs.mapping.pk)

            assert answer.status_code in (400, 401), f"{verb} {route}"
            assert CANARY not in said(answer)
            assert not answer.cookies
    assert everything(shop.store_id, shop.domain) == before


def test_a_token_that_another_shops_name_stands_beside_opens_no_door(
    theirs: Filled, shop: Shop, other: Shop, client_for: ClientFor
) -> None:
    stranger = client_for(OTHER)

    for route in INSIDE:
        answer = stranger.get(address(route, theirs.ids), {"shop": shop.domain})

        assert answer.status_code == 401, route
        assert CANARY not in said(answer)


def test_asking_what_a_door_can_do_shows_no_rows(
    theirs: Filled, other: Shop, client_for: ClientFor
) -> None:
    stranger = client_for(OTHER)

    for route in INSIDE:
        for verb in ("head", "options"):
            answer = getattr(stranger, verb)(address(route, theirs.ids))

            assert answer.status_code < 500, f"{verb} {route}"
            assert CANARY not in said(answer)
            assert not answer.cookies


# --- ids in bodies and queries -------------------------------------------------------------------

# What names rows in a body or a query, aimed at the other shop's. The same request of the shop
# itself is taken: so it is the tenant that stops it and not its form.
DOCUMENTS = {"ids": "documents"}
ORDERS = {"ids": "orders"}
AIMED: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "documents/retry"): DOCUMENTS,
    ("post", "documents/skip"): DOCUMENTS | {"reason": "mine now"},
    ("post", "orders/replan"): ORDERS,
    ("post", "orders/refetch"): ORDERS,
    ("post", "orders/next-open-day"): ORDERS,
    ("post", "deliveries/retry"): {"ids": "deliveries"},
    ("post", "products/map"): {"ids": "products", "level": "variant", "codes": {"account": "999"}},
    ("post", "products/suggestions/accept"): {"ids": "products"},
    ("post", "mappings/preview"): {"what": "items", "rows": [], "removed": "items"},
    **{
        ("delete", f"mappings/{name}"): {"id": name}
        for name in ("items", "taxes", "gateways", "roles", "projects", "customers")
    },
}
NOT_ROWS = {
    # figures, and Shopify's numbers of its own things: they name no row of ours
    ("post", "backfills/{backfill_id}/post"): {"documents"},
    ("patch", "notifications"): {"offline_minutes", "digest_hour"},
    ("patch", "store"): {"settle_seconds", "fold_window_seconds", "debtors", "excluded_sources",
                         "included_sources", "gift_card_skus"},
    ("put", "mappings/customers"): {"source_id"},
    ("post", "mappings/preview"): {"rows"},
}  # fmt: skip


def schema_of(given: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in given:
        given = DESCRIBED["components"]["schemas"][given["$ref"].rsplit("/", 1)[1]]
    return schema_of(given["items"]) if given.get("type") == "array" else given


def naming() -> Iterator[tuple[tuple[str, str], set[str]]]:
    """For each operation the fields, beside the address and the page of a list, that are numbers or
    lists: what could name rows."""
    for path, operations in DESCRIBED["paths"].items():
        for verb, operation in operations.items():
            asked = {each["name"]: each["schema"] for each in operation.get("parameters", ())
                     if each["in"] == "query"}  # fmt: skip
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                asked |= schema_of(kind["schema"]).get("properties", {})
            fields = {
                name for name, field in asked.items()
                if field.get("type") in ("integer", "array") and not field.get("readOnly")
            }  # fmt: skip
            yield (verb, path.removeprefix("/api/v1/")), fields - {"after", "limit"}


def test_every_field_that_could_name_rows_is_aimed_at_another_shops() -> None:
    forgotten = {
        operation: left
        for operation, fields in naming()
        if (left := fields - NOT_ROWS.get(operation, set()) - set(AIMED.get(operation, ())))
    }

    assert forgotten == {}


def rows_of(shop: Shop, filled: Filled) -> dict[str, list[int]]:
    store = shop.store
    named: dict[str, Any] = {
        "items": store.itemmapping_set,
        "taxes": store.taxmapping_set,
        "gateways": store.gatewaymapping_set,
        "roles": store.rolemapping_set,
        "projects": store.projectmapping_set,
        "customers": store.debtorcode_set,
    }
    return {
        "documents": [row.pk for row in filled.rows if row.state == "rejected"],
        "orders": [filled.order.order_id],
        "deliveries": [filled.delivery.pk],
        "products": list(Variant.objects.filter(store=store).values_list("pk", flat=True)),
        **{name: list(rows.values_list("pk", flat=True)) for name, rows in named.items()},
    }


def aim(client: Client, operation: tuple[str, str], rows: dict[str, list[int]]) -> Any:
    verb, where = operation
    body = {
        name: rows[value] if isinstance(value, str) and value in rows and name != "what" else value
        for name, value in AIMED[operation].items()
    }
    if verb == "delete":
        asked = "&".join(f"id={each}" for each in body["id"])
        return client.delete(f"/api/v1/{where}?{asked}")
    return client.post(f"/api/v1/{where}", body, content_type="application/json")


def test_ids_of_another_shop_in_a_body_change_and_show_nothing(
    theirs: Filled, shop: Shop, other: Shop, client_for: ClientFor, now: datetime
) -> None:
    fill(other, now, order_id=6001)
    rows, before = rows_of(shop, theirs), everything(shop.store_id, shop.domain)
    assert all(rows.values())

    for operation in AIMED:
        answer = aim(client_for(OTHER), operation, rows)

        assert answer.status_code < 500
        assert CANARY not in said(answer), operation
        assert everything(shop.store_id, shop.domain) == before, operation


@pytest.mark.parametrize("operation", AIMED, ids=" ".join)
def test_the_same_request_of_the_shop_itself_is_taken(
    operation: tuple[str, str], theirs: Filled, shop: Shop, client_for: ClientFor
) -> None:
    answer = aim(client_for(shop.domain), operation, rows_of(shop, theirs))

    assert answer.status_code in (200, 201, 202, 204) or b"No closed period" in answer.content


# --- lists: cursors, filters and searches --------------------------------------------------------


def lists() -> list[tuple[str, list[str]]]:
    return [
        (path, [each["name"] for each in found["get"]["parameters"] if each["in"] == "query"])
        for path, found in DESCRIBED["paths"].items()
        if any(each["in"] == "query" for each in found.get("get", {}).get("parameters", ()))
    ]


PAGES = [route for route in INSIDE if not route.startswith("api/") and "<" not in route]
CURSORS = ("before", "after", "differences", "prepared", "access", "q", "id", "kind", "text")


def test_no_cursor_or_search_of_a_list_leads_into_another_shops_rows(
    theirs: Filled, other: Shop, client_for: ClientFor, now: datetime
) -> None:
    stranger = client_for(OTHER)
    above = max(each for each in theirs.ids.values()) + 1
    asked = [
        (path, {name: value})
        for path, names in lists()
        if "{backfill_id}" not in path
        for name in names
        for value in (above, CANARY, "KR")
    ]

    for path, query in asked:
        answer = stranger.get(path.replace("{name}", "debtors"), query)

        assert answer.status_code < 500
        if answer.status_code == 200 and "csv" not in path:
            assert CANARY not in said(answer), (path, query)


def test_no_address_of_a_page_leads_into_another_shops_rows(
    theirs: Filled, other: Shop, client_for: ClientFor
) -> None:
    stranger = client_for(OTHER)

    for route in PAGES:
        for value in (theirs.order.order_id, max(theirs.ids.values()) + 1):
            answer = stranger.get("/" + route, dict.fromkeys(CURSORS, value))

            assert answer.status_code < 500
            assert CANARY not in said(answer), (route, value)
