"""Orders, documents, deliveries, the summary and the description of all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounting.models import Audit, Document, Order
from shopify_app.models import Delivery, Shop
from tests.shopify_app.filled import Filled, fill


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def numbers(answer: Any) -> list[str]:
    return [row["number"] for row in answer.json()["results"]]


def test_an_order_shows_its_problems_and_documents(api: Client, filled: Filled) -> None:
    order = api.get(f"/api/v1/orders/{filled.order.order_id}").json()

    assert order["problems"][0] == {
        "code": "UNMAPPED_ITEM",
        "subject": "KOPI",
        "message": "Map it.",
        "terms": [],
    }
    assert [row["number"] for row in order["documents"]] == [row.number for row in filled.rows]


def test_an_order_shows_its_flags_and_what_it_waits_for(
    api: Client, filled: Filled, now: datetime
) -> None:
    flag = {"code": "CUSTOMER_CREDIT", "message": "5.00 too much.", "terms": [["open", "5.00"]]}
    Order.objects.update(flags=[flag], refetch_asked_at=now)

    order = api.get(f"/api/v1/orders/{filled.order.order_id}").json()
    (listed,) = api.get("/api/v1/orders").json()["results"]

    assert order["flags"] == listed["flags"] == [flag]
    assert datetime.fromisoformat(order["refetch_asked_at"]) == now


def test_orders_can_be_asked_for_by_state(api: Client, filled: Filled) -> None:
    held = api.get("/api/v1/orders", {"state": "held"}).json()["results"]
    planned = api.get("/api/v1/orders", {"state": "planned"}).json()["results"]

    assert [row["order_id"] for row in held] == [5001]
    assert planned == []


def test_an_order_is_planned_again(api: Client, filled: Filled) -> None:
    answer = api.post("/api/v1/orders/5001/replan")

    filled.order.refresh_from_db()
    assert answer.status_code == 202
    assert filled.order.plan_at is not None
    assert Audit.objects.exclude(action="install").get().who == "staff 42"


def test_documents_come_newest_first_in_pages(api: Client, filled: Filled) -> None:
    first = api.get("/api/v1/documents", {"limit": 2})
    rest = api.get("/api/v1/documents", {"limit": 2, "after": first.json()["next"]})

    assert numbers(first) + numbers(rest) == [row.number for row in reversed(filled.rows)]
    assert rest.json()["next"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "posted"}, ["KR-1001"]),
        ({"kind": "payment"}, ["KR-1001-P1"]),
        ({"state": "posted", "kind": "payment"}, []),
    ],
)
def test_documents_can_be_asked_for(
    api: Client, filled: Filled, query: dict[str, str], expected: list[str]
) -> None:
    assert numbers(api.get("/api/v1/documents", query)) == expected


@pytest.mark.parametrize(
    "where", ["orders?state=x", "documents?state=x", "documents?kind=x", "deliveries?state=x"]
)
def test_a_state_or_kind_that_is_none_is_refused(api: Client, where: str) -> None:
    answer = api.get(f"/api/v1/{where}")

    assert answer.status_code == 400
    assert list(answer.json()) == [where.split("?")[1].split("=")[0]]


def test_a_document_shows_its_proof_and_its_trail(api: Client, filled: Filled) -> None:
    document = api.get(f"/api/v1/documents/{filled.rows[0].pk}").json()

    assert document["total"] == "107.2"
    assert (document["proof"]["net"], document["proof"]["tax"]) == ("100.00", "7.20")
    assert document["proof"]["payload_sha256"] == filled.rows[0].payload_sha256
    assert [row["outcome"] for row in document["trail"]] == ["unavailable", "accepted"]
    assert document["payload"]["lines"][0]["description"].startswith("Kopi gunung")
    assert document["receipt"] == {"number": "KR-1001"}


def test_a_document_shows_why_it_exists_and_why_each_line_is_as_it_is(
    api: Client, filled: Filled
) -> None:
    document = api.get(f"/api/v1/documents/{filled.rows[0].pk}").json()

    assert (document["role"], document["reason"]) == ("IV", "What the order charges")
    assert document["customer"] == "300-W001"
    assert document["lines"][0]["why"] == {
        "fact": "line item 41",
        "amount": "2 x 45.00 = 90.00 (treatment 4.1)",
        "code": "product mapping sku kopi; tax mapping SST 0.08",
    }
    assert [line["net"] for line in document["lines"]] == ["90.00", "10.00"]
    assert [line["tax_rate"] for line in document["lines"]] == ["0.08", None]


def test_a_payment_shows_why_and_through_which_account(api: Client, filled: Filled) -> None:
    document = api.get(f"/api/v1/documents/{filled.rows[1].pk}").json()

    assert (document["role"], document["account"]) == ("P", "310-IPAY")
    assert document["why"]["fact"] == "transaction 61"
    assert document["lines"] == []


def test_what_only_some_documents_have_is_said_where_they_have_it(
    api: Client, filled: Filled
) -> None:
    row = filled.rows[0]
    row.payload |= {
        "due_date": "2026-12-20",
        "rate": "3.41000000",
        "project": "KL",
        "einvoice": "individual",
        "tax_mode": "inclusive",
    }
    row.save()

    document = api.get(f"/api/v1/documents/{row.pk}").json()
    plain = api.get(f"/api/v1/documents/{filled.rows[1].pk}").json()

    names = ("due_date", "rate", "project", "einvoice", "tax_mode")
    assert [document[name] for name in names] == [row.payload[name] for name in names]
    assert [plain[name] for name in names] == [None, None, "", "", "explicit"]


def test_a_knock_off_says_its_reason_and_nothing_it_has_not(api: Client, filled: Filled) -> None:
    document = api.get(f"/api/v1/documents/{filled.rows[2].pk}").json()

    assert (document["role"], document["reason"]) == ("K", "Settles one document with another")
    assert (document["due_date"], document["account"], document["lines"]) == (None, "", [])
    assert document["why"] == {"fact": "", "amount": "", "code": ""}


def test_the_reason_is_in_the_readers_language(api: Client, filled: Filled) -> None:
    where = f"/api/v1/documents/{filled.rows[1].pk}"

    assert api.get(where, headers={"Accept-Language": "ms"}).json()["reason"] == "Wang diterima"


def test_a_payment_has_a_total_but_no_net(api: Client, filled: Filled) -> None:
    proof = api.get(f"/api/v1/documents/{filled.rows[1].pk}").json()["proof"]

    assert (proof["net"], proof["tax"], proof["total"]) == (None, None, "107.20")


def test_a_document_is_skipped_with_a_reason(api: Client, filled: Filled) -> None:
    where = f"/api/v1/documents/{filled.rows[1].pk}/skip"

    answer = api.post(where, {"reason": "Entered by hand."}, content_type="application/json")

    assert answer.status_code == 200
    assert answer.json()["state"] == "skipped"
    audit = Audit.objects.exclude(action="install").get()
    assert (audit.who, audit.detail["reason"]) == ("staff 42", "Entered by hand.")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}])
def test_a_skip_without_a_reason_is_refused(
    api: Client, filled: Filled, body: dict[str, str]
) -> None:
    where = f"/api/v1/documents/{filled.rows[1].pk}/skip"

    answer = api.post(where, body, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()) == ["reason"]
    assert Document.objects.get(pk=filled.rows[1].pk).state == "rejected"


@pytest.mark.parametrize("action", ["retry", "skip"])
def test_what_stands_in_the_books_is_neither_retried_nor_skipped(
    api: Client, filled: Filled, action: str
) -> None:
    filled.rows[2].delete()  # a knock-off of it may still be skipped
    where = f"/api/v1/documents/{filled.rows[0].pk}/{action}"

    answer = api.post(where, {"reason": "no"}, content_type="application/json")

    assert answer.status_code == 409
    assert Document.objects.get(pk=filled.rows[0].pk).state == "posted"
    assert not Audit.objects.exclude(action="install").exists()


def test_a_retry_is_handed_on_with_who_and_which(
    api: Client, filled: Filled, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def retry(**named: Any) -> bool:
        asked.append(named)
        return True

    monkeypatch.setattr("accounting.posting.retry", retry)

    answer = api.post(f"/api/v1/documents/{filled.rows[1].pk}/retry")

    assert answer.status_code == 200
    assert asked[0].pop("now") is not None
    assert asked == [
        {"store_id": shop.store_id, "document_id": filled.rows[1].pk, "who": "staff 42"}
    ]


def test_deliveries_are_shown_without_their_bodies(api: Client, filled: Filled) -> None:
    answer = api.get("/api/v1/deliveries", {"state": "failed"})

    row = answer.json()["results"][0]
    assert (row["path"], row["state"]) == ("line_items[0].price", "failed")
    assert "body" not in row
    assert b"secret" not in answer.content


def test_a_failed_delivery_is_looked_at_again(api: Client, filled: Filled) -> None:
    where = f"/api/v1/deliveries/{filled.delivery.pk}/retry"

    first, second = api.post(where), api.post(where)

    assert (first.status_code, second.status_code) == (202, 409)
    assert Delivery.objects.get().state == "new"


def test_the_summary_counts(api: Client, filled: Filled) -> None:
    summary = api.get("/api/v1/summary").json()

    assert summary["deliveries"] == {"failed": 1}
    assert summary["orders"] == {"held": 1}
    assert summary["documents"] == {
        "invoice": {"posted": 1},
        "payment": {"rejected": 1},
        "allocation": {"rejected": 1},
    }
    assert summary["connection"]["state"] == "active"


def test_the_description_is_public_and_names_every_route(db: None) -> None:
    described = Client().get("/api/v1/schema").json()

    paths = described["paths"]
    assert described["openapi"].startswith("3.")
    assert "/api/v1/documents/{document_id}/retry" in paths
    assert {"get", "put", "delete"} <= set(paths["/api/v1/mappings/items"])
    assert "credentials" not in described["components"]["schemas"]["ConnectionState"]["properties"]


def test_the_description_is_made_without_warnings(capsys: Any, tmp_path: Any) -> None:
    call_command(
        "spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "schema.yaml")
    )

    assert "Warning" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "statements"),
    [
        ("orders", 2),
        ("orders/5001", 3),
        ("documents", 2),
        ("deliveries", 2),
        ("mappings/items", 2),
        ("unmapped", 2),
        ("summary", 5),
    ],
)
def test_an_answer_costs_the_same_whatever_it_lists(
    api: Client,
    filled: Filled,
    django_assert_num_queries: Any,
    where: str,
    statements: int,
) -> None:
    with django_assert_num_queries(statements):
        assert api.get(f"/api/v1/{where}").status_code == 200


def test_an_order_is_taken_back_with_the_reason_in_the_trail(api: Client, filled: Filled) -> None:
    answer = api.post("/api/v1/orders/5001/reverse", {"reason": "Imported twice"})

    filled.order.refresh_from_db()
    assert answer.status_code == 202
    assert filled.order.reversal_asked_at == filled.order.plan_at is not None
    noted = Audit.objects.get(action="order taken back")
    assert (noted.who, noted.detail) == ("staff 42", {"order": 5001, "reason": "Imported twice"})


def test_an_order_is_taken_back_once(api: Client, filled: Filled) -> None:
    api.post("/api/v1/orders/5001/reverse", {"reason": "Imported twice"})

    answer = api.post("/api/v1/orders/5001/reverse", {"reason": "Imported twice"})

    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "This order is taken back already.",
    )
    assert Audit.objects.filter(action="order taken back").count() == 1


def test_taking_back_wants_a_reason(api: Client, filled: Filled) -> None:
    answer = api.post("/api/v1/orders/5001/reverse", {"reason": ""})

    filled.order.refresh_from_db()
    assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    assert filled.order.reversal_asked_at is None


def test_an_order_of_which_nothing_was_posted_is_not_taken_back(
    api: Client, filled: Filled
) -> None:
    Document.objects.update(state="skipped")

    answer = api.post("/api/v1/orders/5001/reverse", {"reason": "Imported twice"})

    filled.order.refresh_from_db()
    assert (answer.status_code, list(answer.json())) == (400, ["order_id"])
    assert filled.order.reversal_asked_at is None
    assert api.post("/api/v1/orders/9/reverse", {"reason": "x"}).status_code == 404
