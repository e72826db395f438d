"""One order as `build` looks at it: its facts, the rules, and what is already in the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounting.documents.document import ZERO, Allocation, Document, Key, Problem, Role
from accounting.documents.numbering import number
from accounting.documents.rules import Policy, Rules, gateway_key
from accounting.facts import UNDECIDED, Facts, Order, Refund, Transaction

MONEY_IN = frozenset({"sale", "capture"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`order` is the version the invoice is made from, `latest` the newest one known."""

    facts: Facts
    rules: Rules
    order: Order
    latest: Order
    settled: bool
    stem: str
    prefix: str
    documents: tuple[Document, ...] = ()  # sealed
    allocations: tuple[Allocation, ...] = ()  # sealed
    keep_change: bool = False  # the order's own totals count cash tendered, not cash kept

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    @property
    def currency(self) -> str:
        return self.order.currency

    @property
    def invoice_key(self) -> Key:
        return Key(role=Role.INVOICE, source_id=self.order.id)

    def number(self, key: Key) -> str:
        return number(self.stem, self.prefix, key)

    def sealed(self, key: Key) -> Document | None:
        return next((document for document in self.documents if document.key == key), None)

    def local_date(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.policy.time_zone)).date()

    def incomplete(
        self, subject: str, message: str, *terms: tuple[str, str], blocks: tuple[Key, ...] = ()
    ) -> Problem:
        """Something that facts on their way could still settle."""
        return Problem(
            code="FACTS_INCOMPLETE",
            subject=subject,
            message=message,
            terms=terms,
            blocks=blocks,
            may_pass=not self.settled,
        )

    def refund_of(self, transaction: Transaction) -> Refund | None:
        """The refund record that moved this money."""
        return next(
            (
                refund
                for refund in self.facts.refunds
                if transaction.id in refund.transaction_ids or transaction.refund_id == refund.id
            ),
            None,
        )

    def money_of(self, refund: Refund) -> list[Transaction]:
        """The money transactions of a refund record, whatever became of them."""
        mine = (t for t in real_money(self.facts) if t.kind == "refund")
        return [t for t in mine if self.refund_of(t) == refund]

    def is_pending(self, refund: Refund) -> bool:
        return any(t.status in UNDECIDED for t in self.money_of(refund))


def is_test(transaction: Transaction) -> bool:
    return transaction.test or gateway_key(transaction.gateway) == "bogus"


def real_money(facts: Facts) -> list[Transaction]:
    """Everything but test transactions, oldest first."""
    real = (t for t in facts.transactions if not is_test(t))
    return sorted(real, key=lambda t: (t.processed_at, t.id))


def succeeded(facts: Facts) -> list[Transaction]:
    """Transactions that ever were successful (R1), oldest first."""
    return [t for t in real_money(facts) if t.id in facts.succeeded]


def in_shop_currency(transaction: Transaction, order: Order) -> Decimal | None:
    """The transaction's amount in the shop's currency; None when nobody has said it."""
    if transaction.shop_amount is not None:
        return transaction.shop_amount
    return transaction.amount if transaction.currency == order.currency else None


def change_given(facts: Facts, order: Order, sale: Transaction) -> Decimal:
    """Cash handed back on an over-tendered sale (row 10)."""
    given = (t for t in succeeded(facts) if t.kind == "change" and t.parent_id == sale.id)
    return sum((in_shop_currency(t, order) or ZERO for t in given), ZERO)


def payments(facts: Facts, order: Order, *, keep_change: bool) -> list[tuple[Transaction, Decimal]]:
    """Money received, transaction by transaction, net of change unless `keep_change`."""
    found = []
    for transaction in succeeded(facts):
        amount = in_shop_currency(transaction, order)
        if transaction.kind in MONEY_IN and amount:
            change = ZERO if keep_change else change_given(facts, order, transaction)
            found.append((transaction, amount - change))
    return [(transaction, amount) for transaction, amount in found if amount > 0]


def paid_back(facts: Facts, order: Order) -> list[tuple[Transaction, Decimal]]:
    """Money returned to the customer."""
    money = ((t, in_shop_currency(t, order)) for t in succeeded(facts) if t.kind == "refund")
    return [(t, amount) for t, amount in money if amount]
