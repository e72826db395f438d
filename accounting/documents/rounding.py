"""Cash rounding: what was moved in coins against what was asked (row 23, treatment section 8)."""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.cash import largest_rounding, rounded_to_step
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.transactions import in_order_currency, succeeded
from accounting.facts import FAILED, Transaction


def rounding_of(case: Case, transaction: Transaction, amount: Decimal) -> Decimal:
    """How much more (or less) cash moved than `amount`: as Shopify says, else by the cash step of
    the currency where the gateway is mapped as cash."""
    if transaction.rounding:
        return transaction.rounding
    if case.is_conversion:
        return ZERO  # no coins of this currency were moved
    code = case.rules.gateway_for(
        transaction.gateway, transaction.card_brand, transaction.location_id
    )
    if code is None or not code.cash:
        return ZERO
    return rounded_to_step(amount, case.currency) - amount


def rounding_problems(case: Case) -> list[Problem]:
    """I14: cash is rounded to the nearest coin, so never by more than half of one."""
    most = largest_rounding(case.currency)
    rounded = [t for t in succeeded(case.facts) if t.rounding]
    found = [_problem(t, TOO_MUCH, ("most", str(most))) for t in rounded if abs(t.rounding) > most]
    found += [
        _problem(t, FAILED_LATER, ("status", t.status)) for t in rounded if t.status in FAILED
    ]
    if case.is_converted:
        found += [
            _problem(t, TWO_CURRENCIES, ("paid in", t.currency))
            for t in succeeded(case.facts)
            if rounding_of(case, t, in_order_currency(t, case.order) or ZERO)
        ]
    return found


TOO_MUCH = "The cash moved differs from the amount by more than a coin can explain."
FAILED_LATER = "Cash that was rounded is said to have failed later, which cash cannot."
TWO_CURRENCIES = "Cash was rounded in an order of two currencies, so a difference has two reasons."


def _problem(transaction: Transaction, what: str, term: tuple[str, str]) -> Problem:
    roles = (Role.PAYMENT, Role.REVERSAL, Role.REFUND, Role.DIFFERENCE)
    return Problem(
        code="I14",
        subject=f"cash rounding of transaction {transaction.id}",
        message=f"{what} Check the payment in Shopify, and enter it in the books yourself.",
        terms=(("amount", str(transaction.amount)), ("rounding", str(transaction.rounding)), term),
        blocks=tuple(Key(role=role, source_id=transaction.id) for role in roles),
    )
