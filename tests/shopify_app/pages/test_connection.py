"""The page of the connection: every way with what to know and fill in, how it stands, what the
check found, the codes that were read, and how the books compare."""

from __future__ import annotations

import html as markup
import json
import re
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from accounting import connections
from accounting.connectors.guide import guides
from accounting.models import Book, BookCheck, BookDifference, Store
from shopify_app.models import Shop
from shopify_app.pages.fields_of_findings import errors
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, hrefs, text

WAY = "acctbridge_sql_accounting"
REFUSED = "AcctBridge refused the API key. Create a key under API Keys and paste it again."
DIFFERENCE = "Differences that count: 1"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    found = fill(shop, now)
    Book.objects.update(sealed_credentials=b"sealed", checked_at=now)
    return found


def finding(subject: str, status: str = "failed", message: str = "Wrong.") -> dict[str, str]:
    return {"subject": subject, "status": status, "message": message, "advice": "Put it right."}


def form(html: str, way: str) -> str:
    """The panel of one way."""
    return html.split(f'id="way-{way}"')[1].split("data-way=")[1]


def shown(html: str) -> list[str]:
    """The ways whose fields are shown."""
    return re.findall(r'data-way="(\w+)" display="auto"', html)


# --- choosing


def test_an_unconnected_shop_chooses_among_every_way_there_is(shop: Shop) -> None:
    html = text(get("/connection"))

    assert "No accounting system is connected yet." in html
    for guide in guides().values():
        assert f'<s-choice value="{guide.name}">{guide.title}</s-choice>' in html
    assert shown(html) == []


def test_a_way_says_what_to_know_and_to_prepare_before_it_is_chosen(shop: Shop) -> None:
    html = markup.unescape(text(get("/connection", {"way": WAY})))

    guide = guides()["sql_accounting", "acctbridge"]
    assert shown(html) == [WAY]
    assert all(said in form(html, WAY) for said in (*guide.notices, *guide.checklist))


def test_the_form_of_a_way_has_the_fields_of_its_guide(shop: Shop) -> None:
    html = markup.unescape(text(get("/connection")))

    for (system, way), guide in guides().items():
        panel = form(html, guide.name)
        body = json.dumps({"system": system, "way": way})
        names = re.findall(r' name="([a-z_.]+)"', panel)
        wanted = {f"credentials.{field.name}" for field in guide.credentials}
        wanted |= {f"settings.{field.name}" for field in guide.settings}
        assert f'data-body="{body}"' in panel
        assert sorted(names) == sorted({*wanted, "home_currency"})


def test_what_has_a_usual_value_waits_behind_further_settings(shop: Shop) -> None:
    html = text(get("/connection"))

    first, folded = form(html, "autocount_cloud").split('id="more-autocount_cloud"')
    assert "settings.account_book_id" in first
    assert "settings.tax_scope" in folded
    assert 'data-more="more-autocount_cloud"' in first


@pytest.mark.parametrize("way", ["nonsense", "demo", "<b>"])
def test_a_way_that_is_not_offered_shows_none(shop: Shop, way: str) -> None:
    assert shown(text(get("/connection", {"way": way}))) == []


def test_an_installation_with_the_sandbox_offers_a_demo_company(
    shop: Shop, settings: Settings
) -> None:
    without = text(get("/connection"))
    settings.LEJAR_SANDBOX = True

    html = text(get("/connection", {"way": "demo"}))

    assert "A demo company" not in without
    assert shown(html) == ["demo"]
    assert 'data-api="POST /api/v1/connection/demo"' in html


# --- what is kept


def test_a_key_that_is_kept_is_never_shown_and_may_stay(
    shop: Shop, settings: Settings, now: datetime
) -> None:
    connections.connect(
        store_id=shop.store_id,
        system="sql_accounting",
        way="sql_account_api",
        home_currency="SGD",
        credentials={"access_key": "AK-fictional", "secret_key": "SK-fictional"},
        settings={"host": "https://books.test"},
        who="staff 1",
        now=now,
    )

    html = text(get("/connection"))

    panel = form(html, "sql_account_api")
    assert "fictional" not in html
    assert panel.count("Kept. Leave it empty to keep it.") == 2
    assert 'value="https://books.test"' in panel
    assert 'name="home_currency" value="SGD"' in panel
    assert shown(html) == ["sql_account_api"]


