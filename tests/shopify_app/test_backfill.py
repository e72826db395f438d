"""Past orders are read, judged without posting, then posted as judged, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from accounting import (
    backfills,
    debtors,
    mapping,
    outbox,
    policy,
    posting,
    reading_anew,
    reversal,
)
from accounting.backfill_claim import LEASE, LeaseLost, claim, due, move
from accounting.connections import NotConnected
from accounting.facts import Order as OrderFact
from accounting.models import (
    Attempt,
    Audit,
    Backfill,
    BackfillOrder,
    Book,
    DebtorCode,
    Document,
    Fact,
    GatewayMapping,
    Order,
    Store,
)
from shopify_app import backfill, tasks
from shopify_app.backfill import Later, OutOfRange, Stopped
from shopify_app.models import Shop
from tests.accounting.races import together
from tests.backfilled import (
    LAST,
    Driver,
    Past,
    Shopify,
    foreseen,
    make_shop,
    map_everything,
    past_orders,
    written,
)
from tests.books import Books, Clock, make_book, make_store

pytestmark = [pytest.mark.django_db]
NOW = datetime.fromisoformat("2026-11-26T04:00:00+00:00")
MANY, FEW = 150, 24
PAST = past_orders(MANY)


class Killed(BaseException):
    """A worker is gone, in the middle of whatever it did."""


def make_driver(count: int = MANY, **policies: Any) -> Driver:
    store = make_store(make_book(NOW), **policies)
    map_everything(store)
    make_shop(store, NOW)
    books, clock = Books(), Clock(NOW)
    return Driver(store, Shopify(PAST[:count]), clock, lambda _: books)


@pytest.fixture
def driver() -> Driver:
    return make_driver(FEW)


def kept_in(driver: Driver) -> list[Any]:
    """All that posting would leave behind."""
    orders = Order.objects.exclude(state="waiting", planned_at=None, plan_at=None, stem="")
    return [*Document.objects.all(), *DebtorCode.objects.all(), *orders]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


# --- the dry run -----------------------------------------------------------------------------


def test_what_the_dry_run_shows_is_what_is_posted_document_for_document() -> None:
    driver = make_driver(MANY, customers="customer", debtor_prefix="300-")
    shown = driver.previewed()
    expected = sorted(foreseen(shown))
    counted = backfills.counts(shown)

    driver.decide(backfills.post, shown)
    done = driver.until("posted")

    assert written(driver.store) == expected
    assert len(expected) > 3 * MANY
    assert backfills.counts(done)["different"] == 0
    assert min(counted[name] for name in ("post", "hold", "skip")) > 0
    assert set(Document.objects.values_list("state", flat=True)) == {"posted"}
    assert DebtorCode.objects.count() > 10
    assert Order.objects.filter(stem__contains="-O").exists()
    held = Order.objects.filter(state="held").count()
    assert held == BackfillOrder.objects.exclude(problems=[]).count()


def test_numbers_and_codes_are_those_foreseen_whichever_order_is_planned_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def candidates(prefix: str, own: str) -> Iterator[str]:
        return (f"{prefix}{step}" for step in count(int(own.split()[1]) % 2))

    monkeypatch.setattr(debtors, "candidates", candidates)  # all get in each other's way
    driver = make_driver(20, customers="customer", debtor_prefix="300-")
    shown = driver.previewed()
    expected = sorted(foreseen(shown))
    driver.decide(backfills.post, shown)
    backfill.go_on(driver.shopify, clock=driver.clock)
    woken = Order.objects.filter(plan_at__isnull=False)
    for order in woken:
        order.plan_at = driver.clock() - timedelta(seconds=order.id)  # the last one first
        order.save(update_fields=["plan_at"])
    BackfillOrder.objects.filter(woken_at__isnull=False).update(woken_at=NOW - timedelta(days=1))

    done = driver.until("posted")

    assert written(driver.store) == expected
    assert backfills.counts(done)["different"] == 0
    owners = dict(BackfillOrder.objects.exclude(owner="").values_list("owner", "debtor_code"))
    assert len(set(owners.values())) == len(owners) > 5


def test_nothing_is_kept_or_sent_before_somebody_posts(driver: Driver) -> None:
    driver.store.customers = "customer"
    driver.store.save()

    shown = driver.previewed()

    assert kept_in(driver) == []
    assert shown.ready_at is None
    assert backfills.counts(shown)["post"] > 10
    assert due(now=NOW + timedelta(days=99)) == []


def test_the_totals_are_those_of_the_documents_shown(driver: Driver) -> None:
    shown = driver.previewed()
    driver.decide(backfills.post, shown)
    driver.until("posted")

    for key, made in shown.totals["documents"].items():
        currency, kind = key.split()
        rows = Document.objects.filter(kind=kind, currency=currency)
        assert made["documents"] == rows.count()
        assert sum(row.total for row in rows) == Decimal(made["total"])
    debit = sum(Decimal(each["debit"]) for each in shown.totals["accounts"].values())
    credit = sum(Decimal(each["credit"]) for each in shown.totals["accounts"].values())
    assert debit == credit > 0
    assert shown.totals["problems"]["UNMAPPED_GATEWAY"]["orders"] == 2
    assert shown.totals["skipped"]["A test order: nothing is posted."]["orders"] == 1


def test_previewed_again_it_follows_the_mappings_of_today(driver: Driver) -> None:
    shown = driver.previewed()
    before = sorted(foreseen(shown))
    GatewayMapping.objects.create(store=driver.store, gateway="kedaibayar", account="bank")

    driver.decide(backfills.preview, shown)
    again = driver.until("previewed")

    assert "UNMAPPED_GATEWAY" in shown.totals["problems"]
    assert "UNMAPPED_GATEWAY" not in again.totals["problems"]
    assert len(sorted(foreseen(again))) > len(before)
    assert kept_in(driver) == []


def test_orders_before_the_cut_over_are_left_out_and_said_to_be(driver: Driver) -> None:
    driver.store.cut_over_date = date(2026, 11, 26)
    driver.store.save()

    shown = driver.previewed()

    (reason,) = (each for each in shown.totals["skipped"] if "taken over" in each)
    assert "2026-11-26" in reason
    assert shown.totals["documents"] == {}


def test_documents_of_closed_months_are_counted_as_moved(driver: Driver) -> None:
    driver.store.books_closed_date = date(2026, 10, 31)
    driver.store.save()

    shown = driver.previewed()

    moved = [each for each in foreseen(shown) if each[2] == "2026-11-01"]
    assert 0 < shown.totals["moved"] <= len(moved)


# --- what only a dry run knows ---------------------------------------------------------------


def test_nothing_but_an_event_plans_an_order_that_only_a_dry_run_knows(driver: Driver) -> None:
    driver.previewed()
    by, order = driver.by(), Order.objects.order_by("id").first()
    assert order is not None

    mapping.map_roles(rows=[{"role": "tips", "account": "tips2"}], **by)
    policy.change_policy(changes={"settle_seconds": 60}, **by)
    mapping.plan_held(driver.store.id, NOW)
    outbox.wake_forgotten(now=NOW)
    replanned = posting.replan(order_id=order.order_id, **by)
    posting.record_facts(
        store_id=driver.store.id,
        facts=PAST[0].facts,
        told_by="reading",
        now=NOW,
        read_anew=True,
        plan=False,
    )

    assert not replanned
    assert not Order.objects.filter(plan_at__isnull=False).exists()
    assert posting.plan(now=NOW + timedelta(days=9)) == 0
    assert kept_in(driver) == []


def test_nobody_can_have_an_order_read_anew_that_only_a_dry_run_knows(driver: Driver) -> None:
    """What is read anew is planned, and so posted: nobody decided to."""
    driver.previewed()
    by = {**driver.by(), "order_id": PAST[0].id}

    assert reading_anew.ask(**by) is False
    assert not Order.objects.exclude(refetch_ready_at=None).exists()
    assert not Audit.objects.filter(action="order read anew").exists()


def test_an_order_first_known_by_reading_is_as_quiet_as_its_last_change(driver: Driver) -> None:
    driver.previewed()

    for order in Order.objects.all():
        newest = posting.facts_of(order).latest
        assert newest is not None
        assert order.facts_at == newest.updated_at < NOW


def test_a_webhook_between_preview_and_post_makes_the_order_normal(driver: Driver) -> None:
    shown = driver.previewed()
    told = next(past for past in PAST if len(_documents_of(shown, past)) > 1)
    posting.record_facts(
        store_id=driver.store.id, facts=told.facts, told_by="delivery 1", now=driver.clock()
    )
    posting.plan(now=driver.clock())
    before = set(Document.objects.values_list("number", flat=True))

    driver.decide(backfills.post, shown)
    done = driver.until("posted")

    row = BackfillOrder.objects.get(shopify_id=told.id)
    assert before
    assert (row.outcome, row.woken_at) == ("there", None)
    assert backfills.counts(done)["different"] == 0
    driver.decide(backfills.reverse, done)
    driver.until("reversed")
    assert not Document.objects.filter(order=row.order_id, role="Z").exists()


def _documents_of(shown: Backfill, past: Past) -> list[Any]:
    rows = BackfillOrder.objects.filter(backfill=shown, shopify_id=past.id)
    return rows.values_list("documents", flat=True).first() or []


def test_an_order_that_lejar_keeps_up_already_is_not_even_read(driver: Driver) -> None:
    known = PAST[0]
    posting.record_facts(store_id=driver.store.id, facts=known.facts, told_by="delivery 1", now=NOW)

    shown = driver.previewed()

    assert backfills.counts(shown)["there"] == 1
    assert f"order {known.id}" not in driver.shopify.told


def test_an_order_left_out_before_is_read_and_judged(driver: Driver) -> None:
    driver.store.cut_over_date = LAST
    driver.store.save()
    past = PAST[0]
    first = [fact for fact in past.facts if isinstance(fact, OrderFact)][:1]
    posting.record_facts(store_id=driver.store.id, facts=first, told_by="delivery 1", now=NOW)
    posting.plan(now=NOW + timedelta(hours=1))
    assert Order.objects.get().state == "excluded"
    driver.store.cut_over_date = None
    driver.store.save()

    shown = driver.previewed()

    assert f"order {past.id}" in driver.shopify.told
    assert BackfillOrder.objects.get(shopify_id=past.id).outcome != "there"
    assert backfills.counts(shown)["there"] == 0


# --- differences -----------------------------------------------------------------------------


def test_a_mapping_edited_between_preview_and_post_shows_as_a_difference(driver: Driver) -> None:
    shown = driver.previewed()
    GatewayMapping.objects.filter(gateway="stripe").update(account="other")

    driver.decide(backfills.post, shown)
    done = driver.until("posted")

    rows = BackfillOrder.objects.exclude(differences=[])
    assert 0 < rows.count() == backfills.counts(done)["different"]
    assert {each["reason"] for row in rows for each in row.differences} == {"rules"}
    assert all(each["foreseen"] for row in rows for each in row.differences)


def test_facts_that_came_while_it_was_posted_show_as_a_difference(driver: Driver) -> None:
    shown = driver.previewed()
    row = next(row for row in BackfillOrder.objects.order_by("id") if len(row.documents) > 1)
    driver.decide(backfills.post, shown)
    backfill.go_on(driver.shopify, clock=driver.clock)  # woken, not planned yet
    told = next(past.facts for past in PAST if past.id == row.shopify_id)
    order = next(fact for fact in reversed(told) if isinstance(fact, OrderFact))
    later = replace(order, updated_at=NOW, test=True, origin=False)
    posting.record_facts(
        store_id=driver.store.id, facts=[later], told_by="delivery 2", now=driver.clock()
    )

    driver.until("posted")

    row.refresh_from_db()
    assert {each["reason"] for each in row.differences} == {"facts"}
    assert {each["posted"] for each in row.differences} == {None}


def test_a_number_taken_meanwhile_shows_as_a_difference(driver: Driver) -> None:
    shown = driver.previewed()
    row = BackfillOrder.objects.exclude(stem="").order_by("id").first()
    assert row is not None
    Order.objects.create(store=driver.store, order_id=5, stem=row.stem, facts_at=NOW)

    driver.decide(backfills.post, shown)
    driver.until("posted")

    row.refresh_from_db()
    assert {each["reason"] for each in row.differences} == {"numbers"}


# --- trouble ---------------------------------------------------------------------------------


def test_killed_between_any_two_steps_it_ends_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = make_driver(12, customers="customer", debtor_prefix="300-")
    calls = _die_at(monkeypatch, every=3)

    for decision in (backfills.start, backfills.post):
        if decision is backfills.start:
            driver.start()
            found = _despite_deaths(driver, "previewed")
        else:
            driver.decide(decision, found)
            found = _despite_deaths(driver, "posted")

    assert calls["deaths"] > 8
    assert written(driver.store) == sorted(foreseen(found))
    assert backfills.counts(found)["different"] == 0
    posted = sorted(foreseen(found))
    monkeypatch.undo()
    assert sorted(foreseen(make_again(driver))) == posted


def make_again(driver: Driver) -> Backfill:
    """The dry run of the same orders by a worker that never dies, in a database of nothing else."""
    for model in (BackfillOrder, Backfill, Attempt, Document, Fact, Order, DebtorCode):
        model._default_manager.all().delete()
    return driver.previewed()


def _die_at(monkeypatch: pytest.MonkeyPatch, *, every: int) -> dict[str, int]:
    """Every third commit of a slice dies before it, every sixth after it."""
    calls = {"moves": 0, "deaths": 0}

    def dying(held: Backfill, now: datetime, **changes: object) -> None:
        calls["moves"] += 1
        move(held, now, **changes)
        if calls["moves"] % every == 0:
            calls["deaths"] += 1
            raise Killed

    for module in ("accounting.backfill_preview", "accounting.backfill_posting"):
        monkeypatch.setattr(f"{module}.move", dying)
    monkeypatch.setattr(backfill, "move", dying)
    return calls


def _despite_deaths(driver: Driver, state: str) -> Backfill:
    while True:
        try:
            return driver.until(state)
        except Killed:
            driver.clock.now += LEASE + timedelta(seconds=1)


def test_of_two_workers_one_does_the_work(driver: Driver) -> None:
    begun = driver.start()

    first = claim(begun.id, now=NOW)
    second = claim(begun.id, now=NOW)

    assert first is not None
    assert second is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_end_as_one_would(pool: ThreadPoolExecutor) -> None:
    driver = make_driver(8)
    begun = driver.start()

    def work() -> None:
        for _ in range(100):
            backfill.go_on(driver.shopify, clock=driver.clock)

    together(pool, [work, work])

    begun.refresh_from_db()
    read = [call for call in driver.shopify.told if call.startswith("order")]
    assert begun.state == "previewed"
    assert len(read) == len(set(read)) == 8
    assert begun.totals["documents"] == _totals_alone(begun)


def _totals_alone(found: Backfill) -> dict[str, Any]:
    """The same from the rows that were kept."""
    totals: dict[str, Any] = {}
    for _number, kind, _day, total, currency, _digest in foreseen(found):
        made = totals.setdefault(f"{currency} {kind}", {"documents": 0, "total": Decimal(0)})
        made["documents"] += 1
        made["total"] += Decimal(total)
    return {key: {**made, "total": f"{made['total']:.2f}"} for key, made in totals.items()}


def test_a_worker_whose_lease_ran_out_keeps_nothing(driver: Driver) -> None:
    begun = driver.start()
    slow = claim(begun.id, now=NOW)
    quick = claim(begun.id, now=NOW + LEASE + timedelta(seconds=1))
    assert slow is not None
    assert quick is not None

    with pytest.raises(LeaseLost):
        move(slow, NOW, cursor="stale")

    begun.refresh_from_db()
    assert begun.cursor == ""


def test_a_decision_ends_what_a_worker_still_does(driver: Driver) -> None:
    begun = driver.start()
    held = claim(begun.id, now=NOW)
    assert held is not None

    driver.decide(backfills.cancel, begun)

    with pytest.raises(LeaseLost):
        move(held, NOW, cursor="stale")
    begun.refresh_from_db()
    assert (begun.state, begun.ready_at) == ("cancelled", None)


def test_what_shopify_puts_off_is_tried_again_then(driver: Driver) -> None:
    driver.shopify.fail = [None, Later(40.0)]
    begun = driver.start()

    backfill.go_on(driver.shopify, clock=driver.clock)

    begun.refresh_from_db()
    assert begun.state == "reading"
    assert begun.ready_at == NOW + timedelta(seconds=40)
    assert driver.until("previewed").state == "previewed"


@pytest.mark.parametrize("seconds", [900.0, None])
def test_what_shopify_refuses_stops_with_words(driver: Driver, seconds: float | None) -> None:
    driver.shopify.fail = [Stopped("Open Lejar again.", seconds=seconds)]
    begun = driver.start()

    backfill.go_on(driver.shopify, clock=driver.clock)

    begun.refresh_from_db()
    assert (begun.state, begun.message) == ("stopped", "Open Lejar again.")
    if seconds is None:
        assert begun.ready_at is None
        driver.decide(backfills.preview, begun)
    assert driver.until("previewed").message == ""


def test_a_shop_that_left_is_not_read(driver: Driver) -> None:
    Shop.objects.update(state="uninstalled")
    begun = driver.start()

    backfill.go_on(driver.shopify, clock=driver.clock)

    begun.refresh_from_db()
    assert begun.state == "stopped"
    assert driver.shopify.told == []


def test_a_shop_that_is_closed_is_not_asked_and_goes_on_when_it_is_open(driver: Driver) -> None:
    begun = driver.start()
    Shop.objects.update(state="unavailable")

    stopped = driver.until("stopped")
    asked = list(driver.shopify.told)
    Shop.objects.update(state="active")
    driver.clock.advance(hours=1)

    assert asked == []
    assert stopped.id == begun.id
    assert "closed" in stopped.message
    assert driver.until("previewed").id == begun.id


def test_backfills_take_one_thread_of_a_worker_and_leave_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slice lasts ten seconds and the worker is woken every second."""
    at_once: list[int] = []

    def go_on(*args: Any, **more: Any) -> None:
        at_once.append(len(at_once))
        tasks.go_on_backfilling()

    monkeypatch.setattr(backfill, "go_on", go_on)

    tasks.go_on_backfilling()
    tasks.go_on_backfilling()

    assert at_once == [0, 1]


