"""What an order sells: lines, taxes, discounts, shipping, tips, duties and fees."""

from __future__ import annotations

from accounting.facts import Sale
from accounting.soak.figures import Sum
from accounting.soak.lives import Life
from accounting.soak.parts import Part, Tax

SST, GST, ZERO_RATED = Tax("SST", 10), Tax("GST", 9), Tax("GST", 0)
SALE_TYPES = {"sales": "product", "tips": "tip", "duties": "duty", "fees": "additional_fee"}
LEVY, MARKETPLACE = Tax("Levy", 5), Tax("Marketplace tax", 8, channel=True)


def stock(life: Life) -> None:
    """The order as it is placed."""
    for _ in range(life.rng.randint(1, 4)):
        sell(life)
    for _ in range(life.rng.choice((0, 1, 1, 1, 2))):
        ship(life)
    if life.chance(0.15):
        _tip(life)
    for kind in ("duties", "fees"):
        if life.chance(0.1):
            part = Part(kind, 0, 1, life.exchange.sum(life.rng.randint(1, 3000)))
            part.taxes = _taxes(life) if life.may("taxed charges", 0.4) else ()
            _add(life, part)


def sell(life: Life) -> Part:
    """A line item of one to five units, perhaps free, discounted or a gift card."""
    least = 500 if life.exchange.is_foreign else 1
    units, price = life.rng.randint(1, 5), life.rng.randint(least, 9999)
    price = 0 if life.chance(0.07) else price
    is_card = life.chance(0.08)
    kind = "gift_card" if is_card else "sales"
    part = Part(kind, life.new_id("line"), units, life.exchange.sum(price))
    discount(life, part, life.rng.choice((0, 0, 0, life.rng.randint(0, units * price // 2), None)))
    part.taxes = () if is_card else _taxes(life)
    return _add(life, part)


def ship(life: Life) -> Part:
    part = Part("shipping", life.new_id("shipping"), 1, life.exchange.sum(_carriage(life)))
    discount(life, part, life.rng.choice((0, 0, 0, part.price.shown // 3, None)))
    part.taxes = _taxes(life)
    return _add(life, part)


def sale(life: Life, part: Part, action: str, units: int, total: Sum, tax: Sum) -> Sale:
    """What was charged for, as Shopify's ledger of the order says it."""
    return Sale(
        line_type=SALE_TYPES.get(part.kind, part.kind),
        action=action,
        line_id=part.id or None,
        quantity=units,
        total=life.exchange.bag(total),
        tax=life.exchange.bag(tax),
    )


def sold(life: Life, part: Part) -> Sale:
    return sale(life, part, "order", part.units, part.total(life.inclusive), part.tax)


def discount(life: Life, part: Part, off: int | None) -> None:
    """`off` in all, or everything: in one allocation or two (of a line's and an order's own)."""
    gross = part.price * part.units
    whole = gross.shown if off is None else off
    part.offs = []
    first = whole if life.chance(0.7) else life.rng.randint(0, whole)
    for label, amount in (("SALE", first), ("ORDER10", whole - first)):
        left = gross - part.off
        shop = left.shop if amount == left.shown else min(life.exchange.sum(amount).shop, left.shop)
        if amount:
            part.offs.append((label, Sum(amount, shop)))


def _carriage(life: Life) -> int:
    return life.rng.choice((0, 500, 1234, 800, life.rng.randint(1, 5000)))


def _taxes(life: Life) -> tuple[Tax, ...]:
    plain: tuple[Tax, ...] = life.rng.choice(((), (SST,), (GST,), (ZERO_RATED,), (SST,)))
    if life.may("stacked", 0.15):
        return life.rng.choice(((SST, LEVY), (GST, LEVY), (LEVY, SST, ZERO_RATED)))
    if life.may("channel", 0.05):
        return life.rng.choice(((MARKETPLACE,), (SST, MARKETPLACE)))
    return plain


def _tip(life: Life) -> None:
    """A line of its own, or only a figure among the order's totals."""
    part = Part("tips", life.new_id("line"), 1, life.exchange.sum(life.rng.randint(1, 2000)))
    if life.chance(0.3):
        part.stated, part.id = False, 0
    _add(life, part)


def _add(life: Life, part: Part) -> Part:
    part.price_anew(life.exchange, life.inclusive)
    life.parts.append(part)
    return part
