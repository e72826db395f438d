"""Personal data and keys stay where they belong: an order full of canaries, through everything.

Shopify's bodies are kept compressed with their delivery, and what documents may one day need of a
customer is kept in the facts. Nowhere else: not in documents, not in what the books are sent, not
in the trail, the API, the pages or the log.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from pytest_django import Settings

from accounting import codec
from accounting.models import Backfill, Document, Fact, Order, Store
from shopify_app import payloads
from shopify_app.demo.connections import ACCTBRIDGE_TO_AUTOCOUNT, CONNECTIONS, Connection
from shopify_app.models import Delivery, PrivacyRequest
from tests.journeys.conftest import MakeMerchant
from tests.journeys.merchant import SECRET, Merchant, Webhook
from tests.payloads import (
    make_address,
    make_customer,
    make_order,
    make_refund,
    make_transaction,
)
from tests.shopify_app.conftest import API_KEY, bearer, make_token
from tests.shopify_app.test_isolation import ROUTES, address
from tests.shopify_app.test_isolation import said as whole

CANARY = "CANARY7F3"
TIN, BRN = "C90000000017", "209901000123"
WHEN = "2026-11-20T02:00:05Z"
KEEPERS = (Fact, Delivery)  # the two that say so above
MINE = ("accounting", "shopify_app")


def personal(**more: Any) -> dict[str, Any]:
    """Every field of an order in which Shopify or a customer says who somebody is."""
    words = {name: f"{CANARY} {name}" for name in make_address() if name != "country_code"}
    place = make_address(**words)
    who = make_customer(
        email=f"{CANARY}@customer.test",
        first_name=CANARY,
        last_name=CANARY,
        phone=f"+60{CANARY}",
        default_address=place,
        note=CANARY,
        tags=CANARY,
    )
    return {
        "billing_address": place,
        "shipping_address": place,
        "customer": who,
        "email": f"{CANARY}@customer.test",
        "contact_email": f"{CANARY}@customer.test",
        "phone": CANARY,
        "note": CANARY,
        "note_attributes": [{"name": "gift to", "value": CANARY}],
        "browser_ip": CANARY,
        "client_details": {"browser_ip": CANARY, "user_agent": CANARY},
        "token": CANARY,
        "cart_token": CANARY,
        "checkout_token": CANARY,
        "order_status_url": f"https://kedai.test/{CANARY}",
        "landing_site": f"/?who={CANARY}",
        "referring_site": CANARY,
        "tags": CANARY,
        **more,
    }


def money(**more: Any) -> dict[str, Any]:
    return make_transaction(
        authorization=CANARY,
        message=CANARY,
        receipt={"payer": CANARY},
        payment_details={"credit_card_name": CANARY, "credit_card_number": CANARY},
        **more,
    )


def story() -> list[Webhook]:
    refund = make_refund(note=CANARY)
    refund["transactions"] = [
        {**paid, "receipt": {"payer": CANARY}, "authorization": CANARY, "message": CANARY}
        for paid in refund["transactions"]
    ]
    broken = {**make_order(**personal()), "id": 77, "total_price_set": CANARY, "name": CANARY}
    unmapped = make_order(**personal(id=6200000001999, name="#1999", order_number=1999))
    bodies = [
        ("orders/create", make_order(**personal())),
        ("order_transactions/create", money()),
        ("orders/updated", make_order(**personal(refunds=[refund]))),
        ("refunds/create", refund),
        ("orders/create", broken),
        ("orders/create", unmapped),
        ("order_transactions/create", money(id=7800000000999, order_id=6200000001999, gateway="X")),
    ]
    return [Webhook(topic=topic, payload=body, triggered_at=WHEN) for topic, body in bodies]


def rows(but: tuple[type, ...] = KEEPERS) -> str:
    """Every table of ours but the keepers, as text."""
    kept: list[Any] = []
    for label in MINE:
        for model in apps.get_app_config(label).get_models():
            if model not in but:
                kept += model._default_manager.all()
    return str(serializers.serialize("json", kept))


def shown(merchant: Merchant) -> str:
    """Every route of the API and of the pages, for every row it can show."""
    owner = Client(headers=bearer(make_token(merchant.domain, secret=SECRET)))
    keys = {
        "order_id": Order.objects.values_list("order_id", flat=True),
        "document_id": Document.objects.values_list("pk", flat=True),
        "delivery_id": Delivery.objects.values_list("pk", flat=True),
        "backfill_id": Backfill.objects.values_list("pk", flat=True),
        "request_id": PrivacyRequest.objects.values_list("pk", flat=True),
    }
    said = []
    for route in ROUTES:
        names = re.findall(r"<int:(\w+)>", route)
        for key in next((keys[name] for name in names if name in keys), [0]):
            said.append(whole(owner.get(address(route, dict.fromkeys(names, key)))))
    return "\n".join(said)


@pytest.mark.parametrize("connection", CONNECTIONS, ids=str)
def test_who_bought_stays_in_the_facts_and_the_key_stays_sealed(
    connection: Connection,
    make_merchant: MakeMerchant,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.SHOPIFY_API_KEY = API_KEY
    merchant = make_merchant(connection)
    credentials = merchant.chosen["credentials"].values()

    merchant.tell_all(story())
    merchant.work_until_quiet()
    pages = shown(merchant)

    books = json.dumps(merchant.documents() + merchant.journal(), default=str)
    printed = "".join(capsys.readouterr())
    lines = caplog.text
    assert Document.objects.filter(state=Document.State.POSTED).count() >= 3
    assert merchant.failed_deliveries()
    assert "#1001" in pages
    assert "SH-1001" in books
    assert Order.objects.filter(state=Order.State.HELD).exists()
    places = {
        "rows": rows(), "pages": pages, "books": books, "log": lines, "printed": printed,
    }  # fmt: skip
    for place, text in places.items():
        assert CANARY not in text, place
        assert SECRET not in text, place
        assert not [each for each in credentials if each in text], place
        assert settings.LEJAR_SEAL_KEYS[0] not in text, place


def test_what_a_buyer_typed_for_an_e_invoice_stays_in_facts_and_documents(
    make_merchant: MakeMerchant,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What has the form of an identity stands in the document that names the buyer. What has not
    is flagged without being repeated."""
    caplog.set_level(logging.DEBUG)
    settings.SHOPIFY_API_KEY = API_KEY
    merchant = make_merchant(ACCTBRIDGE_TO_AUTOCOUNT)
    asked = {"tin": "TIN", "registration": "BRN", "name": "Company"}
    Store.objects.update(tax_attributes=asked, einvoice_since="2026-07-01")
    named, wrong = (typed(tin=TIN, brn=BRN), typed(tin=CANARY, brn=f"{CANARY}-{CANARY}-{CANARY}"))
    bodies = [
        ("orders/create", make_order(note_attributes=named)),
        ("order_transactions/create", make_transaction()),
        ("orders/create", make_order(id=6200000001999, order_number=1999, note_attributes=wrong)),
        ("order_transactions/create", make_transaction(id=7800000000999, order_id=6200000001999)),
    ]

    merchant.tell_all(
        Webhook(topic=topic, payload=body, triggered_at=WHEN) for topic, body in bodies
    )
    merchant.work_until_quiet()
    pages = shown(merchant)

    rows_without = rows(but=(*KEEPERS, Document))
    printed = "".join(capsys.readouterr())
    flagged = Order.objects.get(order_id=6200000001999).flags
    assert [flag["code"] for flag in flagged] == ["BUYER_IDENTITY"]
    (invoice,) = Document.objects.filter(payload__identity__tin=TIN)
    assert invoice.payload["einvoice"] == "individual"
    assert invoice.state == Document.State.POSTED
    assert CANARY in codec.text([fact.body for fact in Fact.objects.all()])
    assert CANARY not in rows() + pages
    for place in (rows_without, caplog.text, printed):
        assert not [each for each in (CANARY, TIN, BRN) if each in place]


def typed(*, tin: str, brn: str) -> list[dict[str, str]]:
    said = {"tin": tin, "brn": brn, "company": "Kedai Contoh"}
    return [{"name": name, "value": value} for name, value in said.items()]


def test_of_a_body_only_the_customer_reaches_the_facts(now: Any) -> None:
    """What was not asked for is not kept: cards, receipts, addresses on the internet, notes. The
    tags of an order are: they are the merchant's words, not the customer's."""
    body = json.dumps(make_order(**personal(customer=None, billing_address=None, tags="",
        shipping_address=None, email=None, contact_email=None, phone=None))).encode()  # fmt: skip
    paid = json.dumps(money()).encode()

    facts = [
        *payloads.facts_from("orders/create", body, triggered_at=now),
        *payloads.facts_from("order_transactions/create", paid, triggered_at=now),
    ]

    assert CANARY not in repr(facts)
