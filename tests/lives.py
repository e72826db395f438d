"""Consistent lives of orders for property tests: a small stand-in for Shopify's arithmetic.

Everything is whole minor units here, and computed independently of `accounting.documents`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from accounting.facts import Fact, Line, Order, Refund, RefundLine, ShippingLine, TaxLine
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
)

GATEWAYS = ("stripe", "iPay88", "gift_card", "Cash on Delivery (COD)")


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
    inclusive: bool
    at: datetime = ORDERED_AT
    facts: list[Fact] = field(default_factory=list)
    charged: int = 0
    paid: int = 0
    returned: int = 0
    credited: int = 0
    next_id: int = 1
    cancelled_at: datetime | None = None
    gone: dict[int, int] = field(default_factory=dict)

    @property
    def owed(self) -> int:
        return self.charged - self.credited - self.paid + self.returned

    def new_id(self, base: int) -> int:
        self.next_id += 1
        return base + self.next_id

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
        self.at += timedelta(hours=1)
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

    def refund(
        self, units: dict[int, int], *, shipping: bool, kept_share: int, gateway: str, how: str
    ) -> None:
        """Take units back; `kept_share` per cent is not returned (negative: given on top)."""
        self.at += timedelta(hours=1)
        lines, total = [], 0
        for part in self.parts:
            count = units.get(part.id, 0)
            if count:
                subtotal, tax = part.take(count)
                total += subtotal + (0 if self.inclusive else tax)
                self.gone[part.id] = self.gone.get(part.id, 0) + count
                lines.append(self._line(part, count, subtotal, tax, how))
        freight = self._freight() if shipping else None
        if freight is not None:
            total += freight[0] + (0 if self.inclusive else freight[1])
        kept = total * kept_share // 100
        self._record(tuple(lines), freight, kept, total - kept, gateway)
        self.credited += total - kept
        self.version()

    def _line(self, part: Part, count: int, subtotal: int, tax: int, how: str) -> RefundLine:
        return make_refund_line(
            id=self.new_id(630000000000),
            line_id=part.id,
            quantity=count,
            restock_type=how,
            subtotal=text(subtotal),
            tax=text(tax),
        )

    def _freight(self) -> tuple[int, int] | None:
        line = self.order.shipping_lines[0]
        tax = sum(int(t.amount.shop * 100) for t in line.taxes)
        return int(line.price.shop * 100), tax

    def _record(
        self,
        lines: tuple[RefundLine, ...],
        freight: tuple[int, int] | None,
        kept: int,
        money: int,
        gateway: str,
    ) -> None:
        refund_id, transaction_id = self.new_id(1020000000000), self.new_id(8200000000000)
        refund: Refund = make_refund(
            id=refund_id,
            created_at=self.at,
            lines=lines,
            shipping=()
            if freight is None
            else (make_refund_shipping(subtotal=text(freight[0]), tax=text(freight[1])),),
            adjustments=(make_adjustment(text(kept), id=self.new_id(240000000000)),)
            if kept
            else (),
            transaction_ids=(transaction_id,) if money else (),
        )
        self.facts.append(refund)
        if money:
            self.returned += money
            self.facts.append(
                make_refund_transaction(
                    id=transaction_id,
                    amount=text(money),
                    gateway=gateway,
                    processed_at=self.at,
                )
            )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """An order with up to three lines that is paid, refunded and cancelled in plausible ways."""
    life = _ordered(draw)
    life.facts.append(life.order)
    fully = _pay(draw, life)
    if life.charged and fully:
        _refund_some(draw, life)
    if draw(st.booleans()):
        _cancel(draw, life, fully)
    return life


def _ordered(draw: st.DrawFn) -> Life:
    inclusive = draw(st.booleans())
    parts: list[Part] = []
    lines: list[Line] = []
    for i in range(draw(st.integers(1, 3))):
        line, part = _line(draw, 16000000000000 + i, inclusive)
        lines.append(line)
        parts.append(part)
    shipping, freight = _shipping(draw, inclusive)
    order = make_order(lines=tuple(lines), shipping_lines=shipping, taxes_included=inclusive)
    charged = freight + sum(p.subtotal + (0 if inclusive else p.tax) for p in parts)
    assert order.total_price.shop == Decimal(text(charged))
    return Life(order=order, parts=parts, inclusive=inclusive, charged=charged)


def _line(draw: st.DrawFn, line_id: int, inclusive: bool) -> tuple[Line, Part]:
    units, price = draw(st.integers(1, 4)), draw(st.integers(0, 9999))
    off = draw(st.integers(0, units * price // 2))
    charged = units * price - off
    taxes, tax = _taxes(draw, charged, inclusive)
    line = make_line(
        id=line_id,
        quantity=units,
        price=text(price),
        discounts=(make_discount(text(off), "SALE"),) if off else (),
        taxes=taxes,
    )
    return line, Part(id=line_id, units=units, subtotal=charged, tax=tax)


def _taxes(draw: st.DrawFn, charged: int, inclusive: bool) -> tuple[tuple[TaxLine, ...], int]:
    title, percent = draw(st.sampled_from([("", 0), ("SST", 10), ("GST", 9)]))
    if not percent:
        return (), 0
    tax = half_up(charged * percent, 100 + percent if inclusive else 100)
    return (make_tax(text(tax), title=title, rate=f"0.{percent:02}"),), tax


def _shipping(draw: st.DrawFn, inclusive: bool) -> tuple[tuple[ShippingLine, ...], int]:
    price = draw(st.sampled_from([None, 0, 500, 1234]))
    if price is None:
        return (), 0
    taxes, tax = _taxes(draw, price, inclusive)
    total = price if inclusive else price + tax
    return (make_shipping_line(price=text(price), taxes=taxes),), total


def _pay(draw: st.DrawFn, life: Life) -> bool:
    """In up to three tenders; True when the order is paid in full."""
    for _ in range(draw(st.integers(0, 2))):
        if life.owed > 1:
            life.pay(draw(st.integers(1, life.owed - 1)), draw(st.sampled_from(GATEWAYS)))
    if life.owed and draw(st.integers(0, 3)):
        life.pay(life.owed, draw(st.sampled_from(GATEWAYS)))
    return not life.owed


def _refund_some(draw: st.DrawFn, life: Life) -> None:
    freight = bool(life.order.shipping_lines)
    for _ in range(draw(st.integers(0, 3))):
        units = {part.id: draw(st.integers(0, part.units)) for part in life.parts}
        shipping = freight and draw(st.booleans())
        if any(units.values()) or shipping:
            life.refund(
                units,
                shipping=shipping,
                kept_share=draw(st.sampled_from([0, 0, 0, 10, -5])),
                gateway=draw(st.sampled_from(GATEWAYS)),
                how=draw(st.sampled_from(["return", "no_restock"])),
            )
            freight = freight and not shipping


def _cancel(draw: st.DrawFn, life: Life, fully: bool) -> None:
    """Everything left goes back, with its money if there was any."""
    life.cancelled_at = life.at + timedelta(hours=1)
    units = {part.id: part.units for part in life.parts if part.units}
    if fully and units:
        life.refund(units, shipping=False, kept_share=0, gateway="stripe", how="cancel")
    else:
        life.at += timedelta(hours=1)
        life.version()
