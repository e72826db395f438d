"""What a person should know about an order that holds nothing back: flags and alerts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from accounting.documents import einvoice
from accounting.documents.case import Case
from accounting.documents.codes import LIABILITY_GATEWAYS
from accounting.documents.document import ZERO, Document, Flag, Kind, Role
from accounting.documents.draft import MONEY, Draft
from accounting.documents.numbering import stem_for
from accounting.documents.rules import gateway_key
from accounting.facts import FAILED


def flags(draft: Draft) -> tuple[Flag, ...]:
    """Everything worth a look, in a fixed order."""
    return tuple(flag for find in FINDERS for flag in find(draft))


def of_the_facts(case: Case) -> tuple[Flag, ...]:
    """What can be said before there are any documents."""
    return (*_deleted(case), *_disputed(case))


def _deleted(case: Case) -> list[Flag]:
    """Row 44: the books stay."""
    at = case.facts.deleted_at
    if at is None:
        return []
    message = (
        "The order was deleted in Shopify. What is in the books stays there; if the sale never "
        "happened, credit it in the books yourself."
    )
    return [Flag(code="DELETED", message=message, terms=(("deleted", at.isoformat()),))]


def _disputed(case: Case) -> list[Flag]:
    """Row 45: told, never posted."""
    message = (
        "The customer's bank disputes a payment. Enter in the books what it takes back, with its "
        "fee."
    )
    return [
        Flag(
            code="DISPUTED",
            message=message,
            terms=(
                ("amount", f"{dispute.amount} {dispute.currency}"),
                ("status", dispute.status),
                ("opened", dispute.opened_at.isoformat()),
            ),
        )
        for dispute in case.facts.disputes
    ]


def _from_facts(draft: Draft) -> list[Flag]:
    return list(of_the_facts(draft.case))


def _bounced(draft: Draft) -> list[Flag]:
    """R1."""
    message = "A payment that had succeeded failed later. It is reversed, and the customer owes it."
    return [
        Flag(code="BOUNCED", message=message, terms=((document.number, str(document.total)),))
        for document in draft.in_role(Role.REVERSAL)
    ]


def _customer_credit(draft: Draft) -> list[Flag]:
    """Rows 11, 33, 43: money or a credit of the customer's that nothing has used."""
    owed = draft.reckoning.receivable
    agrees = draft.reckoning.agrees_with(draft.case.latest.total_outstanding)
    if owed >= 0 or not (agrees or draft.case.is_converted):
        return []
    message = "The customer has a credit: money or goods that came back and were not paid out."
    return [Flag(code="CUSTOMER_CREDIT", message=message, terms=(("credit", draft.shown(-owed)),))]


def _unnamed_buyer(draft: Draft) -> list[Flag]:
    """Section 8, MyInvois: an e-invoice of the buyer's own takes TIN and identification."""
    unnamed, faults = einvoice.unnamed(draft.case, draft.invoice) if draft.invoice else (False, ())
    if not unnamed:
        return []
    return [Flag(code="BUYER_IDENTITY", message=UNUSABLE if faults else LATE, terms=faults)]


UNUSABLE = (
    "The buyer's tax details for an e-invoice of their own are missing or cannot be used, so the "
    "sale goes into the month's consolidated e-invoice."
)
LATE = (
    "The buyer's tax details for an e-invoice of their own came after the invoice, which goes into "
    "the month's consolidated e-invoice."
)


def _failed_refunds(draft: Draft) -> list[Flag]:
    """Row 31."""
    message = "Money could not be returned to the customer, who has a credit instead."
    return [
        Flag(code="REFUND_FAILED", message=message, terms=((f"refund {refund.id}", str(t.amount)),))
        for refund in draft.case.facts.refunds
        for t in draft.case.money_of(refund)
        if t.status in FAILED and t.id not in draft.case.facts.succeeded
    ]


def _long_number(draft: Draft) -> list[Flag]:
    """Treatment 1.3: the only number that depends on what else there is."""
    case = draft.case
    if case.stem == stem_for(case.prefix, case.seen_by_shop):
        return []
    message = "Another order has this order's number, so its documents are numbered by its id."
    return [Flag(code="LONG_NUMBER", message=message, terms=(("number", case.stem),))]


def _other_reading(draft: Draft) -> list[Flag]:
    """4.4: a refund that states its amounts otherwise than the order states prices."""
    plain = not draft.case.order.taxes_included
    other = [key for key, apart in draft.readings.choices.items() if apart != plain]
    taxed = {
        line.id for refund in draft.case.facts.refunds for line in refund.lines if line.tax.shop
    }
    found = sorted(row for kind, row in other if kind == "line" and row in taxed)
    message = (
        "A refunded line states its amount with tax where the order's prices have none, or the "
        "other way round."
    )
    return [
        Flag(code="TAX_READING", message=message, terms=(("refunded line", str(row)),))
        for row in found
    ]


def _split_liability(draft: Draft) -> list[Flag]:
    """I9: cards sold and cards redeemed must move one and the same account."""
    found = []
    for name, role in LIABILITY_GATEWAYS.items():
        accounts = {
            document.account: _moved(document)
            for document in draft.of(*MONEY)
            if gateway_key(document.gateway) == name
        }
        lines = {
            line.account: line.net
            for document in draft.of(Kind.INVOICE, Kind.CREDIT_NOTE)
            for line in document.lines
            if line.role == role
        }
        own = draft.case.rules.account_for(role) or next(iter(lines), "")
        strange = {account for account in {*accounts, *lines} if own and account != own}
        if strange:
            found.append(_liability(draft, role, own, strange))
    return found


def _moved(document: Document) -> Decimal:
    return document.total if document.kind is Kind.PAYMENT else ZERO - document.total


def _liability(draft: Draft, role: str, own: str, strange: set[str]) -> Flag:
    message = (
        f"What is owed on {role.replace('_', ' ')}s moves on more than one account, so no account "
        "shows what is left. Map its gateway and its role to the same account."
    )
    terms = [("account of the role", own)] + [("also used", each) for each in sorted(strange)]
    return Flag(code="I9", message=message, terms=tuple(terms))


FINDERS: tuple[Callable[[Draft], list[Flag]], ...] = (
    _from_facts,
    _bounced,
    _customer_credit,
    _unnamed_buyer,
    _failed_refunds,
    _long_number,
    _other_reading,
    _split_liability,
)
