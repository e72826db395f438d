"""Is the money of an order known whole, and is every refund? (treatment 2.4, G3 and G5)

The other guards are in `guards`.
"""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.document import ZERO, Problem
from accounting.documents.money import exact
from accounting.documents.transactions import (
    MONEY_IN,
    bounced,
    in_order_currency,
    paid_back,
    payments,
    succeeded,
)
from accounting.facts import UNDECIDED, Facts, Order, Transaction


def amounts_are_in_order_currency(case: Case) -> list[Problem]:
    """G5: a payment in another currency needs its amount in the shop's."""
    return amounts_are_in_currency_of(case, case.facts, case.order)


def amounts_are_in_currency_of(case: Case, facts: Facts, order: Order) -> list[Problem]:
    """G5 for one side of an order of two currencies: both are written from."""
    return [
        case.incomplete(
            "G5",
            f"The amount of {t.kind} {t.id} is known in {t.currency} only, "
            f"the books need it in {order.currency}. Look it up in the payment provider's report "
            "and enter the order in the books yourself.",
            ("amount", f"{t.amount} {t.currency}"),
        )
        for t in succeeded(facts)
        if in_order_currency(t, order) is None
    ] + [
        case.incomplete(
            "G5",
            f"The amount of {t.kind} {t.id} is below zero, which money is not. Look it up in the "
            "payment provider's report and enter the order in the books yourself.",
            ("amount", f"{t.amount} {t.currency}"),
            ("in the order's currency", str(amount)),
        )
        for t in succeeded(facts)
        if (amount := in_order_currency(t, order)) is not None and amount < 0
    ]


def money_is_complete(case: Case) -> list[Problem]:
    """G3: the money known equals the money the order says was paid."""
    if any(in_order_currency(t, case.order) is None for t in succeeded(case.facts)):
        return []  # G5 says so already
    expected = case.latest.current_total_price - case.latest.total_outstanding
    received, returned = _received(case, keep_change=False), _returned(case)
    failed = sum((amount for _, amount in _bounced(case)), ZERO)
    known = received - returned - failed
    if known == expected or (_pending(case) and known - _pending(case) == expected):
        return []
    if not received and not returned and case.latest.financial_status == "authorized":
        return []  # money that is only reserved may or may not count as outstanding

    def shown(amount: Decimal) -> str:
        return str(exact(amount, case.currency))

    terms = (
        ("received", shown(received)),
        ("returned", shown(returned)),
        *((("failed later", shown(failed)),) if failed else ()),
        ("received - returned", shown(known)),
        ("current total", str(case.latest.current_total_price)),
        ("outstanding", str(case.latest.total_outstanding)),
        ("current total - outstanding", str(expected)),
    )
    message = (
        "The payments and refunds received so far are not what the order says was paid. Compare "
        "them with the order's timeline in Shopify; a payment recorded there is posted by itself."
    )
    return [case.incomplete("G3", message, *terms)]


def counts_change_as_kept(case: Case) -> bool:
    """Row 10: the order's totals agree only if change is not taken off the sale."""
    expected = case.latest.current_total_price - case.latest.total_outstanding
    returned = _returned(case) + sum((amount for _, amount in _bounced(case)), ZERO)
    if _received(case, keep_change=False) - returned == expected:
        return False
    return _received(case, keep_change=True) - returned == expected


def _received(case: Case, *, keep_change: bool) -> Decimal:
    keep = keep_change or case.keep_change
    received = payments(case.facts, case.order, keep_change=keep)
    return sum((amount for _, amount in received), ZERO)


def _bounced(case: Case) -> list[tuple[Transaction, Decimal]]:
    return bounced(case.facts, case.order, keep_change=case.keep_change)


def _returned(case: Case) -> Decimal:
    return sum((amount for _, amount in paid_back(case.facts, case.order)), ZERO)


def _pending(case: Case) -> Decimal:
    waiting = (t for t in case.facts.transactions if t.kind == "refund" and t.status in UNDECIDED)
    return sum((in_order_currency(t, case.order) or ZERO for t in waiting), ZERO)


def paid_orders_show_their_money(case: Case) -> list[Problem]:
    """An order that Shopify calls paid has a payment (treatment 2.5)."""
    order = case.latest
    paid = order.financial_status in ("paid", "partially_paid") and order.total_price.shop
    if not paid or any(t.kind in MONEY_IN for t in succeeded(case.facts)):
        return []
    status = order.financial_status.replace("_", " ")
    message = (
        f"Shopify calls the order {status}, but no payment is known. Open the order in Shopify and "
        "check that it shows the payment."
    )
    return [
        case.incomplete(
            "paid without transactions",
            message,
            ("order total", str(order.total_price.shop)),
            ("outstanding", str(order.total_outstanding)),
            ("payments known", "0"),
        )
    ]


DECIDING = {
    "transaction_ids": "its money",
    "lines": "the goods taken back",
    "shipping": "the shipping refunded",
    "adjustments": "its adjustments",
}


def refunds_are_whole(case: Case) -> list[Problem]:
    """Every refund record is complete and knows its money, and all money returned its record."""
    known = {t.id for t in case.facts.transactions}
    found = [
        case.incomplete(
            f"refund {refund.id}",
            f"What is known of refund {refund.id} does not say "
            f"{' or '.join(silent)}. Lejar waits for Shopify to send the whole refund.",
            *((what, "not said") for what in silent),
        )
        for refund in case.facts.refunds
        if (silent := [DECIDING[name] for name in DECIDING if name in refund.unsaid])
    ]
    found += [
        case.incomplete(
            f"refund {refund.id}",
            f"Money transaction {missing} of refund {refund.id} has not arrived. "
            "Check in Shopify what became of it.",
            ("refund", str(refund.id)),
            ("transaction", str(missing)),
        )
        for refund in case.facts.refunds
        for missing in refund.transaction_ids
        if missing not in known
    ]
    return found + [
        case.incomplete(
            f"transaction {t.id}",
            f"Money was returned by transaction {t.id}, and no refund record says what for. "
            "Check the order's refunds in Shopify.",
            ("amount", str(amount)),
        )
        for t, amount in paid_back(case.facts, case.order)
        if case.refund_of(t) is None
    ]


def money_is_known_to_be_real(case: Case) -> list[Problem]:
    """A transaction that does not say whether it was a test must not become a payment. Cash
    rounding may stay unsaid: Shopify leaves it out where there is none."""
    return [
        case.incomplete(
            f"transaction {t.id}",
            f"Transaction {t.id} does not say whether it was a test. "
            "Lejar waits for Shopify to send the whole transaction.",
            (f"{t.kind} through {t.gateway}", f"{t.amount} {t.currency}"),
        )
        for t in succeeded(case.facts)
        if "test" in t.unsaid
    ]
