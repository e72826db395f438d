"""Facts as they are kept: every kind, once, with the first and the last time they were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from accounting import posting
from accounting.facts import (
    KINDS,
    Agreement,
    CustomerTotals,
    Deletion,
    Dispute,
    Fact,
    Reading,
    Refund,
    RefundShipping,
    Sale,
    Totals,
    Transaction,
    kind_of,
    merge,
)
from accounting.models import Fact as FactRow
from accounting.models import Order, Store
from shopify_app.payloads import facts_from
from tests.accounting.orders import order_facts, tell
from tests.facts import money
from tests.payloads import (
    ORDER_ID,
    as_body,
    make_edit,
    make_refund,
    make_terms,
    make_transaction,
    presented_in,
)
from tests.payloads import make_order as make_body
from tests.refetched import make_agreement, make_answer, make_page, make_paid

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def failure(as_of: datetime, **changes: Any) -> Transaction:
    given: dict[str, Any] = {
        "id": 7,
        "order_id": ORDER_ID,
        "as_of": as_of,
        "kind": "sale",
        "status": "failure",
        "gateway": "cash",
        "amount": Decimal("5.00"),
        "currency": "MYR",
        "processed_at": as_of.replace(minute=0, second=0, microsecond=0),
    }
    return Transaction(**(given | changes))


def agreement(now: datetime, **changes: Any) -> Agreement:
    sale = Sale(line_type="product", action="order", line_id=3, quantity=-1, total=money("-5.00"))
    given: dict[str, Any] = {"id": 4, "order_id": ORDER_ID, "kind": "edit", "happened_at": now}
    return Agreement(**(given | {"sales": (sale, replace(sale, line_id=None))} | changes))


def dispute(now: datetime, **changes: Any) -> Dispute:
    given: dict[str, Any] = {
        "id": 5,
        "order_id": ORDER_ID,
        "as_of": now,
        "status": "needs_response",
        "amount": Decimal("5.00"),
        "currency": "MYR",
        "opened_at": now,
    }
    return Dispute(**(given | changes))


def deletion(now: datetime, **changes: Any) -> Deletion:
    given: dict[str, Any] = {"id": ORDER_ID, "order_id": ORDER_ID, "deleted_at": now}
    return Deletion(**(given | changes))


def totals(now: datetime) -> CustomerTotals:
    figures = Totals(
        total_tax=Decimal("0.00"),
        total_outstanding=Decimal("1.00"),
        current_total_price=Decimal("12.00"),
    )
    return CustomerTotals(id=ORDER_ID, order_id=ORDER_ID, as_of=now, totals=figures)


def reading(now: datetime) -> Reading:
    return Reading(id=ORDER_ID, order_id=ORDER_ID, as_of=now)


def one_of_each(now: datetime) -> list[Fact]:
    """A fact of every kind, with every part of an order said."""
    body = make_body(
        tags="B2B",
        payment_terms=make_terms("2026-12-20T12:00:00+08:00"),
        company={"id": 55},
    )
    said = [
        ("orders/create", presented_in("SGD", "0.3", body)),
        ("order_transactions/create", make_transaction(location_id=66)),
        ("refunds/create", make_refund(transactions=[], **{"return": {"id": 88}})),
        ("orders/edited", make_edit()),
    ]
    told = [facts_from(topic, as_body(body), triggered_at=now) for topic, body in said]
    new: list[Fact] = [agreement(now), dispute(now), deletion(now), totals(now), reading(now)]
    return [*(fact for facts in told for fact in facts), *new]


def kept() -> Order:
    return Order.objects.get(order_id=ORDER_ID)


def test_every_kind_of_fact_is_kept_and_comes_back_as_it_was(store: Store, now: datetime) -> None:
    told = one_of_each(now)

    tell(store, told, now)

    picture = posting.facts_of(kept())
    assert {kind_of(fact) for fact in told} == KINDS.keys()
    assert picture == merge(told)
    assert picture.latest is not None
    assert picture.latest.presentment_totals is not None


def test_an_answer_of_the_admin_api_is_kept_and_comes_back_as_it_was(
    store: Store, now: datetime
) -> None:
    answer = make_answer(transactions=[make_paid()], agreements=make_page(make_agreement()))
    told = facts_from("refetch", as_body(answer), triggered_at=now)

    tell(store, told, now)

    assert posting.facts_of(kept()) == merge(told)


@pytest.mark.parametrize("make", [agreement, dispute, deletion])
def test_a_new_kind_of_fact_under_another_stores_name_is_refused(
    make: Any, store: Store, other: Store, now: datetime
) -> None:
    tell(store, [make(now)], now)

    for stolen in (make(now), make(now, id=make(now).id, order_id=9)):
        with pytest.raises(posting.Refused):
            tell(other, [stolen], now)

    assert not FactRow.objects.filter(store=other).exists()
    assert not Order.objects.filter(store=other).exists()


def test_the_same_content_keeps_the_first_time_and_the_last(store: Store, now: datetime) -> None:
    for hours in (1, 3, 0, 2):
        tell(store, [failure(now + hours * HOUR, processed_at=now)], now)

    row = FactRow.objects.get()
    assert (row.first_as_of, row.as_of) == (now, now + 3 * HOUR)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_payment_failed_when_that_was_first_told(
    order: tuple[int, ...], store: Store, now: datetime
) -> None:
    told = [failure(now + each * HOUR, processed_at=now) for each in range(3)]

    for each in order:
        tell(store, [told[each]], now)

    picture = posting.facts_of(kept())
    assert picture == merge(told)
    assert picture.failed_at == {7: now}
    assert [copy.as_of for copy in picture.transactions] == [now + 2 * HOUR]


def test_a_failure_told_again_after_a_success_is_still_the_newest(
    store: Store, now: datetime
) -> None:
    success = failure(now + HOUR, processed_at=now, status="success")
    told = [failure(now, processed_at=now), success, failure(now + 2 * HOUR, processed_at=now)]

    tell(store, told, now)

    picture = posting.facts_of(kept())
    assert picture == merge(told)
    assert (picture.transactions[0].status, picture.succeeded) == ("failure", frozenset({7}))


def test_a_row_of_a_worker_that_knows_no_first_time_counts_from_its_only_one(
    store: Store, now: datetime
) -> None:
    tell(store, [failure(now, processed_at=now)], now)
    FactRow.objects.update(first_as_of=None)
    before = posting.facts_of(kept()).failed_at

    tell(store, [failure(now + HOUR, processed_at=now)], now)

    assert before == posting.facts_of(kept()).failed_at == {7: now}
    assert FactRow.objects.get().first_as_of == now


def test_facts_without_an_as_of_time_have_no_first_one(store: Store, now: datetime) -> None:
    for _ in range(2):
        tell(store, order_facts(now), now)

    row = FactRow.objects.get()
    assert (row.first_as_of, row.as_of) == (None, None)


def test_rows_from_before_the_first_time_was_kept_take_the_only_time_they_have(
    store: Store, now: datetime
) -> None:
    tell(store, [failure(now), *order_facts(now)], now)
    FactRow.objects.update(first_as_of=None)

    with connection.cursor() as cursor:
        cursor.execute(import_module("accounting.migrations.0003_fact_first_as_of").FILL)

    times = dict(FactRow.objects.values_list("kind", "first_as_of"))
    assert times == {"transaction": now, "order": None}


def test_the_tax_a_refetch_told_of_refunded_shipping_outlives_later_webhooks(
    store: Store, now: datetime
) -> None:
    row = RefundShipping(id=1, shipping_line_id=None, subtotal=money("10.00"))
    webhook = Refund(id=9, order_id=ORDER_ID, as_of=now, created_at=now, shipping=(row,))
    refetched = replace(webhook, as_of=now + HOUR, shipping=(replace(row, tax=money("0.91")),))

    tell(store, [webhook, refetched, replace(webhook, as_of=now + 2 * HOUR)], now)

    (refund,) = posting.facts_of(kept()).refunds
    assert [each.tax for each in refund.shipping] == [money("0.91")]
