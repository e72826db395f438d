"""One order as `build` looks at it: its facts, the rules, and what was planned before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounting.documents.document import Allocation, Document, Key, Problem, Role
from accounting.documents.numbering import number
from accounting.documents.rules import Policy, Rules
from accounting.documents.transactions import real_money
from accounting.facts import UNDECIDED, Facts, Order, Refund, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`order` is the first version known, `latest` the newest one. `settled` says that the order
    has been quiet for the settle time; `stem` and `prefix` begin the numbers of its documents. What
    is *sealed* was planned before: it is never changed and never repeated.

    Of an order of two currencies this is one side (`sides`). `seen_by_shop` is the newest version
    as the shop keeps it, `rate` stands on documents in the customer's currency, and `is_converted`
    says that documents are written on the other side than the one that proves them.
    """

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
    seen_by_shop: Order
    rate: Decimal | None = None
    is_converted: bool = False

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    @property
    def is_conversion(self) -> bool:
        """Whether this is the side that was proved on the other one."""
        return self.is_converted and self.currency == self.seen_by_shop.currency

    @property
    def is_earlier(self) -> bool:
        """Ordered before the day from which the books are kept here (row 53)."""
        cut_over = self.policy.cut_over
        return cut_over is not None and self.local_date(self.order.processed_at) < cut_over

    @property
    def written_off_at(self) -> datetime | None:
        """Until when a cancelled order's own records count before its rest is credited (2.3)."""
        at = self.facts.cancelled_at
        return None if at is None else at + self.policy.settle

    def was_read_since(self, at: datetime) -> bool:
        """G7: whether a refund record that belongs to what happened at `at` would be known: the
        order was read anew once the settle time after it was over."""
        read = self.facts.read_at
        return read is not None and read >= at + self.policy.settle

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
        """Something that facts on their way, or the order read anew, could still settle."""
        return Problem(
            code="FACTS_INCOMPLETE",
            subject=subject,
            message=message,
            terms=terms,
            blocks=blocks,
            may_pass=not self.settled,
            refetch=True,
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
