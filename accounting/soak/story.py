"""A life in words, so that a failing seed can be read like a page of a merchant's year."""

from __future__ import annotations

from collections.abc import Iterator

from accounting.documents.document import Allocation, Document, Entry, Plan
from accounting.facts import Agreement, Edit, Fact, MoneyBag, Order, Refund, Transaction
from accounting.soak.lives import Life


def story(lived: Life, plan: Plan) -> str:
    """Policies, facts in the order they happened, and what was made of them."""
    policy = lived.rules.policy
    exchange = lived.exchange
    head = (
        f"{exchange.shop}, customer pays in {exchange.shown}, prices "
        f"{'with' if lived.inclusive else 'without'} tax; trigger {policy.trigger}, part payment "
        f"{policy.partial_payment}, invoice date {policy.invoice_date}, side "
        f"{policy.currency_side}, discounts {policy.discounts}, fold {policy.fold_window}"
    )
    facts = [line for fact in lived.facts for line in _fact(fact)]
    made = [line for entry in plan.entries for line in _entry(entry)]
    problems = [f"problem {p.code} {p.subject}: {p.message}" for p in plan.problems]
    excluded = [f"no documents: {plan.excluded}"] if plan.excluded else []
    return "\n".join([head, *facts, "--", *made, *problems, *excluded])


def _fact(fact: Fact) -> Iterator[str]:
    if isinstance(fact, Order):
        yield from _order(fact)
    elif isinstance(fact, Transaction):
        yield _transaction(fact)
    elif isinstance(fact, Refund):
        yield from _refund(fact)
    elif isinstance(fact, Edit):
        yield f"{fact.committed_at:%d %H:%M} edit {fact.id}: +{fact.additions} -{fact.removals}"
    elif isinstance(fact, Agreement):
        yield f"{fact.happened_at:%d %H:%M} agreement {fact.id} {fact.kind}"
        for sale in fact.sales:
            yield (
                f"    {sale.action} {sale.line_type} {sale.line_id} x {sale.quantity}: "
                f"{_bag(sale.total)} of it tax {_bag(sale.tax)}"
            )


def _order(order: Order) -> Iterator[str]:
    said = "placed" if order.origin else "refetched" if order.refetched else "updated"
    yield (
        f"{order.updated_at:%d %H:%M} order {said}: total {_bag(order.total_price)}, tax "
        f"{order.total_tax}, current {order.current_total_price}, outstanding "
        f"{order.total_outstanding}, {order.financial_status}"
        + (f", cancelled {order.cancelled_at:%d %H:%M}" if order.cancelled_at else "")
    )
    if not order.origin and not order.refetched:
        return
    for line in order.lines:
        kind = "tip" if line.tip else "gift card" if line.gift_card else "line"
        off = [_bag(discount.amount) for discount in line.discounts]
        taxes = [f"{tax.title} {tax.rate} {_bag(tax.amount)}" for tax in line.taxes]
        now = f"(now {line.current_quantity})"
        yield f"    {kind} {line.id}: {line.quantity} {now} x {_bag(line.price)} less {off} {taxes}"
    for ship in order.shipping_lines:
        off = [_bag(discount.amount) for discount in ship.discounts]
        taxes = [f"{tax.title} {tax.rate} {_bag(tax.amount)}" for tax in ship.taxes]
        gone = " removed" if ship.removed else ""
        yield f"    shipping {ship.id}{gone}: {_bag(ship.price)} less {off} {taxes}"
    if order.duties.presentment or order.additional_fees.presentment or order.total_tip_received:
        yield (
            f"    duties {_bag(order.duties)}, fees {_bag(order.additional_fees)}, "
            f"tips {order.total_tip_received}"
        )


def _transaction(moved: Transaction) -> str:
    also = f" ({moved.shop_amount} here)" if moved.shop_amount is not None else ""
    also += f" rounded {moved.rounding}" if moved.rounding else ""
    return (
        f"{moved.as_of:%d %H:%M} {moved.kind} {moved.id} {moved.status}: "
        f"{moved.amount} {moved.currency}{also} through {moved.gateway}"
    )


def _refund(refund: Refund) -> Iterator[str]:
    yield (
        f"{refund.created_at:%d %H:%M} refund {refund.id} as of {refund.as_of:%d %H:%M}, "
        f"money {refund.transaction_ids}, duties {_bag(refund.duties)}, "
        f"fees {_bag(refund.additional_fees)}"
    )
    for line in refund.lines:
        yield (
            f"    {line.restock_type} {line.quantity} of {line.line_id}: {_bag(line.subtotal)}, "
            f"tax {_bag(line.tax)}"
        )
    for ship in refund.shipping:
        tax = _bag(ship.tax) if ship.tax else "not said"
        yield f"    shipping {ship.shipping_line_id}: {_bag(ship.subtotal)}, tax {tax}"
    for row in refund.adjustments:
        yield f"    {row.kind} {_bag(row.amount)}, tax {_bag(row.tax)}"


def _bag(amount: MoneyBag) -> str:
    if amount.shop == amount.presentment:
        return str(amount.shop)
    return f"{amount.presentment} ({amount.shop} here)"


def _entry(entry: Entry) -> Iterator[str]:
    if isinstance(entry, Allocation):
        yield f"knock off {entry.source} > {entry.target} {entry.amount}"
    elif isinstance(entry, Document):
        yield f"{entry.kind} {entry.number} {entry.date} {entry.account} {entry.total}"
        for line in entry.lines:
            yield (
                f"    {line.role} {line.source_id} {line.description}: {line.quantity} x "
                f"{line.unit_price} = {line.net}, {line.tax_code} {line.tax}"
            )