def test_a_mistake_of_ours_fails_its_own_order(
    driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    driver.shopify.fail = [None, KeyError("secret-of-a-customer")]  # the list, then an order

    shown = driver.previewed()

    failed = BackfillOrder.objects.get(outcome="failed")
    assert failed.note == backfill.MISTAKE
    assert backfills.counts(shown)["orders"] == FEW
    assert "could not be read" in caplog.text


def test_a_mistake_of_ours_keeps_no_other_backfill_waiting(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown = driver.previewed()
    driver.decide(backfills.post, shown)
    before = driver.clock()

    def mistaken(*args: Any, **more: Any) -> None:
        raise KeyError("secret-of-a-customer")

    monkeypatch.setattr(backfills, "go_on", mistaken)

    assert backfill.go_on(driver.shopify, clock=driver.clock) == 0
    assert Backfill.objects.get().ready_at == before + timedelta(seconds=backfill.OURS_SECONDS)
    assert "could not go on" in caplog.text


def test_orders_that_cannot_be_read_are_listed_and_hold_up_nobody(driver: Driver) -> None:
    driver.shopify.gone = {PAST[0].id}
    other = make_store(make_book(NOW, name="Other"), "other.myshopify.com")
    Order.objects.create(store=other, order_id=PAST[1].id, facts_at=NOW)

    shown = driver.previewed()

    rows = BackfillOrder.objects.filter(outcome="failed").order_by("id")
    assert [row.note for row in rows] == [
        "Shopify no longer shows this order.",
        "order_id: belongs to an order of another shop",
    ]
    assert backfills.counts(shown)["orders"] == FEW


def test_a_list_longer_than_shopify_pages_goes_on_from_its_newest_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = make_driver(FEW)
    monkeypatch.setattr("tests.backfilled.A_PAGE", 4)
    monkeypatch.setattr(backfill, "MOST_PAGES", 2)

    shown = driver.previewed()

    assert backfills.counts(shown)["orders"] == FEW
    assert len({call.split(" ", 2)[2] for call in driver.shopify.told if "page" in call}) > 3


# --- starting, cancelling, taking back -------------------------------------------------------


def test_a_range_older_than_shopify_shows_is_refused_with_the_first_day_there_is(
    driver: Driver,
) -> None:
    with pytest.raises(OutOfRange) as refused:
        driver.start(first=date(2026, 9, 27))

    assert refused.value.field == "first_date"
    assert "2026-09-28" in refused.value.message
    assert "read_all_orders" in refused.value.message
    assert not Backfill.objects.exists()
    assert not Audit.objects.exists()
    assert driver.start(first=date(2026, 9, 28)).state == "reading"


def test_with_all_orders_granted_any_range_can_be_read(driver: Driver) -> None:
    Shop.objects.update(scopes="read_all_orders,read_orders")

    assert driver.start(first=date(2020, 1, 1)).state == "reading"


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 11, 3), date(2026, 11, 2)), (LAST, date(2026, 11, 27))]
)
def test_a_range_that_is_none_is_refused(driver: Driver, first: date, last: date) -> None:
    with pytest.raises(OutOfRange) as refused:
        driver.start(first, last)

    assert refused.value.field == "last_date"
    assert not Backfill.objects.exists()


