"""One decision about many orders, documents or webhooks, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounting.models import Audit, Document, Order
from shopify_app.models import Delivery, Shop
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import Filled, fill

ORDER_ACTIONS = ("orders/replan", "orders/refetch", "orders/next-open-day")
ACTIONS = (*ORDER_ACTIONS, "documents/retry", "documents/skip", "deliveries/retry")


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def post(api: Client, where: str, **body: Any) -> Any:
    if where == "documents/skip":
        body.setdefault("reason", "Entered by hand.")
    return api.post(f"/api/v1/{where}", body, content_type="application/json")


def hold(filled: Filled, code: str, *order_ids: int) -> None:
    order, now = filled.order, filled.order.facts_at
    problem = {"code": code, "subject": "", "message": "x", "terms": []}
    Order.objects.bulk_create(
        Order(
            store=order.store,
            order_id=n,
            state="held",
            problems=[problem],
            facts_at=now,
            planned_at=now,
        )
        for n in order_ids
    )


def notes() -> list[Audit]:
    return list(Audit.objects.exclude(action="install").order_by("id"))


def planned() -> set[int]:
    return set(Order.objects.exclude(plan_at=None).values_list("order_id", flat=True))


def test_each_order_is_planned_again_and_noted(api: Client, filled: Filled) -> None:
    hold(filled, "I1", 6001)

    answer = post(api, "orders/replan", ids=[5001, 6001])

    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {"id": 5001, "done": True, "message": ""},
        {"id": 6001, "done": True, "message": ""},
    ]
    assert planned() == {5001, 6001}
    assert [note.detail for note in notes()] == [{"order": 5001}, {"order": 6001}]
    assert {note.who for note in notes()} == {"staff 42"}


def test_what_is_not_possible_for_one_leaves_the_others_alone(api: Client, filled: Filled) -> None:
    hold(filled, "PERIOD_CLOSED", 6001)

    answer = post(api, "orders/next-open-day", ids=[5001, 6001, 77]).json()

    assert [row["done"] for row in answer["results"]] == [False, True, False]
    assert answer["results"][0]["message"] == "No closed period holds this order."
    assert answer["detail"].startswith("Done: 1. Not possible: 2, because: No closed period")
    assert Order.objects.get(order_id=6001).closed_period == "next_open_day"
    assert Order.objects.get(order_id=5001).closed_period == ""


def test_all_of_a_kind_are_taken_up_to_the_most_of_one_request(
    api: Client, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopify_app.api.bulk.MOST", 2)
    hold(filled, "PERIOD_CLOSED", 6001, 6002, 6003)

    first = post(api, "orders/next-open-day", kind="PERIOD_CLOSED").json()
    replanned = post(api, "orders/replan", kind="UNMAPPED_ITEM").json()

    assert (first["done"], first["more"]) == (2, True)
    assert planned() == {5001, 6001, 6002}
    assert (replanned["done"], replanned["more"]) == (1, False)


def test_orders_are_read_anew_before_the_shops_others(
    api: Client, filled: Filled, now: datetime
) -> None:
    answer = post(api, "orders/refetch", kind="UNMAPPED_ITEM")

    order = Order.objects.get(order_id=5001)
    assert answer.status_code == 200
    assert order.refetch_ready_at is not None
    assert [note.action for note in notes()] == ["order read anew"]


def test_where_nothing_is_read_from_shopify_none_is_asked_for(
    api: Client, filled: Filled, settings: Settings
) -> None:
    settings.SHOPIFY_FETCH = "never"

    answer = post(api, "orders/refetch", ids=[5001])

    assert answer.status_code == 409
    assert "switched off" in answer.json()["detail"]
    assert Order.objects.get(order_id=5001).refetch_ready_at is None


def test_refused_documents_are_tried_again_and_what_is_in_the_books_is_not(
    api: Client, filled: Filled
) -> None:
    posted, refused, _ = filled.rows
    Document.objects.filter(pk=refused.pk).update(state="conflict")

    answer = post(api, "documents/retry", ids=[posted.pk, refused.pk]).json()

    assert [row["done"] for row in answer["results"]] == [False, True]
    assert Document.objects.get(pk=posted.pk).state == "posted"
    assert Document.objects.get(pk=refused.pk).state == "unknown"


def test_all_refused_documents_are_left_out_for_one_reason(api: Client, filled: Filled) -> None:
    answer = post(api, "documents/skip", kind="rejected", reason="Entered by hand.")

    states = list(Document.objects.order_by("id").values_list("state", flat=True))
    assert answer.status_code == 200
    assert states == ["posted", "skipped", "skipped"]
    assert {note.detail["reason"] for note in notes()} == {"Entered by hand."}


def test_leaving_out_without_a_reason_is_refused(api: Client, filled: Filled) -> None:
    answer = post(api, "documents/skip", kind="rejected", reason="")

    assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    assert not Document.objects.filter(state="skipped").exists()


def test_failed_webhooks_are_tried_again_and_noted(api: Client, filled: Filled) -> None:
    answer = post(api, "deliveries/retry", kind="failed")

    assert answer.status_code == 200
    assert Delivery.objects.get().state == "new"
    assert [note.detail for note in notes()] == [{"delivery": filled.delivery.pk}]


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("orders/next-open-day", {"ids": [5001]}),
        ("orders/replan", {"ids": [404]}),
        ("orders/replan", {"kind": "I1"}),
        ("documents/retry", {"kind": "conflict"}),
        ("documents/skip", {"ids": [404]}),
        ("deliveries/retry", {"ids": [404]}),
    ],
)
def test_where_nothing_at_all_is_possible_it_is_refused_in_words(
    api: Client, filled: Filled, where: str, body: dict[str, Any]
) -> None:
    answer = post(api, where, **body)

    assert answer.status_code == 409
    assert answer.json()["detail"]
    assert not notes()
    assert planned() == set()


@pytest.mark.parametrize("where", ACTIONS)
@pytest.mark.parametrize(
    "body",
    [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [-1]}, {"ids": list(range(201))}, {"kind": ""}],
)
def test_what_names_nothing_or_too_much_is_refused(
    api: Client, filled: Filled, where: str, body: dict[str, Any]
) -> None:
    answer = post(api, where, **body)

    assert answer.status_code == 400
    assert set(answer.json()) <= {"ids", "kind"}
    assert not notes()


@pytest.mark.parametrize("where", ACTIONS)
def test_naming_ids_and_a_kind_is_refused(api: Client, filled: Filled, where: str) -> None:
    kind = {"documents": "rejected", "deliveries": "failed"}.get(where.split("/")[0], "I1")

    answer = post(api, where, ids=[1], kind=kind)

    assert (answer.status_code, list(answer.json())) == (400, ["ids"])


@pytest.mark.parametrize("where", ACTIONS)
def test_another_shop_reaches_none_of_it(
    filled: Filled, other: Shop, client_for: ClientFor, where: str
) -> None:
    mine = [5001, *(row.pk for row in filled.rows), filled.delivery.pk]
    kind = {"documents": "rejected", "deliveries": "failed"}.get(where.split("/")[0])
    stranger = client_for(other.domain)

    answers = [
        post(stranger, where, ids=mine),
        post(stranger, where, kind=kind or "UNMAPPED_ITEM"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not notes()
    assert planned() == set()
    assert Delivery.objects.get().state == "failed"
    assert not Document.objects.filter(state="skipped").exists()
