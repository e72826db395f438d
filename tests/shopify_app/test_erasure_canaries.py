"""After redaction no personal text in any column of any table, nor in the log (invariant E8)."""

from __future__ import annotations

import base64
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from pytest_django import Settings

from accounting import audit, audit_chain, posting
from accounting.connectors.base import Rejected
from accounting.models import (
    Audit,
    Book,
    BookCheck,
    BookDifference,
    Code,
    CodeList,
    DebtorCode,
    Document,
    Fact,
    Order,
)
from shopify_app import accountants, inbox, privacy
from shopify_app.mail import recipients
from shopify_app.models import AccountantLink, Delivery, MailAddress, PrivacyRequest, Shop
from tests.books import Books, Clock
from tests.chained import chain
from tests.deliveries import SECRET, SHOP
from tests.payloads import ORDER_ID, as_body, make_refund, make_transaction
from tests.shopify_app.private import (
    CANARY,
    TIN,
    arrived,
    canary,
    compliance,
    inconsistent,
    order_body,
    places,
    settle_in,
    tell,
    work,
)

pytestmark = pytest.mark.django_db

BROKEN = 6200000009999
NAME = canary("name")
# Texts in which no buyer can be quoted: a position, what Shopify grants, our own sentences.
NOBODYS = {"BookCheck.cursor", "Shop.scopes", "Delivery.error", "PrivacyRequest.error"}
OURS = [model for label in ("accounting", "shopify_app")
        for model in apps.get_app_config(label).get_models()]  # fmt: skip


@pytest.fixture(autouse=True)
def app(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(range(32))).decode()]
    settings.LEJAR_QUIET_SECONDS = [5]
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(clock: Clock) -> Shop:
    return settle_in(clock())


@pytest.fixture
def books() -> Books:
    return Books(company="Kedai Sdn Bhd")


@pytest.fixture
def lived(shop: Shop, books: Books, clock: Clock) -> Shop:
    """An order that was refused once in words that quote the buyer, then posted and refunded; a
    webhook that cannot be read; a comparison, lists and people that quote the buyer too."""
    books.fail["post"] = [Rejected(f"There is a {NAME} already")]
    tell(order_body(), "orders/create")
    paid = make_transaction(message=canary("message"), receipt={"payer": canary("receipt")})
    tell(as_body(paid), "order_transactions/create")
    tell(order_body(id=BROKEN, total_price_set="?"), "orders/create")
    work(books, clock)
    refused = Document.objects.get(state=Document.State.REJECTED)
    posting.retry(store_id=shop.store_id, document_id=refused.id, who="staff 1", now=clock())
    work(books, clock)
    refund = make_refund(note=canary("refund"))
    tell(as_body(refund), "refunds/create")
    tell(order_body(refunds=[refund]), "orders/updated")
    tell(compliance("customers/data_request", [ORDER_ID]), "customers/data_request")
    work(books, clock)
    assert privacy.run(now=clock())
    quote(shop, clock())
    return shop


def quote(shop: Shop, now: datetime) -> None:
    """In every text column of every row there is, and where people and books write freely."""
    store, document = shop.store, Document.objects.get(role="IV")
    book = Book.objects.get(store=store)
    here = {"store": store, "book": book}
    check = BookCheck.objects.create(**here, state="finished", started_at=now, moved_at=now)
    BookDifference.objects.create(**here, check_run=check, document=document, code="changed",
        aspect="customer", kind="invoice", number=document.number, found_at=now)  # fmt: skip
    names = CodeList.objects.create(book=book, name="debtors", generation=1)
    own = DebtorCode.objects.get()
    Code.objects.create(list=names, generation=1, key=own.code.lower(), code=own.code, name=NAME,
                        name_key=NAME, detail={"name": NAME})  # fmt: skip
    for model in OURS:
        texts = [f.name for f in model._meta.fields if isinstance(f, models.TextField)]
        wanted = {n: f"They know {NAME}" for n in texts if f"{model.__name__}.{n}" not in NOBODYS}
        if wanted:
            model._default_manager.update(**wanted)
    said = [{"code": "X", "subject": NAME, "message": f"{NAME}?", "terms": [["name", NAME]]}]
    Order.objects.update(problems=said, flags=said)
    audit.note(store.id, "staff 1", "document skipped", now, number=document.number, reason="Ali")
    audit.note(store.id, "staff 1", "something else", now, about=[{"who": NAME.upper()}])
    Document.objects.filter(role="P").update(receipt={"number": "1", "customer": NAME})


def tell_staff(shop: Shop, now: datetime) -> None:
    """Somebody of the shop is told by e-mail; an address of theirs is no customer's."""
    address = f"{CANARY}@staff.test"
    key = recipients.add(shop, address, language="en", who="staff 1", now=now).key
    recipients.confirm(key, now=now)


