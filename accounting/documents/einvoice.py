"""Which e-invoice category an order's documents carry (accounting treatment, section 8, MyInvois).

The books submit; Lejar only says whether the sale goes into the month's consolidated e-invoice or
needs one of its own, and who the buyer is where the shop's checkout asks for it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from accounting.documents import identity
from accounting.documents.case import Case
from accounting.documents.document import BuyerIdentity, Document, Kind
from accounting.documents.identity import Fault
from accounting.documents.rules import EInvoicing, Policy
from accounting.facts import Order

CONSOLIDATED = "consolidated"
INDIVIDUAL = "individual"


def einvoice(case: Case, made: Document, invoiced: date | None) -> tuple[str, BuyerIdentity | None]:
    """The category of a document, and the buyer's identity where the e-invoice names them.

    Where the shop's checkout asks for it, no e-invoice is individual without an identity: nobody
    could submit it (sql-account-api.md section 10, autocount-cloud.md section 14). What corrects
    an invoice in the books is as that invoice is, whatever came to be known later. `invoiced` is
    the date of the invoice that a document belongs to.
    """
    rules = case.policy.einvoice
    found = category(case.seen_by_shop, case.policy, made.date)
    corrects = made.kind is not Kind.INVOICE
    first = case.sealed(case.invoice_key) if corrects else None
    if first is not None and (rules.asks_buyer or first.identity):
        return first.einvoice or (found and CONSOLIDATED), first.identity
    if not found or not rules.asks_buyer:
        return found, None
    if corrects and invoiced and not category(case.seen_by_shop, case.policy, invoiced):
        return CONSOLIDATED, None  # sold before e-invoicing
    known = identity.read(case.seen_by_shop).identity
    return (INDIVIDUAL if known else CONSOLIDATED), known


def unnamed(case: Case, first: Document) -> tuple[bool, tuple[Fault, ...]]:
    """Whether the e-invoice of `first`, the order's invoice, should name the buyer and does not,
    and what is wrong or missing; nothing is where the details came after the invoice."""
    first = case.sealed(first.key) or first
    if not case.policy.einvoice.asks_buyer or first.einvoice != CONSOLIDATED:
        return False, ()
    reading = identity.read(case.seen_by_shop)
    if reading.identity or reading.faults:
        return True, reading.faults
    needed = category(case.seen_by_shop, case.policy, first.date) == INDIVIDUAL
    return needed, identity.NOTHING_GIVEN if needed else ()


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
