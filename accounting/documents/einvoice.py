"""Which e-invoice category an order's documents carry (accounting treatment, section 8, MyInvois).

The books submit; Lejar only says whether the sale goes into the month's consolidated e-invoice or
needs one of its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from accounting.documents.rules import EInvoicing, Policy
from accounting.facts import Order

CONSOLIDATED = "consolidated"
INDIVIDUAL = "individual"


def category(order: Order, policy: Policy, day: date) -> str:
    """The category on `day`, the document's date in the shop's time zone; "" before e-invoicing.

    The threshold is compared with the whole order's total in the shop's currency: the merchant
    states it in that currency, and nothing is converted.
    """
    rules = policy.einvoice
    if rules.since is None or day < rules.since:
        return ""
    if order.customer is not None and order.customer.company_id is not None:
        return INDIVIDUAL
    over = _is_over(order.total_price.shop, rules) and not _is_relaxed(rules, day)
    return INDIVIDUAL if over else CONSOLIDATED


def _is_over(total: Decimal, rules: EInvoicing) -> bool:
    """Sources disagree whether the threshold itself counts, so the merchant decides."""
    return total >= rules.threshold if rules.threshold_inclusive else total > rules.threshold


def _is_relaxed(rules: EInvoicing, day: date) -> bool:
    """Until the end of the relaxation, that day included, no single sale needs its own."""
    return rules.relaxed_until is not None and day <= rules.relaxed_until
