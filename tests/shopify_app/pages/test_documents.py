"""The pages on documents: what they show, how they page, where their links lead."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounting.documents.document import Debtor, Entry, Key, Kind, Role, dump, load
from accounting.documents.document import Document as Written
from accounting.models import Document
from shopify_app.models import Shop
from shopify_app.words import KINDS, ROLES
from tests.shopify_app.conftest import OTHER, SHOP, bearer, make_token
from tests.shopify_app.filled import Filled, fill


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def get(where: str, query: dict[str, str] | None = None, *, accept_language: str = "en") -> Any:
    asked = {"shop": SHOP, "id_token": make_token(), "host": "aG9zdA", "locale": "en"}
    headers = {"Accept-Language": accept_language}
    return Client().get(where, {**asked, **(query or {})}, headers=headers)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def following(answer: Any) -> dict[str, str] | None:
    """What the address of the next page adds, if there is one."""
    found = re.search(r'data-next="([^"]*)"', text(answer))
    if found is None:
        return None
    query = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)
    return {key: value[0] for key, value in query.items()}


def hrefs(answer: Any) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r'href="(/[^"]*)"', text(answer))]


def test_documents_are_listed_newest_first(filled: Filled) -> None:
    html = text(get("/documents"))

    numbers = [row.number for row in filled.rows]
    positions = [html.index(f">{number}<") for number in numbers]
    assert positions == sorted(positions, reverse=True)
    assert "MYR 107.20" in html
    assert "In the books" in html


def test_one_state_can_be_shown_alone(filled: Filled) -> None:
    html = text(get("/documents", {"state": "posted"}))

    assert ">KR-1001<" in html
    assert ">KR-1001-P1<" not in html


@pytest.mark.parametrize("query", [{"state": "nonsense"}, {"before": "x"}, {"before": "9" * 50}])
def test_an_address_that_makes_no_sense_shows_everything(
    filled: Filled, query: dict[str, str]
) -> None:
    answer = get("/documents", query)

    assert answer.status_code == 200
    assert ">KR-1001<" in text(answer)


def test_pages_follow_each_other(filled: Filled) -> None:
    first = filled.rows[0]
    copies = []
    for number in range(120):
        values = {field.attname: getattr(first, field.attname) for field in first._meta.fields}
        values |= {"id": None, "number": f"KR-{2000 + number}", "source_id": 9000 + number}
        copies.append(Document(**values))
    Document.objects.bulk_create(copies)

    seen: list[str] = []
    query: dict[str, str] | None = {}
    while query is not None:
        answer = get("/documents", query)
        seen += re.findall(r">(KR-[^<]*)</s-link>", text(answer))
        query = following(answer)

    assert len(seen) == len(set(seen)) == 123


def test_a_list_costs_the_same_whatever_its_length(
    filled: Filled, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        get("/documents")


def test_a_document_shows_lines_total_trail_and_knock_off(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[0].pk}"))

    for shown in (
        'heading="Invoice KR-1001"',
        "Kopi gunung",
        "SV-8",
        "100.00",
        "MYR 107.20",
        "MYR 107.20 of KR-1001-P1 settles KR-1001.",
        "The books could not be reached",
        "Taken by the books",
        "Read back from the books with the same total",
    ):
        assert shown in html


def test_every_line_says_where_its_amount_and_codes_come_from(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[0].pk}"))

    for shown in (
        "What the order charges",
        "From line item 41: 2 x 45.00 = 90.00 (treatment 4.1)",
        "Codes by product mapping SKU kopi; tax mapping SST 0.08",
        "From shipping line 51: 10.00 = 10.00 (treatment 4.1)",
        "Codes by account of shipping",
    ):
        assert shown in html


def test_money_says_which_transaction_and_mapping_it_comes_from(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[1].pk}"))

    for shown in (
        "Money received",
        "From transaction 61: sale of 107.20 MYR",
        "Codes by gateway mapping ipay88",
    ):
        assert shown in html


def test_why_is_said_in_the_language_of_the_staff(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[0].pk}", {"locale": "zh-CN"}))

    assert "依据商品行 41：2 x 45.00 = 90.00（规则 4.1）" in html
    assert "代码依据：产品映射：SKU kopi；税种映射 SST 0.08" in html


def show(filled: Filled, entry: Entry) -> str:
    """The page of the first document, were it this entry."""
    row = filled.rows[0]
    row.kind, row.role, row.payload = entry.kind.value, entry.key.role.value, dump(entry)
    row.save()
    return text(get(f"/documents/{row.pk}"))


def stored(filled: Filled) -> Written:
    entry = load(filled.rows[0].payload)
    assert isinstance(entry, Written)
    return entry


def test_what_only_some_documents_have_is_shown_where_they_have_it(filled: Filled) -> None:
    plain = text(get(f"/documents/{filled.rows[0].pk}"))
    special = replace(
        stored(filled),
        due_date=date(2026, 12, 20),
        rate=Decimal("3.41000000"),
        project="KL",
        einvoice="individual",
        tax_mode="inclusive",
        corrects="KR-1000",
    )

    html = show(filled, special)

    for shown in (
        "Due date: 2026-12-20",
        "Exchange rate: 1 MYR = 3.41 MYR",
        "Project: KL",
        "E-invoice: an e-invoice of its own",
        "Tax: computed by the books on prices with tax",
        "It adds to invoice KR-1000.",
    ):
        assert shown in html
        assert shown.split(":")[0] + ":" not in plain


@pytest.mark.parametrize(
    ("role", "kind", "shown"),
    [
        (Role.SUPPLEMENTARY, Kind.INVOICE, "Edit or exchange: new lines"),
        (Role.REDUCTION, Kind.CREDIT_NOTE, "Edit: a lower charge"),
        (Role.REVERSAL, Kind.REFUND, "Payment that failed later"),
        (Role.DIFFERENCE, Kind.DEBIT_NOTE, "Cash rounding"),
        (Role.FEE, Kind.DEBIT_NOTE, "Kept back from a refund"),
    ],
)
def test_a_document_says_in_a_phrase_why_it_exists(
    filled: Filled, role: Role, kind: Kind, shown: str
) -> None:
    entry = replace(stored(filled), kind=kind, key=Key(role=role, source_id=7))

    html = show(filled, entry)

    assert f'<s-text type="strong">{shown}</s-text>' in html
    assert f'heading="{KINDS[kind]} KR-1001"' in html


def test_an_exchange_difference_is_told_from_cash_rounding(filled: Filled) -> None:
    entry = stored(filled)
    difference = replace(
        entry,
        kind=Kind.DEBIT_NOTE,
        key=Key(role=Role.DIFFERENCE, source_id=7),
        lines=(replace(entry.lines[0], role="fx"),),
    )

    html = show(filled, difference)

    assert "Exchange difference" in html
    assert "Cash rounding" not in html


def test_every_reason_for_a_document_has_a_phrase() -> None:
    assert set(ROLES) == set(Role)
    assert set(KINDS) == set(Kind)


def test_a_customer_has_a_page_with_the_name_the_books_get(filled: Filled) -> None:
    customer = Debtor(
        key=Key(role=Role.CUSTOMER, source_id=5001),
        code="300-W077",
        name="Puan Melur",
        company="Kedai Kopi Senja",
        address=("1 Jalan Rimba", "50000 Kuala Lumpur"),
        country="MY",
        date=date(2026, 11, 20),
        currency="MYR",
        order_name="#1001",
        order_id=5001,
    )

    html = show(filled, customer)

    assert 'heading="Customer KR-1001"' in html
    assert "Puan Melur · Kedai Kopi Senja · 1 Jalan Rimba · 50000 Kuala Lumpur · MY" in html
    assert "created there when absent" in html
    assert "with the same total" not in html


def test_a_document_from_before_there_was_a_why_is_shown_without(filled: Filled) -> None:
    row = filled.rows[0]
    for line in row.payload["lines"]:
        del line["why"]
    row.save()

    html = text(get(f"/documents/{row.pk}"))

    assert "Kopi gunung" in html
    assert "Codes by" not in html


def test_a_refused_document_says_why(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[1].pk}"))

    assert '<s-banner tone="critical" heading="Refused by the books">' in html
    assert "Payment method does not exist" in html
    assert "The money moves through 310-IPAY (Shopify: iPay88)." in html
    assert "Nothing was sent to the books yet." in html


def test_a_knock_off_has_a_page_too(filled: Filled) -> None:
    html = text(get(f"/documents/{filled.rows[2].pk}"))

    assert "MYR 107.20 of KR-1001-P1 settles KR-1001." in html


def test_another_shops_document_is_not_there(filled: Filled, other: Shop) -> None:
    token = make_token(OTHER)

    answer = Client().get(f"/documents/{filled.rows[0].pk}", {"shop": OTHER, "id_token": token})

    assert answer.status_code == 404
    assert "No such document" in text(answer)
    assert f"/documents?shop={OTHER}" in hrefs(answer)[-1]


def test_every_link_brings_the_admin_along_and_no_token(filled: Filled) -> None:
    pages = ("/documents", f"/documents/{filled.rows[0].pk}", "/orders", "/orders/5001")
    for where in (*pages, "/attention"):
        for href in hrefs(get(where, {"hmac": "x", "session": "y"})):
            if href.startswith("/static/"):
                continue
            query = parse_qs(urlsplit(href).query)
            assert query["shop"] == [SHOP]
            assert query["host"] == ["aG9zdA"]
            assert query["embedded"] == ["1"]
            assert query["locale"] == ["en"]
            assert not {"id_token", "hmac", "session"} & set(query)


def test_app_bridge_is_the_first_script_and_polaris_the_second(
    filled: Filled, settings: Any
) -> None:
    settings.SHOPIFY_UI = "cdn"

    html = text(get("/documents"))

    scripts = re.findall(r'<script src="([^"]*)"></script>', html)
    assert scripts == [settings.SHOPIFY_APP_BRIDGE_URL, settings.SHOPIFY_POLARIS_URL]
    assert html.index("shopify-api-key") < html.index("<script")


def test_local_components_come_from_this_machine(filled: Filled, settings: Any) -> None:
    settings.SHOPIFY_UI = "local"

    html = text(get("/documents"))

    assert "cdn.shopify.com" not in html
    assert "/static/local/app-bridge.js" in html
    assert "/static/components/polaris.css" in html


@pytest.mark.parametrize(
    ("language", "shown"),
    [("ms", "Dokumen"), ("zh-hans", "单据"), ("zh-CN", "单据"), ("en", "Documents")],
)
def test_a_page_speaks_the_language_of_the_staff(filled: Filled, language: str, shown: str) -> None:
    said_by_app_bridge = text(get("/documents", {"locale": "xx"}, accept_language=language))
    said_by_the_admin = text(get("/documents", {"locale": language}, accept_language="fr"))

    assert shown in said_by_app_bridge
    assert shown in said_by_the_admin


def test_what_a_shop_typed_is_shown_as_text(filled: Filled) -> None:
    filled.order.name = "<script>alert(1)</script>"
    filled.order.save()

    html = text(get("/documents"))

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_pages_are_read_only(filled: Filled) -> None:
    answer = Client().post("/documents", headers=bearer(make_token()))

    assert answer.status_code == 405


# --- the local stand-in for Shopify's tokens


def local_token(**more: Any) -> Any:
    return Client().get("/local/id-token", {"shop": SHOP}, **more)


def test_a_local_token_opens_the_own_shop(settings: Any, shop: Shop) -> None:
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = "local", True

    token = local_token().json()["token"]

    assert Client().get("/api/v1/store", headers=bearer(token)).json()["name"] == SHOP


@pytest.mark.parametrize(
    ("ui", "loopback", "more"),
    [
        ("cdn", True, {}),
        ("local", False, {}),
        ("local", True, {"REMOTE_ADDR": "10.0.0.7"}),
        ("local", True, {"REMOTE_ADDR": ""}),
        ("local", True, {"headers": {"X-Forwarded-For": "10.0.0.7"}}),
    ],
)
def test_a_local_token_is_for_this_machine_and_for_demos_only(
    settings: Any, db: None, ui: str, loopback: bool, more: dict[str, Any]
) -> None:
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = ui, loopback

    assert local_token(**more).status_code == 404