def test_what_a_change_means_stands_before_the_button(filled: Filled) -> None:
    html = text(get("/connection"))

    assert "Saving stops the sending until" in form(html, WAY)
    assert "These are other books." in form(html, "autocount_cloud")
    assert "Orders still arrive. Their documents wait" in html[html.index('id="disconnect"') :]


# --- how it stands


def test_after_connecting_the_next_step_is_the_check(filled: Filled) -> None:
    Book.objects.update(state="setup", findings=[])

    html = text(get("/connection"))

    assert "Not checked yet" in html
    assert 'variant="primary" data-api="POST /api/v1/connection/check"' in html
    assert "connection/resume" not in html


def test_after_a_good_check_the_company_is_confirmed_by_starting(filled: Filled) -> None:
    Book.objects.update(state="setup", findings=[finding("Company", "ok")], found='Kedai "A"')

    html = text(get("/connection"))

    assert "These are my books: start sending" in html
    assert 'data-body="{&quot;company&quot;: &quot;Kedai \\&quot;A\\&quot;&quot;}"' in html
    assert "Check the connection and start before you compare." in html


def test_what_the_check_found_stands_with_what_to_do_the_worst_first(filled: Filled) -> None:
    found = [
        finding("Company", "ok", "Fine here."),
        finding("Clock"),
        finding("Rounding", "warning"),
    ]
    Book.objects.update(state="setup", findings=found)

    html = text(get("/connection"))

    table = html[html.index('id="findings"') :]
    positions = [table.index(f">{name}<") for name in ("Clock", "Rounding", "Company")]
    assert positions == sorted(positions)
    assert "Put it right." in table
    assert "Start sending all the same" in html


def test_a_finding_about_a_field_stands_beside_it(filled: Filled) -> None:
    Book.objects.update(findings=[finding("API key", message=REFUSED)])

    html = text(get("/connection"))

    assert re.search(r'name="credentials.key"[^>]*error="AcctBridge refused the API key', html)


@pytest.mark.parametrize(
    ("way", "subject", "message", "names"),
    [
        ("sql_account_api", "API secret key", "Refused.", ["credentials.secret_key"]),
        ("sql_account_api", "Terms 30 Days", "Not there.", ["settings.terms"]),
        ("sql_account_api", "Item TIP", "Not there.", ["settings.item_tip"]),
        ("sql_account_api", "Version", "Too old.", []),
        ("autocount_cloud", "Sales location", "Not there.", ["settings.sales_location"]),
        (
            "autocount_cloud",
            "Connection",
            "AutoCount Cloud does not accept the API key for this account book. It answers …",
            ["credentials.api_key", "settings.account_book_id"],
        ),
        ("acctbridge", "Terms 30 Days", "Not there.", []),
    ],
)
def test_findings_know_their_fields(way: str, subject: str, message: str, names: list[str]) -> None:
    book = Book(way=way, findings=[finding(subject, message=message)], settings={"item_tip": "TIP"})

    assert sorted(errors(book)) == names


def test_only_what_is_wrong_stands_beside_a_field() -> None:
    assert errors(Book(way="acctbridge", findings=[finding("API key", "ok")])) == {}


@pytest.mark.parametrize(
    ("book", "words", "action"),
    [
        ({"state": "active", "trouble": ""}, "Documents go to your books", "/pause"),
        ({"state": "paused"}, "Nothing is written to your books.", "/resume"),
        ({"state": "misconfigured", "state_reason": "The key ended."}, "The key ended.", "/resume"),
        ({"trouble_count": 1, "trouble": "No answer at all."}, "No answer at all.", "/pause"),
    ],
)
def test_every_state_says_itself_and_offers_its_action(
    filled: Filled, book: dict[str, Any], words: str, action: str
) -> None:
    Book.objects.update(**book)

    html = text(get("/connection"))

    assert words in html
    assert f"POST /api/v1/connection{action}" in html


def test_another_company_than_was_confirmed_is_named(filled: Filled) -> None:
    Book.objects.update(state="paused", fingerprint="Kedai A", found="Kedai B")

    html = text(get("/connection"))

    assert "The check found other books than you confirmed: Kedai B, not Kedai A." in html
    assert "These are my books now: resume" in html


