"""What of facts and documents says who the buyer is, and the same without it.

Everything that erases a buyer goes through here, so that a new personal field is erased where it
is added: all of `facts.TaxDetails` and `document.BuyerIdentity` is personal, and of
`facts.Customer` all but Shopify's ids, which the codes of debtors rest on (ADR 16, 23).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from accounting.documents.document import Allocation, Debtor, Document, Entry
from accounting.facts import Customer, Fact, Order

AnyFact = TypeVar("AnyFact", bound=Fact)


def without_buyer(fact: AnyFact) -> AnyFact:
    """The fact as a shop would have told it that passes no personal data on."""
    if not isinstance(fact, Order):
        return fact
    customer = fact.customer
    if customer is not None:
        customer = Customer(id=customer.id, company_id=customer.company_id)
    return replace(fact, customer=customer, tax_details=None)


def nameless(entry: Entry) -> Entry:
    """What may be kept of a document once its buyer is erased: number, amounts, accounts and debtor
    code. A customer of their own goes by their code, for the books take none without a name."""
    if isinstance(entry, Allocation):
        return entry
    if isinstance(entry, Document):
        return replace(entry, buyer=(), identity=None)
    return Debtor(
        key=entry.key,
        code=entry.code,
        name=entry.code,
        date=entry.date,
        currency=entry.currency,
        order_name=entry.order_name,
        order_id=entry.order_id,
    )
