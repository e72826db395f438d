"""One order's life: what happens to it, and the webhooks Shopify sends each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from shopify_app.demo import bodies, money_bodies
from shopify_app.demo.figures import ZERO, Ids, Item, part_of
from shopify_app.demo.parts import Body
from shopify_app.demo.records import (
    Payment,
    Record,
    Refund,
    ReturnedLine,
    ReturnedShipping,
)

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What Shopify sends, before it is signed. One that is `lost` never arrives."""

    topic: str
    body: Body
    at: datetime
    lost: bool = False


@dataclass(kw_only=True)
class Life:
    """`record` is the order as it stands; `webhooks` all that was sent about it so far; `cycle`
    names what kind of life it is. While it is `unheard`, its webhooks get lost."""

    record: Record
    ids: Ids
    cycle: str = ""
    unheard: bool = False
    webhooks: list[Webhook] = field(default_factory=list)

    @property
    def heard(self) -> list[Webhook]:
        return [hook for hook in self.webhooks if not hook.lost]

    def place(self, *tenders: tuple[str, Decimal]) -> None:
        """The customer checks out, paying `tenders` (gateway, amount) at once, or nothing yet."""
        at = self.record.created_at
        for gateway, amount in tenders:
            self._transaction("sale", gateway, amount, at)
        self._tell(at + SECOND, "orders/create", *self._paid_topic())
        self._tell(at + 3 * SECOND, "orders/updated")

    def authorize(self, gateway: str) -> Payment:
        """The customer checks out; the money is only reserved."""
        at = self.record.created_at
        reserved = self._transaction("authorization", gateway, self.record.sale.total, at)
        self._tell(at + SECOND, "orders/create")
        return reserved

    def capture(self, reserved: Payment, at: datetime) -> None:
        self._transaction("capture", reserved.gateway, reserved.amount, at, parent_id=reserved.id)
        self._tell(at + SECOND, *self._paid_topic(), "orders/updated")

    def pay(self, gateway: str, amount: Decimal, at: datetime) -> None:
        """Money that comes after the order was placed."""
        self._transaction("sale", gateway, amount, at)
        self._tell(at + SECOND, *self._paid_topic(), "orders/updated")

    def fulfil(self, at: datetime) -> None:
        self.record.fulfilled = True
        self._tell(at, "orders/updated")

    def cancel(self, at: datetime, reason: str) -> None:
        self.record.cancelled_at = at
        self.record.cancel_reason = reason
        self._tell(at + SECOND, "orders/cancelled", "orders/updated")

    def refund(
        self,
        at: datetime,
        lines: Sequence[tuple[Item, int]] = (),
        *,
        note: str,
        restock_type: str = "return",
        shipping: bool = False,
        kept: Decimal = ZERO,
    ) -> Refund:
        """Take `lines` (item, units) back, and the shipping; `kept` is a fee when positive, and
        goodwill beyond the calculated amount when negative. What was paid goes back."""
        draft = Refund(
            id=self.ids(),
            at=at,
            note=note,
            lines=tuple(self._returned(item, units, restock_type) for item, units in lines),
            shipping=self._returned_shipping() if shipping else None,
            discrepancy=kept,
            discrepancy_id=self.ids(),
            payments=(),
            taxes_included=self.record.sale.taxes_included,
        )
        payments = self._pay_back(min(draft.credited, self.record.net_payments), at)
        given = replace(draft, payments=payments)
        self.record.refunds.append(given)
        self._send("refunds/create", money_bodies.refund(self.record, given), at)
        self._tell(at + SECOND, "orders/updated")
        return given

    def _returned(self, item: Item, units: int, restock_type: str) -> ReturnedLine:
        record, gone = self.record, self.record.returned_quantity(item)
        return ReturnedLine(
            id=self.ids(),
            item=item,
            quantity=units,
            restock_type=restock_type,
            subtotal=part_of(
                item.charged, units, item.quantity, record.returned_subtotal(item), gone
            ),
            tax=part_of(item.tax, units, item.quantity, record.returned_tax(item), gone),
        )

    def _returned_shipping(self) -> ReturnedShipping | None:
        line = self.record.sale.shipping
        if line is None or not line.charged:
            return None
        return ReturnedShipping(
            id=self.ids(),
            adjustment_id=self.ids(),
            line=line,
            subtotal=line.charged,
            tax=line.tax,
        )

    def _pay_back(self, amount: Decimal, at: datetime) -> tuple[Payment, ...]:
        """`amount` back to where it came from, the last tender first."""
        given = []
        for paid in [p for p in reversed(self.record.payments) if p.moved > 0]:
            back = min(amount, paid.amount - self._given_back(paid))
            if back > 0:
                given.append(self._transaction("refund", paid.gateway, back, at, parent_id=paid.id))
                amount -= back
        return tuple(given)

    def _given_back(self, paid: Payment) -> Decimal:
        refunds = [p for p in self.record.payments if p.kind == "refund"]
        return sum((p.amount for p in refunds if p.parent_id == paid.id), ZERO)

    def _transaction(
        self,
        kind: str,
        gateway: str,
        amount: Decimal,
        at: datetime,
        *,
        parent_id: int | None = None,
    ) -> Payment:
        payment = Payment(
            id=self.ids(), kind=kind, gateway=gateway, amount=amount, at=at, parent_id=parent_id
        )
        self.record.payments.append(payment)
        body = money_bodies.transaction(self.record, payment)
        self._send("order_transactions/create", body, at)
        return payment

    def _paid_topic(self) -> tuple[str, ...]:
        return ("orders/paid",) if self.record.outstanding <= ZERO else ()

    def _tell(self, at: datetime, *topics: str) -> None:
        """One new version of the order, under every topic that concerns it."""
        self.record.updated_at = at
        body = bodies.order(self.record)
        for topic in topics:
            self._send(topic, body, at)

    def _send(self, topic: str, body: Body, at: datetime) -> None:
        self.webhooks.append(Webhook(topic=topic, body=body, at=at, lost=self.unheard))
