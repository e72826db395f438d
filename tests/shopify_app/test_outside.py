"""An accountant's link: what it opens, what it does not, and where its secret never stands."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, resolve
from django.utils import timezone
from pytest_django import Settings

from accounting import audit
from accounting.documents.document import Debtor, Key, Role, dump
from accounting.models import Audit, StatementApproval
from shopify_app import accountants, install, outside, urls
from shopify_app.api.activity import ActivityCheckView
from shopify_app.models import (
    AccountantKnock,
    AccountantLink,
    AccountantSession,
    PersonalDataAccess,
    Shop,
)
from tests.chained import chain
from tests.shopify_app.conftest import OTHER, SHOP, ClientFor, bearer, make_token
from tests.shopify_app.filled import fill
from tests.shopify_app.pages import lint
from tests.shopify_app.test_isolation import address, everything, said

OURS = {"X-Lejar-Outside": "1"}
MOST_STATEMENTS = {"orders/<int:order_id>/codes": 10}  # the rules stand in tables of their own
CUSTOMER = Debtor(
    key=Key(role=Role.CUSTOMER, source_id=5001),
    code="300-W077",
    name="Puan Melur",
    date=date(2026, 11, 20),
    currency="MYR",
    order_name="#1001",
    order_id=5001,
)
METHODS = ("post", "put", "patch", "delete")
APPROVE = "api/v1/statements/<month:month>/approve"
# Everything an accountant may change; one line here for one line in `urls.for_accountant`.
WRITES = {("post", APPROVE)}
MONTH = {"month": "2026-11"}  # of what `fill` makes


@pytest.fixture
def now() -> datetime:
    """The views have a clock of their own."""
    return timezone.now()


def make_link(shop: Shop, now: datetime, *, days: int = 90) -> tuple[AccountantLink, str]:
    last = timezone.localdate(now) + timedelta(days=days)
    return accountants.create(shop=shop, label="Teh & Co", last_date=last, who="staff 17", now=now)


def enter(
    link_id: int, secret: object, client: Client | None = None, headers: dict[str, str] = OURS
) -> Any:
    return (client or Client()).post(
        f"/accountant/{link_id}/session", json.dumps({"secret": secret}),
        content_type="application/json", headers=OURS | headers,
    )  # fmt: skip


def visitor(link_id: int, secret: str) -> Client:
    client = Client(raise_request_exception=False)
    assert enter(link_id, secret, client).status_code == 200
    return client


@pytest.fixture
def made(shop: Shop, now: datetime) -> tuple[AccountantLink, str]:
    return make_link(shop, now)


@pytest.fixture
def link(made: tuple[AccountantLink, str]) -> AccountantLink:
    return made[0]


@pytest.fixture
def inside(made: tuple[AccountantLink, str]) -> Client:
    return visitor(made[0].pk, made[1])


def routes() -> list[str]:
    """What an accountant is offered, as `urls.for_accountant` lists it."""
    return [str(each.pattern) for each in urls.for_accountant if isinstance(each, URLPattern)]


def pages() -> list[str]:
    """Those that a person reads."""
    return [where for where in routes() if where != "hidden" and not where.startswith("api/")]


def at(link: AccountantLink, route: str, ids: dict[str, int]) -> str:
    return f"/accountant/{link.pk}{address(route, ids)}"


IDS = {"document_id": 1, "order_id": 5001, "backfill_id": 1}  # where it does not matter which


# --- coming in -------------------------------------------------------------------------------


def test_a_link_is_exchanged_for_a_cookie_of_its_own_path(
    made: tuple[AccountantLink, str], settings: Settings
) -> None:
    link, secret = made
    settings.SHOPIFY_UI = "cdn"

    answer = enter(link.pk, secret)

    cookie = answer.cookies[outside.COOKIE]
    link.refresh_from_db()
    assert answer.json() == {"address": f"/accountant/{link.pk}/"}
    assert (cookie["path"], cookie["samesite"]) == (f"/accountant/{link.pk}", "Strict")
    assert cookie["httponly"]
    assert cookie["secure"]
    assert len(cookie.value) >= 43
    assert cookie.value != secret
    assert link.used_at is not None
    noted = Audit.objects.get(action="accountant link opened")
    assert noted.who == f"accountant link {link.pk}"


def test_only_on_one_machine_a_cookie_goes_without_tls(
    made: tuple[AccountantLink, str], settings: Settings
) -> None:
    settings.SHOPIFY_UI = "local"

    cookies = enter(made[0].pk, made[1]).cookies

    assert list(cookies) == [outside.LOCAL_COOKIE]
    assert not cookies[outside.LOCAL_COOKIE]["secure"]


def test_neither_secret_nor_cookie_is_kept(made: tuple[AccountantLink, str]) -> None:
    link, secret = made
    cookie = enter(link.pk, secret).cookies[outside.COOKIE].value

    kept = str([*AccountantLink.objects.values(), *AccountantSession.objects.values()])
    kept += str(list(Audit.objects.values()))

    assert secret not in kept
    assert cookie not in kept


Change = Callable[[AccountantLink], object]
SHUT: dict[str, Change] = {
    "over": lambda link: AccountantLink.objects.update(
        created_at=timezone.now() - timedelta(days=9), ends_at=timezone.now() - timedelta(days=1)
    ),
    "revoked": lambda link: accountants.revoke(
        shop=link.shop, link_id=link.pk, who="staff 1", now=timezone.now()
    ),
    "shop gone": lambda link: install.uninstall(link.shop.domain, at=timezone.now()),
    "deleted": lambda link: AccountantLink.objects.all().delete(),
}


@pytest.mark.parametrize("why", [*SHUT, "wrong"])
def test_a_link_that_opens_nothing_says_the_same_whatever_the_reason(
    made: tuple[AccountantLink, str], why: str
) -> None:
    link, secret = made
    number = link.pk
    if why != "wrong":
        SHUT[why](link)
    told = enter(number, "x" * 43 if why == "wrong" else secret)
    absent = enter(10**9, secret)

    assert (told.status_code, told.content) == (absent.status_code, absent.content)
    assert told.status_code == 403
    assert not told.cookies
    assert not AccountantSession.objects.exists()


@pytest.mark.parametrize("why", SHUT)
def test_a_visit_ends_with_its_link(link: AccountantLink, inside: Client, why: str) -> None:
    where = f"/accountant/{link.pk}/documents"
    assert inside.get(where).status_code == 200

    SHUT[why](link)

    assert inside.get(where).status_code == 401


def test_a_visit_ends_when_nothing_was_asked_for_half_a_day(
    link: AccountantLink, inside: Client, now: datetime
) -> None:
    where = f"/accountant/{link.pk}/documents"
    AccountantSession.objects.update(ends_at=now + timedelta(hours=1))

    kept = inside.get(where)
    renewed = AccountantSession.objects.get().ends_at
    AccountantSession.objects.update(ends_at=now)
    over = inside.get(where)

    assert (kept.status_code, over.status_code) == (200, 401)
    assert renewed > now + timedelta(hours=11)


def test_a_visit_is_never_longer_than_its_link(shop: Shop, now: datetime) -> None:
    link, secret = make_link(shop, now)
    AccountantLink.objects.filter(pk=link.pk).update(ends_at=now + timedelta(hours=2))

    visitor(link.pk, secret).get(f"/accountant/{link.pk}/documents")

    assert AccountantSession.objects.get().ends_at == now + timedelta(hours=2)


def test_signing_out_ends_the_visit_and_drops_the_cookie(
    link: AccountantLink, inside: Client
) -> None:
    answer = inside.delete(f"/accountant/{link.pk}/session", headers=OURS)

    assert answer.status_code == 204
    assert answer.cookies[outside.COOKIE].value == ""
    assert not AccountantSession.objects.exists()


@pytest.mark.parametrize("secret", [None, 1, "", [], {"a": 1}, "\ud800", "x" * 5000, "é" * 43])
def test_a_secret_that_is_none_opens_nothing(link: AccountantLink, secret: object) -> None:
    assert enter(link.pk, secret).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 900, b"\xff"])
def test_a_body_that_is_none_opens_nothing(link: AccountantLink, body: bytes) -> None:
    where = f"/accountant/{link.pk}/session"
    answer = Client().post(where, body, content_type="application/json", headers=OURS)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"X-Lejar-Outside": ""}, {"Origin": "https://evil.test"}, {"Origin": "null"}]
)
def test_no_other_site_can_have_a_link_opened_or_closed(
    made: tuple[AccountantLink, str], inside: Client, headers: dict[str, str]
) -> None:
    link, secret = made
    where = f"/accountant/{link.pk}/session"

    opened = enter(link.pk, secret, headers=headers)
    closed = inside.delete(where, headers=OURS | headers)

    assert (opened.status_code, closed.status_code) == (403, 403)
    assert not opened.cookies
    assert AccountantSession.objects.count() == 1


def test_our_own_origin_is_let_in(made: tuple[AccountantLink, str]) -> None:
    assert enter(made[0].pk, made[1], headers={"Origin": "http://testserver"}).status_code == 200


def test_who_tries_too_often_waits(
    made: tuple[AccountantLink, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link, secret = made
    monkeypatch.setattr(accountants, "KNOCKS", 3)
    for _ in range(3):
        assert enter(link.pk, "wrong").status_code == 403

    refused = enter(link.pk, secret)
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    AccountantKnock.objects.update(since=timezone.now() - accountants.KNOCK_WINDOW)
    later = enter(link.pk, secret)

    assert (refused.status_code, later.status_code) == (429, 200)
    assert not refused.cookies
    assert enter(link.pk, secret, elsewhere).status_code == 200
    assert "127.0.0.1" not in str(list(AccountantKnock.objects.values()))


def test_old_tries_are_forgotten(link: AccountantLink) -> None:
    enter(link.pk, "wrong", Client(REMOTE_ADDR="203.0.113.9"))
    AccountantKnock.objects.update(since=timezone.now() - accountants.KNOCK_WINDOW)

    enter(link.pk, "wrong")
    enter(link.pk, "wrong")

    assert AccountantKnock.objects.get().count == 2


@pytest.mark.parametrize(
    ("proxies", "counted"), [(0, "127.0.0.1"), (1, "192.0.2.2"), (9, "127.0.0.1")]
)
def test_only_our_own_proxies_say_whose_try_it_is(
    link: AccountantLink, settings: Settings, monkeypatch: pytest.MonkeyPatch, proxies: int,
    counted: str,
) -> None:  # fmt: skip
    settings.LEJAR_PROXIES = proxies
    heard: list[str] = []

    def knock(address: str) -> str:
        heard.append(address)
        return "0"

    monkeypatch.setattr(accountants, "_knock", knock)

    enter(link.pk, "wrong", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.2"})

    assert heard == [counted]


# --- where the secret does not stand ---------------------------------------------------------


def test_the_page_that_opens_a_link_tells_nobody_its_address(link: AccountantLink) -> None:
    answer = Client().get(f"/accountant/{link.pk}/open")

    html = answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert html.count("<script") == 1
    assert 'src="/static/accountant-open.js"' in html
    assert "https://" not in html
    assert html == Client().get(f"/accountant/{link.pk}/open").content.decode()


def test_the_secret_is_in_no_log_and_no_answer(
    made: tuple[AccountantLink, str], caplog: pytest.LogCaptureFixture
) -> None:
    link, secret = made
    caplog.set_level(logging.DEBUG)

    good, bad = enter(link.pk, secret), enter(link.pk, secret + "x")
    shown = visitor(link.pk, secret).get(f"/accountant/{link.pk}/documents")

    for answer in (good, bad, shown):
        assert secret not in answer.content.decode()
        assert secret not in str(answer.headers)
        assert answer["Referrer-Policy"] == "no-referrer"
    assert secret not in caplog.text
    assert good.cookies[outside.COOKIE].value not in caplog.text


# --- what is shown ---------------------------------------------------------------------------


@pytest.mark.parametrize("where", [*pages(), "hidden"])
def test_pages_are_shown_read_only_and_framed_by_nobody(
    where: str, shop: Shop, now: datetime
) -> None:
    filled = fill(shop, now)
    link, secret = make_link(shop, now)

    answer = visitor(link.pk, secret).get(at(link, where, filled.ids), MONTH)

    html = said(answer)
    assert answer.status_code == (403 if where == "hidden" else 200)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert [each.attributes["data-api"] for each in written(html)] == (
        ["POST /api/v1/statements/2026-11/approve"] if where == "tie-out/statement" else []
    )
    assert "local/" not in html
    assert "cdn.shopify.com" not in html
    assert "shopify-api-key" not in html


def written(html: str) -> list[lint.Element]:
    """What would send something, and what a table would be sent by."""
    return [
        each for each in lint.read(html) if {"data-api", "data-mapping"} & each.attributes.keys()
    ]


@pytest.mark.parametrize("where", pages())
def test_nothing_looks_as_if_it_could_be_changed(where: str, shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    link, secret = make_link(shop, now)

    html = said(visitor(link.pk, secret).get(at(link, where, filled.ids), MONTH))

    filters = "".join(part.split("</form>")[0] for part in html.split("<form data-filter")[1:])
    elsewhere = [
        each
        for each in lint.read(html)
        if lint.FIELDS.match(each.tag) and "disabled" not in each.attributes
    ]
    assert len(elsewhere) == sum(bool(lint.FIELDS.match(each.tag)) for each in lint.read(filters))
    assert "data-save-bar" not in html
    assert ("Only the shop itself changes its settings." in html) == (where == "settings")


@pytest.mark.parametrize("where", pages())
def test_no_link_of_a_page_leads_to_what_is_hidden(where: str, shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    link, secret = make_link(shop, now)

    html = said(visitor(link.pk, secret).get(at(link, where, filled.ids), MONTH))

    assert f"/accountant/{link.pk}/hidden" not in html


@pytest.mark.parametrize("where", pages())
def test_a_page_takes_few_statements(where: str, shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    link, secret = make_link(shop, now)
    client, page = visitor(link.pk, secret), at(link, where, filled.ids)
    client.get(page, MONTH)

    with CaptureQueriesContext(connection) as captured:
        client.get(page, MONTH)

    assert len(captured) <= MOST_STATEMENTS.get(where, 9)


@pytest.mark.parametrize("where", [route for route in routes() if route.endswith(".csv")])
def test_files_come_under_the_link(where: str, shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    link, secret = make_link(shop, now)
    chain()

    answer = visitor(link.pk, secret).get(
        at(link, where, filled.ids), MONTH if "tie-out" in where else {}, headers=OURS
    )

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert "," in said(answer)


def test_links_of_a_page_stay_outside(shop: Shop, now: datetime) -> None:
    fill(shop, now)
    newest, secret = make_link(shop, now)
    client = visitor(newest.pk, secret)

    html = client.get(f"/accountant/{newest.pk}/documents", {"locale": "ms"}).content.decode()

    hrefs = [part.split('"')[0] for part in html.split('s-link href="')[1:]]
    assert len(hrefs) > 5
    assert all(href.startswith(f"/accountant/{newest.pk}/") for href in hrefs)
    assert all("shop=" not in href for href in hrefs)
    assert any("locale=ms" in href for href in hrefs)


def test_the_page_says_who_looks_and_until_when(link: AccountantLink, inside: Client) -> None:
    html = inside.get(f"/accountant/{link.pk}/documents").content.decode()

    until = timezone.localtime(link.ends_at, timezone.get_default_timezone())
    assert f"You look at {SHOP} as Teh &amp; Co until {until:%Y-%m-%d}." in html
    assert "data-leave" in html


def test_a_page_of_the_shop_alone_is_named_and_not_shown(
    link: AccountantLink, inside: Client
) -> None:
    answer = inside.get(f"/accountant/{link.pk}/hidden")

    assert answer.status_code == 403
    assert "Only the shop itself sees this page." in answer.content.decode()
    assert outside.address(link, "settings-accountant") == f"/accountant/{link.pk}/hidden"


def test_the_file_of_the_activity_can_be_had(link: AccountantLink, inside: Client) -> None:
    chain()

    answer = inside.get(f"/accountant/{link.pk}/api/v1/activity.csv")

    assert "accountant link created" in said(answer)


def test_a_buyer_that_is_shown_is_noted_under_the_link(shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    row = filled.rows[0]
    row.payload = dump(CUSTOMER)
    row.save(update_fields=["payload"])
    link, secret = make_link(shop, now)
    PersonalDataAccess.objects.all().delete()
    client = visitor(link.pk, secret)

    client.get(f"/accountant/{link.pk}/documents/{filled.rows[1].pk}")
    unnoted = PersonalDataAccess.objects.count()
    shown = client.get(f"/accountant/{link.pk}/documents/{row.pk}")

    access = PersonalDataAccess.objects.get()
    assert CUSTOMER.name in said(shown)
    assert unnoted == 0
    assert (access.shop, access.who) == (shop, f"accountant link {link.pk}")
    assert access.subject == f"document {row.pk}"


# --- the one thing that is done there --------------------------------------------------------


def approve(client: Client, link: AccountantLink, digest: str, month: str = "2026-11") -> Any:
    return client.post(
        f"/accountant/{link.pk}/api/v1/statements/{month}/approve",
        {"digest": digest},
        "application/json",
        headers=OURS,
    )


def test_an_accountant_approves_a_statement_under_the_links_name(shop: Shop, now: datetime) -> None:
    fill(shop, now)
    StatementApproval.objects.all().delete()
    link, secret = make_link(shop, now)
    client, where = visitor(link.pk, secret), f"/accountant/{link.pk}/tie-out/statement"
    (button,) = written(said(client.get(where, MONTH)))
    digest = json.loads(button.attributes["data-body"])["digest"]

    answer = approve(client, link, digest)

    assert answer.status_code == 200
    approval = StatementApproval.objects.get()
    assert (approval.store_id, approval.who) == (shop.store_id, f"accountant link {link.pk}")
    assert Audit.objects.get(action="statement approved").who == approval.who
    html = " ".join(said(client.get(where, MONTH)).split())
    assert "Approved by Teh &amp; Co on " in html
    assert not written(html)


def test_figures_that_are_others_by_now_are_not_approved(shop: Shop, now: datetime) -> None:
    fill(shop, now)
    link, secret = make_link(shop, now)
    client, before = visitor(link.pk, secret), everything(shop.store_id, shop.domain)

    assert approve(client, link, "1" * 64).status_code == 409
    assert approve(client, link, "none").status_code == 400
    unsaid = client.post(f"/accountant/{link.pk}/api/v1/statements/2026-11/approve")
    assert unsaid.status_code == 403
    assert everything(shop.store_id, shop.domain) == before


# --- what it does not open -------------------------------------------------------------------


@pytest.mark.parametrize("where", [route for route in routes() if route != "hidden"])
def test_nothing_is_shown_without_the_cookie_nor_by_a_session_token(
    where: str, link: AccountantLink, client_for: ClientFor
) -> None:
    there = at(link, where, IDS)

    for client in (Client(), client_for(SHOP), client_for(OTHER)):
        answer = client.get(there, {"id_token": make_token()})

        assert answer.status_code == 401
        assert not answer.cookies
        assert SHOP not in said(answer)


def test_a_link_of_one_shop_never_shows_another(
    shop: Shop, other: Shop, link: AccountantLink, inside: Client, now: datetime
) -> None:
    theirs = fill(other, now, canary="CANARY7F3", order_id=6001)
    their_link, _ = make_link(other, now)
    audit.note(other.store_id, "staff CANARY7F3", "books paused", now)
    chain()
    before = everything(other.store_id, other.domain)
    cookie = inside.cookies[outside.COOKIE].value

    for where in routes():
        mine = inside.get(at(link, where, theirs.ids))
        there = Client(headers={"Cookie": f"{outside.COOKIE}={cookie}"}).get(
            at(their_link, where, theirs.ids)
        )

        assert "CANARY7F3" not in said(mine)
        assert "CANARY7F3" not in said(there)
        assert there.status_code == (403 if where == "hidden" else 401)
        assert mine.status_code == refused_as(where)
    assert everything(other.store_id, other.domain) == before


def refused_as(where: str) -> int:
    """What asking for another shop's rows is answered; where no row is named, one's own are."""
    if where in ("hidden", APPROVE, "api/v1/tie-out.csv"):
        return {"hidden": 403, APPROVE: 405}.get(where, 400)
    return 404 if "_id>" in where else 200


def test_every_other_write_is_refused(link: AccountantLink, inside: Client) -> None:
    before = list(Audit.objects.values())

    for where in routes():
        for method in METHODS:
            if (method, where) in WRITES:
                continue
            answer = getattr(inside, method)(at(link, where, IDS), headers=OURS)
            assert answer.status_code in (403, 405), f"{method} {where}"

    assert list(Audit.objects.values()) == before


def test_a_write_needs_a_page_of_ours(link: AccountantLink, inside: Client) -> None:
    view = outside.api(ActivityCheckView, "post")

    def write(**headers: str) -> int:
        request = inside.post(f"/accountant/{link.pk}/documents", headers=headers).wsgi_request
        return view(request, link_id=link.pk).status_code

    assert write(**OURS) == 200
    assert write() == 403
    assert write(**OURS, Origin="https://evil.test") == 403


def test_a_cookie_alone_opens_neither_the_admins_pages_nor_the_api(
    link: AccountantLink, inside: Client
) -> None:
    cookie = inside.cookies[outside.COOKIE].value
    client = Client(headers={"Cookie": f"{outside.COOKIE}={cookie}"})

    assert client.get("/api/v1/activity").status_code == 401
    assert client.get("/api/v1/accountant-links").status_code == 401
    assert client.get("/documents", {"shop": SHOP}).status_code == 302
    assert client.get("/settings/accountant").status_code == 400


def test_what_is_offered_outside_is_an_explicit_list() -> None:
    names = {each.name for each in urls.for_accountant if isinstance(each, URLPattern)}

    assert {name for name in names if name} == {
        "home", "documents", "document", "orders", "order", "order-codes", "attention", "mapping",
        "mapping-taxes", "mapping-gateways", "mapping-accounts", "mapping-projects",
        "mapping-products", "tie-out", "tie-out-day", "statement", "imports", "import", "settings",
        "activity", "hidden",
    }  # fmt: skip
    assert [where for where in routes() if where.startswith("api/")] == [
        "api/v1/activity.csv",
        "api/v1/tie-out.csv",
        "api/v1/mappings/<str:what>.csv",
        "api/v1/backfills/<int:backfill_id>/orders.csv",
        APPROVE,
    ]
    assert resolve("/accountant/5/documents").func.__name__ == "list_page"


# --- made and revoked by the shop ------------------------------------------------------------


def test_a_link_is_made_and_shown_once(api: Client, shop: Shop) -> None:
    answer = api.post("/api/v1/accountant-links", {"name": "Teh & Co"}, "application/json")
    listed = api.get("/api/v1/accountant-links")

    made = answer.json()
    where, _, secret = made["address"].partition("#")
    assert answer.status_code == 201
    assert where == f"https://testserver/accountant/{made['id']}/open"
    assert len(secret) == 43
    assert listed.json()["results"] == [{k: v for k, v in made.items() if k != "address"}]
    assert secret not in listed.content.decode()
    assert visitor(made["id"], secret)
    noted = Audit.objects.get(action="accountant link created")
    assert (noted.who, noted.detail["label"]) == ("staff 42", "Teh & Co")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "Teh", "last_date": "2020-01-01"}, "last_date"),
        ({"name": "Teh", "last_date": "2999-01-01"}, "last_date"),
        ({"name": "Teh", "last_date": "soon"}, "last_date"),
        ({"name": "Teh", "shop": 5}, "shop"),
    ],
)
def test_a_link_that_cannot_be_is_refused_by_field(
    api: Client, body: dict[str, object], field: str
) -> None:
    answer = api.post("/api/v1/accountant-links", body, "application/json")

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not AccountantLink.objects.exists()
    assert not Audit.objects.filter(action__startswith="accountant").exists()


def test_a_link_lasts_ninety_days_and_a_year_at_most(api: Client) -> None:
    today = timezone.localdate()
    year = {"name": "A", "last_date": str(today + timedelta(days=365))}

    api.post("/api/v1/accountant-links", {"name": "B"}, "application/json")
    longest = api.post("/api/v1/accountant-links", year, "application/json")

    left = AccountantLink.objects.get(label="B").ends_at - timezone.now()
    assert timedelta(days=90) <= left <= timedelta(days=92)
    assert longest.status_code == 201


def test_there_are_only_so_many_open_links(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accountants, "MOST_LINKS", 1)
    body = {"name": "Teh"}

    api.post("/api/v1/accountant-links", body, "application/json")
    second = api.post("/api/v1/accountant-links", body, "application/json")

    assert second.status_code == 409
    assert AccountantLink.objects.count() == 1


def test_revoking_is_noted_once(api: Client, link: AccountantLink) -> None:
    where = f"/api/v1/accountant-links/{link.pk}/revoke"

    first, second = api.post(where), api.post(where)

    assert first.json()["revoked_at"] == second.json()["revoked_at"] is not None
    assert Audit.objects.get(action="accountant link revoked").who == "staff 42"


def test_another_shops_link_cannot_be_revoked(
    link: AccountantLink, other: Shop, client_for: ClientFor
) -> None:
    answer = client_for(OTHER).post(f"/api/v1/accountant-links/{link.pk}/revoke")

    link.refresh_from_db()
    assert answer.status_code == 404
    assert link.revoked_at is None


def test_the_settings_page_lists_links_and_never_their_secrets(
    made: tuple[AccountantLink, str],
) -> None:
    link, secret = made

    html = Client(headers=bearer(make_token())).get("/settings/accountant").content.decode()

    assert "Teh &amp; Co" in html
    assert f'data-api="POST /api/v1/accountant-links/{link.pk}/revoke"' in html
    assert secret not in html
    assert link.secret_sha256 not in html


def test_without_links_the_settings_page_says_what_one_is(shop: Shop) -> None:
    html = Client(headers=bearer(make_token())).get("/settings/accountant").content.decode()

    assert "There is no link yet." in html
