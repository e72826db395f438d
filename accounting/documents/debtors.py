"""Which customer of the books an order's documents are written to (treatment, section 6).

By default all online sales share one cash debtor per currency; a merchant may ask for a debtor per
customer, or per company that buys. Those codes are given out once and kept (`Rules.debtors`): a
code made from the order of arrival would differ from book to book.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from accounting.documents.document import Debtor, Document, Key, Role
from accounting.documents.rules import Policy, Rules
from accounting.facts import Customer, Order


def own_debtor(order: Order, policy: Policy, currency: str) -> str:
    """Whose debtor the order needs, as `Rules.debtors` is keyed: "customer 123 MYR" or "company 5
    MYR"; "" where the cash debtor of `currency` is right, as for an order without a customer."""
    customer = order.customer
    if customer is None:
        return ""
    if policy.customers == "customer" and customer.id is not None:
        return f"customer {customer.id} {currency}"
    if policy.customers == "company" and customer.company_id is not None:
        return f"company {customer.company_id} {currency}"
    return ""


def debtor_code(order: Order, rules: Rules, currency: str, sealed: Sequence[Document] = ()) -> str:
    """The debtor of all the order's documents in `currency`; "" when nobody has said.

    Documents planned before decide, whatever the policy says now: what settles or corrects them
    must stand on the same account. A customer who should have an own debtor is never written to
    the cash debtor instead.
    """
    if sealed:
        return sealed[-1].customer
    own = own_debtor(order, rules.policy, currency)
    return rules.debtors.get(own, "") if own else rules.policy.cash_debtors.get(currency, "")


def debtor(
    order: Order, rules: Rules, currency: str, *, day: date, sealed: Sequence[Document] = ()
) -> Debtor | None:
    """The customer to find or create in the books before the order's first document, on `day`.

    None for the cash debtor, which the merchant made; when documents were planned before, which
    brought theirs with them; and while there is no code.
    """
    own = own_debtor(order, rules.policy, currency)
    code = rules.debtors.get(own, "")
    if order.customer is None or not code or sealed:
        return None
    customer = order.customer
    return Debtor(
        key=Key(role=Role.CUSTOMER, source_id=order.id),
        code=code,
        name=_name(customer, rules.policy),
        date=day,
        currency=currency,
        order_name=order.name,
        order_id=order.id,
        company=customer.company,
        email=customer.email,
        phone=customer.phone,
        address=customer.address,
        country=customer.country,
    )


def buyer_lines(order: Order) -> tuple[str, ...]:
    """Name and address of the buyer as on an envelope, name first; a company that buys stands
    before the person. Empty when the shop passes no name on: an address names nobody."""
    customer = order.customer
    if customer is None:
        return ()
    names = [customer.company, customer.name]
    if customer.company_id is None:
        names = [customer.name or customer.company]
    lines = [name for name in names if name]
    return (*lines, *customer.address) if lines else ()


def _name(customer: Customer, policy: Policy) -> str:
    """Of a person the name, of a company the company's, else the other one, else the id in
    Shopify: the books take no customer without a name."""
    if policy.customers == "company":
        return customer.company or customer.name or f"Company {customer.company_id}"
    return customer.name or customer.company or f"Customer {customer.id}"
