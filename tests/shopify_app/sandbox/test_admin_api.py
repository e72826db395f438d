"""The Admin API: who may ask, what it costs, which orders are shown."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopify_app.sandbox import control, orders, schema
from shopify_app.sandbox.answers import Told
from shopify_app.sandbox.schema import Unmodelled
from shopify_app.sandbox.versions import answering
from tests.payloads import ORDER_ID, REFUND_ID, make_order, make_refund, make_terms
from tests.shopify_app.sandbox import documents
from tests.shopify_app.sandbox.conftest import Desk

GID = f"gid://shopify/Order/{ORDER_ID}"
NAME = "query N($id: ID!) { order(id: $id) { name } }"
SHOP = "{ shop { name } }"
LIST = """query L($query: String, $after: String, $first: Int = 100) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id name updatedAt test } pageInfo { hasNextPage endCursor } } }"""


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


def keep(desk: Desk, **changes: Any) -> None:
    orders.keep(desk.shop, Told(order=make_order(**changes)))


def made_at(number: int, at: datetime) -> Told:
    text = at.isoformat()
    changed = {"id": number, "name": f"#{number}", "created_at": text, "updated_at": text}
    return Told(order=ORDER | changed)


ORDER = {
    name: value
    for name, value in make_order(line_items=[], shipping_lines=[]).items()
    if not name.endswith(("_address", "_set", "customer"))
}


@pytest.mark.parametrize("token", ["", "shpat_another"])
def test_a_call_without_a_token_of_this_shop_is_refused(desk: Desk, token: str) -> None:
    desk.access_token = token

    assert desk.ask(SHOP).status_code == 401


def test_a_token_of_another_shop_is_refused(desk: Desk) -> None:
    control.open_shop("bakau.myshopify.com")
    desk.domain = "bakau.myshopify.com"

    assert desk.ask(SHOP).status_code == 401


def test_an_access_token_is_dead_after_an_hour(desk: Desk) -> None:
    desk.later(minutes=59)
    assert desk.ask(SHOP).status_code == 200
    desk.later(minutes=1)
    assert desk.ask(SHOP).status_code == 401


@pytest.mark.parametrize("deed", ["expire_tokens", "revoke_tokens", "uninstall"])
def test_a_token_can_be_made_useless(desk: Desk, deed: str) -> None:
    desk.do(deed)

    assert desk.ask(SHOP).status_code == 401


@pytest.mark.parametrize(
    ("state", "status"), [("frozen", 402), ("locked", 423), ("gone", 404), ("inactive", 200)]
)
def test_a_shop_that_is_not_open_says_so(desk: Desk, state: str, status: int) -> None:
    desk.set(state=state)

    answer = desk.ask(SHOP)

    assert answer.status_code == status
    assert "data" not in answer.json()
    assert state != "inactive" or codes(answer) == ["SHOP_INACTIVE"]


@pytest.mark.parametrize(
    "body", ["{", "[]", {"query": 1}, {"variables": {}}, {"query": "x", "variables": 1}]
)
def test_a_body_without_a_usable_document_is_refused(desk: Desk, body: Any) -> None:
    headers = {"X-Shopify-Access-Token": desk.access_token}

    answer = desk.call("POST", "admin/api/2026-10/graphql.json", body, **headers)

    assert answer.status_code == 400


def test_a_document_that_is_wrong_is_not_executed(desk: Desk) -> None:
    answer = desk.ask("{ shop { nope } }").json()

    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "undefinedField"


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("2026-10", "2026-10"),
        ("2026-01", "2026-01"),
        ("2025-10", "2026-01"),
        ("2024-04", "2026-01"),
        ("2027-01", "2027-01"),
        ("2027-04", None),
        ("2026-11", None),
        ("latest", None),
        ("unstable", "unstable"),
    ],
)
def test_a_dead_version_falls_forward_to_the_oldest_alive(
    asked: str, version: str | None, now: datetime
) -> None:
    assert answering(asked, now) == version


def test_a_version_lives_to_the_16th_of_its_month_a_year_later() -> None:
    ends = datetime(2027, 10, 16, 15, tzinfo=UTC)

    assert answering("2026-10", ends - timedelta(seconds=1)) == "2026-10"
    assert answering("2026-10", ends) == "2027-01"


def test_the_answer_names_the_version_that_answered(desk: Desk) -> None:
    assert desk.ask(SHOP, version="2025-01").headers["X-Shopify-API-Version"] == "2026-01"
    assert desk.ask(SHOP, version="1999-13").status_code == 404


def test_without_its_scope_a_field_is_null_and_the_rest_is_told(desk: Desk) -> None:
    keep(desk, payment_terms=make_terms(None))

    answer = desk.ask(documents.TERMS, id=GID).json()

    assert answer["data"]["order"] == {
        "id": GID,
        "updatedAt": "2026-11-20T02:00:04Z",
        "paymentTerms": None,
    }
    (error,) = answer["errors"]
    assert error["message"] == (
        "Access denied for paymentTerms field. Required access: read_payment_terms access scope."
    )
    assert error["path"] == ["order", "paymentTerms"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["extensions"]["requiredAccess"] == "read_payment_terms access scope."


def test_a_list_that_may_not_be_read_makes_all_data_null(desk: Desk) -> None:
    desk.set(scopes=["read_products"])

    answer = desk.ask(LIST)

    assert answer.json()["data"] is None
    assert codes(answer) == ["ACCESS_DENIED"]


def test_to_write_is_to_read(desk: Desk) -> None:
    keep(desk)
    desk.set(scopes=["write_orders"])

    assert desk.data(NAME, id=GID)["order"]["name"] == "#1001"


def test_protected_fields_that_are_not_approved_are_null(desk: Desk) -> None:
    keep(desk)
    desk.set(protected_fields=["address"])

    answer = desk.ask(
        "query A($id: ID!) { order(id: $id) { billingAddress { name city } } }", id=GID
    )

    assert answer.json()["data"]["order"]["billingAddress"] == {"name": None, "city": "Shah Alam"}
    assert answer.json()["errors"][0]["message"].startswith(
        "This app is not approved to use the name field."
    )


def test_without_any_approval_there_are_no_orders(desk: Desk) -> None:
    keep(desk)
    desk.set(protected_data=False)

    assert desk.ask(NAME, id=GID).json()["data"] == {"order": None}


def test_an_id_of_something_else_is_refused(desk: Desk) -> None:
    answer = desk.ask(NAME, id="gid://shopify/Refund/1").json()

    assert answer["errors"][0]["message"] == "Invalid global id 'gid://shopify/Refund/1'"


def test_an_order_that_is_not_there_is_null(desk: Desk) -> None:
    assert desk.data(NAME, id=GID) == {"order": None}


def test_orders_older_than_60_days_need_a_scope_of_their_own(desk: Desk) -> None:
    keep(desk, refunds=[make_refund()])
    desk.set(clock_at=datetime(2027, 1, 20, tzinfo=UTC))
    from shopify_app.sandbox import tokens

    desk.access_token = tokens.issue(desk.shop).access_token
    refund = "query R($id: ID!) { refund(id: $id) { id } }"
    refund_gid = f"gid://shopify/Refund/{REFUND_ID}"

    assert desk.data(NAME, id=GID) == {"order": None}
    assert desk.data(LIST)["orders"]["nodes"] == []
    assert desk.data(refund, id=refund_gid) == {"refund": None}
    desk.set(scopes=["read_orders", "read_all_orders"])
    assert desk.data(NAME, id=GID)["order"]["name"] == "#1001"
    assert desk.data(refund, id=refund_gid)["refund"]["id"] == refund_gid


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        (documents.TRANSACTIONS, None),
        (
            "query L($q: String) { orders(first: 100, query: $q) {"
            " nodes { id name } pageInfo { hasNextPage } } }",
            102,
        ),
        ("query R($id: ID!) { order(id: $id) { id refunds(first: 100) { id createdAt } } }", 101),
        ("{ shop { id shopAddress { countryCodeV2 } plan { shopifyPlus } } }", 3),
        ("{ currentAppInstallation { accessScopes { handle } activeSubscriptions { id } } }", 3),
        (
            "query P($id: ID!) { order(id: $id) { purchasingEntity { __typename"
            " ... on PurchasingCompany { company { id } location { id } }"
            " ... on Customer { id } } } }",
            4,
        ),
        (
            "query F($id: ID!) { order(id: $id) { ...T } }"
            " fragment T on Order { totalPriceSet { shopMoney { amount } } }",
            3,
        ),
        ("{ orders(first: 3) { edges { node { totalPriceSet { shopMoney { amount } } } } } }", 11),
    ],
)
def test_costs_are_known_before_a_query_runs(desk: Desk, text: str, cost: int | None) -> None:
    told = desk.ask(text, id=GID).json()["extensions"]["cost"]

    assert cost is None or told["requestedQueryCost"] == cost
    assert told["actualQueryCost"] <= told["requestedQueryCost"]


def test_a_query_dearer_than_1000_points_is_refused(desk: Desk) -> None:
    answer = desk.ask(
        "{ orders(first: 250) { nodes { totalPriceSet { shopMoney { amount } } app { id } } } }"
    )

    assert codes(answer) == ["MAX_COST_EXCEEDED"]
    assert "data" not in answer.json()
    assert answer.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 2000


def test_an_empty_bucket_throttles_and_fills_with_time(desk: Desk) -> None:
    desk.do("empty_bucket", left=48)

    answer = desk.ask(LIST)

    assert codes(answer) == ["THROTTLED"]
    assert "data" not in answer.json()
    assert answer.json()["extensions"]["cost"] == {
        "requestedQueryCost": 102,
        "actualQueryCost": None,
        "throttleStatus": {
            "maximumAvailable": 2000.0,
            "currentlyAvailable": 48.0,
            "restoreRate": 100.0,
        },
    }
    desk.later(seconds=1)
    assert "errors" not in desk.ask(LIST).json()


def test_what_was_not_needed_is_given_back(desk: Desk) -> None:
    keep(desk)

    cost = desk.ask(LIST).json()["extensions"]["cost"]

    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (102, 3)
    assert cost["throttleStatus"]["currentlyAvailable"] == 1997


def test_the_plan_decides_how_fast_the_bucket_fills(desk: Desk) -> None:
    desk.set(plan="plus")

    status = desk.ask(SHOP).json()["extensions"]["cost"]["throttleStatus"]

    assert (status["maximumAvailable"], status["restoreRate"]) == (20000, 1000)


def test_a_dispute_is_told_to_those_who_may_know(desk: Desk) -> None:
    gid = "gid://shopify/ShopifyPaymentsDispute/5"
    told = {"id": gid, "initiatedAs": "CHARGEBACK", "status": "NEEDS_RESPONSE"}
    amount = {"amount": {"amount": "90.0", "currencyCode": "MYR"}}
    orders.keep(desk.shop, Told(order=make_order(), disputes=[told | amount]))
    text = "query D($id: ID!) { dispute(id: $id) { id amount { amount } } }"

    assert codes(desk.ask(text, id=gid)) == ["ACCESS_DENIED"]
    desk.set(scopes=["read_orders", "read_shopify_payments_disputes"])
    assert desk.data(text, id=gid)["dispute"]["amount"] == {"amount": "90.0"}
    assert desk.data(text, id=f"{gid}1")["dispute"] is None


def test_the_shop_and_the_installation_are_told(desk: Desk) -> None:
    desk.set(subscriptions=[{"name": "Standard"}, {"name": "Old", "status": "CANCELLED"}])

    told = desk.data(
        "{ shop { id name myshopifyDomain currencyCode ianaTimezone taxesIncluded taxShipping"
        " orderNumberFormatPrefix orderNumberFormatSuffix enabledPresentmentCurrencies"
        " shopAddress { countryCodeV2 } plan { publicDisplayName partnerDevelopment shopifyPlus } }"
        " currentAppInstallation { id accessScopes { handle }"
        " activeSubscriptions { id name status test currentPeriodEnd } } }"
    )

    assert told["shop"]["ianaTimezone"] == "Asia/Kuala_Lumpur"
    assert [one["name"] for one in told["currentAppInstallation"]["activeSubscriptions"]] == [
        "Standard"
    ]


def test_changed_orders_are_found_by_their_time(desk: Desk, now: datetime) -> None:
    for hours in range(4):
        orders.keep(desk.shop, made_at(100 + hours, now - timedelta(hours=hours)))
    since = (now - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = desk.data(LIST, query=f"updated_at:>='{since}' AND updated_at:<'{now.isoformat()}'")

    assert [one["name"] for one in found["orders"]["nodes"]] == ["#102", "#101"]


def test_a_search_that_the_stand_in_does_not_know_is_loud(desk: Desk) -> None:
    with pytest.raises(Unmodelled):
        desk.ask(LIST, query="financial_status:paid")


def test_pages_hold_still_while_orders_change(desk: Desk, now: datetime) -> None:
    for number in range(5):
        orders.keep(desk.shop, made_at(number + 1, now - timedelta(hours=9 - number)))
    first = desk.data(LIST, first=2)["orders"]
    orders.keep(desk.shop, made_at(1, now))

    rest = desk.data(LIST, first=250, after=first["pageInfo"]["endCursor"])["orders"]

    assert [one["name"] for one in first["nodes"]] == ["#1", "#2"]
    assert [one["name"] for one in rest["nodes"]] == ["#3", "#4", "#5", "#1"]


def test_a_cursor_of_another_list_is_refused(desk: Desk) -> None:
    answer = desk.ask(LIST, after="W10=")

    assert answer.json()["errors"][0]["message"] == "Invalid cursor for current pagination sort."


def test_ten_thousand_orders_are_read_page_by_page_in_seconds(desk: Desk, now: datetime) -> None:
    at = now - timedelta(days=30)
    orders.keep_new(desk.shop, (made_at(n, at + timedelta(minutes=n)) for n in range(1, 10_001)))
    desk.set(bucket_size=1_000_000)
    begun, after, seen = time.monotonic(), None, set[str]()

    while True:
        page = desk.data(LIST, first=250, after=after)["orders"]
        seen.update(node["id"] for node in page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(seen) == 10_000
    assert time.monotonic() - begun < 20


def test_what_is_not_in_the_head_of_a_listed_order_is_read_when_asked_for(desk: Desk) -> None:
    keep(desk)

    told = desk.data("{ orders(first: 5) { nodes { lineItems(first: 2) { nodes { sku } } } } }")

    assert told["orders"]["nodes"][0]["lineItems"]["nodes"] == [{"sku": "AG-SONGKET-E"}]


def test_a_document_is_answered_in_a_few_milliseconds() -> None:
    from shopify_app.sandbox.answers import order_answer

    tree = order_answer(Told(order=make_order()))
    root = {"order": lambda **_: tree}
    schema.run(documents.HEADER, root, {"id": GID})
    begun = time.process_time()

    for _ in range(20):
        schema.run(documents.HEADER, root, {"id": GID})

    assert (time.process_time() - begun) / 20 < 0.02