def test_without_books_nothing_is_begun(driver: Driver) -> None:
    Store.objects.update(book=None)

    with pytest.raises(NotConnected):
        driver.start()

    assert not Backfill.objects.exists()


def test_one_backfill_is_open_at_a_time(driver: Driver) -> None:
    driver.start()

    with pytest.raises(backfills.AnotherIsOpen):
        driver.start()

    assert Backfill.objects.count() == Audit.objects.count() == 1


def test_the_days_are_those_of_the_shops_zone(driver: Driver) -> None:
    driver.start(date(2026, 11, 1), date(2026, 11, 2))

    backfill.go_on(driver.shopify, clock=driver.clock)

    assert driver.shopify.told[0] == (
        "page first created_at:>='2026-10-31T16:00:00Z' AND created_at:<'2026-11-02T16:00:00Z'"
    )


@pytest.mark.parametrize("decision", ["post", "preview", "reverse"])
def test_a_decision_at_the_wrong_step_changes_nothing(driver: Driver, decision: str) -> None:
    begun = driver.start()
    before = Backfill.objects.values().get()

    with pytest.raises(backfills.NotNow):
        driver.decide(getattr(backfills, decision), begun)

    assert Backfill.objects.values().get() == before
    assert Audit.objects.count() == 1


def test_cancelled_it_leaves_orders_that_nothing_plans(driver: Driver) -> None:
    driver.decide(backfills.cancel, driver.previewed())

    assert kept_in(driver) == []
    assert not Order.objects.filter(plan_at__isnull=False).exists()
    assert driver.start().state == "reading"


