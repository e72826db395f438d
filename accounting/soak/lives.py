"""One order while it lives: what Shopify told so far, and the truth it is judged by.

The truth is kept apart from the facts and from the product: every event with the amount it moved,
in the customer's currency and the shop's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from accounting.documents.rules import Rules
from accounting.facts import NOTHING, Agreement, Fact, MoneyBag, Order, Sale, TaxLine, Totals
from accounting.soak.figures import HOME, NONE, Exchange, Sum, decimal
from accounting.soak.parts import GOODS, Part, Taken

ORDER_ID = 6100000001001
ORDERED_AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Kuala Lumpur
BASES = {
    "line": 16000000000000,
    "shipping": 5300000000000,
    "transaction": 8200000000000,
    "refund": 1020000000000,
    "refund_line": 630000000000,
    "refund_shipping": 620000000000,
    "adjustment": 240000000000,
    "edit": 77000000000,
    "agreement": 88000000000,
    "return": 99000000000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something the books must show. `role` is the treatment's letter for its document and `id` its
    source; `amount` is positive, with tax. A record without money that lowers an invoice not yet
    written is `may_net`. `restocked` are units of goods back in stock."""

    role: str
    id: int
    at: datetime
    amount: Sum
    may_net: bool = False
    gateway: str = ""
    rounding: int = 0
    restocked: int = 0
    units_only: bool = False  # E: units taken off, whose share the product works out by itself


@dataclass(slots=True, eq=False)
class Life:
    """`themes` are what it may live through. `drops_removed`: later totals of the order leave out
    the units that edits removed (Shopify's reading is unverified; both occur). `nets_change`: the
    sales of a till are net of the change given on them already, rare and then all of them."""

    rng: Random
    themes: frozenset[str]
    rules: Rules
    exchange: Exchange = HOME
    inclusive: bool = False
    drops_removed: bool = False
    nets_change: bool | None = None
    number: int | None = 1001
    parts: list[Part] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    at: datetime = ORDERED_AT
    cancelled_at: datetime | None = None
    charged_first: Sum = NONE
    credited: int = 0
    paid: int = 0
    returned: int = 0
    adjusted_tax: Sum = NONE  # within goodwill
    was_settled: bool = False
    is_emptied: bool = False  # cancelled, and no unit is shown as left
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def charged(self) -> int:
        return self.charges.shown

    @property
    def charges(self) -> Sum:
        return sum((part.total(self.inclusive) for part in self.parts), NONE)

    @property
    def owed(self) -> int:
        """What the customer owes, in his currency; below zero he has credit."""
        return self.charged - self.credited - self.paid + self.returned

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def may(self, theme: str, probability: float) -> bool:
        """The draw is made also when the theme is off, so that lives stay alike."""
        return self.chance(probability) and theme in self.themes

    def new_id(self, kind: str) -> int:
        self.ids[kind] = self.ids.get(kind, 1000) + self.rng.randint(1, 9)
        return BASES[kind] + self.ids[kind]

    def pass_time(self) -> None:
        self.at += timedelta(minutes=self.rng.choice((20, 60, 60, 1500)))

    def of(self, *kinds: str) -> list[Part]:
        return [part for part in self.parts if part.kind in kinds and not part.removed]

    def total(self, taken: Taken) -> Sum:
        """What a taken share comes to with its tax; each amount converted on its own."""
        subtotal, tax = self.exchange.sum(taken.subtotal), self.exchange.sum(taken.tax)
        return subtotal if self.inclusive else subtotal + tax

    def happened(
        self,
        role: str,
        source: int,
        amount: Sum,
        *,
        at: datetime | None = None,
        may_net: bool = False,
        gateway: str = "",
        rounding: int = 0,
        restocked: int = 0,
        units_only: bool = False,
    ) -> None:
        event = Event(
            role=role,
            id=source,
            at=at or self.at,
            amount=amount,
            may_net=may_net,
            gateway=gateway,
            rounding=rounding,
            restocked=restocked,
            units_only=units_only,
        )
        self.events.append(event)

    def agreed(self, kind: str, sales: list[Sale], **ids: int) -> int:
        """An entry in Shopify's ledger of the order; its id."""
        agreement = Agreement(
            id=self.new_id("agreement"),
            order_id=ORDER_ID,
            kind=kind,
            happened_at=self.at,
            sales=tuple(sales),
            **ids,
        )
        self.facts.append(agreement)
        return agreement.id

    def tell(self, *, origin: bool = False, refetched: bool = False) -> None:
        """The version of the order that Shopify would send now."""
        self.was_settled = self.was_settled or (self.paid > 0 and self.owed <= 0)
        self.facts.append(self._version(origin=origin, refetched=refetched))

    def _version(self, *, origin: bool, refetched: bool) -> Order:
        bag, total, tax = self.exchange.bag, self._stated_total(), self._stated_tax()
        tips = sum((part.charged for part in self.of("tips")), NONE)
        return Order(
            id=ORDER_ID,
            name=f"#{self.number or 'draft'}",
            number=self.number,
            created_at=ORDERED_AT,
            processed_at=ORDERED_AT,
            updated_at=self.at,
            cancelled_at=self.cancelled_at,
            origin=origin,
            refetched=refetched,
            currency=self.exchange.shop,
            presentment_currency=self.exchange.shown,
            taxes_included=self.inclusive,
            financial_status=self._status(),
            source_name="web",
            total_price=bag(self.exchange.sum(total)),
            total_tax=self._shop(tax),
            total_outstanding=self._shop(self.owed),
            current_total_price=self._shop(self.charged - self.credited),
            total_tip_received=decimal(tips.shop, self.exchange.shop),
            presentment_totals=self._totals(tax, tips.shown) if self.exchange.is_foreign else None,
            duties=self._bag_of("duties"),
            duty_taxes=self._taxes_of("duties"),
            additional_fees=self._bag_of("fees"),
            fee_taxes=self._taxes_of("fees"),
            lines=tuple(p.line(self.exchange) for p in self.parts if p.kind in GOODS and p.stated),
            shipping_lines=tuple(
                p.shipping_line(self.exchange) for p in self.parts if p.kind == "shipping"
            ),
        )

    def _shop(self, shown: int) -> Decimal:
        return decimal(self.exchange.sum(shown).shop, self.exchange.shop)

    def _bag_of(self, kind: str) -> MoneyBag:
        found = self.of(kind)
        return self.exchange.bag(sum((p.charged for p in found), NONE)) if found else NOTHING

    def _taxes_of(self, kind: str) -> tuple[TaxLine, ...]:
        return tuple(tax for part in self.of(kind) for tax in part.tax_lines(self.exchange))

    def _totals(self, tax: int, tips: int) -> Totals:
        def shown(minor: int) -> Decimal:
            return decimal(minor, self.exchange.shown)

        return Totals(
            total_tax=shown(tax),
            total_outstanding=shown(self.owed),
            current_total_price=shown(self.charged - self.credited),
            total_tip_received=shown(tips),
        )

    def _stated_total(self) -> int:
        gone = [taken for part in self.parts for taken in part.edited_off]
        return self.charged - sum(self.total(t).shown for t in gone if self.drops_removed)

    def _stated_tax(self) -> int:
        gone = [taken for part in self.parts for taken in part.edited_off]
        tax = sum(part.tax.shown for part in self.parts if not part.removed)
        return tax - sum(taken.tax for taken in gone if self.drops_removed)

    def _status(self) -> str:
        if self.returned:
            return "refunded" if self.returned >= self.paid else "partially_refunded"
        if self.paid <= 0:
            return "pending"
        return "paid" if self.owed <= 0 else "partially_paid"