def redact(clock: Clock, topic: str, orders: list[int] | None = None) -> PrivacyRequest:
    tell(compliance(topic, orders or []), topic)
    arrived(topic, clock())
    inbox.process(now=clock())
    while privacy.run(now=clock()):
        pass
    return PrivacyRequest.objects.get(topic=topic)


def figures() -> list[Any]:
    rows = Document.objects.order_by("id")
    return list(rows.values_list("number", "total", "date", "currency", "state", "role"))


def test_before_it_is_erased_it_stands_in_many_places(lived: Shop) -> None:
    found = places()

    invoice = Document.objects.get(role="IV")
    assert invoice.payload["identity"]["tin"] == TIN
    assert invoice.payload["buyer"]
    assert len(found) >= 15
    assert found >= {
        "accounting_attempt.message", "accounting_audit.detail", "accounting_book.trouble",
        "accounting_bookdifference.books", "accounting_code.name", "accounting_document.payload",
        "accounting_fact.body", "accounting_order.note", "shopify_app_delivery.body",
        "shopify_app_privacyrequest.sealed_export",
    }  # fmt: skip


def test_the_search_finds_a_column_that_nobody_thought_of(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE forgotten (id int, words jsonb, packed bytea)")
        cursor.execute("INSERT INTO forgotten VALUES (1, %s::jsonb, %s)", [f'["{NAME}"]', b"x"])

    assert places() == {"forgotten.words"}


def test_after_a_customers_redaction_nothing_says_who_bought(
    lived: Shop, clock: Clock, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    before = figures()

    done = redact(clock, "customers/redact", [ORDER_ID, BROKEN])

    assert places() == set()
    assert CANARY not in caplog.text + "".join(capsys.readouterr())
    assert (done.state, done.done_at) == ("done", clock())
    assert done.evidence["counts"]["facts"] >= 1
    assert done.evidence["counts"]["documents"] >= 2
    assert done.evidence["counts"]["deliveries"] >= 3
    assert "books" in done.evidence["kept"]
    assert figures() == before
    assert inconsistent() == []
    assert not Audit.objects.filter(detail__reason="Ali").exists()


def test_erased_orders_plan_the_same_documents_and_no_new_ones(
    lived: Shop, books: Books, clock: Clock
) -> None:
    redact(clock, "customers/redact", [ORDER_ID, BROKEN])
    before, posted = figures(), dict(books.held)

    posting.replan(store_id=lived.store_id, order_id=ORDER_ID, who="staff 1", now=clock())
    work(books, clock)

    assert figures() == before
    assert books.held == posted
    assert Order.objects.get(order_id=ORDER_ID).state == Order.State.PLANNED
    assert inconsistent() == []


def test_what_repeats_the_buyer_later_does_not_bring_them_back(
    lived: Shop, books: Books, clock: Clock
) -> None:
    redact(clock, "customers/redact", [ORDER_ID, BROKEN])
    count = Document.objects.count()

    refunds = [make_refund()]
    tell(order_body(refunds=refunds, updated_at="2026-11-22T12:00:00+08:00"), "orders/updated")
    tell(order_body(id=BROKEN, name="#1002", order_number=1002), "orders/create")
    work(books, clock)

    assert places() == {"shopify_app_delivery.body"}  # for SHOPIFY_RAW_DAYS, as any webhook
    assert Fact.objects.filter(body__updated_at="2026-11-22T04:00:00+00:00").exists()
    assert Document.objects.filter(order__order_id=ORDER_ID).count() == count
    failed = Delivery.objects.filter(state="failed").values_list("id", flat=True)
    assert failed
    assert not any(inbox.retry_delivery(shop_domain=SHOP, delivery_id=each) for each in failed)


def test_after_a_shops_redaction_nothing_is_left_but_the_trail(
    lived: Shop, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    tell_staff(lived, clock())
    assert "shopify_app_mailaddress.sealed" in places()
    before = figures()
    Shop.objects.update(state=Shop.State.UNINSTALLED, uninstalled_at=clock() - timedelta(days=2))
    Book.objects.update(sealed_credentials=b"sealed", settings={"server": "x.test"})
    today = clock().date()
    accountants.create(shop=lived, label=NAME, last_date=today, who="staff 1", now=clock())
    assert "shopify_app_accountantlink.label" in places()

    done = redact(clock, "shop/redact")

    assert done.state == "done"
    assert places() == set()
    assert CANARY not in caplog.text
    assert figures() == before
    assert inconsistent() == []
    assert Shop.objects.get().state == Shop.State.REDACTED
    book = Book.objects.get()
    assert (bytes(book.sealed_credentials), book.settings, book.name) == (b"", {}, "")
    assert not MailAddress.objects.exists()
    assert not DebtorCode.objects.exists()
    assert not CodeList.objects.exists()
    assert not AccountantLink.objects.exists()
    chain()
    assert audit_chain.check(store_id=lived.store_id, now=clock()) is None
    assert not Delivery.objects.filter(erased_at=None).exists()
