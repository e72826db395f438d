"""A shop whose every order is full of personal data, and a search for it in the whole database."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounting import codec, posting, sealing, sender
from accounting.models import (
    Debtor,
    Document,
    Fact,
    GatewayMapping,
    ItemMapping,
    RoleMapping,
    Store,
)
from shopify_app import inbox
from shopify_app.models import Delivery, MailAddress, Shop
from tests.books import Books, Clock, make_book
from tests.deliveries import SHOP, deliver, make_shop
from tests.payloads import as_body, make_address, make_customer, make_line, make_order

CANARY = "canary7f3"
CUSTOMER_ID = 7100000000001
ELSEWHERE = (
    "accounting_sandbox",
    "shopify_sandbox",
    "sandbox_",
    "django_",
)  # pretended, or no data
TIN, BRN = "C90000000017", "209901000123"  # in form, so that an e-invoice names the buyer
ASKED = {"tin": "TIN", "registration": "BRN", "name": "Company"}


def canary(name: str) -> str:
    return f"{CANARY} {name}"


def personal(**more: Any) -> dict[str, Any]:
    """Every field of an order in which somebody says who they are, each with words of its own."""
    words = {name: canary(name) for name in make_address() if name != "country_code"}
    place = make_address(**(words | {"zip": CANARY}))  # as long as a postcode may be
    email = f"{CANARY}@customer.test"
    who = make_customer(
        id=CUSTOMER_ID,
        email=email,
        first_name=canary("first"),
        last_name=canary("last"),
        phone=canary("phone of the customer"),
        default_address=place,
        note=canary("note about the customer"),
        tags=canary("tags of the customer"),
    )
    typed = {"TIN": TIN, "BRN": BRN, "Company": canary("buyer"), "gift to": canary("gift")}
    engraved = [{"name": "Engraving", "value": canary("engraving")}]
    return {
        "billing_address": place,
        "shipping_address": place,
        "customer": who,
        "email": email,
        "contact_email": email,
        "phone": canary("phone of the order"),
        "note": canary("note"),
        "note_attributes": [{"name": name, "value": value} for name, value in typed.items()],
        "line_items": [make_line(properties=engraved)],
        "browser_ip": canary("address"),
        "client_details": {"user_agent": canary("agent")},
        "order_status_url": f"https://kedai.test/{CANARY}",
        **more,
    }


def settle_in(now: datetime, domain: str = SHOP, **policy: Any) -> Shop:
    """A shop that asks for all the personal data it can, and has everything mapped."""
    book = make_book(now, sealed_credentials=b"", fingerprint="Kedai Sdn Bhd", found="Kedai")
    shop = make_shop(domain, now - timedelta(days=9), book)
    asked = {
        "customers": "customer",
        "show_buyer": True,
        "tax_attributes": ASKED,
        "debtor_prefix": "30",
        "einvoice_since": "2026-07-01",
        "settle_seconds": 0,
    }
    Store.objects.filter(id=shop.store_id).update(**(asked | policy))
    store = Store.objects.get(id=shop.store_id)
    Debtor.objects.create(store=store, currency="MYR", code="300-W001")
    for match in ("default", "no_product"):
        ItemMapping.objects.create(store=store, match=match, value="", account="500-000")
    GatewayMapping.objects.create(store=store, gateway="contohpay", account="310-001")
    for role in ("shipping", "returns", "returns_nostock", "allowance"):
        RoleMapping.objects.create(store=store, role=role, account="510-000")
    return shop


def order_body(**more: Any) -> bytes:
    return as_body(make_order(**personal(**more)))


def work(books: Books, clock: Clock) -> None:
    """Read what came, plan and send, until nothing is due."""
    for _ in range(12):
        inbox.process(now=clock())
        posting.plan(now=clock())
        sender.send_due(lambda _: books, clock=clock, chance=lambda: 0.0)
        clock.advance(seconds=700)


def tell(body: bytes, topic: str, **headers: str) -> None:
    assert deliver(body, topic, **headers).status_code == 200


def arrived(topic: str, at: datetime) -> None:
    """The door has a clock of its own: what it has just stored came at this time."""
    Delivery.objects.filter(topic=topic, state=Delivery.State.NEW).update(received_at=at)


def compliance(topic: str, orders: list[int], domain: str = SHOP) -> bytes:
    """A compliance body as Shopify sends it: e-mail and phone among the ids."""
    body: dict[str, Any] = {"shop_id": 1, "shop_domain": domain}
    if topic.startswith("customers/"):
        who = {"id": CUSTOMER_ID, "email": f"{CANARY}@customer.test", "phone": canary("asked")}
        key = "orders_to_redact" if topic.endswith("redact") else "orders_requested"
        body |= {"customer": who, key: orders}
    return as_body(body)


# --- the search ------------------------------------------------------------------------------


def places() -> set[str]:
    """Every column of every table in which somebody is named, whatever its type or packing."""
    return {
        f"{table}.{column}"
        for table, column, kind in _columns()
        for value in _values(table, column, kind)
        if any(word in value.casefold() for word in (CANARY, TIN.casefold(), BRN))
    }


def _columns() -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false)) ORDER BY 1, 2"
        )
        return [row for row in cursor.fetchall() if not row[0].startswith(ELSEWHERE)]


def _values(table: str, column: str, kind: str) -> Iterator[str]:
    by = "shop_id" if table == "shopify_app_offlinetoken" else "id"
    key = by if kind == "bytea" else "0"
    read = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
    with connection.cursor() as cursor:
        # The names are the database's own.
        cursor.execute(f'SELECT {key}, {read} FROM "{table}" WHERE "{column}" IS NOT NULL')  # noqa: S608
        rows = cursor.fetchall()
    for pk, value in rows:
        yield from _opened(pk, bytes(value)) if kind == "bytea" else (value,)


def _opened(pk: int, raw: bytes) -> Iterator[str]:
    """Bytes as they are, unpacked, and unsealed."""
    yield raw.decode(errors="replace")
    with suppress(zlib.error):
        yield zlib.decompress(raw).decode(errors="replace")
    for row in ("book {}", "privacy request {}", "token {} access", "token {} refresh"):
        with suppress(sealing.SealBroken):
            yield sealing.unseal(raw, row=row.format(pk))
    for address in MailAddress.objects.filter(sealed=raw):
        with suppress(sealing.SealBroken):
            yield address.take()


def inconsistent() -> list[str]:
    """Facts and documents whose digest is not that of their content."""
    facts = [f"fact {row.id}" for row in Fact.objects.all() if codec.sha256(row.body) != row.sha256]
    rows = Document.objects.all()
    return facts + [row.number for row in rows if codec.sha256(row.payload) != row.payload_sha256]
