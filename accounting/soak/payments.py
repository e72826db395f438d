"""Money in: split tenders, part payments, captures, change, rounding, pending and bounced money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from accounting.facts import Transaction
from accounting.soak.figures import Sum, decimal
from accounting.soak.lives import ORDER_ID, Life

CASH = "cash"
MONEY_IN = ("sale", "capture")
NO_ROUNDING = decimal(0, "MYR")
GATEWAYS = ("stripe", "iPay88", "gift_card", "shopify_store_credit", "Cash on Delivery (COD)")


def pay(life: Life) -> None:
    """In up to three tenders, perhaps not in full, perhaps too much. Foreign money comes in one:
    differences of several rates are judged by the last payment, which may be too small."""
    tenders = life.rng.choice((0, 0, 1, 2))
    for _ in range(0 if life.exchange.is_foreign else tenders):
        if life.owed > 1:
            receive(life, life.rng.randint(1, life.owed - 1))
    if life.owed > 0 and life.chance(0.8):
        settle(life)


def settle(life: Life) -> None:
    """What is owed, in one of the ways money comes."""
    way = life.rng.random()
    if life.exchange.is_foreign:
        receive(life, life.owed)
    elif way < 0.12:
        _capture_in_parts(life)
    elif way < 0.2:
        receive(life, life.owed + life.rng.randint(1, 500))
    elif way < 0.28:
        _tender_cash(life)
    else:
        receive(life, life.owed)


def receive(life: Life, amount: int, *, captures: Transaction | None = None) -> None:
    """One payment and the order after it; it may have been pending, failed first or bounce."""
    life.pass_time()
    if captures is None and life.chance(0.05):
        _fail(life, amount)
    moved = transaction(life, amount, kind="sale")
    if captures is not None:
        parent, gateway = captures.id, captures.gateway
        moved = replace(
            moved, kind="capture", parent_id=parent, gateway=gateway, rounding=NO_ROUNDING
        )
    elif life.chance(0.1):
        life.facts.append(pending(moved))
    arrive(life, moved)
    life.tell()
    if life.may("bounced", 0.06) and not moved.rounding:
        _bounce(life, moved)


def arrive(life: Life, moved: Transaction, kept: Sum | None = None) -> None:
    """A success: the fact, the truth, and what it does to the order's account."""
    amount = kept or _sum(life, moved)
    life.facts.append(moved)
    life.paid += amount.shown
    life.happened(
        "P", moved.id, amount, gateway=moved.gateway, rounding=int(moved.rounding.scaleb(2))
    )


def transaction(
    life: Life,
    amount: int,
    *,
    kind: str,
    gateway: str = "",
    parent: int | None = None,
) -> Transaction:
    """A success now, of `amount` in the customer's currency; cash may be rounded."""
    money = life.exchange.money(amount, life.rng)
    rounding = life.rng.choice((-2, -1, 1, 2)) if life.may("rounding", 0.1) else 0
    is_rounded = bool(rounding) and kind in ("sale", "refund") and amount > 2
    is_rounded = is_rounded and not life.exchange.is_foreign
    return Transaction(
        id=life.new_id("transaction"),
        order_id=ORDER_ID,
        as_of=life.at,
        parent_id=parent,
        kind=kind,
        status="success",
        gateway=CASH if is_rounded else gateway or life.rng.choice(GATEWAYS),
        amount=decimal(money.shown, life.exchange.shown),
        currency=life.exchange.shown,
        shop_amount=decimal(money.shop, life.exchange.shop) if life.exchange.is_foreign else None,
        rounding=decimal(rounding if is_rounded else 0, "MYR"),
        processed_at=life.at,
    )


def pending(moved: Transaction) -> Transaction:
    """The same money when it was on its way."""
    return replace(
        moved, status="pending", as_of=moved.as_of - timedelta(minutes=5), rounding=moved.rounding
    )


def _sum(life: Life, moved: Transaction) -> Sum:
    shown = int(moved.amount.scaleb(-int(moved.amount.as_tuple().exponent)))
    if moved.shop_amount is None:
        return Sum(shown, shown)
    return Sum(shown, int(moved.shop_amount.scaleb(2)))


def _fail(life: Life, amount: int) -> None:
    """A card is declined, perhaps after its money was on its way: never money."""
    tried = replace(transaction(life, amount, kind="sale"), status="failure", rounding=NO_ROUNDING)
    if life.chance(0.5):
        life.facts.append(pending(tried))
    life.facts.append(tried)


def _capture_in_parts(life: Life) -> None:
    """An authorisation of the whole, captured in one to three parts, not always wholly."""
    life.pass_time()
    asked = transaction(life, life.owed, kind="authorization", gateway="stripe")
    life.facts.append(asked)
    if life.chance(0.5):
        life.tell()
    for _ in range(life.rng.randint(1, 3)):
        if life.owed > 0:
            amount = life.owed if life.chance(0.5) else life.rng.randint(1, life.owed)
            receive(life, amount, captures=asked)


def _tender_cash(life: Life) -> None:
    """Cash handed over the till with change; rarely Shopify's sale is net of it already."""
    life.pass_time()
    owed, change = life.owed, life.rng.randint(1, 500)
    drawn = life.chance(0.2)
    is_net = life.nets_change = drawn if life.nets_change is None else life.nets_change
    sale = transaction(life, owed if is_net else owed + change, kind="sale", gateway=CASH)
    back = transaction(life, change, kind="change", gateway=CASH, parent=sale.id)
    whole = _sum(life, sale)
    arrive(life, sale, whole if is_net else whole - _sum(life, back))
    life.facts.append(back)
    life.tell()


def _bounce(life: Life, moved: Transaction) -> None:
    """Money that had come fails later."""
    life.pass_time()
    life.facts.append(replace(moved, status="failure", as_of=life.at))
    amount = _sum(life, moved)
    life.paid -= amount.shown
    life.happened(
        "V", moved.id, amount, gateway=moved.gateway, rounding=int(moved.rounding.scaleb(2))
    )
    life.tell()
