"""What a plan says besides documents: flags, a time to wait for, what to ask Shopify again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from accounting import posting
from accounting.documents.document import Debtor, Flag, Key, Plan, Role
from accounting.models import Document, Order, Store
from shopify_app.payloads import facts_from
from tests.accounting.conftest import Plans
from tests.accounting.orders import invoice, order_facts, problem, tell
from tests.payloads import as_body, make_edit, make_line

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)


def test_flags_are_kept_and_hold_nothing(store: Store, now: datetime, plans: Plans) -> None:
    flag = Flag(code="CUSTOMER_CREDIT", message="5.00 too much.", terms=(("open", "5.00"),))
    plans(Plan(flags=(flag,)), Plan())
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert order.state == "planned"
    assert order.flags == [
        {"code": "CUSTOMER_CREDIT", "message": "5.00 too much.", "terms": [["open", "5.00"]]}
    ]
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    assert Order.objects.get().flags == []


def test_an_order_waits_for_the_end_of_its_fold_window(
    store: Store, now: datetime, plans: Plans
) -> None:
    until = now + QUARTER
    plans(Plan(not_before=until))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert (order.state, order.plan_at) == ("waiting", until)
    local = until.astimezone(ZoneInfo("Asia/Kuala_Lumpur"))
    assert f"before {local:%Y-%m-%d %H:%M:%S}" in order.note
    assert not Document.objects.exists()
    assert posting.plan(now=until - timedelta(seconds=1)) == 0


def test_a_fold_window_that_is_over_is_waited_for_no_more(
    store: Store, now: datetime, plans: Plans
) -> None:
    until = now + QUARTER
    plans(Plan(not_before=until))
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    again = [posting.plan(now=until), posting.plan(now=until)]

    order = Order.objects.get()
    assert again == [1, 0]
    assert (order.state, order.plan_at, order.note) == ("planned", None, "")


def test_of_two_reasons_to_wait_the_earlier_plans_the_order(
    store: Store, now: datetime, plans: Plans
) -> None:
    passing = problem("FACTS_INCOMPLETE", may_pass=True)
    plans(Plan(problems=(passing,), not_before=now + QUARTER))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    assert Order.objects.get().plan_at == now + timedelta(minutes=10)


def test_a_hold_is_shown_also_while_the_fold_window_is_open(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem(),), not_before=now + QUARTER))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert (order.state, order.plan_at) == ("held", now + QUARTER)


def test_why_an_order_is_left_out_is_said_rather_than_until_when(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(excluded="A test order.", not_before=now + QUARTER))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    assert Order.objects.get().note == "A test order."


def test_shopify_is_asked_again_once_the_order_is_quiet(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem("FACTS_INCOMPLETE", may_pass=True, refetch=True),)))
    tell(store, order_facts(now), now)
    quiet = now + timedelta(minutes=10)

    posting.plan(now=now)
    early = Order.objects.get().refetch_asked_at
    posting.plan(now=quiet)

    assert early is None
    assert Order.objects.get().refetch_asked_at == quiet


def planned_again(store: Store, at: datetime) -> datetime | None:
    """When Shopify was asked last, once a person has had the order planned again."""
    posting.replan(store_id=store.id, order_id=Order.objects.get().order_id, who="7", now=at)
    posting.plan(now=at)
    return Order.objects.get().refetch_asked_at


def test_shopify_is_asked_for_what_is_known_at_once_and_once_it_is_quiet(
    store: Store, now: datetime, plans: Plans
) -> None:
    """What was read before the order was quiet may not show yet what came late (G7)."""
    plans(Plan(problems=(problem("I1", refetch=True),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    quiet = now + timedelta(minutes=10)

    at_once = planned_again(store, now + timedelta(minutes=9))
    when_quiet = planned_again(store, quiet)
    later = planned_again(store, now + timedelta(hours=1))
    anew = now + timedelta(hours=2)
    tell(store, order_facts(anew), anew)
    posting.plan(now=anew)

    assert (at_once, when_quiet, later) == (now, quiet, quiet)
    assert Order.objects.get().refetch_asked_at == anew


def test_what_only_reading_told_of_is_read_again_once_it_is_quiet_too(
    store: Store, now: datetime, plans: Plans
) -> None:
    """G7: whoever reads an order within minutes of a change cannot yet see a late refund record."""
    plans(Plan(problems=(problem("FACTS_INCOMPLETE", may_pass=True, refetch=True),)))
    tell(store, order_facts(now), now)
    read_at, changed_at = now + timedelta(days=1), now + timedelta(days=1, minutes=-1)
    posting.plan(now=now + timedelta(minutes=10))
    Order.objects.update(refetch_asked_at=read_at, refetch_ready_at=None)
    seen = order_facts(read_at, "orders/updated", updated_at=changed_at.isoformat())
    posting.record_facts(
        store_id=store.id, facts=seen, told_by="reading", now=read_at, read_anew=True
    )

    posting.plan(now=read_at)
    early = asked()
    posting.plan(now=changed_at + timedelta(minutes=10))
    posting.plan(now=changed_at + timedelta(hours=10))

    assert early == (read_at, None)
    assert asked()[0] == changed_at + timedelta(minutes=10)


def test_reading_an_old_version_leaves_an_order_as_quiet_as_it_was(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan())
    tell(store, order_facts(now), now)
    seen = order_facts(now, "orders/updated", updated_at=(now - timedelta(hours=3)).isoformat())

    later = now + timedelta(days=1)
    posting.record_facts(store_id=store.id, facts=seen, told_by="", now=later, read_anew=True)

    assert Order.objects.get().facts_at == now


def test_nothing_is_asked_for_what_shopify_cannot_explain(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem("UNMAPPED_TAX"),)))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    assert Order.objects.get().refetch_asked_at is None


def test_documents_are_queued_only_once_the_fold_window_is_over(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),), not_before=now + QUARTER))
    tell(store, order_facts(now), now)

    posting.plan(now=now)
    early = (Document.objects.count(), Order.objects.get().stem)
    posting.plan(now=now + QUARTER)

    assert early == (0, "")
    assert Document.objects.count() == 1


def test_the_orders_of_one_customer_each_make_sure_of_his_code(
    store: Store, now: datetime, plans: Plans
) -> None:
    orders = [6200000001001, 6200000001002]
    plans(*(Plan(entries=(customer(order),)) for order in orders))
    for order in orders:
        tell(store, order_facts(now, id=order, line_items=[make_line(id=order)]), now)

    posting.plan(now=now)

    assert [row.number for row in Document.objects.order_by("id")] == ["300-A1", "300-A1"]
    assert not Order.objects.filter(state=Order.State.HELD).exists()


def customer(order_id: int) -> Debtor:
    return Debtor(
        key=Key(role=Role.CUSTOMER, source_id=order_id),
        code="300-A1",
        name="Kedai Contoh",
        date=date(2026, 11, 20),
        currency="MYR",
        order_name="#1001",
        order_id=order_id,
    )


def edited(now: datetime) -> tuple[Any, ...]:
    return facts_from("orders/edited", as_body(make_edit()), triggered_at=now)


def asked() -> tuple[datetime | None, datetime | None]:
    order = Order.objects.get()
    return order.refetch_asked_at, order.refetch_ready_at


def test_what_only_reading_tells_is_read_once_the_deliveries_are_through(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    tell(store, edited(now), now)
    through = now + timedelta(minutes=2)

    posting.plan(now=now)
    early = (asked(), Order.objects.get().plan_at)
    posting.plan(now=through)

    assert early == ((None, None), through)
    assert asked() == (through, through)
    assert (Order.objects.get().state, Order.objects.get().plan_at) == ("planned", None)


def test_an_order_that_is_unknown_is_read_after_two_minutes_not_ten(
    store: Store, now: datetime
) -> None:
    tell(store, edited(now), now)

    posting.plan(now=now)
    posting.plan(now=now + timedelta(minutes=2))

    assert asked()[0] == now + timedelta(minutes=2)
    assert Order.objects.get().state == "waiting"


def test_an_order_without_documents_is_not_read_for_what_they_would_need(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(excluded="Not paid yet."))
    tell(store, order_facts(now), now)
    tell(store, edited(now), now)

    posting.plan(now=now)

    assert (asked()[0], Order.objects.get().plan_at) == (None, None)


def test_an_order_is_read_once_for_one_edit_whatever_follows(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan())
    tell(store, order_facts(now), now)
    tell(store, edited(now), now)
    read_at = now + timedelta(minutes=2)
    posting.plan(now=now)
    posting.plan(now=read_at)
    Order.objects.update(refetched_at=read_at, refetch_ready_at=None)

    for minutes in (10, 20, 30):
        tell(store, order_facts(now), now + timedelta(minutes=minutes))
        posting.plan(now=now + timedelta(minutes=minutes))
        posting.plan(now=now + timedelta(minutes=minutes + 5))

    assert asked() == (read_at, None)


@pytest.mark.parametrize(("fetch", "is_asked"), [("always", True), ("never", False)])
def test_the_operator_may_have_every_order_read_or_none(
    fetch: str, is_asked: bool, store: Store, now: datetime, plans: Plans, settings: Settings
) -> None:
    settings.SHOPIFY_FETCH = fetch
    held = Plan(problems=(problem("I1", refetch=True),))
    plans(Plan() if is_asked else held)
    tell(store, order_facts(now), now)

    posting.plan(now=now)
    posting.plan(now=now + timedelta(minutes=2))

    assert (asked()[0] is not None) is is_asked
