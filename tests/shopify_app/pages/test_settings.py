"""The settings and what belongs to them: every state has words, in three languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import Settings

from accounting import policy
from accounting.models import Book, CodeList, Debtor, Store
from shopify_app.entitlement import Why
from shopify_app.mail import recipients, url
from shopify_app.models import (
    Episode,
    Mail,
    MailAddress,
    PersonalDataAccess,
    PrivacyRequest,
    Shop,
    ShopDetails,
    ShopPlan,
)
from shopify_app.pages.plan import WHY
from shopify_app.pages.policies import COLUMNS, OFF
from shopify_app.policy_words import ATTRIBUTES, NEEDS, SECTIONS
from tests.shopify_app.conftest import SEAL_KEY, SHOP, make_token
from tests.shopify_app.filled import SEAL_KEYS, fill
from tests.shopify_app.pages import lint

pytestmark = pytest.mark.django_db
PAGES = ("/settings", "/settings/notifications", "/settings/privacy", "/settings/plan")
MOST_STATEMENTS = 8


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = [SEAL_KEY, *SEAL_KEYS]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LEJAR_URL = "https://lejar.test"


@pytest.fixture
def store(shop: Shop) -> Store:
    return shop.store


def get(where: str, locale: str = "en", **query: str) -> Any:
    asked = {"shop": SHOP, "id_token": make_token(), "host": "aG9zdA", "locale": locale}
    return Client().get(where, {**asked, **query})


def html(where: str, locale: str = "en", **query: str) -> str:
    answer = get(where, locale, **query)
    assert answer.status_code == 200, where
    said = unescape(answer.content.decode())
    lint.check(answer.content.decode())
    return " ".join(said.split())


def field(page: str, name: str) -> str:
    """The tag of the field with this name."""
    (found,) = re.findall(rf'<s-[a-z-]+ name="{re.escape(name)}"[^>]*>', page)
    return str(found)


# --- the policies ----------------------------------------------------------------------------


def test_every_policy_is_explained_and_no_other() -> None:
    said = {words.name for section in SECTIONS for words in section.policies}

    assert {COLUMNS.get(name, name) for name in said - {"debtors"}} == {
        *policy.CHOICES,
        *policy.CHECKS,
    }
    for section in SECTIONS:
        for words in section.policies:
            if words.form == "choice":
                assert tuple(words.choices) == policy.CHOICES[words.name]
    assert set(ATTRIBUTES) == set(policy.TAX_ATTRIBUTES)
    assert {reason for reason, _ in OFF.values()} == set(NEEDS)


def test_every_policy_is_a_field_with_what_it_means_and_what_is_usual(store: Store) -> None:
    page = html("/settings")

    for section in SECTIONS:
        assert f'heading="{section.heading}"' in page
        for words in section.policies:
            assert str(words.means) in page
            assert str(words.reach) in page
    assert "With its first payment (usual)" in page
    assert "Usual: 10 minutes." in page
    assert "Usual: no waiting." in page
    assert "Usual: 2 %." in page
    assert "Usual: shopee, lazada, tiktok." in page
    assert page.count("data-save-bar") == 1


def test_fields_have_the_values_there_are(store: Store) -> None:
    Debtor.objects.create(store=store, currency="MYR", code="300-W001")
    changes = {
        "prefix": "KR",
        "settle_seconds": 3690,
        "fold_window_seconds": 5400,
        "fx_tolerance": Decimal("0.0350"),
        "cut_over_date": date(2026, 11, 2),
        "gift_card_skus": ["a", "b"],
        "show_buyer": True,
        "einvoice_since": date(2026, 7, 1),
        "tax_attributes": {"tin": "TIN No"},
    }
    Store.objects.filter(pk=store.pk).update(**changes)

    page = html("/settings")

    values = {
        "prefix": "KR",
        "settle.hours": "1",
        "settle.minutes": "1",
        "settle.seconds": "30",
        "fold_window.hours": "1",
        "fold_window.minutes": "30",
        "fx_percent": "3.5",
        "cut_over_date": "2026-11-02",
        "gift_card_skus": "a b",
        "tax_attributes.tin": "TIN No",
        "debtors.0.currency": "MYR",
        "debtors.0.code": "300-W001",
        "debtors.1.code": "",
    }
    for name, value in values.items():
        assert f'value="{value}"' in field(page, name), name
    assert 'name="fold_window.seconds"' not in page
    assert " checked" in field(page, "show_buyer")
    assert " disabled" not in field(page, "tax_attributes.tin")


def test_what_does_not_apply_is_disabled_with_the_reason(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(trigger="created", cut_over_date=None)

    page = html("/settings")

    for name, (reason, _) in OFF.items():
        shown = f"{name}.tin" if name == "tax_attributes" else name
        assert " disabled" in field(page, shown), name
        assert str(NEEDS[reason]) in page
    assert " disabled" not in field(page, "trigger")


def test_a_code_that_the_books_do_not_list_is_warned_of_beside_its_field(
    shop: Shop, now: datetime
) -> None:
    fill(shop, now)
    CodeList.objects.update(read_at=timezone.now(), complete=True)
    Store.objects.filter(pk=shop.store_id).update(refund_account="999-X")
    Debtor.objects.filter(store=shop.store).update(code="300-NONE")
    for name in ("payment_methods", "accounts"):
        CodeList.objects.create(
            book=Book.objects.get(store=shop.store_id), name=name,
            read_at=timezone.now(), complete=True, offered=name == "accounts",
        )  # fmt: skip

    page = html("/settings")

    after = page.split('name="refund_account"')[1].split("<s-box>")[0]
    assert "999-X is not among the accounts" in after
    assert "300-NONE is not among the debtors" in page.split('name="debtors.0.code"')[1][:300]


def test_the_page_says_where_language_and_zone_come_from(shop: Shop) -> None:
    before = html("/settings")
    ShopDetails.objects.create(
        shop=shop, currency="SGD", time_zone="Asia/Singapore", read_at=timezone.now()
    )

    page = html("/settings")

    assert "has not read the shop's own settings" in before
    assert "now English. There is nothing to choose here." in page
    assert "sells in SGD, and its time zone is Asia/Singapore" in page
    assert '<s-option value="Asia/Singapore">' in page


def patch(api: Client, **changes: Any) -> Any:
    return api.patch("/api/v1/store", changes, content_type="application/json")


def test_a_form_may_send_everything_it_shows(api: Client, store: Store) -> None:
    answer = patch(
        api,
        prefix=None,
        settle={"hours": 1, "minutes": 1, "seconds": 30},
        fold_window={"hours": None, "minutes": 90},
        fx_percent="3.5",
        cut_over_date=None,
        tax_attributes={"tin": "", "name": "  "},
        debtors=[{"currency": "", "code": ""}, {"currency": "myr", "code": "300-W001"}],
    )

    assert answer.status_code == 200, answer.content
    kept = answer.json()
    assert (kept["settle_seconds"], kept["fold_window_seconds"]) == (3690, 5400)
    assert (kept["fx_tolerance"], kept["prefix"], kept["tax_attributes"]) == ("0.035", "", {})
    assert kept["debtors"] == [{"currency": "MYR", "code": "300-W001"}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settle": {"hours": 24, "minutes": 1}}, {"settle": {"hours": ["24 hours at most."]}}),
        ({"settle": {"minutes": -1}}, {"settle": {"minutes": ["Not below zero."]}}),
        ({"settle": {"days": 1}}, {"settle": {"days": ["There is no such field."]}}),
        ({"fx_percent": "10.5"}, {"fx_percent": ["A number from 0 to 10."]}),
        ({"fx_percent": "1.005"}, {"fx_percent": ["At most two decimals."]}),
        ({"fx_percent": "two"}, {"fx_percent": ["A number from 0 to 10."]}),
        (
            {"debtors": [{"currency": "", "code": ""}, {"currency": "RM", "code": "3"}]},
            {"debtors": {"1": {"currency": ["Three letters, like MYR."]}}},
        ),
    ],
)
def test_what_a_form_says_wrong_is_refused_where_it_was_said(
    api: Client, store: Store, changes: dict[str, Any], said: dict[str, Any]
) -> None:
    before = Store.objects.filter(pk=store.pk).values().get()

    answer = patch(api, **changes)

    assert (answer.status_code, answer.json()) == (400, said)
    assert Store.objects.filter(pk=store.pk).values().get() == before


def test_a_prefix_once_set_cannot_be_emptied(api: Client, store: Store) -> None:
    patch(api, prefix="KR")

    refused = patch(api, prefix=None)

    assert (refused.status_code, list(refused.json())) == (400, ["prefix"])

    assert Store.objects.get(pk=store.pk).prefix == "KR"


@pytest.mark.parametrize("locale", ["ms", "zh-hans"])
def test_refusals_of_policies_speak_the_readers_language(
    api: Client, store: Store, locale: str
) -> None:
    wrong = {
        "prefix": "1A", "time_zone": "Moon", "refund_account": "x" * 21, "debtor_prefix": "?",
        "einvoice_threshold": "-1", "tax_attributes": {"tin": "TIN"}, "currency": "RINGGIT",
        "excluded_sources": ["x" * 101],
    }  # fmt: skip
    english = patch(api, **wrong).json()

    said = api.patch(
        "/api/v1/store",
        wrong,
        content_type="application/json",
        headers={"Accept-Language": locale},
    ).json()

    assert said.keys() == english.keys() == wrong.keys()
    for name in wrong:
        assert said[name] != english[name], name


# --- who is told -----------------------------------------------------------------------------


def test_nobody_is_told_yet(store: Store) -> None:
    page = html("/settings/notifications")

    assert "Nobody is told yet" in page
    assert page.count("<s-checkbox") == 7
    assert '<s-option value="9" selected>09:00' in page


def test_addresses_are_shown_with_their_state(shop: Shop, now: datetime) -> None:
    asked = recipients.add(shop, "a@kedai.test", language="en", who="staff 1", now=now)
    sure = recipients.add(shop, "b@kedai.test", language="en", who="staff 1", now=now)
    recipients.confirm(sure.key, now=now)
    Mail.objects.filter(address=asked).update(ready_at=None, trouble="SMTPRecipientsRefused")

    page = html("/settings/notifications")

    first, second = page.split("b@kedai.test", 1)
    assert "Not confirmed yet" in first
    assert "could not be sent" in first
    assert f"POST /api/v1/notifications/addresses/{asked.pk}/ask" in first
    assert "Confirmed" in second
    assert "Send the link again" not in second
    assert f"DELETE /api/v1/notifications/addresses/{sure.pk}" in second


def test_a_full_list_says_so_instead_of_asking(shop: Shop, now: datetime) -> None:
    for number in range(5):
        recipients.add(shop, f"a{number}@kedai.test", language="en", who="staff 1", now=now)

    page = html("/settings/notifications")

    assert "At most 5 addresses" in page
    assert "<s-email-field" not in page


def test_where_no_e_mail_is_sent_the_page_says_so(store: Store, settings: Settings) -> None:
    settings.EMAIL_BACKEND = url.NONE

    page = html("/settings/notifications")

    assert "No e-mail is sent from here" in page
    assert " disabled" in field(page, "address")


def test_an_address_whose_key_is_gone_can_be_removed(
    shop: Shop, now: datetime, settings: Settings
) -> None:
    recipients.add(shop, "a@kedai.test", language="en", who="staff 1", now=now)
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS

    page = html("/settings/notifications")

    assert "cannot be read any more" in page
    assert "DELETE /api/v1/notifications/addresses/" in page


# --- privacy ---------------------------------------------------------------------------------


def asked(topic: str, state: str, now: datetime, **more: Any) -> PrivacyRequest:
    return PrivacyRequest.objects.create(
        shop_domain=SHOP, topic=topic, state=state, received_at=now,
        due_at=now + timedelta(days=30), **more,
    )  # fmt: skip


def test_nobody_has_asked_yet(store: Store) -> None:
    page = html("/settings/privacy")

    assert "No customer has asked yet" in page
    assert "Nobody has been shown a customer's data" in page
    assert 'href="/privacy"' in page
    assert "messages as they came: 30 days" in page


def test_requests_are_shown_with_what_was_done(shop: Shop) -> None:
    now = timezone.now()
    kept = {"counts": {"orders": 2, "facts": 3}, "kept": ["books"]}
    done = asked(
        "customers/data_request", "done", now, done_at=now, sealed_export=b"x",
        export_until=now + timedelta(days=1), evidence=kept,
    )  # fmt: skip
    asked("customers/data_request", "done", now, done_at=now, sealed_export=b"x", export_until=now)
    asked(
        "customers/redact", "failed", now, error="Lejar could not do this yet (X) and tries again."
    )
    asked("shop/redact", "held", now)
    PersonalDataAccess.objects.create(shop=shop, at=now, who="staff 7", what="export", subject="1")

    page = html("/settings/privacy")

    assert re.findall(r'data-download="([^"]+)"', page) == [
        f"/api/v1/privacy/requests/{done.pk}/export"
    ]
    assert "Records found or erased: 5." in page
    assert "It is kept in your books, not here" in page
    for words in ("Done", "Tried again", "An operator decides", "staff 7"):
        assert words in page


def test_long_lists_are_paged_by_key(shop: Shop) -> None:
    now = timezone.now()
    for number in range(25):
        asked("customers/redact", "done", now, error="")
        PersonalDataAccess.objects.create(
            shop=shop, at=now, who=f"staff {number}", what="export", subject="1"
        )

    first = html("/settings/privacy")
    (older,) = re.findall(r"accesses=(\d+)", first)
    second = html("/settings/privacy", accesses=older)

    assert "staff 24" in first
    assert "staff 4<" not in first
    assert "staff 4<" in second
    assert re.findall(r"requests=(\d+)", first)


# --- the plan --------------------------------------------------------------------------------


def test_without_billing_nothing_is_to_be_chosen(store: Store) -> None:
    page = html("/settings/plan")

    assert "No plan is needed" in page
    assert "pricing_plans" not in page


@pytest.mark.parametrize(
    ("row", "said", "button"),
    [
        ({"status": "ACTIVE", "name": "Standard", "is_read": True}, Why.ACTIVE, "Change the plan"),
        ({"status": "ACTIVE", "name": "Old", "is_read": True}, Why.UNKNOWN_PLAN, "Change the plan"),
        ({"is_read": False}, Why.NOT_READ, "Choose a plan"),
        ({"is_read": True}, Why.NONE, "Choose a plan"),
        (
            {"status": "ACTIVE", "name": "Standard", "is_read": True, "is_test": True},
            Why.TEST,
            "Change the plan",
        ),
        (
            {"status": "ACTIVE", "name": "Standard", "is_read": True, "doubt": True},
            Why.DOUBT,
            "Change the plan",
        ),
    ],
)
def test_every_standing_of_a_plan_has_its_words(
    shop: Shop, settings: Settings, row: dict[str, Any], said: Why, button: str
) -> None:
    settings.LEJAR_PLANS = '{"Standard": {"orders_per_month": 100}}'
    now = timezone.now()
    known = {**row, "read_at": now if row.pop("is_read") else None}
    known |= {"doubt_since": now - timedelta(days=2)} if known.pop("doubt", False) else {}
    known.pop("is_read", None)
    ShopPlan.objects.create(shop=shop, **known)

    page = html("/settings/plan")

    assert str(WHY[said]) in page
    assert button in page
    assert 'target="_top"' in page
    assert set(WHY) == set(Why)


def test_the_use_of_the_limit_is_shown(shop: Shop, settings: Settings) -> None:
    settings.LEJAR_PLANS = '{"Standard": {"orders_per_month": 100}}'
    ShopPlan.objects.create(
        shop=shop, status="ACTIVE", name="Standard", read_at=timezone.now(),
        current_period_end=datetime(2026, 12, 1, tzinfo=UTC),
    )  # fmt: skip

    page = html("/settings/plan")

    assert "0 of 100 orders" in page
    assert "Beyond the limit further orders wait" in page
    assert "Paid until 2026-12-01" in page


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", PAGES)
@pytest.mark.parametrize("locale", ["en", "ms", "zh-hans"])
def test_pages_speak_three_languages_within_their_statements(
    shop: Shop, now: datetime, settings: Settings, where: str, locale: str
) -> None:
    settings.LEJAR_PLANS = '{"Standard": {"orders_per_month": 100}}'
    fill(shop, now)
    MailAddress.objects.update(confirmed_at=now)
    Episode.objects.update(over_at=now)
    Store.objects.filter(pk=shop.store_id).update(refund_account="1", project_fallback="2")
    html(where, locale)

    with CaptureQueriesContext(
        connection,
    ) as statements:
        page = html(where, locale)

    assert len(statements) <= MOST_STATEMENTS, [each["sql"][:90] for each in statements]
    if locale != "en":
        with translation.override(locale):
            heading = translation.gettext(
                {"/settings": "Settings", "/settings/notifications": "Notifications"}.get(
                    where, "Privacy" if where.endswith("privacy") else "Plan"
                )
            )
        assert f'heading="{heading}"' in page
        assert not heading.isascii() or locale == "ms"


def test_the_first_customer_code_is_for_the_shops_own_currency(api: Client, store: Store) -> None:
    shown = api.get("/settings").content.decode()
    kept = patch(api, debtors=[{"currency": "MYR", "code": ""}])
    refused = patch(api, debtors=[{"currency": "SGD", "code": ""}])

    assert 'value="MYR"' in shown.split('name="debtors.0.currency"')[1][:60]
    assert (kept.status_code, kept.json()["debtors"]) == (200, [])
    assert refused.status_code == 400
    assert not Debtor.objects.exists()
