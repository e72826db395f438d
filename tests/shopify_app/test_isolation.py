"""Every route of the URL conf, walked with the token of another shop. Who else is nobody here, and
what makes the walk complete: `test_two_tenants`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core import serializers as rows
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounting import audit
from accounting.models import (
    Attempt,
    Audit,
    Backfill,
    BackfillOrder,
    Book,
    BookCheck,
    BookDifference,
    BookSighting,
    Catalogue,
    Code,
    CodeList,
    Debtor,
    DebtorCode,
    Document,
    GatewayMapping,
    ItemMapping,
    MappingImport,
    MappingPreview,
    Order,
    ProjectMapping,
    RoleMapping,
    SeenGateway,
    SeenTax,
    StatementApproval,
    Store,
    TaxMapping,
    TieDay,
    TieDifference,
    TieDue,
    TieFigure,
    TieRecount,
    Variant,
)
from shopify_app.models import (
    AccountantLink,
    AccountantSession,
    Delivery,
    Episode,
    Mail,
    MailAddress,
    MailSettings,
    OfflineToken,
    PersonalDataAccess,
    PrivacyRequest,
    ProductReading,
    Reconciliation,
    Shop,
    ShopDetails,
    ShopPlan,
    ShopReading,
)
from tests.chained import chain
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import SEAL_KEYS, fill

CANARY = "CANARY7F3"
METHODS = ("get", "post", "put", "patch", "delete")
PUBLIC = {
    "healthz",
    "session/bounce",
    "auth/callback",
    "api/v1/schema",
    "webhooks/shopify",
    "local/id-token",
    "local/admin",
    "privacy",
    "mail/confirm/<str:token>",
    "mail/stop/<str:token>",
}
TABLES = (
    Store, Book, CodeList, Code, Debtor, DebtorCode, ItemMapping, TaxMapping, GatewayMapping,
    RoleMapping, ProjectMapping, Order, Document, Attempt, BookCheck, BookSighting, BookDifference,
    Backfill, BackfillOrder, TieDue, TieFigure, TieDay, TieDifference, TieRecount,
    StatementApproval, MappingImport, MappingPreview, SeenGateway, SeenTax, Catalogue, Variant,
    Delivery, OfflineToken, ShopDetails, ShopPlan, Reconciliation, ShopReading, ProductReading,
    PrivacyRequest, PersonalDataAccess, MailSettings, MailAddress, Episode, Mail,
    AccountantLink, AccountantSession,
)  # fmt: skip


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path
        elif isinstance(entry, URLResolver) and not path.startswith("sandbox/"):
            yield from routes(entry, path)


# The accountant's doors have tests of their own (test_outside.py).
ROUTES = sorted(route for route in routes() if not route.startswith("accountant/"))


def address(route: str, ids: dict[str, int]) -> str:
    named = route.replace("<str:name>", "debtors").replace("<str:token>", "forged")
    named = named.replace("<day:day>", "2026-11-20").replace("<month:month>", "2026-11")
    named = named.replace("<str:what>", "roles")
    return "/" + re.sub(r"<int:(\w+)>", lambda found: str(ids[found[1]]), named)


def everything(store_id: int, domain: str) -> str:
    """All rows of one shop, as text: equal before and after means untouched."""
    kept: list[Any] = []
    for table in TABLES:
        name = {"Store": "pk", "Book": "store", "Delivery": "shop_domain"}
        by_shop = ("OfflineToken", "ShopDetails", "ShopPlan", "Reconciliation", "ShopReading")
        mails = ("MailSettings", "MailAddress", "Episode", "Mail")
        named = (*by_shop, *mails, "ProductReading", "PersonalDataAccess", "AccountantLink")
        name |= dict.fromkeys(named, "shop__store")
        name |= {"PrivacyRequest": "shop_domain"}
        name |= {"AccountantSession": "link__shop__store"}
        name |= {"CodeList": "book__store", "Code": "list__book__store"}
        key = name.get(table.__name__, "store")
        value = domain if key == "shop_domain" else store_id
        kept += table._default_manager.filter(**{key: value}).order_by("pk")
    return str(rows.serialize("json", kept))


def call(client: Client, method: str, where: str, ids: dict[str, int], mapping_id: int) -> Any:
    if method == "get":
        return client.get(where)
    if "mappings" in where and method == "delete":
        return client.delete(f"{where}?id={mapping_id}")
    body = {"reason": "mine now", "id": list(ids.values())}
    return getattr(client, method)(where, body, content_type="application/json")


def said(answer: Any) -> str:
    """All that it says, also where it is a stream."""
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode()


def test_there_are_routes_to_walk() -> None:
    assert len(ROUTES) >= 25
    assert set(ROUTES) >= PUBLIC


@pytest.mark.parametrize("route", ROUTES)
def test_another_shop_sees_and_changes_nothing(
    route: str, shop: Shop, other: Shop, client_for: ClientFor, now: datetime
) -> None:
    filled = fill(shop, now, canary=CANARY)
    audit.note(shop.store_id, f"staff {CANARY}", "document skipped", now, reason=CANARY)
    chain()
    before = everything(shop.store_id, shop.domain)
    stranger = client_for(other.domain)
    stranger.raise_request_exception = False

    for method in METHODS:
        answer = call(stranger, method, address(route, filled.ids), filled.ids, filled.mapping.pk)

        assert answer.status_code < 500
        assert CANARY not in said(answer)
        assert not answer.cookies
        if "<int:" in route:
            assert answer.status_code in (404, 405), f"{method} {route}"
    assert everything(shop.store_id, shop.domain) == before
    assert Audit.objects.filter(store=shop.store).exclude(action="install").count() == 1


@pytest.mark.parametrize("route", ROUTES)
def test_html_is_framed_by_the_own_shop_and_never_sets_a_cookie(
    route: str, shop: Shop, client_for: ClientFor, now: datetime
) -> None:
    filled = fill(shop, now, canary=CANARY)
    owner = client_for(shop.domain)
    owner.raise_request_exception = False

    answer = owner.get(address(route, filled.ids))

    assert answer.status_code < 500
    assert not answer.cookies
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("route", [route for route in ROUTES if "<int:" in route])
def test_an_id_beyond_every_table_is_simply_not_there(
    route: str, shop: Shop, client_for: ClientFor
) -> None:
    ids = (
        "order_id",
        "document_id",
        "delivery_id",
        "backfill_id",
        "request_id",
        "difference_id",
        "address_id",
        "link_id",
        "import_id",
        "preview_id",
    )
    huge = dict.fromkeys(ids, 10**30)
    owner = client_for(shop.domain)

    for method in METHODS:
        answer = call(owner, method, address(route, huge), huge, 1)

        assert answer.status_code in (404, 405), f"{method} {route}"
