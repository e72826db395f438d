"""What an accountant would expect in the books after these lives, order by order.

Worked out from the story alone, never from Lejar's tables or code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shopify_app.demo.figures import ZERO
from shopify_app.demo.life import Life
from shopify_app.demo.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOrder:
    """Sums by document kind, in the shop's currency. `stem` starts all its document numbers."""

    stem: str
    name: str
    invoiced: Decimal
    paid: Decimal
    credited: Decimal
    refunded: Decimal
    documents: int

    @property
    def receivable(self) -> Decimal:
        """What the customer still owes; the same as Shopify's outstanding amount."""
        return self.invoiced - self.paid - self.credited + self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One shop's books. `held` are the names of the orders that wait for a mapping for ever, `lost`
    of those that no webhook tells of."""

    orders: tuple[ExpectedOrder, ...]
    held: frozenset[str]
    lost: frozenset[str]
    clearing: dict[str, Decimal]  # gateway -> debit balance

    @property
    def documents(self) -> int:
        return sum(order.documents for order in self.orders)


def expect(
    lives: Sequence[Life], held: Sequence[Life], trigger: str, *, fees_apart: bool = False
) -> Expected:
    """`held` are those of `lives` that nobody will ever map. With `fees_apart` a fee kept from a
    refund is a document beside its credit note."""
    names = frozenset(life.record.name for life in held)
    records = [life.record for life in lives]
    posted = [r for r in records if r.name not in names and _is_in_scope(r, trigger)]
    clearing: dict[str, Decimal] = {}
    for payment in (payment for record in posted for payment in record.payments):
        clearing[payment.gateway] = clearing.get(payment.gateway, ZERO) + payment.moved
    return Expected(
        orders=tuple(_expect_order(record, fees_apart) for record in posted),
        held=names,
        lost=frozenset(life.record.name for life in lives if not life.heard),
        clearing=clearing,
    )


def _is_in_scope(record: Record, trigger: str) -> bool:
    """Under `paid`, an order nobody ever paid for has no documents (treatment 2.2, row 6)."""
    return trigger == "created" or record.paid > ZERO or record.sale.total == ZERO


def _expect_order(record: Record, fees_apart: bool) -> ExpectedOrder:
    money = [payment for payment in record.payments if payment.moved]
    credits_given = [refund for refund in record.refunds if refund.parts or refund.discrepancy]
    fees = [refund for refund in record.refunds if fees_apart and refund.discrepancy > 0]
    return ExpectedOrder(
        stem=f"{record.shop.profile.prefix}-{record.number}",
        name=record.name,
        invoiced=record.sale.total,
        paid=record.paid,
        credited=record.credited,
        refunded=record.paid - record.net_payments,
        documents=1 + len(money) + len(credits_given) + len(fees),
    )