def test_books_whose_key_was_forgotten_are_connected_again_the_same_way(filled: Filled) -> None:
    Book.objects.update(state="setup", sealed_credentials=b"")

    html = text(get("/connection"))

    assert "Lejar has forgotten the key to your books." in html
    assert shown(html) == [WAY]
    assert "connection/check" not in html
    assert "Kept. Leave it" not in html


def test_without_a_plan_the_connection_is_said_to_be_fine(filled: Filled) -> None:
    Book.objects.update(trouble_count=0)
    Store.objects.update(paused_reason="plan")

    assert "The connection is fine; without an active plan nothing is sent." in text(
        get("/connection")
    )


# --- codes and comparison


def test_each_list_of_codes_says_when_it_was_read_and_how_many(filled: Filled) -> None:
    html = text(get("/connection"))

    codes = html[html.index('id="codes"') : html.index('id="compare"')]
    assert codes.count('data-api="POST /api/v1/codes/') == 8
    assert codes.count("Not read yet") == 7
    assert "<s-table-cell>1</s-table-cell>" in codes
    assert 'accessibilityLabel="Read again: Customers"' in codes


def test_differences_say_what_to_do_and_a_strangers_document_can_be_dismissed(
    filled: Filled,
) -> None:
    BookDifference.objects.update(dismissed_at=None)

    html = text(get("/connection"))

    assert "Differences that count" not in html  # nothing is dismissed: one list is all there is
    assert "Changed in the books" in html
    assert f'commandFor="dismiss-{filled.difference.pk}"' in html
    assert html.count('data-api="POST /api/v1/books/differences/') == 1


def test_a_dismissed_one_counts_no_more_and_can_be_brought_back(filled: Filled) -> None:
    standing, dismissed = text(get("/connection")), text(get("/connection", {"dismissed": "1"}))

    assert DIFFERENCE in standing
    assert "KR-9000" not in standing
    assert "Dismissed: 1" in standing
    assert "by staff : Entered by hand" in dismissed
    assert (
        f'data-api="DELETE /api/v1/books/differences/{filled.difference.pk}/dismiss"' in dismissed
    )


def test_a_comparison_under_way_shows_how_far_it_is_and_looks_again_soon(filled: Filled) -> None:
    BookCheck.objects.update(state="running", listed=40, looked_up=2)

    html = text(get("/connection"))

    assert "Documents listed: 40, looked up one by one: 2." in html
    assert 'data-live-seconds="5"' in html
    assert 'data-api="POST /api/v1/books/check"' not in html


def test_a_comparison_that_found_nothing_says_that_all_is_well(
    filled: Filled, now: datetime
) -> None:
    BookDifference.objects.update(resolved_at=now)
    BookCheck.objects.update(state="finished", finished_at=now)

    assert "Everything stands in the books as it was posted." in text(get("/connection"))


def test_differences_are_paged_by_key(filled: Filled) -> None:
    row = filled.difference
    values = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    values |= {"id": None, "dismissed_at": None}
    BookDifference.objects.bulk_create(
        BookDifference(**values | {"number": f"KR-{n}"}) for n in range(9100, 9140)
    )

    first = get("/connection")
    (following,) = {href for href in hrefs(first) if "differences=" in href}
    rest = get("/connection", {"differences": following.split("differences=")[1].split("&")[0]})

    assert "KR-9139" in text(first)
    assert "KR-9100" not in text(first)
    assert "KR-9100" in text(rest)
    assert "KR-9139" not in text(rest)


# --- any visit


@pytest.mark.parametrize(("language", "shown"), [("ms", "Semak sambungan"), ("zh-CN", "检查连接")])
def test_it_speaks_the_language_of_the_staff(filled: Filled, language: str, shown: str) -> None:
    assert shown in text(get("/connection", {"locale": language}))


@pytest.mark.parametrize("query", ["x", "9" * 50, "-1"])
def test_an_address_that_makes_no_sense_shows_the_newest(filled: Filled, query: str) -> None:
    answer = get("/connection", {"differences": query, "dismissed": query})

    assert answer.status_code == 200


def test_it_costs_the_same_however_much_there_is(
    filled: Filled, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        get("/connection")


def test_another_shop_sees_none_of_it(filled: Filled, other: Shop) -> None:
    answer = get("/connection", {"shop": other.domain, "id_token": make_token(other.domain)})

    assert "No accounting system is connected yet." in text(answer)
    assert "KR-1001" not in text(answer)