def test_broken_off_it_posts_no_further_order(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = make_driver(FEW)
    monkeypatch.setattr("accounting.backfill_posting.A_SLICE", 5)
    found = driver.previewed()
    driver.decide(backfills.post, found)
    backfill.go_on(driver.shopify, clock=driver.clock)

    driver.decide(backfills.cancel, found)
    done = driver.until("posted")

    assert backfills.counts(done)["woken"] == backfills.counts(done)["compared"] == 5
    assert Order.objects.filter(posting.SET_ASIDE).count() == FEW - 5


def test_taken_back_nothing_of_it_stands_and_what_was_held_is_set_aside(driver: Driver) -> None:
    done = driver.posted()
    posted = Document.objects.exclude(kind__in=("allocation", "customer")).count()
    held = Order.objects.filter(state="held", stem="").count()

    driver.decide(backfills.reverse, done)
    driver.until("reversed")

    contras = Document.objects.filter(role="Z").exclude(kind="allocation")
    assert contras.count() == posted > FEW
    assert set(contras.values_list("state", flat=True)) == {"posted"}
    assert Order.objects.filter(posting.SET_ASIDE).count() >= held
    assert not Order.objects.filter(plan_at__isnull=False).exists()
    orders = Order.objects.filter(document__isnull=False).distinct()
    assert reversal.reversal_state(Order.objects.filter(id__in=orders)).reversed == orders.count()


def test_what_an_event_posted_of_an_order_left_out_stands(driver: Driver) -> None:
    done = driver.posted()
    row = BackfillOrder.objects.filter(outcome="skip").order_by("id").first()
    assert row is not None
    told = next(past.facts for past in PAST if past.id == row.shopify_id)
    order = next(fact for fact in reversed(told) if isinstance(fact, OrderFact))
    later = replace(order, updated_at=NOW, test=False, origin=False)
    store_id, now = driver.store.id, driver.clock()
    posting.record_facts(store_id=store_id, facts=[later], told_by="delivery 3", now=now)
    driver.clock.advance(hours=1)
    driver.work()
    assert Document.objects.filter(order=row.order_id).exists()

    driver.decide(backfills.reverse, done)
    driver.until("reversed")

    assert not Document.objects.filter(order=row.order_id, role="Z").exists()


def test_books_with_much_to_send_get_no_more_of_a_backfill(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounting.backfill_posting.MOST_AHEAD", 3)
    monkeypatch.setattr("accounting.backfill_posting.A_SLICE", 2)
    Book.objects.update(state="paused")
    found = driver.previewed()
    driver.decide(backfills.post, found)

    for _ in range(60):
        driver.work()
        driver.clock.advance(seconds=1)

    assert 3 <= Document.objects.filter(state="queued").count() <= 5
    Book.objects.update(state="active")
    driver.until("posted")


def test_every_decision_leaves_a_trail(driver: Driver) -> None:
    done = driver.posted()
    driver.decide(backfills.reverse, done)

    trail = Audit.objects.filter(action__startswith="backfill").order_by("id")
    assert [row.action for row in trail] == [
        "backfill started",
        "backfill posted",
        "backfill reversed",
    ]
    assert {row.who for row in trail} == {"staff 7"}


def test_how_long_it_takes_is_told_from_the_pace_so_far(driver: Driver) -> None:
    begun = driver.start()
    counted = dict.fromkeys(backfills.counts(begun), 0) | {"orders": 100, "listed": 75}
    begun.listed_whole = True

    left = backfills.seconds_left(begun, counted, now=NOW + timedelta(seconds=10))

    assert left == 30
