"""What becomes of a compliance request: compiled, erased, held, tried again; and what is kept of
webhooks for how long."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounting import erasure, posting
from accounting.models import Audit, Book, Document, Fact, Order
from shopify_app import inbox, install, privacy, raw_bodies, tasks
from shopify_app.checks import settings_checks
from shopify_app.models import (
    Delivery,
    OfflineToken,
    PersonalDataAccess,
    PrivacyRequest,
    Shop,
    ShopDetails,
)
from tests.books import Books, Clock
from tests.deliveries import SECRET, SHOP, deliver, make_delivery
from tests.payloads import ORDER_ID, as_body, make_order, make_transaction
from tests.shopify_app.conftest import SECRET as SESSIONS
from tests.shopify_app.conftest import ClientFor, give_token
from tests.shopify_app.private import (
    CANARY,
    CUSTOMER_ID,
    arrived,
    canary,
    compliance,
    order_body,
    personal,
    places,
    settle_in,
    tell,
    work,
)

pytestmark = pytest.mark.django_db

PAID = ("order_transactions/create", as_body(make_transaction()))


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET, SESSIONS]
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(range(32))).decode()]


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(now: datetime) -> Shop:
    return settle_in(now)


@pytest.fixture
def books() -> Books:
    return Books(company="Kedai Sdn Bhd")


@pytest.fixture
def owner(shop: Shop, client_for: ClientFor) -> Client:
    return client_for(shop.domain)


def ask(topic: str, orders: list[int], now: datetime) -> PrivacyRequest:
    tell(compliance(topic, orders), topic)
    arrived(topic, now)
    inbox.process(now=now)
    privacy.run(now=now)
    return PrivacyRequest.objects.latest("id")


def left(shop: Shop, at: datetime) -> None:
    assert install.uninstall(shop.domain, at=at)


# --- data requests ---------------------------------------------------------------------------


def test_a_data_request_gives_the_owner_all_that_is_kept_and_notes_who_looked(
    owner: Client, books: Books, clock: Clock
) -> None:
    clock.now = timezone.now()
    tell(order_body(), "orders/create")
    tell(PAID[1], PAID[0])
    others = {"id": 6, "admin_graphql_api_id": "gid://shopify/Order/6", "name": "#6"}
    tell(order_body(**others, order_number=6, customer=None), "orders/create")
    work(books, clock)

    asked = ask("customers/data_request", [ORDER_ID], timezone.now())
    answer = owner.get(f"/api/v1/privacy/requests/{asked.pk}/export")

    kept = answer.json()
    assert asked.state == "done"
    assert [order["order_id"] for order in kept["orders"]] == [ORDER_ID]
    assert {doc["number"] for doc in kept["orders"][0]["documents"]} >= {"SH-1001"}
    assert {fact["kind"] for fact in kept["orders"][0]["facts"]} == {"order", "transaction"}
    assert len(kept["debtor_codes"]) == 1
    assert sorted(each["topic"] for each in kept["webhooks"]) == [
        "order_transactions/create",
        "orders/create",
    ]
    assert canary("name") in kept["readable"]
    assert asked.evidence["counts"]["deliveries"] == 2
    assert answer["Content-Disposition"].startswith("attachment")
    (seen,) = PersonalDataAccess.objects.all()
    assert (seen.who, seen.what, seen.subject) == (
        "staff 42", "export", f"privacy request {asked.pk}",
    )  # fmt: skip


def test_an_export_stands_sealed_in_the_table(shop: Shop, clock: Clock) -> None:
    tell(order_body(), "orders/create")

    asked = ask("customers/data_request", [ORDER_ID], clock())

    assert CANARY.encode() not in bytes(asked.sealed_export or b"")
    assert CANARY in (privacy.exported(asked, now=clock()) or "")


def test_an_export_of_a_shop_that_told_nothing_says_so(owner: Client) -> None:
    asked = ask("customers/data_request", [], timezone.now())

    kept = owner.get(f"/api/v1/privacy/requests/{asked.pk}/export").json()

    assert kept["says"] == "Lejar keeps nothing about this customer or these orders."
    assert (kept["orders"], kept["webhooks"], asked.evidence["counts"]) == ([], [], {})


def test_an_export_is_forgotten_in_time(owner: Client, settings: Settings, now: datetime) -> None:
    settings.SHOPIFY_EXPORT_DAYS = 7
    asked = ask("customers/data_request", [], now)

    privacy.run(now=now + timedelta(days=7))

    asked.refresh_from_db()
    assert asked.sealed_export is None
    answer = owner.get(f"/api/v1/privacy/requests/{asked.pk}/export")
    assert answer.status_code == 409
    assert not PersonalDataAccess.objects.exists()


def test_a_data_request_also_works_for_a_shop_that_never_opened_lejar(clock: Clock) -> None:
    tell(order_body(), "orders/create")

    asked = ask("customers/data_request", [ORDER_ID], clock())

    assert asked.evidence["counts"] == {"deliveries": 1}


# --- a customer's redaction ------------------------------------------------------------------


def test_what_was_not_sent_yet_is_sent_nameless(shop: Shop, books: Books, clock: Clock) -> None:
    tell(order_body(), "orders/create")
    tell(PAID[1], PAID[0])
    inbox.process(now=clock())
    posting.plan(now=clock())
    ask("customers/redact", [ORDER_ID], clock())

    work(books, clock)

    customer = Document.objects.get(kind="customer")
    assert set(Document.objects.values_list("state", flat=True)) == {"posted"}
    assert (customer.payload["name"], customer.payload["email"]) == (customer.number, "")
    assert Document.objects.get(role="IV").payload["buyer"] == []
    assert places() == set()


def test_the_orders_of_others_keep_their_buyer(shop: Shop, books: Books, clock: Clock) -> None:
    other = 6200000007777
    gid = f"gid://shopify/Order/{other}"
    body = order_body(id=other, admin_graphql_api_id=gid, name="#7777", order_number=7777,
                      customer={"id": 7})  # fmt: skip
    tell(order_body(), "orders/create")
    tell(body, "orders/create")
    work(books, clock)

    ask("customers/redact", [ORDER_ID], clock())

    names = {f.source_id: f.body["customer"]["name"] for f in Fact.objects.filter(kind="order")}
    assert names == {ORDER_ID: "", other: canary("name")}
    assert Delivery.objects.filter(erased_at=None).count() == 1
    assert Order.objects.get(order_id=other).erased_at is None


def test_other_orders_of_the_customer_are_named_and_left(shop: Shop, clock: Clock) -> None:
    tell(order_body(), "orders/create")

    done = ask("customers/redact", [5], clock())
    inbox.process(now=clock())

    assert done.evidence["unlisted_orders"] == 1
    assert "unlisted_orders" in done.evidence["kept"]
    assert Order.objects.get(order_id=ORDER_ID).erased_at is None


def test_a_webhook_that_waits_is_read_before_it_is_erased(shop: Shop, clock: Clock) -> None:
    PrivacyRequest.objects.create(
        shop_domain=SHOP, topic="customers/redact", received_at=clock(), due_at=clock(),
        customer_id=CUSTOMER_ID, order_ids=[ORDER_ID],
    )  # fmt: skip
    tell(order_body(), "orders/create")

    privacy.run(now=clock())

    waits = PrivacyRequest.objects.get()
    assert (waits.state, waits.error, waits.tries) == ("new", privacy.NOT_READ_YET, 0)
    inbox.process(now=clock())
    clock.advance(seconds=60)
    privacy.run(now=clock())
    waits.refresh_from_db()
    assert (waits.state, waits.error) == ("done", "")
    assert Fact.objects.filter(kind="order").exists()
    assert places() == set()


def test_an_order_that_was_never_heard_of_comes_without_its_buyer(shop: Shop, clock: Clock) -> None:
    ask("customers/redact", [ORDER_ID], clock())
    tell(order_body(), "orders/create")

    inbox.process(now=clock())

    assert places() == {"shopify_app_delivery.body"}
    assert Order.objects.get().plan_at == clock()


def test_an_order_of_another_shop_is_not_touched(shop: Shop, clock: Clock) -> None:
    other = settle_in(clock(), "toko-senja.myshopify.com", prefix="TS")
    Order.objects.create(store=other.store, order_id=ORDER_ID, facts_at=clock())

    done = ask("customers/redact", [ORDER_ID], clock())

    assert done.state == "done"
    assert Order.objects.get().erased_at is None
    assert not Audit.objects.exists()


def test_a_document_that_is_just_being_sent_is_waited_for(
    shop: Shop, books: Books, clock: Clock
) -> None:
    tell(order_body(), "orders/create")
    tell(PAID[1], PAID[0])
    inbox.process(now=clock())
    posting.plan(now=clock())
    Document.objects.filter(kind="customer").update(state="sending")
    shop.store.refresh_from_db()
    assert shop.store.book
    shop.store.book.leased_until = clock() + timedelta(seconds=30)
    shop.store.book.save()

    waits = ask("customers/redact", [ORDER_ID], clock())

    assert (waits.state, waits.done_at) == ("new", None)
    assert Fact.objects.get(kind="order").body["customer"]["name"] == canary("name")
    clock.advance(seconds=60)
    privacy.run(now=clock())
    waits.refresh_from_db()
    assert waits.state == "done"


def test_a_mistake_is_shown_and_tried_again(
    owner: Client, shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(**_: Any) -> Counter[str]:
        raise KeyError(canary("in the mistake"))

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "erase_buyer", wrong)
        failed = ask("customers/redact", [ORDER_ID], clock())

    assert (failed.state, failed.tries, failed.done_at) == ("failed", 1, None)
    assert failed.ready_at == clock() + timedelta(minutes=1)
    (shown,) = owner.get("/api/v1/privacy/requests").json()["results"]
    assert (shown["state"], CANARY in shown["error"]) == ("failed", False)
    assert "KeyError" in shown["error"]
    clock.advance(minutes=1)
    privacy.run(now=clock())
    failed.refresh_from_db()
    assert (failed.state, failed.error) == ("done", "")


def test_a_redaction_takes_the_exports_of_the_same_customer(shop: Shop, clock: Clock) -> None:
    asked = ask("customers/data_request", [ORDER_ID], clock())

    ask("customers/redact", [ORDER_ID], clock())

    asked.refresh_from_db()
    assert asked.sealed_export is None


# --- a shop's redaction ----------------------------------------------------------------------


def test_a_shop_that_came_back_is_held_and_reported(
    shop: Shop, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    tell(order_body(), "orders/create")
    left(shop, clock() - timedelta(hours=48))
    install.first_contact(SHOP, now=clock() - timedelta(hours=1))

    held = ask("shop/redact", [], clock())

    assert (held.state, held.error) == ("held", privacy.CAME_BACK)
    assert "is held" in caplog.text
    assert Shop.objects.get().state == Shop.State.ACTIVE
    assert "accounting_fact.body" in places()


def test_a_held_request_is_carried_out_at_an_operators_word(shop: Shop, clock: Clock) -> None:
    tell(order_body(), "orders/create")
    give_token(shop, clock())
    ShopDetails.objects.create(shop=shop, name="Kedai Mei Contoh")
    held = ask("shop/redact", [], clock())

    assert privacy.release(held.pk, now=clock())
    privacy.run(now=clock())

    held.refresh_from_db()
    assert held.state == "done"
    assert places() == set()
    assert not OfflineToken.objects.exists()
    assert not ShopDetails.objects.exists()
    assert not privacy.release(held.pk, now=clock())


def test_a_redacted_shops_webhooks_are_answered_and_not_kept(shop: Shop, clock: Clock) -> None:
    left(shop, clock() - timedelta(hours=48))
    ask("shop/redact", [], clock())
    before = Delivery.objects.count()

    assert deliver(order_body(), "orders/create").status_code == 200
    assert deliver(b"not JSON", "app/uninstalled").status_code == 200
    inbox.process(now=clock())

    assert Delivery.objects.count() == before
    assert not Order.objects.exists()


def test_a_redacted_shop_may_come_back(shop: Shop, clock: Clock) -> None:
    left(shop, clock() - timedelta(hours=48))
    ask("shop/redact", [], clock())
    install.first_contact(SHOP, now=clock() + timedelta(hours=1))

    tell(order_body(), "orders/create")
    inbox.process(now=clock())

    assert Fact.objects.get().body["customer"]["name"] == canary("name")


def test_a_large_shop_is_erased_in_turns(
    shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "ORDERS_AT_ONCE", 2)
    for number in range(5):
        tell(order_body(id=ORDER_ID + number, name=f"#{number}"), "orders/create")
    inbox.process(now=clock())
    left(shop, clock() - timedelta(hours=48))

    first = ask("shop/redact", [], clock())

    assert (first.state, Order.objects.exclude(erased_at=None).count()) == ("new", 2)
    for _ in range(3):
        privacy.run(now=clock())
    first.refresh_from_db()
    assert (first.state, first.evidence["counts"]["orders"]) == ("done", 5)
    assert places() == set()


def test_books_of_another_store_keep_their_key(shop: Shop, clock: Clock) -> None:
    other = settle_in(clock(), "toko-senja.myshopify.com", prefix="TS")
    book = Book.objects.get(store=other.store)
    Book.objects.filter(id=book.id).update(sealed_credentials=b"sealed")
    shop.store.book = book
    shop.store.save()
    left(shop, clock() - timedelta(hours=48))

    ask("shop/redact", [], clock())

    book.refresh_from_db()
    assert bytes(book.sealed_credentials) == b"sealed"
    assert book.state == "active"


# --- how long webhooks are kept --------------------------------------------------------------


@pytest.mark.parametrize("state", Delivery.State.values)
def test_an_old_webhook_loses_its_content_and_is_still_known(state: str, now: datetime) -> None:
    old = make_delivery(SHOP, "one", now - timedelta(days=31))
    make_delivery(SHOP, "young", now - timedelta(days=29))
    Delivery.objects.filter(pk=old.pk).update(state=state)

    assert raw_bodies.erase_old(now=now) == 1
    assert raw_bodies.erase_old(now=now) == 0

    old.refresh_from_db()
    assert (bytes(old.body), old.erased_at, len(old.body_sha256)) == (b"", now, 64)
    assert (old.topic, old.webhook_id) == ("orders/paid", "one")
    again = deliver(order_body(), "orders/paid", webhook_id="one")
    assert again.status_code == 200
    assert Delivery.objects.count() == 2


def test_a_webhook_whose_content_is_gone_fails_in_words_and_is_not_tried_again(
    shop: Shop, owner: Client, now: datetime
) -> None:
    old = make_delivery(SHOP, "one", now - timedelta(days=31))
    raw_bodies.erase_old(now=now)

    inbox.process(now=now)

    old.refresh_from_db()
    assert (old.state, old.error) == ("failed", raw_bodies.GONE)
    assert owner.post(f"/api/v1/deliveries/{old.pk}/retry").status_code == 409


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request"])
def test_a_compliance_body_is_read_once_and_kept_no_more(
    shop: Shop, now: datetime, topic: str
) -> None:
    tell(compliance(topic, []), topic)

    inbox.process(now=now)

    assert places() == set()
    assert PrivacyRequest.objects.get().customer_id == CUSTOMER_ID


@pytest.mark.parametrize("days", [0, 31])
def test_no_setting_keeps_webhooks_longer_than_thirty_days(settings: Settings, days: int) -> None:
    settings.SHOPIFY_RAW_DAYS = days

    found = [message for message in settings_checks() if message.id == "lejar.E021"]

    assert [message.is_serious() for message in found] == [True]
    assert "SHOPIFY_RAW_DAYS" in str(found[0])


# --- who has looked --------------------------------------------------------------------------


def test_showing_a_buyer_is_noted_and_showing_none_is_not(
    owner: Client, books: Books, clock: Clock
) -> None:
    tell(order_body(), "orders/create")
    tell(PAID[1], PAID[0])
    work(books, clock)
    ids = dict(Document.objects.values_list("role", "id"))

    owner.get(f"/api/v1/documents/{ids['IV']}")
    owner.get(f"/documents/{ids['A']}")
    owner.get(f"/api/v1/documents/{ids['P']}")
    owner.get(f"/documents/{ids['P']}")

    rows = owner.get("/api/v1/privacy/access").json()["results"]
    assert [(row["who"], row["what"], row["subject"]) for row in rows] == [
        ("staff 42", "page: document", f"document {ids['A']}"),
        ("staff 42", "API: document", f"document {ids['IV']}"),
    ]
    ask("customers/redact", [ORDER_ID], clock())
    owner.get(f"/api/v1/documents/{ids['IV']}")
    assert PersonalDataAccess.objects.count() == 2


def test_pages_and_api_say_since_when_the_buyer_is_erased(
    owner: Client, books: Books, clock: Clock
) -> None:
    tell(order_body(), "orders/create")
    tell(PAID[1], PAID[0])
    work(books, clock)
    document = Document.objects.get(role="IV")
    addresses = (f"/orders/{ORDER_ID}", f"/documents/{document.pk}")
    assert all("Erased on" not in owner.get(where).content.decode() for where in addresses)

    ask("customers/redact", [ORDER_ID], clock())

    day = clock().date().isoformat()
    for where in addresses:
        assert f"Erased on {day}" in owner.get(where).content.decode()
        assert owner.get(f"/api/v1{where}").json()["erased_at"].startswith(day)


# --- level 1: no names at all ----------------------------------------------------------------

LEVEL_ONE = dict.fromkeys(
    ("billing_address", "shipping_address", "customer", "email", "contact_email", "phone", "note")
)


@pytest.mark.parametrize("policy", ["cash", "customer", "company"])
def test_without_any_personal_data_everything_is_posted(
    clock: Clock, books: Books, policy: str
) -> None:
    settle_in(clock(), customers=policy)
    tell(as_body(make_order(**LEVEL_ONE, browser_ip=None)), "orders/create")
    tell(PAID[1], PAID[0])

    work(books, clock)

    states = Document.objects.values_list("role", "state")
    assert dict(states) == {"IV": "posted", "P": "posted", "K": "posted"}
    assert json.dumps(list(Document.objects.values_list("payload", flat=True))).count(CANARY) == 0


def test_a_name_that_is_no_longer_told_is_not_forgotten(
    shop: Shop, books: Books, clock: Clock
) -> None:
    tell(order_body(), "orders/create")
    masked = as_body(make_order(**LEVEL_ONE, updated_at="2026-11-20T11:00:00+08:00"))
    tell(masked, "orders/updated")
    tell(PAID[1], PAID[0])

    work(books, clock)

    assert Document.objects.get(kind="customer").payload["name"] == canary("name")
    assert personal()["customer"]["id"] == CUSTOMER_ID


# --- the operator ----------------------------------------------------------------------------


def test_an_operator_lists_what_is_open_and_releases_what_is_held(
    shop: Shop, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    ask("customers/data_request", [], clock())
    held = ask("shop/redact", [], clock())

    call_command("privacy_requests")
    listed = capsys.readouterr().out
    call_command("privacy_requests", erase=held.pk)

    assert listed.startswith(f"{held.pk} {SHOP} shop/redact held, due ")
    assert len(listed.splitlines()) == 1
    held.refresh_from_db()
    assert held.state == "new"
    with pytest.raises(CommandError, match="is not held"):
        call_command("privacy_requests", erase=held.pk)


def test_the_worker_acts_and_forgets(shop: Shop, now: datetime) -> None:
    make_delivery(SHOP, "old", timezone.now() - timedelta(days=31))
    tell(compliance("customers/redact", []), "customers/redact")
    inbox.process(now=now)

    tasks.keep_private()

    assert PrivacyRequest.objects.get().state == "done"
    assert bytes(Delivery.objects.get(webhook_id="old").body) == b""
