"""Policies and the connection through the API."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounting import connections, policy
from accounting.connectors.base import Finding, Health, Unavailable
from accounting.models import Audit, Book, Debtor, Order, Store
from shopify_app.api.store import StoreChanges, StoreState
from shopify_app.models import Shop
from tests.shopify_app.filled import fill


@pytest.fixture(autouse=True)
def seal_keys(settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(b"k" * 32).decode()]


def patch(api: Client, **changes: Any) -> Any:
    return api.patch("/api/v1/store", changes, content_type="application/json")


def connect(api: Client, **changes: Any) -> Any:
    body = {
        "system": "autocount",
        "home_currency": "SGD",
        "credentials": {"key": "fictional-key"},
        **changes,
    }
    return api.put("/api/v1/connection", body, content_type="application/json")


def test_policies_change_and_stay_changed(api: Client, shop: Shop) -> None:
    changes = {
        "prefix": "kr",
        "currency": "sgd",
        "time_zone": "Asia/Singapore",
        "trigger": "created",
        "settle_seconds": 60,
        "cut_over_date": "2026-11-02",
        "excluded_sources": ["Shopee"],
        "included_sources": ["shopee pos"],
        "fold_window_seconds": 900,
        "currency_side": "presentment",
        "fx_tolerance": "0.035",
        "customers": "company",
        "debtor_prefix": "300-",
        "discounts": "gross",
        "refund_account": "310-BANK",
        "earlier_refunds": "credit",
        "gift_card_skus": ["card-50"],
        "tax_registered": False,
        "show_buyer": True,
        "project_by": "location",
        "project_fallback": "SHOPIFY",
        "einvoice_since": "2026-07-01",
        "einvoice_threshold": "5000.00",
        "einvoice_threshold_inclusive": False,
        "einvoice_relaxed_until": "2026-12-31",
        "tax_attributes": {"tin": "TIN", "id_type": "ID type", "id_number": "ID number"},
        "debtors": [{"currency": "SGD", "code": "300-W001"}],
    }

    answer = patch(api, **changes)

    kept = {**changes, "prefix": "KR", "currency": "SGD", "excluded_sources": ["shopee"]}
    assert answer.status_code == 200, answer.content
    assert kept.items() <= answer.json().items()
    assert answer.json() == api.get("/api/v1/store").json()
    audit = Audit.objects.get(action="change_policy")
    assert audit.who == "staff 42"
    assert audit.detail["before"]["prefix"] == ""
    assert audit.detail["after"]["cut_over_date"] == "2026-11-02"


def test_what_is_left_out_stays(api: Client) -> None:
    patch(api, prefix="KR", books_closed_date="2026-10-31")

    patch(api, trigger="created")

    store = api.get("/api/v1/store").json()
    assert (store["prefix"], store["books_closed_date"]) == ("KR", "2026-10-31")


def test_only_json_is_read(api: Client) -> None:
    form = encode_multipart(BOUNDARY, {"prefix": "KR"})

    answer = api.patch("/api/v1/store", form, content_type=MULTIPART_CONTENT)

    assert answer.status_code == 415
    assert Store.objects.get().prefix == ""


def test_every_policy_can_be_read_and_changed() -> None:
    known = {*policy.CHOICES, *policy.CHECKS}

    said_otherwise = {"debtors", "fold_window", "settle", "fx_percent"}
    assert known == set(StoreChanges().fields) - said_otherwise
    assert known == set(StoreState().fields) - {"name", "sending"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prefix", ""),
        ("prefix", "1A"),
        ("prefix", "ABCDE"),
        ("currency", "RINGGIT"),
        ("time_zone", "Malaysia/Penang"),
        ("trigger", "shipped"),
        ("settle_seconds", -1),
        ("settle_seconds", 10**9),
        ("cut_over_date", "01/11/2026"),
        ("excluded_sources", "shopee"),
        ("excluded_sources", ["x" * 101]),
        ("included_sources", ["x" * 101]),
        ("fold_window_seconds", 86_401),
        ("currency_side", "both"),
        ("fx_tolerance", "0.11"),
        ("customers", "everyone"),
        ("debtor_prefix", "300-0"),
        ("discounts", "hidden"),
        ("refund_account", "3" * 21),
        ("earlier_refunds", "ignore"),
        ("gift_card_skus", ["x" * 256]),
        ("tax_registered", "perhaps"),
        ("project_by", "weather"),
        ("project_fallback", "S" * 21),
        ("einvoice_since", "soon"),
        ("einvoice_threshold", "-1"),
        ("einvoice_threshold_inclusive", "perhaps"),
        ("einvoice_relaxed_until", "later"),
        ("tax_attributes", {"tin": "TIN"}),
        ("tax_attributes", ["TIN"]),
        ("colour", "red"),
        ("name", "toko-senja.myshopify.com"),
        ("sending", True),
    ],
)
def test_a_wrong_policy_is_named_and_nothing_changes(
    api: Client, shop: Shop, field: str, value: object
) -> None:
    before = Store.objects.values().get()

    answer = patch(api, **{"zero_value": "skip", field: value})

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert Store.objects.values().get() == before
    assert not Audit.objects.filter(action="change_policy").exists()


def test_wrong_debtors_undo_the_policies_too(api: Client, shop: Shop) -> None:
    debtors = [{"currency": "MYR", "code": "300"}, {"currency": "??", "code": "300"}]

    answer = patch(api, prefix="KR", debtors=debtors)

    assert answer.status_code == 400
    assert list(answer.json()["debtors"]["1"]) == ["currency"]
    assert Store.objects.get().prefix == ""
    assert not Debtor.objects.exists()


def test_two_shops_of_one_book_differ_in_prefix(
    api: Client, shop: Shop, other: Shop, now: datetime
) -> None:
    book = Book.objects.create(name="Books", system="autocount")
    Store.objects.filter(pk__in=[shop.store_id, other.store_id]).update(book=book)
    Store.objects.filter(pk=other.store_id).update(prefix="TS")

    answer = patch(api, prefix="TS")

    assert answer.status_code == 400
    assert list(answer.json()) == ["prefix"]


def test_a_change_of_policy_plans_held_orders_again(api: Client, shop: Shop, now: datetime) -> None:
    order = fill(shop, now).order

    patch(api, zero_value="skip")

    order.refresh_from_db()
    assert order.plan_at is not None


# --- connection


def test_an_unconnected_shop_says_so(api: Client) -> None:
    state = api.get("/api/v1/connection").json()

    assert (state["state"], state["has_credentials"], state["findings"]) == ("none", False, [])


def test_a_key_goes_in_and_never_comes_out(api: Client, shop: Shop) -> None:
    answer = connect(api)

    shown = [answer, api.get("/api/v1/connection"), api.get("/api/v1/summary")]
    assert answer.json()["state"] == "setup"
    assert answer.json()["has_credentials"] is True
    assert all(b"fictional-key" not in each.content for each in shown)
    assert "fictional-key" not in str(list(Audit.objects.values()))
    assert b"fictional-key" not in bytes(Book.objects.get().sealed_credentials)


def test_connecting_without_a_key_keeps_the_stored_one(api: Client) -> None:
    connect(api)
    sealed = bytes(Book.objects.get().sealed_credentials)

    api.put("/api/v1/connection", {"system": "autocount"}, content_type="application/json")

    assert bytes(Book.objects.get().sealed_credentials) == sealed


def test_connecting_plans_the_orders_that_waited_for_it(
    api: Client, shop: Shop, now: datetime
) -> None:
    order = Order.objects.create(store=shop.store, order_id=1, state="held", facts_at=now)

    connect(api)

    order.refresh_from_db()
    assert order.plan_at is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [("system", "excel"), ("way", "post"), ("home_currency", "ringgit"), ("password", "x")],
)
def test_a_wrong_connection_is_named_and_not_kept(api: Client, field: str, value: str) -> None:
    answer = connect(api, **{field: value})

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not Book.objects.exists()


def test_without_a_seal_key_nothing_is_stored(api: Client, settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = []

    answer = connect(api)

    assert answer.status_code == 503
    assert "LEJAR_SEAL_KEYS" in answer.json()["detail"]
    assert not Book.objects.exists()


def test_writing_is_paused_and_resumed(api: Client) -> None:
    connect(api)

    assert api.post("/api/v1/connection/resume").json()["state"] == "active"
    assert api.post("/api/v1/connection/pause").json()["state"] == "paused"
    whos = Audit.objects.exclude(action="install").values_list("who", flat=True)
    assert set(whos) == {"staff 42"}


@pytest.mark.parametrize("action", ["check", "pause", "resume"])
def test_an_unconnected_shop_has_nothing_to_act_on(api: Client, action: str) -> None:
    assert api.post(f"/api/v1/connection/{action}").status_code == 409


def use(monkeypatch: pytest.MonkeyPatch, outcome: Health | Exception) -> None:
    class Books:
        call_seconds = 10.0

        def check(self) -> Health:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    monkeypatch.setattr(connections, "connector_for", lambda book: Books())


def test_a_check_shows_what_was_found(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding(subject="Key", status="failed", message="Refused.", advice="Make a new key.")
    connect(api)
    use(monkeypatch, Health(findings=(finding,), fingerprint="Kedai Sdn Bhd"))

    state = api.post("/api/v1/connection/check").json()

    assert state["findings"] == [
        {
            "subject": "Key",
            "status": "failed",
            "message": "Refused.",
            "advice": "Make a new key.",
        }
    ]
    assert (state["found"], state["fingerprint"]) == ("Kedai Sdn Bhd", "")
    assert state["checked_at"]


def test_books_that_do_not_answer_are_unavailable(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(api)
    use(monkeypatch, Unavailable("The gateway did not answer."))

    answer = api.post("/api/v1/connection/check")

    assert answer.status_code == 503
    assert answer.json() == {"detail": "The gateway did not answer."}
