"""What Shopify said in a case, told so that an accountant can follow it: dated sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounting import codec
from accounting.facts import (
    Agreement,
    CustomerTotals,
    Deletion,
    Dispute,
    Edit,
    Fact,
    Line,
    MoneyBag,
    Order,
    Reading,
    Refund,
    RefundLine,
    ShippingLine,
    TaxLine,
    Transaction,
)
from tests.casefiles import Delivery

RESTOCK = {"no_restock": "not back into stock", "cancel": "never sent, back into stock"}


class Story:
    """Remembers what was told, so that repetition is left out and changes are seen as such."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.order: Order | None = None
        self.told: set[str] = set()

    def tell(self, delivery: Delivery) -> Iterator[str]:
        """The lines of a list in Markdown."""
        again = " (read anew)" if delivery.topic == "refetch" else ""
        for fact in delivery.facts:
            day, sentence, parts = self._fact(fact)
            head = f"- {day.astimezone(self.zone).date()}: {sentence}{again}"
            if head not in self.told or parts:
                yield head
                yield from (f"  - {part}" for part in parts)
            self.told.add(head)

    def _fact(self, fact: Fact) -> tuple[datetime, str, list[str]]:
        if isinstance(fact, Order):
            before, self.order = self.order, fact
            return _later(before, fact, self.zone) if before else _ordered(fact, self.zone)
        if isinstance(fact, Transaction):
            return fact.processed_at, _transaction(fact), []
        if isinstance(fact, Refund):
            at = fact.processed_at or fact.created_at
            return at, f"refund of {', '.join(self._refunded(fact)) or _silent(fact)}", []
        return _other(fact)

    def _refunded(self, refund: Refund) -> Iterator[str]:
        for line in refund.lines:
            yield self._refund_line(line)
        for shipping in refund.shipping:
            yield f"shipping {_money(shipping.subtotal)}{_of_tax(shipping.tax)}"
        for name, amount in (("duties", refund.duties), ("fees", refund.additional_fees)):
            if amount.shop:
                yield f"{name} {_money(amount)}"
        for adjustment in refund.adjustments:
            kind = adjustment.kind.replace("_", " ")
            yield f"{kind} {_money(adjustment.amount)}{_of_tax(adjustment.tax)}"

    def _refund_line(self, line: RefundLine) -> str:
        ordered = self.order.lines if self.order else ()
        title = next((each.title for each in ordered if each.id == line.line_id), "unit(s)")
        stock = RESTOCK.get(line.restock_type, "back into stock")
        return f"{line.quantity} × {title} {_money(line.subtotal)}{_of_tax(line.tax)}, {stock}"


def _silent(refund: Refund) -> str:
    """A copy without lines says that there are none, or does not say."""
    return "what another copy tells" if "lines" in refund.unsaid else "nothing"


def _ordered(order: Order, zone: ZoneInfo) -> tuple[datetime, str, list[str]]:
    return order.processed_at, f"order {_head(order)}", _parts(order, zone)


def _head(order: Order) -> str:
    prices = "prices with tax" if order.taxes_included else "prices without tax"
    test = ", a test" if order.test else ""
    source = f", sold through {order.source_name}" if order.source_name != "web" else ""
    return (
        f"{order.name} of {order.currency} {_money(order.total_price, order)}, {prices}, "
        f"outstanding {order.total_outstanding}{source}{test}"
    )


def _later(before: Order, order: Order, zone: ZoneInfo) -> tuple[datetime, str, list[str]]:
    """A later version: only what it changes."""
    said = []
    if order.cancelled_at and not before.cancelled_at:
        said.append("cancelled")
    if order.total_price != before.total_price:
        said.append(f"total {_money(order.total_price, order)}")
    if order.current_total_price != before.current_total_price:
        said.append(f"current total {order.current_total_price}")
    if order.total_outstanding != before.total_outstanding:
        said.append(f"outstanding {order.total_outstanding}")
    was, now = _parts(before, zone), _parts(order, zone)
    parts = [part for part in now if part not in was]
    gone = [f"no longer: {part}" for part in was if part not in now]
    known = "nothing that the books see" if not (said or parts or gone) else ""
    return order.updated_at, f"the order changed: {', '.join(said) or known}", parts + gone


