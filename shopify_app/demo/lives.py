"""The everyday lives of orders, drawn from a seeded source, and the few that get into trouble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from shopify_app.demo.checkout import Basket, Checkout
from shopify_app.demo.figures import ZERO, Discount, Ids, Item, Sale, rounded
from shopify_app.demo.life import Life
from shopify_app.demo.records import Customer, OpenShop, Record
from shopify_app.demo.shops import GIFT_CARD, Product

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
LONG_AGO, LATELY = (5 * DAY, 29 * DAY), (26 * HOUR, 40 * HOUR)  # before the story ends
JUST_NOW, BEFORE_LEJAR = (HOUR / 2, HOUR), (32 * DAY, 49 * DAY)
NAMES = (
    ("Aisyah", "Contoh"),
    ("Wei Ling", "Tan"),
    ("Arjun", "Pillai"),
    ("Farid", "Rekaan"),
    ("Mei", "Ong"),
    ("Siti", "Misalan"),
    ("Kavitha", "Nair"),
    ("Jun Hao", "Lim"),
)


@dataclass(kw_only=True)
class Stage:
    """Where lives are made: one shop, its checkout, chance, and the time the story ends."""

    shop: OpenShop
    checkout: Checkout
    ids: Ids
    random: Random
    now: datetime
    lives: list[Life] = field(default_factory=list)

    def order(
        self,
        basket: Basket | None = None,
        *,
        shipped: bool = True,
        discounts: Sequence[Discount] = (),
        tip: Decimal = ZERO,
        placed: tuple[timedelta, timedelta] = LONG_AGO,
    ) -> Life:
        """A new order of `basket`, or of one drawn at random, placed some time ago."""
        profile = self.shop.profile
        shipping = self.random.choice(profile.shipping) if shipped else None
        sale = self.checkout.sale(
            basket or self.basket(), shipping=shipping, discounts=discounts, tip=tip
        )
        life = Life(record=self._record(sale, placed), ids=self.ids)
        self.lives.append(life)
        return life

    def basket(self, lines: int | None = None) -> list[tuple[Product, int]]:
        count = lines or self.random.choice((1, 1, 2, 2, 3, 4))
        chosen = self.random.sample(self.shop.profile.catalogue, count)
        return [(product, self.random.choice((1, 1, 1, 2, 3))) for product in chosen]

    def after(self, life: Life, hours: int) -> datetime:
        """Some hours after the last thing that happened to this order."""
        return life.record.updated_at + hours * HOUR + timedelta(seconds=self.random.randrange(900))

    def _record(self, sale: Sale, placed: tuple[timedelta, timedelta]) -> Record:
        latest, earliest = (int(ago.total_seconds()) for ago in placed)
        at = self.now - timedelta(seconds=self.random.randrange(latest, earliest))
        at = at.replace(microsecond=0)
        return Record(
            shop=self.shop,
            id=self.ids(),
            number=1001 + len(self.lives),
            sale=sale,
            customer=self._customer(),
            created_at=at,
            updated_at=at,
        )

    def _customer(self) -> Customer | None:
        if self.random.random() < 0.15:  # a guest at the counter
            return None
        first, last = self.random.choice(NAMES)
        email = f"{first}.{last}".lower().replace(" ", "") + "@customer.test"
        return Customer(id=self.ids(), first_name=first, last_name=last, email=email)


def paid_at_once(stage: Stage) -> Life:
    life = stage.order()
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def paid_by_any_wallet(stage: Stage) -> Life:
    life = stage.order()
    immediate = [g for g in stage.shop.profile.gateways if g not in stage.shop.profile.later]
    life.place((stage.random.choice(immediate), life.record.sale.total))
    return life


def split_with_gift_card(stage: Stage) -> Life:
    life = stage.order()
    by_card = rounded(life.record.sale.total / 3)
    life.place(("gift_card", by_card), (stage.shop.profile.card, life.record.sale.total - by_card))
    return life


def paid_later(stage: Stage) -> Life:
    life = stage.order()
    life.place()
    life.pay(stage.shop.profile.later[0], life.record.sale.total, stage.after(life, 30))
    return life


def paid_in_two_parts(stage: Stage) -> Life:
    life = stage.order()
    life.place()
    first = rounded(life.record.sale.total * 2 / 5)
    life.pay(stage.shop.profile.later[-1], first, stage.after(life, 10))
    life.pay(stage.shop.profile.later[-1], life.record.outstanding, stage.after(life, 40))
    return life


def deposit_only(stage: Stage) -> Life:
    life = stage.order()
    life.place()
    deposit = rounded(life.record.sale.total / 4)
    life.pay(stage.shop.profile.later[-1], deposit, stage.after(life, 10))
    return life


def never_paid(stage: Stage) -> Life:
    life = stage.order()
    life.place()
    return life


def authorized_then_captured(stage: Stage) -> Life:
    life = stage.order()
    reserved = life.authorize(stage.shop.profile.card)
    life.capture(reserved, stage.after(life, 20))
    return life


def discounted_by_code(stage: Stage) -> Life:
    life = stage.order(stage.basket(3), discounts=[Discount(code="RAYA10", amount=Decimal("10"))])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def discounted_shipping(stage: Stage) -> Life:
    code = Discount(code="SHIPLESS", amount=Decimal("3.50"), on_shipping=True)
    life = stage.order(discounts=[code])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def free_of_charge(stage: Stage) -> Life:
    basket = stage.basket(2)
    goods = sum((product.price * quantity for product, quantity in basket), ZERO)
    life = stage.order(basket, shipped=False, discounts=[Discount(code="PRESS100", amount=goods)])
    life.place()
    return life


def tipped(stage: Stage) -> Life:
    life = stage.order(tip=Decimal("5.00"))
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def gift_card_sold(stage: Stage) -> Life:
    life = stage.order([(GIFT_CARD, 1), *stage.basket(1)])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def three_that_do_not_divide(stage: Stage) -> Life:
    code = Discount(code="MERDEKA", amount=Decimal("5.99"))
    life = stage.order([(stage.shop.profile.catalogue[0], 3)], discounts=[code])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def one_returned(stage: Stage) -> Life:
    life = paid_at_once(stage)
    life.fulfil(stage.after(life, 12))
    life.refund(stage.after(life, 30), [(_first(life), 1)], note="Changed their mind")
    return life


def one_written_off(stage: Stage) -> Life:
    life = paid_at_once(stage)
    life.fulfil(stage.after(life, 12))
    at = stage.after(life, 30)
    life.refund(at, [(_first(life), 1)], note="Chipped on arrival", restock_type="no_restock")
    return life


def returned_one_by_one(stage: Stage) -> Life:
    life = three_that_do_not_divide(stage)
    life.fulfil(stage.after(life, 12))
    for _ in range(3):
        life.refund(stage.after(life, 10), [(_first(life), 1)], note="One came back")
    return life


def fully_refunded(stage: Stage) -> Life:
    life = split_with_gift_card(stage)
    life.fulfil(stage.after(life, 12))
    life.refund(stage.after(life, 30), _everything(life), note="All returned", shipping=True)
    return life


def shipping_refunded(stage: Stage) -> Life:
    life = paid_at_once(stage)
    life.refund(stage.after(life, 30), note="Came late", shipping=True)
    return life


def goodwill(stage: Stage) -> Life:
    life = paid_at_once(stage)
    life.refund(stage.after(life, 30), note="For the trouble", kept=Decimal("-5.85"))
    return life


def restocking_fee(stage: Stage) -> Life:
    life = paid_at_once(stage)
    life.fulfil(stage.after(life, 12))
    at = stage.after(life, 30)
    life.refund(at, [(_first(life), 1)], note="Opened box", shipping=True, kept=Decimal("3.00"))
    return life


def cancelled_unpaid(stage: Stage) -> Life:
    life = stage.order()
    life.place()
    at = stage.after(life, 8)
    life.refund(at, _everything(life), note="", restock_type="cancel", shipping=True)
    life.cancel(at + timedelta(seconds=2), "customer")
    return life


def cancelled_after_payment(stage: Stage) -> Life:
    life = paid_at_once(stage)
    at = stage.after(life, 8)
    life.refund(at, _everything(life), note="", restock_type="cancel", shipping=True)
    life.cancel(at + timedelta(seconds=2), "inventory")
    return life


def late_product(stage: Stage) -> Life:
    life = stage.order([(stage.shop.profile.late_product, 2), *stage.basket(1)])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def late_gateway(stage: Stage) -> Life:
    life = stage.order()
    life.place((stage.shop.profile.late_gateway, life.record.sale.total))
    return life


def late_tax(stage: Stage) -> Life:
    life = stage.order([(stage.shop.profile.late_tax, 3)])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def never_mapped(stage: Stage) -> Life:
    life = stage.order([(stage.shop.profile.never, 1)])
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def bought_just_now(stage: Stage) -> Life:
    life = stage.order(placed=JUST_NOW)
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def bought_long_ago(stage: Stage) -> Life:
    life = stage.order(placed=BEFORE_LEJAR)
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def never_told(stage: Stage) -> Life:
    """Not one of its webhooks arrives."""
    life = stage.order(placed=LATELY)
    life.unheard = True
    life.place((stage.shop.profile.card, life.record.sale.total))
    return life


def refund_never_told(stage: Stage) -> Life:
    """The order arrives; that some of it came back does not."""
    life = stage.order(placed=LATELY)
    life.place((stage.shop.profile.card, life.record.sale.total))
    life.unheard = True
    life.fulfil(stage.after(life, 4))
    life.refund(stage.after(life, 8), [(_first(life), 1)], note="Wrong colour")
    return life


def _first(life: Life) -> Item:
    return life.record.sale.items[0]


def _everything(life: Life) -> list[tuple[Item, int]]:
    return [(item, item.quantity) for item in life.record.sale.items]


LifeCycle = Callable[[Stage], Life]
TROUBLED: tuple[LifeCycle, ...] = (never_mapped, late_product, late_gateway, late_tax)
LOST: tuple[LifeCycle, ...] = (never_told, refund_never_told, never_told)
EVERYDAY: tuple[LifeCycle, ...] = (
    split_with_gift_card,
    one_returned,
    paid_later,
    discounted_by_code,
    fully_refunded,
    paid_in_two_parts,
    shipping_refunded,
    goodwill,
    cancelled_after_payment,
    tipped,
    gift_card_sold,
    cancelled_unpaid,
    one_written_off,
    discounted_shipping,
    free_of_charge,
    restocking_fee,
    three_that_do_not_divide,
    returned_one_by_one,
    authorized_then_captured,
    deposit_only,
    never_paid,
)
ORDINARY: tuple[LifeCycle, ...] = (paid_at_once, paid_by_any_wallet, paid_at_once, paid_later)


def live(stage: Stage, orders: int) -> list[Life]:
    """`orders` lives in one shop: the troubled and the lost, each everyday cycle once, then
    ordinary ones."""
    cycles = list((*TROUBLED, *LOST, *EVERYDAY)[:orders])
    cycles += stage.random.choices(ORDINARY, k=orders - len(cycles))
    stage.random.shuffle(cycles)
    return [_lived(cycle, stage) for cycle in cycles]


def never_to_be_mapped(lives: Sequence[Life]) -> list[Life]:
    """Those whose code is missing to the end."""
    return [life for life in lives if life.cycle == never_mapped.__name__]


def lost(lives: Sequence[Life]) -> list[Life]:
    """Those of which no webhook tells all."""
    return [life for life in lives if len(life.heard) < len(life.webhooks)]


def troubled(lives: Sequence[Life]) -> list[Life]:
    """Those that are held at first."""
    names = {cycle.__name__ for cycle in TROUBLED}
    return [life for life in lives if life.cycle in names]


def _lived(cycle: LifeCycle, stage: Stage) -> Life:
    life = cycle(stage)
    life.cycle = cycle.__name__
    return life
