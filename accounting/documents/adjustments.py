"""From refund records and a cancellation to credit notes that make the customer's account agree.

Whether an adjustment on a refund means a fee, goodwill or nothing is not told by its wording. The
adjustment test decides: the customer's account must end at what Shopify says is outstanding
(treatment, text below the table of section 3; I5; R3, R6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import product

from accounting.documents.allocations import balance_of
from accounting.documents.case import Case
from accounting.documents.document import ZERO, Document, Key, Kind, Problem, Role
from accounting.documents.money import spread
from accounting.documents.refunds import Credited, Reading, refund_keys
from accounting.documents.transactions import in_order_currency
from accounting.facts import Refund

LABELLED = frozenset({"allowance", "restock_fee"})
MOST_DISCREPANCIES = 10  # each doubles the possibilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Which refunds count with their discrepancy, what the cancellation credits, and the result.

    `invoiced`, `paid` and `returned` (a failed payment is returned too) are totals of documents,
    `differences` of notes for cash rounding and exchange; `cancelled` is the total of X.
    """

    credits: tuple[tuple[Reading, bool], ...] = ()
    invoiced: Decimal = ZERO
    paid: Decimal = ZERO
    returned: Decimal = ZERO
    cancelled: Decimal = ZERO
    differences: Decimal = ZERO
    dropped: Decimal = ZERO  # charges that vanished with a cancellation before the invoice (R5)

    @property
    def credited(self) -> Decimal:
        return sum((credit_total(reading, full) for reading, full in self.credits), ZERO)

    @property
    def receivable(self) -> Decimal:
        """What the customer owes when all documents stand."""
        debits = self.invoiced + self.returned + self.differences
        return debits - self.paid - self.credited - self.cancelled

    def agrees_strictly_with(self, outstanding: Decimal) -> bool:
        """R3: Shopify goes on counting what a cancellation writes off."""
        return self.receivable == outstanding - self.cancelled - self.dropped

    def agrees_with(self, outstanding: Decimal) -> bool:
        """I5. After a cancellation Shopify may or may not go on counting what is written off."""
        gone = self.cancelled + self.dropped
        return self.receivable in (outstanding, outstanding - gone)


def credit_total(reading: Reading, with_discrepancy: bool) -> Decimal:
    """What the credit note of a refund comes to, with or without its discrepancy."""
    return reading.credited_total - (reading.kept_back if with_discrepancy else ZERO)


