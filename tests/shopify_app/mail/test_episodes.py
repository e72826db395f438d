"""Each trouble is told once, again when it comes back, and its end once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from accounting.models import Book, BookCheck, BookDifference, Document, Order
from shopify_app import billing
from shopify_app.mail import episodes, recipients
from shopify_app.models import (
    Episode,
    Mail,
    MailAddress,
    MailSettings,
    OfflineToken,
    Shop,
    ShopPlan,
)
from tests.books import Clock
from tests.shopify_app.conftest import OTHER, contact
from tests.shopify_app.filled import fill
from tests.shopify_app.mail.conftest import enter, links_of, minutes, outbox, subjects, work

pytestmark = pytest.mark.django_db


def silent(book: Book, since: datetime | None) -> None:
    Book.objects.filter(pk=book.pk).update(trouble_since=since, trouble_count=bool(since))


def choose(shop: Shop, clock: Clock, **changes: object) -> None:
    recipients.change(shop, changes, who="staff 1", now=clock())


def hold(shop: Shop, clock: Clock, order_id: int = 5001, **changes: object) -> Order:
    problems = [{"code": "UNMAPPED_ITEM", "subject": "x", "message": "Map it.", "terms": []}]
    held = {"state": Order.State.HELD, "held_since": clock(), "facts_at": clock()}
    kept = held | {"problems": problems} | changes
    return Order.objects.create(store=shop.store, order_id=order_id, **kept)


def test_books_that_are_silent_are_told_after_the_chosen_minutes_and_once(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    silent(book, clock())

    minutes(clock, 29)
    before = subjects()
    minutes(clock, 40)

    assert before == []
    assert subjects() == ["Lejar: the books do not answer (kedai-rimba.myshopify.com)"]
    assert "Since: 2026-11-22 12:00 (Asia/Kuala_Lumpur)." in outbox()[0].body


def test_books_that_answer_again_are_told_once_too(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    silent(book, clock() - timedelta(hours=1))
    minutes(clock, 2)

    silent(book, None)
    minutes(clock, 5)

    assert subjects()[1:] == ["Lejar: The books answer again (kedai-rimba.myshopify.com)"]
    assert "It ended at 2026-11-22 12:03 (Asia/Kuala_Lumpur)." in outbox()[1].body


def test_who_does_not_want_the_end_is_not_told_it(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    choose(shop, clock, tell_over=False)
    silent(book, clock() - timedelta(hours=1))
    minutes(clock, 2)

    silent(book, None)
    minutes(clock, 2)

    assert len(subjects()) == 1


def test_a_trouble_that_comes_back_is_told_again(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    for _ in range(2):
        silent(book, clock() - timedelta(hours=1))
        minutes(clock, 2)
        silent(book, None)
        minutes(clock, 2)

    assert len(subjects()) == 4
    assert Episode.objects.count() == 2


def test_a_trouble_that_is_over_before_the_message_went_is_not_told(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    silent(book, clock() - timedelta(hours=1))
    episodes.run(now=clock())

    silent(book, None)
    minutes(clock, 2)

    assert subjects() == []


def test_a_refused_connection_is_told_without_what_the_books_said(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    reason = "Key of Siti is unknown"
    Book.objects.filter(pk=book.pk).update(state="misconfigured", state_reason=reason)
    minutes(clock, 3)
    Book.objects.filter(pk=book.pk).update(state="active")
    minutes(clock, 3)

    assert [subject.partition(" (")[0] for subject in subjects()] == [
        "Lejar: the connection to the books is stopped",
        "Lejar: The connection to the books is working again",
    ]
    assert "Siti" not in outbox()[0].body
    assert links_of(outbox()[0])[0] == (
        "https://admin.shopify.com/store/kedai-rimba/apps/lejar/connection"
    )


def test_a_dead_token_and_missing_permissions_are_one_trouble(
    told: MailAddress, shop: Shop, clock: Clock
) -> None:
    OfflineToken.objects.update(reconnect_since=clock())
    minutes(clock, 2)
    OfflineToken.objects.update(reconnect_since=None)
    Shop.objects.update(scopes="read_products")
    minutes(clock, 2)

    assert [subject.partition(" (")[0] for subject in subjects()] == [
        "Lejar: Shopify does not let Lejar in"
    ]


def test_a_check_is_told_once_it_is_through_and_only_where_it_found_something_new(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    here = {"store": shop.store, "book": book}
    check = BookCheck.objects.create(**here, started_at=clock(), moved_at=clock())
    for number in ("KR-1", "KR-2"):
        BookDifference.objects.create(
            **here, check_run=check, code="missing", kind="invoice", number=number,
            found_at=clock() + timedelta(seconds=len(number)),
        )  # fmt: skip
    minutes(clock, 2)
    while_running = subjects()
    BookCheck.objects.update(state="finished", finished_at=clock())
    minutes(clock, 2)
    BookCheck.objects.create(**here, started_at=clock(), moved_at=clock(), state="finished")
    minutes(clock, 2)
    known = len(subjects())
    third = BookCheck.objects.create(**here, started_at=clock(), moved_at=clock(), state="finished")
    BookDifference.objects.create(
        **here, check_run=third, code="missing", kind="invoice", number="KR-3", found_at=clock()
    )
    minutes(clock, 2)

    assert (while_running, known, len(subjects())) == ([], 1, 2)
    assert "posted: 2." in outbox()[0].body


def test_a_plan_that_lapsed_is_told_and_one_not_read_yet_is_not(
    told: MailAddress, shop: Shop, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_PLANS = '{"Standard": {"orders_per_month": 100}}'
    row = ShopPlan.objects.create(shop=shop, lapsed_at=clock())
    minutes(clock, 2)
    not_read = subjects()
    row.read_at, row.name = clock(), "Standard"
    row.save()
    minutes(clock, 2)
    settings.LEJAR_PLANS = ""
    minutes(clock, 2)

    assert not_read == []
    assert [subject.partition(" (")[0] for subject in subjects()] == [
        "Lejar: nothing is sent without a plan",
        "Lejar: There is a plan again",
    ]
    assert billing.plans() == {}


# --- the digest ------------------------------------------------------------------------------


def at(local: str) -> datetime:
    """A time in Kuala Lumpur, eight hours before UTC."""
    return (datetime.fromisoformat(local) - timedelta(hours=8)).replace(tzinfo=UTC)


@pytest.fixture
def evening(clock: Clock) -> Clock:
    """22 November, a quarter to midnight where the shop is: still the afternoon in UTC."""
    clock.now = at("2026-11-22T23:45")
    return clock


def test_the_digest_comes_once_a_day_at_its_hour_in_the_shops_zone(
    told: MailAddress, shop: Shop, evening: Clock
) -> None:
    old = evening() - timedelta(days=2)
    hold(shop, evening, held_since=old)
    hold(shop, evening, 5002, held_since=old)
    choose(shop, evening, digest_hour=1)
    Episode.objects.create(shop=shop, kind="held", key="2026-11-22", found_at=old, over_at=old)

    sent = []
    for _ in range(52):  # an hour at a time, over two midnights
        work(evening)
        sent += [f"{evening() + timedelta(hours=8):%d %H}" for _ in outbox()]
        outbox().clear()
        evening.advance(hours=1)

    assert sent == ["23 01", "24 01", "25 01"]


def test_a_day_whose_clock_was_asleep_at_the_hour_is_told_when_it_wakes(
    told: MailAddress, shop: Shop, clock: Clock
) -> None:
    hold(shop, clock, held_since=clock() - timedelta(days=2))
    clock.now = at("2026-11-23T17:20")

    minutes(clock, 3)

    assert len(subjects()) == 1


def test_the_digest_counts_by_kind_and_names_nobody(
    told: MailAddress, shop: Shop, clock: Clock
) -> None:
    old = clock() - timedelta(days=2)
    hold(shop, clock, held_since=old, name="#1001 Siti")
    hold(shop, clock, 5002, held_since=old)
    hold(shop, clock, 5003)  # today's
    minutes(clock, 2)

    (letter,) = outbox()
    assert "Orders held longer than a day: 2." in letter.body
    assert "- A product has no account: 2" in letter.body
    assert "Siti" not in str(letter.message())
    assert "<li>A product has no account: 2</li>" in str(letter.alternatives[0][0])


def test_nothing_old_is_no_digest(told: MailAddress, shop: Shop, clock: Clock) -> None:
    hold(shop, clock)

    minutes(clock, 3)

    assert subjects() == []


def test_another_digest_hour_on_the_same_day_brings_no_second_digest(
    told: MailAddress, shop: Shop, clock: Clock
) -> None:
    hold(shop, clock, held_since=clock() - timedelta(days=2))
    minutes(clock, 2)

    choose(shop, clock, digest_hour=23)
    minutes(clock, 2)
    choose(shop, clock, digest_hour=0)
    minutes(clock, 2)

    assert len(subjects()) == 1


# --- who is told -----------------------------------------------------------------------------


def test_only_the_chosen_events_are_told(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    choose(shop, clock, kinds=["refused"])
    silent(book, clock() - timedelta(hours=1))

    minutes(clock, 2)

    assert subjects() == []
    assert not Episode.objects.exists()


def test_an_address_that_is_not_confirmed_is_told_nothing(
    shop: Shop, book: Book, clock: Clock
) -> None:
    enter(shop, "new@kedai.test", clock)
    outbox().clear()
    silent(book, clock() - timedelta(hours=1))

    minutes(clock, 3)

    assert subjects() == []
    assert not Mail.objects.filter(phase="told").exists()


def test_who_confirms_in_the_middle_of_a_trouble_is_told_it(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    silent(book, clock() - timedelta(hours=1))
    minutes(clock, 2)
    late = enter(shop, "late@kedai.test", clock, language="ms")
    outbox().clear()

    recipients.confirm(late.key, now=clock())
    minutes(clock, 2)

    assert [letter.to for letter in outbox()] == [["late@kedai.test"]]


def test_two_shops_are_told_their_own(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    other = contact(OTHER)
    theirs = enter(other, "theirs@toko.test", clock)
    recipients.confirm(theirs.key, now=clock())
    outbox().clear()
    silent(book, clock() - timedelta(hours=1))

    minutes(clock, 3)

    assert [letter.to for letter in outbox()] == [["pejabat@kedai.test"]]
    assert not Episode.objects.filter(shop=other).exists()


def test_a_shop_that_is_closed_or_gone_is_not_looked_at(
    told: MailAddress, shop: Shop, book: Book, clock: Clock
) -> None:
    silent(book, clock() - timedelta(hours=1))
    Shop.objects.update(state="unavailable")

    minutes(clock, 3)

    assert subjects() == []


def test_a_look_is_a_minute_after_the_last(told: MailAddress, shop: Shop, clock: Clock) -> None:
    clock.advance(minutes=1)
    assert episodes.run(now=clock()) == 1
    assert episodes.run(now=clock()) == 0

    assert MailSettings.objects.get(shop=shop).look_at == clock() + timedelta(minutes=1)


def test_documents_the_books_refused_long_ago_are_counted(
    told: MailAddress, shop: Shop, clock: Clock
) -> None:
    Episode.objects.all().delete()
    MailSettings.objects.filter(shop=shop).delete()
    fill(shop, clock() - timedelta(days=2))
    MailSettings.objects.update(look_at=clock())
    assert Document.objects.filter(state="rejected").exists()

    minutes(clock, 2)

    held = Episode.objects.get(kind="held")
    assert held.facts["documents"] == 2


def test_a_shop_we_fail_to_look_at_keeps_no_other_from_being_told(
    told: MailAddress, shop: Shop, book: Book, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = contact(OTHER)
    enter(other, "akaun@toko.test", clock)
    MailSettings.objects.filter(shop=shop).update(look_at=clock())
    MailSettings.objects.filter(shop=other).update(look_at=clock() - timedelta(hours=1))
    silent(book, clock() - timedelta(hours=1))
    look = episodes.look

    def failing(chosen: MailSettings, *, now: datetime) -> None:
        if chosen.shop_id == other.pk:
            raise ZeroDivisionError
        look(chosen, now=now)

    monkeypatch.setattr(episodes, "look", failing)
    episodes.run(now=clock())

    assert Episode.objects.filter(shop=shop).count() == 1
    assert not MailSettings.objects.filter(look_at__lte=clock()).exists()