def _parts(order: Order, zone: ZoneInfo) -> list[str]:
    lines = [f"{each.quantity} × {_priced(each, order)}" for each in order.lines]
    kept = [each for each in order.shipping_lines if not each.removed]
    shipping = [f"shipping, {_priced(each, order)}" for each in kept]
    extra = (
        ("duties", order.duties, order.duty_taxes),
        ("additional fees", order.additional_fees, order.fee_taxes),
    )
    due = [f"payment due on {order.due_at.astimezone(zone).date()}"] if order.due_at else []
    return [
        *lines,
        *shipping,
        *(
            f"{name} {_money(bag, order)}{_said(map(_tax, t))}"
            for name, bag, t in extra
            if bag.shop
        ),
        *due,
        *_tax_details(order),
    ]


def _tax_details(order: Order) -> list[str]:
    if order.tax_details is None:
        return []
    typed = {name.replace("_", " "): value for name, value in codec.dump(order.tax_details).items()}
    given = ", ".join(f"{name} “{value}”" for name, value in typed.items() if value)
    return [f"the buyer's tax details: {given}"]


def _priced(line: Line | ShippingLine, order: Order) -> str:
    named = f"{line.title} {line.variant_title}" if isinstance(line, Line) else line.title
    return f"{named.strip()} at {_money(line.price, order)}{_extras(line)}"


def _extras(line: Line | ShippingLine) -> str:
    flags = []
    if isinstance(line, Line):
        flags += ["gift card"] if line.gift_card else []
        flags += ["tip"] if line.tip else []
        flags += [f"{line.fulfilled_quantity} sent"] if line.fulfilled_quantity else []
    less = [f"less {_money(d.amount)} {d.label}".strip() for d in line.discounts]
    return _said([*flags, *less, *map(_tax, line.taxes)])


def _said(parts: Iterable[str]) -> str:
    found = list(parts)
    return f" ({', '.join(found)})" if found else ""


def _tax(tax: TaxLine) -> str:
    rate = f"{(tax.rate * 100).normalize():f}"
    owed = ", owed by the marketplace" if tax.channel_liable else ""
    return f"{tax.title} {rate} % {_money(tax.amount)}{owed}"


def _of_tax(tax: MoneyBag | None) -> str:
    return f" (tax {_money(tax)})" if tax and tax.shop else ""


def _money(bag: MoneyBag, order: Order | None = None) -> str:
    """The shop's amount, and the customer's where it is another."""
    if bag.shop == bag.presentment:
        return str(bag.shop)
    currency = f"{order.presentment_currency} " if order else ""
    return f"{bag.shop} ({currency}{bag.presentment} for the customer)"


def _transaction(money: Transaction) -> str:
    rounding = f", rounded by {money.rounding}" if money.rounding else ""
    test = " (test)" if money.test else ""
    shop = (
        f", {money.shop_amount} for the shop"
        if money.shop_amount not in (None, money.amount)
        else ""
    )
    kind = money.kind.replace("_", " ")
    return (
        f"{kind} {money.status.replace('_', ' ')}, {money.gateway}, "
        f"{money.currency} {money.amount}{shop}{rounding}{test}"
    )


def _other(
    fact: Edit | Agreement | CustomerTotals | Dispute | Deletion | Reading,
) -> tuple[datetime, str, list[str]]:
    if isinstance(fact, Edit):
        return fact.committed_at, "the order was edited", []
    if isinstance(fact, Agreement):
        changed = [
            f"{sale.line_type.replace('_', ' ')} {_signed(sale.total.shop)}" for sale in fact.sales
        ]
        return fact.happened_at, f"{fact.kind} agreed{_said(changed)}", []
    if isinstance(fact, CustomerTotals):
        owed = fact.totals.total_outstanding
        return fact.as_of, f"outstanding in the customer's currency {owed}", []
    if isinstance(fact, Dispute):
        status = fact.status.replace("_", " ")
        return fact.opened_at, f"dispute over {fact.currency} {fact.amount}, {status}", []
    if isinstance(fact, Reading):
        return fact.as_of, "the whole order", []
    return fact.deleted_at, "the order was deleted in Shopify", []


def _signed(amount: Decimal) -> str:
    return f"{amount:+}"
