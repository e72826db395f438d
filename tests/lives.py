"""Consistent lives of orders for property tests: a small stand-in for Shopify's arithmetic.

`life(Random(seed))` is always the same life. Everything is whole minor units here, and computed
independently of `accounting.documents`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from accounting.facts import (
    Adjustment,
    Fact,
    Line,
    Order,
    Refund,
    RefundLine,
    RefundShipping,
    ShippingLine,
    TaxLine,
    Transaction,
)
from tests.facts import (
    ORDERED_AT,
    make_adjustment,
    make_discount,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_refund_shipping,
    make_refund_transaction,
    make_shipping_line,
    make_tax,
    make_transaction,
    money,
)

GATEWAYS = ("stripe", "iPay88", "gift_card", "Cash on Delivery (COD)")
HOUR = timedelta(hours=1)


def text(minor: int) -> str:
    sign, size = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{size // 100}.{size % 100:02}"


def half_up(top: int, bottom: int) -> int:
    return (2 * top + bottom) // (2 * bottom)


@dataclass
class Part:
    """What is left to refund of one line: units, stated subtotal and tax."""

    id: int
    units: int
    subtotal: int
    tax: int
    whole: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        self.whole = (self.units, self.subtotal, self.tax)

    def take(self, units: int) -> tuple[int, int]:
        """Shopify rounds each share half up; the last units take the rest."""
        if units == self.units:
            taken = (self.subtotal, self.tax)
        else:
            count, subtotal, tax = self.whole
            taken = (
                min(half_up(subtotal * units, count), self.subtotal),
                min(half_up(tax * units, count), self.tax),
            )
        self.units -= units
        self.subtotal -= taken[0]
        self.tax -= taken[1]
        return taken


@dataclass
class Life:
    """One order while it lives: the facts so far, and its running account in minor units."""

    order: Order
    parts: list[Part]
    freight: Part | None
    inclusive: bool
    charged: int
    at: datetime = ORDERED_AT
    facts: list[Fact] = field(default_factory=list)
    paid: int = 0
    returned: int = 0
    credited: int = 0
    taken_off: int = 0  # of `credited`: before any payment, without money
    next_id: int = 1
    cancelled_at: datetime | None = None
    gone: dict[int, int] = field(default_factory=dict)

    @property
    def owed(self) -> int:
        return self.charged - self.credited - self.paid + self.returned

    def new_id(self, base: int) -> int:
        self.next_id += 1
        return base + self.next_id

    def total(self, subtotal: int, tax: int) -> int:
        return subtotal if self.inclusive else subtotal + tax

    def version(self) -> None:
        """What orders/updated would say now."""
        lines = tuple(
            replace(line, current_quantity=line.quantity - self.gone.get(line.id, 0))
            for line in self.order.lines
        )
        net = self.paid - self.returned
        version = replace(
            self.order,
            origin=False,
            updated_at=self.at,
            cancelled_at=self.cancelled_at,
            lines=lines,
            current_total_price=Decimal(text(net + self.owed)),
            total_outstanding=Decimal(text(self.owed)),
        )
        self.facts.append(version)

    def pay(self, amount: int, gateway: str) -> None:
        self.at += HOUR
        self.paid += amount
        self.facts.append(
            make_transaction(
                id=self.new_id(8200000000000),
                amount=text(amount),
                gateway=gateway,
                processed_at=self.at,
            )
        )
        self.version()

    def take_back(self, units: dict[int, int], how: str) -> tuple[list[RefundLine], int]:
        lines, total = [], 0
        for part in self.parts:
            count = units.get(part.id, 0)
            if count:
                subtotal, tax = part.take(count)
                total += self.total(subtotal, tax)
                self.gone[part.id] = self.gone.get(part.id, 0) + count
                lines.append(self._line(part, count, subtotal, tax, how))
        return lines, total

    def _line(self, part: Part, count: int, subtotal: int, tax: int, how: str) -> RefundLine:
        return make_refund_line(
            id=self.new_id(630000000000),
            line_id=part.id,
            quantity=count,
            restock_type=how,
            subtotal=text(subtotal),
            tax=text(tax),
        )

    def give_freight(self, amount: int) -> tuple[list[RefundShipping], int]:
        """`amount` of the shipping's subtotal, with its share of the tax."""
        freight = self.freight
        if freight is None or not amount:
            return [], 0
        whole = freight.whole
        share = freight.tax if amount == freight.subtotal else half_up(whole[2] * amount, whole[1])
        tax = min(share, freight.tax)
        freight.subtotal -= amount
        freight.tax -= tax
        row = make_refund_shipping(
            id=self.new_id(620000000000), subtotal=text(amount), tax=money(text(tax))
        )
        return [row], self.total(amount, tax)

    def record(
        self,
        lines: list[RefundLine],
        shipping: list[RefundShipping],
        *,
        kept: int = 0,
        tenders: tuple[tuple[int, str], ...] = (),
    ) -> None:
        """A refund record, its money through one gateway or several, and the order after it."""
        refund_id = self.new_id(1020000000000)
        moved = [
            make_refund_transaction(
                id=self.new_id(8200000000000),
                amount=text(amount),
                gateway=gateway,
                processed_at=self.at,
            )
            for amount, gateway in tenders
            if amount
        ]
        refund: Refund = make_refund(
            id=refund_id,
            created_at=self.at,
            lines=tuple(lines),
            shipping=tuple(shipping),
            adjustments=self._discrepancy(kept),
            transaction_ids=tuple(transaction.id for transaction in moved),
        )
        self.returned += sum(amount for amount, _ in tenders)
        self.facts += [refund, *moved]
        self.version()

    def _discrepancy(self, kept: int) -> tuple[Adjustment, ...]:
        return (make_adjustment(text(kept), id=self.new_id(240000000000)),) if kept else ()

    def arrivals(self, rng: Random) -> list[Fact]:
        """The facts in any order, some of them twice or three times; refunds also as the order
        repeats them, without their shipping, and returned money also while it was on its way."""
        again = rng.choices(self.facts, k=rng.randint(0, len(self.facts) // 2))
        copies = [copy for fact in again if (copy := _other_copy(fact))]
        found = [*self.facts, *again, *copies]
        rng.shuffle(found)
        return found


def _other_copy(fact: Fact) -> Fact | None:
    if isinstance(fact, Refund):
        return replace(fact, shipping=(), unsaid=("shipping",), as_of=fact.as_of + HOUR)
    if isinstance(fact, Transaction) and fact.kind == "refund":
        return replace(fact, status="pending", as_of=fact.as_of - timedelta(minutes=1))
    return None


def life(rng: Random) -> Life:
    """An order of up to three lines that is changed, paid, refunded and cancelled in plausible
    ways."""
    found = _ordered(rng)
    found.facts.append(found.order)
    if rng.random() < 0.2:
        _take_off_unpaid(rng, found)
    _pay(rng, found)
    if found.charged and not found.owed:
        _refund_some(rng, found)
    if rng.random() < 0.5:
        _cancel(rng, found)
    return found


def _ordered(rng: Random) -> Life:
    inclusive = rng.random() < 0.5
    made = [_line(rng, 16000000000000 + i, inclusive) for i in range(rng.randint(1, 3))]
    shipping, freight = _shipping(rng, inclusive)
    order = make_order(
        lines=tuple(line for line, _ in made), shipping_lines=shipping, taxes_included=inclusive
    )
    parts = [part for _, part in made]
    everything = [*parts, *([freight] if freight else [])]
    charged = sum(p.subtotal + (0 if inclusive else p.tax) for p in everything)
    assert order.total_price.shop == Decimal(text(charged))
    return Life(order=order, parts=parts, freight=freight, inclusive=inclusive, charged=charged)


def _line(rng: Random, line_id: int, inclusive: bool) -> tuple[Line, Part]:
    units, price = rng.randint(1, 4), rng.randint(0, 9999)
    off = rng.choice([0, rng.randint(0, units * price // 2), units * price])
    charged = units * price - off
    taxes, tax = _taxes(rng, charged, inclusive)
    line = make_line(
        id=line_id,
        quantity=units,
        price=text(price),
        discounts=(make_discount(text(off), "SALE"),) if off else (),
        taxes=taxes,
    )
    return line, Part(id=line_id, units=units, subtotal=charged, tax=tax)


def _taxes(rng: Random, charged: int, inclusive: bool) -> tuple[tuple[TaxLine, ...], int]:
    title, percent = rng.choice([("", 0), ("SST", 10), ("GST", 9)])
    if not percent:
        return (), 0
    tax = half_up(charged * percent, 100 + percent if inclusive else 100)
    return (make_tax(text(tax), title=title, rate=f"0.{percent:02}"),), tax


def _shipping(rng: Random, inclusive: bool) -> tuple[tuple[ShippingLine, ...], Part | None]:
    price = rng.choice([None, 0, 500, 1234])
    if price is None:
        return (), None
    taxes, tax = _taxes(rng, price, inclusive)
    line = make_shipping_line(price=text(price), taxes=taxes)
    return (line,), Part(id=line.id, units=1, subtotal=price, tax=tax)


def _take_off_unpaid(rng: Random, found: Life) -> None:
    """The merchant takes goods off before anything is paid: a record without money."""
    found.at += HOUR
    lines, total = found.take_back(_some_units(rng, found), "cancel")
    if lines:
        found.credited += total
        found.taken_off += total
        found.record(lines, [])


def _some_units(rng: Random, found: Life) -> dict[int, int]:
    return {part.id: rng.randint(0, part.units) for part in found.parts}


def _pay(rng: Random, found: Life) -> None:
    """In up to three tenders, perhaps not in full."""
    for _ in range(rng.randint(0, 2)):
        if found.owed > 1:
            found.pay(rng.randint(1, found.owed - 1), rng.choice(GATEWAYS))
    if found.owed and rng.random() < 0.75:
        found.pay(found.owed, rng.choice(GATEWAYS))


def _refund_some(rng: Random, found: Life) -> None:
    for _ in range(rng.randint(0, 3)):
        left = found.freight.subtotal if found.freight else 0
        amount = rng.choice([0, left, rng.randint(0, left)])
        units = _some_units(rng, found)
        if any(units.values()) or amount:
            _refund(rng, found, units, amount, rng.choice([0, 0, 0, 10, -5]))


def _refund(rng: Random, found: Life, units: dict[int, int], freight: int, share: int) -> None:
    """`share` per cent is not returned (negative: given on top)."""
    found.at += HOUR
    lines, total = found.take_back(units, rng.choice(["return", "no_restock"]))
    shipping, carried = found.give_freight(freight)
    total += carried
    kept = total * share // 100
    first = rng.choice([total - kept, rng.randint(0, total - kept)])
    tenders = ((first, rng.choice(GATEWAYS)), (total - kept - first, rng.choice(GATEWAYS)))
    found.credited += total - kept
    found.record(lines, shipping, kept=kept, tenders=tenders)


def _cancel(rng: Random, found: Life) -> None:
    """Paid in full: what is left goes back with its money. Paid in part: that part goes back, or
    stays. Not paid: nothing, or only the goods."""
    found.at += HOUR
    found.cancelled_at = found.at
    fully, freight = not found.owed, found.freight.subtotal if found.freight else 0
    back = fully or (rng.random() < 0.5 and not found.taken_off)
    units = {part.id: part.units for part in found.parts if part.units}
    if not back or not units:
        found.version()
        return
    lines, total = found.take_back(units, "cancel")
    shipping, carried = found.give_freight(0 if fully else freight)
    total += carried
    money_back = total if fully else found.paid - found.returned
    found.credited += total
    found.record(
        lines, shipping, kept=total - money_back, tenders=((money_back, rng.choice(GATEWAYS)),)
    )
