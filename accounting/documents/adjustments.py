"""From refund records and a cancellation to credit notes that make the customer's account agree.

Whether an adjustment on a refund means a fee, goodwill or nothing is not told by its wording. The
adjustment test decides: the customer's account must end at what Shopify says is outstanding
(treatment, text below the table of section 3; I5; R3, R6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import product

from accounting.documents.case import Case
from accounting.documents.document import ZERO, Document, Kind, Problem
from accounting.documents.refunds import Reading, refund_keys

MOST_DISCREPANCIES = 10  # each doubles the possibilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Which refunds count with their discrepancy, what the cancellation credits, and the result.

    `invoiced`, `paid` and `returned` are totals of documents; `cancelled` is the total of X.
    """

    credits: tuple[tuple[Reading, bool], ...] = ()
    invoiced: Decimal = ZERO
    paid: Decimal = ZERO
    returned: Decimal = ZERO
    cancelled: Decimal = ZERO
    dropped: Decimal = ZERO  # charges that vanished with a cancellation before the invoice (R5)

    @property
    def credited(self) -> Decimal:
        return sum((credit_total(reading, full) for reading, full in self.credits), ZERO)

    @property
    def receivable(self) -> Decimal:
        """What the customer owes when all documents stand."""
        return self.invoiced + self.returned - self.paid - self.credited - self.cancelled

    def agrees_with(self, outstanding: Decimal) -> bool:
        """I5. After a cancellation Shopify may or may not go on counting what is written off."""
        gone = self.cancelled + self.dropped
        return self.receivable in (outstanding, outstanding - gone)


def credit_total(reading: Reading, with_discrepancy: bool) -> Decimal:
    """What the credit note of a refund comes to, with or without its discrepancy."""
    return reading.credited_total - (reading.kept_back if with_discrepancy else ZERO)


@dataclass(slots=True)
class Adjustments:
    """The readings of all refund records of one order, and what they come to."""

    case: Case
    readings: list[Reading]
    money: Sequence[Document]
    invoice: Document | None
    dropped: Decimal = ZERO
    problems: list[Problem] = field(default_factory=list)

    def reckon(self) -> Reckoning:
        """The one reckoning that agrees with Shopify, or the plain one beside a problem."""
        usable = [r for r in self.readings if not r.problems] if self.invoice else []
        found = [self._reckoning(usable, flags) for flags in self._possibilities(usable)]
        outstanding = self.case.latest.total_outstanding
        fitting = [reckoning for reckoning in found if reckoning.agrees_with(outstanding)]
        best = _most_exact(self.case, fitting)
        if len(best) == 1:
            return best[0]
        if any(r.discrepancy or r.discrepancy_tax for r in usable) and len(found) > 1:
            self.problems.append(self._unexplained(usable, found, len(best)))
        return (best or found)[0]

    def _possibilities(self, usable: list[Reading]) -> Iterator[tuple[bool, ...]]:
        """With or without each discrepancy; sealed credit notes have decided already."""
        choices = [self._choices(reading) for reading in usable]
        if sum(len(choice) > 1 for choice in choices) > MOST_DISCREPANCIES:
            choices = [choice[:1] for choice in choices]
        return product(*choices)

    def _choices(self, reading: Reading) -> tuple[bool, ...]:
        if not reading.discrepancy and not reading.discrepancy_tax:
            return (False,)
        sealed = self.case.sealed(reading.key)
        if sealed is not None:
            return (sealed.total == credit_total(reading, True),)
        return (False, True)

    def _reckoning(self, usable: list[Reading], flags: tuple[bool, ...]) -> Reckoning:
        chosen = tuple(zip(usable, flags, strict=True))
        return Reckoning(
            credits=chosen,
            invoiced=self.invoice.total if self.invoice else ZERO,
            paid=self._total(Kind.PAYMENT),
            returned=self._total(Kind.REFUND),
            cancelled=self._unpaid_rest(chosen),
            dropped=self.dropped,
        )

    def _unpaid_rest(self, chosen: tuple[tuple[Reading, bool], ...]) -> Decimal:
        """R6: what is neither paid nor credited when the order is cancelled."""
        at = self.case.facts.cancelled_at
        if at is None or self.invoice is None:
            return ZERO
        own = [
            (reading, full)
            for reading, full in chosen
            if reading.refund.created_at <= at + self.case.policy.settle
        ]
        records = {reading.refund.id for reading, _ in own}
        credited = sum((credit_total(reading, full) for reading, full in own), ZERO)
        lines = sum((reading.credited_total for reading, _ in own), ZERO)
        owed = self.invoice.total - self._paid_until(at) - credited + self._returned_by(records)
        return max(min(owed, self.invoice.total - lines), ZERO)

    def _paid_until(self, at: datetime) -> Decimal:
        paid = (
            document.total
            for document in self.money
            if document.kind is Kind.PAYMENT
            and document.effective_at is not None
            and document.effective_at <= at
        )
        return sum(paid, ZERO)

    def _returned_by(self, records: set[int]) -> Decimal:
        by_id = {t.id: self.case.refund_of(t) for t in self.case.facts.transactions}
        return sum(
            (
                document.total
                for document in self.money
                if document.kind is Kind.REFUND
                and (record := by_id.get(document.key.source_id)) is not None
                and record.id in records
            ),
            ZERO,
        )

    def _total(self, kind: Kind) -> Decimal:
        return sum((d.total for d in self.money if d.kind is kind), ZERO)

    def _unexplained(
        self, usable: list[Reading], found: list[Reckoning], solutions: int
    ) -> Problem:
        plain, full = found[0], found[-1]
        open_ones = [r for r in usable if r.discrepancy or r.discrepancy_tax]
        keys = {key for r in open_ones for key in refund_keys(self.case, r.refund)}
        return Problem(
            code="ADJUSTMENT_UNEXPLAINED",
            subject=", ".join(f"refund {r.refund.id}" for r in open_ones),
            message="The refund's adjustment can be read in no way, or in several, that leaves "
            "what Shopify says is outstanding. Check in Shopify what was given or kept beyond the "
            "goods, and enter the refund in the books yourself.",
            terms=(
                *((f"adjustment of refund {r.refund.id}", str(r.kept_back)) for r in open_ones),
                ("outstanding in Shopify", str(self.case.latest.total_outstanding)),
                ("owed without adjustments", str(plain.receivable)),
                ("owed with adjustments", str(full.receivable)),
                ("readings that agree", str(solutions)),
            ),
            blocks=tuple(sorted(keys)),
            may_pass=not self.case.settled,
        )


def _most_exact(case: Case, fitting: list[Reckoning]) -> list[Reckoning]:
    """Of several solutions, those with most refunds whose credit equals their money."""
    counts = [_exact_refunds(case, reckoning) for reckoning in fitting]
    return [r for r, count in zip(fitting, counts, strict=True) if count == max(counts)]


def _exact_refunds(case: Case, reckoning: Reckoning) -> int:
    money = {
        reading.refund.id: sum(
            (t.shop_amount if t.shop_amount is not None else t.amount)
            for t in case.money_of(reading.refund)
            if t.id in case.facts.succeeded
        )
        for reading, _ in reckoning.credits
    }
    return sum(
        credit_total(reading, full) == money[reading.refund.id]
        for reading, full in reckoning.credits
    )
