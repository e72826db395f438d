"""Who is told by e-mail, and of what, through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounting.models import Audit
from shopify_app.models import Mail, MailAddress, MailSettings, Shop
from tests.shopify_app.conftest import OTHER, ClientFor, contact

ALL = "/api/v1/notifications"
ADDRESSES = f"{ALL}/addresses"


@pytest.fixture(autouse=True)
def way_out(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LEJAR_URL = "https://lejar.test"


def send(api: Client, method: str, where: str, **body: Any) -> Any:
    return getattr(api, method)(where, body, content_type="application/json")


def test_what_counts_before_anybody_chose_is_told(api: Client) -> None:
    told = api.get(ALL).json()

    assert told["configured"] is True
    assert set(told["told"]) == {"offline", "refused", "shopify", "held", "differences", "plan"}
    assert all(told["told"].values())
    assert (told["offline_minutes"], told["digest_hour"], told["tell_over"]) == (30, 9, True)
    assert told["addresses"] == []


def test_events_and_times_change_and_stay_changed(api: Client) -> None:
    changes = {"offline_minutes": 15, "digest_hour": 7, "tell_over": False}

    answer = send(api, "patch", ALL, told={"plan": False}, **changes)

    assert answer.status_code == 200
    kept = api.get(ALL).json()
    assert kept == answer.json()
    assert changes.items() <= kept.items()
    assert (kept["told"]["plan"], kept["told"]["held"]) == (False, True)
    trail = Audit.objects.get(action="notifications")
    assert trail.who == "staff 42"
    assert trail.detail["after"]["digest_hour"] == 7


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"offline_minutes": 4}, "offline_minutes"),
        ({"offline_minutes": 1441}, "offline_minutes"),
        ({"offline_minutes": "soon"}, "offline_minutes"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"told": {"weather": True}}, "told"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    api: Client, changes: dict[str, Any], field: str
) -> None:
    answer = send(api, "patch", ALL, **changes)

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not Audit.objects.filter(action="notifications").exists()
    assert not MailSettings.objects.exclude(kinds__len=6).exists()


def test_an_address_is_asked_and_listed(api: Client) -> None:
    answer = send(api, "post", ADDRESSES, address=" Pejabat@Kedai.test ")

    assert answer.status_code == 201
    (row,) = api.get(ALL).json()["addresses"]
    assert (row["address"], row["confirmed_at"], row["language"]) == (
        "Pejabat@Kedai.test", None, "en",
    )  # fmt: skip
    assert Mail.objects.get().phase == "ask"
    trail = Audit.objects.get(action="notification address added")
    assert "kedai" not in str(trail.detail).casefold()


@pytest.mark.parametrize(
    "wrong", ["", "siti", "siti@", "a@b.test, c@d.test", "x" * 250 + "@a.test", "siti@k\n.test"]
)
def test_what_is_no_address_is_refused(api: Client, wrong: str) -> None:
    answer = send(api, "post", ADDRESSES, address=wrong)

    assert answer.status_code == 400
    assert list(answer.json()) == ["address"]
    assert not MailAddress.objects.exists()


def test_five_addresses_are_the_most_and_each_stands_once(api: Client) -> None:
    for number in range(5):
        assert send(api, "post", ADDRESSES, address=f"a{number}@kedai.test").status_code == 201

    again = send(api, "post", ADDRESSES, address="A1@kedai.test")
    sixth = send(api, "post", ADDRESSES, address="a6@kedai.test")

    assert again.json() == {"address": ["This address is in the list already."]}
    assert sixth.json() == {"address": ["At most 5 addresses. Remove one first."]}
    assert MailAddress.objects.count() == Mail.objects.count() == 5


def test_nobody_is_pestered_with_questions(api: Client) -> None:
    made = send(api, "post", ADDRESSES, address="a@kedai.test").json()

    codes = [send(api, "post", f"{ADDRESSES}/{made['id']}/ask").status_code for _ in range(15)]

    assert codes == [202] * 14 + [400]


def test_a_confirmed_address_is_not_asked_again(api: Client) -> None:
    made = send(api, "post", ADDRESSES, address="a@kedai.test").json()
    MailAddress.objects.update(confirmed_at=made["added_at"])

    assert send(api, "post", f"{ADDRESSES}/{made['id']}/ask").status_code == 404


def test_an_address_is_removed(api: Client) -> None:
    made = send(api, "post", ADDRESSES, address="a@kedai.test").json()

    assert api.delete(f"{ADDRESSES}/{made['id']}").status_code == 204

    assert not MailAddress.objects.exists()
    assert api.delete(f"{ADDRESSES}/{made['id']}").status_code == 404


def test_another_shops_address_is_not_there(api: Client, client_for: ClientFor) -> None:
    contact(OTHER)
    made = send(api, "post", ADDRESSES, address="a@kedai.test").json()
    stranger = client_for(OTHER)

    assert stranger.get(ALL).json()["addresses"] == []
    assert stranger.delete(f"{ADDRESSES}/{made['id']}").status_code == 404
    assert send(stranger, "post", f"{ADDRESSES}/{made['id']}/ask").status_code == 404
    assert MailAddress.objects.count() == 1


def test_where_no_e_mail_is_sent_no_address_is_taken(api: Client, settings: Settings) -> None:
    settings.LEJAR_URL = ""

    answer = send(api, "post", ADDRESSES, address="a@kedai.test")

    assert answer.status_code == 409
    assert api.get(ALL).json()["configured"] is False
    assert not MailAddress.objects.exists()


def test_a_message_of_one_shop_cannot_point_at_anothers_address(api: Client, shop: Shop) -> None:
    send(api, "post", ADDRESSES, address="a@kedai.test")
    other = contact(OTHER)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.update(shop=other)
