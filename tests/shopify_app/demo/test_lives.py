"""The demo's webhooks add up the way Shopify's do (contract 7.2)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shopify_app.demo import lives
from shopify_app.demo.life import Life
from shopify_app.demo.lives import LifeCycle
from shopify_app.demo.shops import MALAYSIA, PROFILES, SINGAPORE, ShopProfile

from .conftest import MakeStage

DAY = timedelta(days=1)
CYCLES = sorted(
    {*lives.TROUBLED, *lives.LOST, *lives.EVERYDAY, *lives.ORDINARY}, key=lambda c: c.__name__
)
every_cycle = pytest.mark.parametrize("cycle", CYCLES, ids=lambda cycle: cycle.__name__)
every_shop = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.handle)


def received(life: Life) -> list[tuple[str, Any]]:
    """Topic and body as the receiver parses them: numbers as Decimal."""
    return [
        (hook.topic, json.loads(json.dumps(hook.body), parse_float=Decimal))
        for hook in life.webhooks
    ]


def orders(life: Life) -> list[Any]:
    return [body for topic, body in received(life) if topic.startswith("orders/")]


def bodies(life: Life, topic: str) -> list[Any]:
    return [body for received_topic, body in received(life) if received_topic == topic]


def total(amounts: Any) -> Decimal:
    return sum((Decimal(amount) for amount in amounts), Decimal(0))


def charged(line: Any) -> Decimal:
    allocations = total(share["amount"] for share in line["discount_allocations"])
    quantity: int = line.get("quantity", 1)
    return Decimal(line["price"]) * quantity - allocations


def taxes(line: Any) -> Decimal:
    return total(tax["price"] for tax in line["tax_lines"])


def credited(refund: Any, included: bool) -> Decimal:
    """Contract I6, from the body alone."""
    lines = refund["refund_line_items"]
    goods = total(line["subtotal_set"]["shop_money"]["amount"] for line in lines)
    tax = total(line["total_tax_set"]["shop_money"]["amount"] for line in lines)
    rows = refund["order_adjustments"]
    shipping = -total(
        total((row["amount"], row["tax_amount"]))
        for row in rows
        if row["kind"] == "shipping_refund"
    )
    kept = total(row["amount"] for row in rows if row["kind"] == "refund_discrepancy")
    return goods + (Decimal(0) if included else tax) + shipping - kept


def money_of(refund: Any) -> Decimal:
    return total(transaction["amount"] for transaction in refund["transactions"])


@every_cycle
@every_shop
def test_every_version_of_an_order_adds_up(
    make_stage: MakeStage, profile: ShopProfile, cycle: LifeCycle
) -> None:
    for order in orders(cycle(make_stage(profile))):
        lines, shipping = order["line_items"], order["shipping_lines"]
        tips = [line for line in lines if "tip_payment_gateway" in line]
        tax = total(taxes(line) for line in lines + shipping)
        on_top = Decimal(0) if order["taxes_included"] else tax
        all_charged = total(charged(line) for line in lines + shipping)
        allocations = [
            s["amount"] for line in lines + shipping for s in line["discount_allocations"]
        ]

        assert all_charged + on_top == Decimal(order["total_price"])  # I1
        assert tax == Decimal(order["total_tax"])  # I2
        assert tax == total(row["price"] for row in order["tax_lines"])
        goods = total(charged(line) for line in lines) - total(charged(tip) for tip in tips)
        assert goods == Decimal(order["subtotal_price"])  # I3
        assert total(allocations) == Decimal(order["total_discounts"])  # I4
        assert total(charged(tip) for tip in tips) == Decimal(order["total_tip_received"])  # I5
        for line in shipping:
            assert Decimal(line["discounted_price"]) == charged(line)


@every_cycle
@every_shop
def test_every_refund_returns_what_it_credits(
    make_stage: MakeStage, profile: ShopProfile, cycle: LifeCycle
) -> None:
    life = cycle(make_stage(profile))
    unpaid_before = life.record.sale.total - life.record.paid

    for refund in bodies(life, "refunds/create"):
        rest = credited(refund, profile.taxes_included) - money_of(refund)
        assert rest in (0, unpaid_before)  # I7
        for line in refund["refund_line_items"]:
            assert line["subtotal"] == Decimal(line["subtotal_set"]["shop_money"]["amount"])
            assert line["total_tax"] == Decimal(line["total_tax_set"]["shop_money"]["amount"])


@every_cycle
@every_shop
def test_what_is_outstanding_is_the_total_less_payments_and_credits(
    make_stage: MakeStage, profile: ShopProfile, cycle: LifeCycle
) -> None:
    life = cycle(make_stage(profile))
    last = orders(life)[-1]

    given_back = total(
        credited(refund, profile.taxes_included) for refund in bodies(life, "refunds/create")
    )
    sign = {"sale": 1, "capture": 1, "refund": -1, "authorization": 0}
    net = total(
        sign[body["kind"]] * Decimal(body["amount"])
        for body in bodies(life, "order_transactions/create")
    )

    assert Decimal(last["current_total_price"]) == Decimal(last["total_price"]) - given_back
    assert Decimal(last["total_outstanding"]) == Decimal(last["current_total_price"]) - net
    assert total(credited(r, profile.taxes_included) for r in last["refunds"]) == given_back


@every_cycle
@every_shop
def test_one_updated_at_never_stands_for_two_contents(
    make_stage: MakeStage, profile: ShopProfile, cycle: LifeCycle
) -> None:
    versions: dict[str, set[str]] = {}

    for order in orders(cycle(make_stage(profile))):
        versions.setdefault(order["updated_at"], set()).add(json.dumps(order, default=str))

    assert all(len(contents) == 1 for contents in versions.values())


@every_shop
def test_all_ids_are_different_and_all_is_past(
    make_stage: MakeStage, profile: ShopProfile, now: datetime
) -> None:
    stage = make_stage(profile)

    made = lives.live(stage, 40)

    records = [life.record for life in made]
    used = [record.id for record in records]
    used += [payment.id for record in records for payment in record.payments]
    used += [refund.id for record in records for refund in record.refunds]
    used += [item.id for record in records for item in record.sale.items]
    assert len(set(used)) == len(used)
    assert [record.number for record in records] == list(range(1001, 1041))
    assert max(hook.at for life in made for hook in life.webhooks) <= now


@every_shop
def test_one_seed_tells_one_story(make_stage: MakeStage, profile: ShopProfile) -> None:
    first, second = (lives.live(make_stage(profile, seed=7), 30) for _ in range(2))

    assert [life.record.sale.total for life in first] == [life.record.sale.total for life in second]


def test_shipping_refunds_appear_twice_with_opposite_signs(make_stage: MakeStage) -> None:
    (refund,) = bodies(lives.shipping_refunded(make_stage(SINGAPORE)), "refunds/create")

    gross = Decimal(
        refund["refund_shipping_lines"][0]["subtotal_amount_set"]["shop_money"]["amount"]
    )
    (row,) = refund["order_adjustments"]
    assert row["kind"] == "shipping_refund"
    assert gross == -(Decimal(row["amount"]) + Decimal(row["tax_amount"]))
    assert Decimal(row["tax_amount"]) < 0


def test_three_single_returns_give_back_the_whole_line_to_the_sen(make_stage: MakeStage) -> None:
    life = lives.returned_one_by_one(make_stage(MALAYSIA))

    (item,) = life.record.sale.items
    assert life.record.returned_subtotal(item) == item.charged
    assert life.record.returned_tax(item) == item.tax
    assert orders(life)[-1]["line_items"][0]["current_quantity"] == 0


def test_zero_rated_and_exempt_products_are_told_apart() -> None:
    rates = [[tax.rate for tax in product.taxes] for product in SINGAPORE.catalogue]

    assert [Decimal(0)] in rates
    assert [] in rates


@every_shop
def test_what_gets_lost_happened_lately_and_is_there_in_every_shop(
    make_stage: MakeStage, profile: ShopProfile, now: datetime
) -> None:
    lost = lives.lost(lives.live(make_stage(profile), 7))

    assert sorted(bool(life.heard) for life in lost) == [False, False, True]
    assert all(DAY / 2 < now - life.record.updated_at < 2 * DAY for life in lost)


def test_a_refund_that_gets_lost_leaves_the_order_as_it_was_before(make_stage: MakeStage) -> None:
    life = lives.refund_never_told(make_stage(MALAYSIA))

    assert "refunds/create" not in [hook.topic for hook in life.heard]
    heard, whole = (
        [hook.body for hook in hooks if hook.topic == "orders/updated"][-1]
        for hooks in (life.heard, life.webhooks)
    )
    assert (len(heard["refunds"]), len(whole["refunds"])) == (0, 1)
    assert heard["updated_at"] < whole["updated_at"]