@dataclass(slots=True)
class Adjustments:
    """The readings of everything that one order takes back, and what they come to.

    `debits` are its invoices, `notes` those for cash rounding. With `decided` the order was
    reckoned in another currency, and the same adjustments count here; `exchanged` is what notes for
    exchange differences added to the customer's account before the cancellation.
    """

    case: Case
    readings: Sequence[Reading]
    money: Sequence[Document]
    debits: Sequence[Document]
    notes: Sequence[Document] = ()
    dropped: Decimal = ZERO
    decided: Reckoning | None = None
    exchanged: Decimal = ZERO
    problems: list[Problem] = field(default_factory=list)

    @property
    def invoiced(self) -> Decimal:
        return sum((document.total for document in self.debits), ZERO)

    def reckon(self) -> Reckoning:
        """The one reckoning that agrees with Shopify, or the plain one beside a problem."""
        usable = [reading for reading in self.readings if not reading.problems]
        if self.decided is not None:
            return self._as_decided(usable, self.decided)
        found = [self._reckoning(usable, flags) for flags in self._possibilities(usable)]
        outstanding = self.case.latest.total_outstanding
        fitting = [each for each in found if each.agrees_strictly_with(outstanding)]
        fitting = fitting or [each for each in found if each.agrees_with(outstanding)]
        best = _most_exact(self.case, fitting)
        if len(best) == 1:
            return best[0]
        if any(r.discrepancy or r.discrepancy_tax for r in usable) and len(found) > 1:
            self.problems.append(self._unexplained(usable, found, len(best)))
        return (best or found)[0]

    def _as_decided(self, usable: list[Reading], decided: Reckoning) -> Reckoning:
        flags = {reading.key: full for reading, full in decided.credits}
        found = self._reckoning(usable, tuple(flags.get(reading.key, False) for reading in usable))
        return found if decided.cancelled else replace(found, cancelled=ZERO)

    def _scaled(self, part: Credited, amount: Decimal) -> Credited:
        """What a cancellation after the invoice credits took the units back as well."""
        return part.scaled(amount, self.case.currency, by_amount=not self.dropped)

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
            return (self._counted(reading, sealed),)
        return (False, True)

    def _counted(self, reading: Reading, sealed: Document) -> bool:
        """Whether a sealed credit note was written with its discrepancy, as a line or apart."""
        fee = Key(role=Role.FEE, source_id=sealed.key.source_id)
        lines = (line for line in sealed.lines if line.source_id == reading.discrepancy_id)
        return any(line.role in LABELLED for line in lines) or bool(self.case.sealed(fee))

    def _reckoning(self, usable: list[Reading], flags: tuple[bool, ...]) -> Reckoning:
        chosen = tuple(zip(usable, flags, strict=True))
        cancelled = self._unpaid_rest(chosen)
        return Reckoning(
            credits=self._without_written_off(chosen, cancelled + self.dropped),
            invoiced=self.invoiced,
            paid=self._total(Kind.PAYMENT),
            returned=self._total(Kind.REFUND),
            cancelled=cancelled,
            differences=balance_of(self.notes),
            dropped=self.dropped,
        )

    def _without_written_off(
        self, chosen: tuple[tuple[Reading, bool], ...], gone: Decimal
    ) -> tuple[tuple[Reading, bool], ...]:
        """What a cancellation has written off is not credited again: the newest records carry only
        the excess (treatment 2.3, R5)."""
        taken = sum((reading.lines_total for reading, _ in chosen), ZERO)
        over = gone + taken - self.invoiced - self.dropped if gone else ZERO
        found = []
        for reading, full in sorted(chosen, key=lambda each: each[0].made_at, reverse=True):
            less = min(max(over, ZERO), reading.lines_total) if reading.refund else ZERO
            over -= less
            found.append((self._trimmed(reading, less) if less else reading, full))
        return tuple(sorted(found, key=lambda each: (each[0].made_at, each[0].key)))

    def _trimmed(self, reading: Reading, less: Decimal) -> Reading:
        totals = [part.total for part in reading.credited]
        parts = [
            self._scaled(part, part.total - off) if off else part
            for part, off in zip(
                reading.credited, spread(less, totals, self.case.currency), strict=True
            )
            if part.total > off
        ]
        key = Key(role=Role.CANCELLATION, source_id=self.case.order.id)
        covered = (*reading.covered, *([] if self.dropped else [key]))
        return replace(reading, credited=tuple(parts), covered=covered)

    def _unpaid_rest(self, chosen: tuple[tuple[Reading, bool], ...]) -> Decimal:
        """R6: what is neither paid nor credited when the order is cancelled."""
        at, until = self.case.facts.cancelled_at, self.case.written_off_at
        if at is None or until is None or not self.debits:
            return ZERO
        own = [(reading, full) for reading, full in chosen if reading.made_at <= until]
        records = {reading.refund.id for reading, _ in own if reading.refund}
        credited = sum((credit_total(reading, full) for reading, full in own), ZERO)
        lines = sum((reading.lines_total for reading, _ in own), ZERO)
        owed = self.invoiced - self._paid_until(at) - credited + self._returned_by(records)
        owed += self.exchanged
        return max(min(owed, self.invoiced - lines), ZERO)

    def _paid_until(self, at: datetime) -> Decimal:
        """Payments less those that failed later."""
        signs = {Role.PAYMENT: 1, Role.REVERSAL: -1}
        until = [d for d in self.money if d.effective_at is not None and d.effective_at <= at]
        paid = sum((signs.get(d.key.role, 0) * d.total for d in until), ZERO)
        moved = {d.key.source_id for d in until if d.key.role in signs}
        rounded = [note for note in self.notes if note.key.source_id in moved]
        return paid - balance_of(rounded)

    def _returned_by(self, records: set[int]) -> Decimal:
        by_id = {t.id: self.case.refund_of(t) for t in self.case.facts.transactions}
        mine = [
            document
            for document in self.money
            if document.key.role is Role.REFUND
            and (record := by_id.get(document.key.source_id)) is not None
            and record.id in records
        ]
        ids = {document.key.source_id for document in mine}
        rounded = [note for note in self.notes if note.key.source_id in ids]
        return balance_of(mine) + balance_of(rounded)

    def _total(self, kind: Kind) -> Decimal:
        return sum((d.total for d in self.money if d.kind is kind), ZERO)

    def _unexplained(
        self, usable: list[Reading], found: list[Reckoning], solutions: int
    ) -> Problem:
        plain, full = found[0], found[-1]
        open_ones = [r for r in usable if r.refund and (r.discrepancy or r.discrepancy_tax)]
        keys = {k for r in open_ones if r.refund for k in refund_keys(self.case, r.refund)}
        return Problem(
            code="ADJUSTMENT_UNEXPLAINED",
            subject=", ".join(f"refund {r.key.source_id}" for r in open_ones),
            message="The refund's adjustment can be read in no way, or in several, that leaves "
            "what Shopify says is outstanding. Check in Shopify what was given or kept beyond the "
            "goods, and enter the refund in the books yourself.",
            terms=(
                *((f"adjustment of refund {r.key.source_id}", str(r.kept_back)) for r in open_ones),
                ("outstanding in Shopify", str(self.case.latest.total_outstanding)),
                ("owed without adjustments", str(plain.receivable)),
                ("owed with adjustments", str(full.receivable)),
                ("readings that agree", str(solutions)),
            ),
            blocks=tuple(sorted(keys)),
            may_pass=not self.case.settled,
            refetch=True,
        )


def _most_exact(case: Case, fitting: list[Reckoning]) -> list[Reckoning]:
    """Of several solutions, those with most refunds whose credit equals their money."""
    counts = [_exact_refunds(case, reckoning) for reckoning in fitting]
    return [r for r, count in zip(fitting, counts, strict=True) if count == max(counts)]


def _exact_refunds(case: Case, reckoning: Reckoning) -> int:
    return sum(
        credit_total(reading, full) == _money_of(case, reading.refund)
        for reading, full in reckoning.credits
        if reading.refund
    )


def _money_of(case: Case, refund: Refund) -> Decimal:
    mine = (t for t in case.money_of(refund) if t.id in case.facts.succeeded)
    return sum((in_order_currency(t, case.order) or ZERO for t in mine), ZERO)
