"""Lives of orders beyond the everyday, drawn by chance from what a shop can do."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from shopify_app.demo import lives
from shopify_app.demo.checkout import Checkout
from shopify_app.demo.figures import ZERO, Discount, Ids
from shopify_app.demo.life import Life
from shopify_app.demo.records import OpenShop
from shopify_app.demo.shops import ShopProfile


def eventful(stage: lives.Stage) -> Life:
    """Paid, taken back and forgiven in parts, as often as chance will; perhaps cancelled."""
    chance = stage.random
    life = stage.order(tip=chance.choice([ZERO, ZERO, Decimal("3.00")]), discounts=_codes(chance))
    _pay_some(stage, life)
    for _ in range(chance.randint(0, 5)):
        chance.choice([_pay_more, _take_back, _take_back, _forgive, _fulfil])(stage, life)
    if chance.random() < 0.2:
        _cancel(stage, life)
    return life


def _codes(chance: Random) -> list[Discount]:
    codes = [
        Discount(code="HUJAN", amount=Decimal("1.37")),
        Discount(code="POST", amount=Decimal("2.05"), on_shipping=True),
    ]
    return chance.sample(codes, chance.randint(0, 2))


def _pay_some(stage: lives.Stage, life: Life) -> None:
    total, profile = life.record.sale.total, stage.shop.profile
    part = (total / 3).quantize(Decimal("0.01"))
    tenders = stage.random.choice(
        [
            [],
            [(profile.card, total)],
            [("gift_card", part), (profile.card, total - part)],
            [("gift_card", part)],
        ]
    )
    life.place(*tenders)


def _pay_more(stage: lives.Stage, life: Life) -> None:
    owed = life.record.outstanding
    if owed <= ZERO:
        return
    part = stage.random.choice([owed, (owed / 2).quantize(Decimal("0.01"))])
    if part > ZERO:
        life.pay(stage.random.choice(stage.shop.profile.later), part, stage.after(life, 5))


def _take_back(stage: lives.Stage, life: Life) -> None:
    if life.record.outstanding > ZERO:
        return
    items = [(i, i.quantity - life.record.returned_quantity(i)) for i in life.record.sale.items]
    left = [(item, units) for item, units in items if units and not item.tip]
    if not left:
        return
    item, units = stage.random.choice(left)
    how = stage.random.choice(["return", "no_restock"])
    shipping = not life.record.shipping_refunded and stage.random.random() < 0.3
    given = [(item, stage.random.randint(1, units))]
    life.refund(stage.after(life, 7), given, note="", restock_type=how, shipping=shipping)


def _forgive(stage: lives.Stage, life: Life) -> None:
    if life.record.outstanding <= ZERO and life.record.net_payments > 5:
        life.refund(stage.after(life, 9), note="", kept=Decimal("-1.11"))


def _fulfil(stage: lives.Stage, life: Life) -> None:
    life.fulfil(stage.after(life, 3))


def _cancel(stage: lives.Stage, life: Life) -> None:
    record = life.record
    if record.outstanding > ZERO and record.paid:
        return
    items = [(i, i.quantity - record.returned_quantity(i)) for i in record.sale.items]
    left = [(item, units) for item, units in items if units]
    shipping = not record.shipping_refunded
    at = stage.after(life, 6)
    life.refund(at, left, note="", restock_type="cancel", shipping=shipping)
    life.cancel(at + timedelta(seconds=2), "customer")


def drawn_lives(
    profile: ShopProfile, domain: str, chance: Random, orders: int, now: datetime
) -> list[Life]:
    ids = Ids(7_000_000_000_000)
    shop = OpenShop(profile=profile, domain=domain, id=ids())
    checkout = Checkout(shop=shop, ids=ids)
    stage = lives.Stage(shop=shop, checkout=checkout, ids=ids, random=chance, now=now)
    cycles = [*lives.TROUBLED, *lives.EVERYDAY, *[eventful] * 20]
    for cycle in chance.sample(cycles, orders):
        cycle(stage).cycle = cycle.__name__
    return stage.lives
