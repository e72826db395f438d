"""What the first document settles for its order, whatever the merchant decides later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting import pinning, posting
from accounting.documents.document import Key, Plan, Role
from accounting.documents.rules import Policy
from accounting.models import Document, Order, Store
from tests.accounting.conftest import Plans
from tests.accounting.orders import invoice, order_facts, problem, tell

pytestmark = pytest.mark.django_db

PINNED: list[tuple[str, Any, str, Any]] = [
    ("trigger", "created", "trigger", "paid"),
    ("partial_payment", "wait", "partial_payment", "post"),
    ("invoice_date", "trigger", "invoice_date", "order"),
    ("currency_side", "presentment", "currency_side", "shop"),
    ("customers", "customer", "customers", "cash"),
    ("discounts", "gross", "discounts", "net"),
    ("fold_window_seconds", 900, "fold_window", timedelta(0)),
    ("gift_card_skus", ["card"], "gift_card_skus", ()),
]


AS_A_FIELD: dict[str, Callable[[Any], Any]] = {
    "fold_window": lambda seconds: timedelta(seconds=seconds),
    "gift_card_skus": tuple,
}


@pytest.mark.parametrize(("column", "value", "field", "settled"), PINNED)
def test_a_pinned_policy_stays_with_the_order(
    store: Store, now: datetime, plans: Plans, column: str, value: Any, field: str, settled: Any
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    Store.objects.update(**{column: value})

    tell(store, order_facts(now), now)
    tell(store, order_facts(now, id=77), now)
    posting.plan(now=now)

    known = {call["facts"].latest.id: getattr(call["rules"].policy, field) for call in calls[1:]}
    changed = known.pop(77)
    assert list(known.values()) == [settled]
    assert changed == AS_A_FIELD.get(field, str)(value)


def test_every_pinned_policy_is_tried() -> None:
    kept = pinning.pinned(Policy(prefix="SH", time_zone="UTC", currency="MYR"))

    assert set(kept) == {field for _, _, field, _ in PINNED}
    assert pinning.laid_over(
        Policy(prefix="SH", time_zone="UTC", currency="MYR", trigger="created"), kept
    ) == Policy(prefix="SH", time_zone="UTC", currency="MYR")


def test_a_fold_window_comes_back_as_long_as_it_was() -> None:
    policy = Policy(prefix="SH", time_zone="UTC", currency="MYR", fold_window=timedelta(days=1))

    kept = pinning.pinned(policy)

    assert kept["fold_window"] == 86_400
    assert pinning.laid_over(policy, kept) == policy


def test_what_older_orders_never_kept_is_as_the_merchant_says_today() -> None:
    policy = Policy(prefix="SH", time_zone="UTC", currency="MYR", discounts="gross")

    laid = pinning.laid_over(policy, {"trigger": "created", "unknown": 1})

    assert (laid.trigger, laid.discounts) == ("created", "gross")


def test_nothing_is_pinned_before_the_first_document(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(Plan(problems=(problem(),)), Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    before = Order.objects.get().pinned
    Store.objects.update(trigger="created")

    tell(store, order_facts(now), now)
    posting.plan(now=now)

    assert before == {}
    assert calls[1]["rules"].policy.trigger == "created"
    assert Order.objects.get().pinned["trigger"] == "created"


def test_what_the_database_refuses_pins_nothing(
    store: Store, now: datetime, plans: Plans, caplog: pytest.LogCaptureFixture
) -> None:
    plans(
        Plan(entries=(invoice(number="SH-" + "1" * 60, key=Key(role=Role.INVOICE, source_id=1)),))
    )
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert (order.state, order.stem, order.pinned) == ("held", "", {})
    assert not Document.objects.exists()
