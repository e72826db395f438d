"""Proof that documents add up: small functions that return problems with the arithmetic in them.

The names I1, I2 … are those of accounting treatment, section 5. Amounts are compared exactly; no
line is ever added to make a sum fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from accounting.documents.allocate import balance_of
from accounting.documents.case import Case, paid_back, payments
from accounting.documents.components import Component
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind, Problem, Role
from accounting.documents.money import from_minor
from accounting.documents.numbering import NUMBER
from accounting.documents.refunds import Reading
from accounting.documents.settlement import Reckoning

MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})
EXTRA_ROLES = frozenset({"allowance", "restock_fee"})  # beyond what was invoiced, and labelled so


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All documents of an order as they would be written now, and what they were made from."""

    case: Case
    charges: tuple[Component, ...]  # of the whole order
    netted: tuple[Reading, ...]  # taken off before the invoice was due
    documents: tuple[Document, ...]
    reckoning: Reckoning
    unresolved: bool  # some refund cannot be judged yet, so the customer's account cannot either

    def of(self, *kinds: Kind) -> list[Document]:
        return [document for document in self.documents if document.kind in kinds]

    @property
    def invoice(self) -> Document | None:
        return next(iter(self.of(Kind.INVOICE)), None)

    @property
    def new(self) -> list[Document]:
        return [document for document in self.documents if not self.case.sealed(document.key)]


def problems(draft: Draft) -> list[Problem]:
    """Every invariant that does not hold."""
    return [problem for check in CHECKS for problem in check(draft)]


def charges_are_the_order_total(draft: Draft) -> list[Problem]:
    """I1: the components are the order's total, and the invoice is the components."""
    found = []
    charged = sum((part.total for part in draft.charges), ZERO)
    total = draft.case.latest.total_price.shop
    if charged != total:
        terms = [(f"{part.role} {part.title}", str(part.total)) for part in draft.charges]
        sums = (("sum", str(charged)), ("order total", str(total)), _difference(charged, total))
        message = "The lines of the order do not add up to its total."
        found.append(Problem(code="I1", subject="order", message=message, terms=(*terms, *sums)))
    netted = sum((reading.credited_total for reading in draft.netted), ZERO)
    if draft.invoice is not None and draft.invoice.total != charged - netted:
        sums = (
            ("lines of the order", str(charged)),
            ("taken off before", str(netted)),
            ("invoice", str(draft.invoice.total)),
        )
        message = "The invoice is not what the order charges."
        found.append(Problem(code="I1", subject="invoice", message=message, terms=sums))
    return found


def lines_multiply_out(draft: Draft) -> list[Problem]:
    """I2: quantity x unit price = net on every line."""
    return [
        Problem(
            code="I2",
            subject=document.number,
            message=f"Line “{line.description}” does not multiply out.",
            terms=(
                ("quantity", str(line.quantity)),
                ("unit price", str(line.unit_price)),
                ("net", str(line.net)),
            ),
            blocks=(document.key,),
        )
        for document in draft.new
        for line in document.lines
        if line.quantity * line.unit_price != line.net
    ]


def tax_is_the_order_tax(draft: Draft) -> list[Problem]:
    """I3: the tax of the lines is the tax of the order; credit notes carry the refunded tax."""
    stated = draft.case.latest.total_tax
    charged = sum((part.tax for part in draft.charges), ZERO)
    found = []
    if charged != stated:
        terms = [(f"tax on {part.title}", str(part.tax)) for part in draft.charges if part.tax]
        sums = (("sum", str(charged)), ("order tax", str(stated)), _difference(charged, stated))
        message = "The taxes of the lines do not add up to the order's tax."
        found.append(Problem(code="I3", subject="order", message=message, terms=(*terms, *sums)))
    return found + [
        problem
        for reading, with_discrepancy in draft.reckoning.credits
        for problem in _credited_tax(draft, reading, with_discrepancy)
    ]


def _credited_tax(draft: Draft, reading: Reading, with_discrepancy: bool) -> list[Problem]:
    note = next((d for d in draft.documents if d.key == reading.key), None)
    expected = sum((part.tax for part in reading.credited), ZERO)
    expected -= reading.discrepancy_tax if with_discrepancy else ZERO
    if note is None or note.tax == expected:
        return []
    terms = (("refunded tax", str(expected)), ("tax of the lines", str(note.tax)))
    message = "The tax of the credit note is not the refunded tax."
    return [
        Problem(code="I3", subject=note.number, message=message, terms=terms, blocks=(note.key,))
    ]


def money_is_posted_once(draft: Draft) -> list[Problem]:
    """I4: per gateway, payments less refunds are the transactions."""
    expected, posted = _transactions_by_gateway(draft.case), _documents_by_gateway(draft)
    return [
        Problem(
            code="I4",
            subject=gateway,
            message="Payments and refunds do not add up to the transactions of this gateway.",
            terms=(
                ("transactions", str(expected.get(gateway, ZERO))),
                ("documents", str(posted.get(gateway, ZERO))),
            ),
            blocks=tuple(d.key for d in draft.of(*MONEY) if d.gateway == gateway),
        )
        for gateway in sorted({*expected, *posted})
        if expected.get(gateway, ZERO) != posted.get(gateway, ZERO)
    ]


def _transactions_by_gateway(case: Case) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for t, amount in payments(case.facts, case.order, keep_change=case.keep_change):
        sums[t.gateway] = sums.get(t.gateway, ZERO) + amount
    for t, amount in paid_back(case.facts, case.order):
        record = case.refund_of(t)
        if not (record and case.is_pending(record)):
            sums[t.gateway] = sums.get(t.gateway, ZERO) - amount
    return sums


def _documents_by_gateway(draft: Draft) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for document in draft.of(*MONEY):
        amount = document.total if document.kind is Kind.PAYMENT else -document.total
        sums[document.gateway] = sums.get(document.gateway, ZERO) + amount
    return sums


def receivable_is_outstanding(draft: Draft) -> list[Problem]:
    """I5: what the customer owes in the books is what Shopify says is outstanding."""
    reckoning, latest = draft.reckoning, draft.case.latest
    if draft.unresolved or reckoning.agrees_with(latest.total_outstanding):
        return []
    terms = (
        ("invoiced", str(reckoning.invoiced)),
        ("paid", str(reckoning.paid)),
        ("credited", str(reckoning.credited)),
        ("returned", str(reckoning.returned)),
        ("written off by the cancellation", str(reckoning.cancelled + reckoning.dropped)),
        ("owed in the books", str(reckoning.receivable)),
        ("outstanding in Shopify", str(latest.total_outstanding)),
        _difference(reckoning.receivable, latest.total_outstanding),
    )
    message = "The customer would not owe what Shopify says is outstanding."
    return [
        Problem(
            code="I5",
            subject=draft.case.order.name,
            message=message,
            terms=terms,
            may_pass=not draft.case.settled,
        )
    ]


def documents_are_their_receivable(draft: Draft) -> list[Problem]:
    """I5, I14: debits less credits of the documents are the reckoning they were made from."""
    posted = balance_of(draft.documents)
    if draft.unresolved or posted == draft.reckoning.receivable:
        return []
    terms = (("documents", str(posted)), ("reckoned", str(draft.reckoning.receivable)))
    message = "The documents do not come to what was reckoned."
    return [Problem(code="I14", subject=draft.case.order.name, message=message, terms=terms)]


def refunds_are_explained(draft: Draft) -> list[Problem]:
    """I6: no negative credit, and money goes back only for a credit or an overpayment."""
    found = [
        Problem(
            code="I6",
            subject=note.number,
            message="The credit note would be negative: more is kept back than was refunded.",
            terms=(("total", str(note.total)),),
            blocks=(note.key,),
        )
        for note in draft.of(Kind.CREDIT_NOTE)
        if note.total < 0
    ]
    reckoning = draft.reckoning
    overpaid = max(reckoning.paid - reckoning.invoiced, ZERO)
    covered = reckoning.credited + reckoning.cancelled + overpaid
    if draft.unresolved or reckoning.returned <= covered:
        return found
    terms = (
        ("returned", str(reckoning.returned)),
        ("credited", str(reckoning.credited + reckoning.cancelled)),
        ("overpaid", str(overpaid)),
        _difference(reckoning.returned, covered),
    )
    blocks = tuple(d.key for d in draft.new if d.key.role in (Role.CREDIT, Role.REFUND))
    message = "More money went back than was credited."
    return [
        *found,
        Problem(code="I6", subject="refunds", message=message, terms=terms, blocks=blocks),
    ]


def credits_stay_within_the_invoice(draft: Draft) -> list[Problem]:
    """I7, R12: per line no more units, net or tax than invoiced; one minor unit may move between
    lines of an order, never beyond its sum per tax code."""
    if draft.invoice is None:
        return []
    unit = from_minor(1, draft.case.currency)
    notes = draft.of(Kind.CREDIT_NOTE)
    invoiced, credited = _per_source([draft.invoice]), _per_source(notes)
    found = [
        _beyond(draft, str(source), invoiced.get(source, NOTHING), taken)
        for source, taken in credited.items()
        if not _within(taken, invoiced.get(source, NOTHING), unit)
    ]
    whole, taken_by_code = _per_code([draft.invoice]), _per_code(notes)
    return found + [
        _beyond(draft, f"tax code {code or 'none'}", whole.get(code, NOTHING), taken)
        for code, taken in taken_by_code.items()
        if not _within(taken, whole.get(code, NOTHING), ZERO)
    ]


Group = TypeVar("Group", int, str)
Sums = tuple[int, Decimal, Decimal]  # units, net, tax
NOTHING: Sums = (0, ZERO, ZERO)


def _within(taken: Sums, whole: Sums, tolerance: Decimal) -> bool:
    return (
        taken[0] <= whole[0]
        and taken[1] <= whole[1] + tolerance
        and taken[2] <= whole[2] + tolerance
    )


def _per_source(documents: Iterable[Document]) -> dict[int, Sums]:
    return _sums((line.source_id, line) for line in _invoiced_lines(documents))


def _per_code(documents: Iterable[Document]) -> dict[str, Sums]:
    return _sums((line.tax_code, line) for line in _invoiced_lines(documents))


def _invoiced_lines(documents: Iterable[Document]) -> Iterator[DocumentLine]:
    for document in documents:
        yield from (line for line in document.lines if line.role not in EXTRA_ROLES)


def _sums(found: Iterable[tuple[Group, DocumentLine]]) -> dict[Group, Sums]:
    sums: dict[Group, Sums] = {}
    for group, line in found:
        units, net, tax = sums.get(group, NOTHING)
        own = 0 if line.role == "discount" else line.quantity
        sums[group] = (units + own, net + line.net, tax + line.tax)
    return sums


def _beyond(draft: Draft, subject: str, whole: Sums, taken: Sums) -> Problem:
    return Problem(
        code="I7",
        subject=subject,
        message="More would be credited than was invoiced.",
        terms=(
            ("units invoiced", str(whole[0])),
            ("units credited", str(taken[0])),
            ("net invoiced", str(whole[1])),
            ("net credited", str(taken[1])),
            ("tax invoiced", str(whole[2])),
            ("tax credited", str(taken[2])),
        ),
        blocks=tuple(d.key for d in draft.new if d.key.role in (Role.CREDIT, Role.CANCELLATION)),
    )


def totals_are_their_lines(draft: Draft) -> list[Problem]:
    """I14: every invoice and credit note is the sum of its lines."""
    return [
        Problem(
            code="I14",
            subject=document.number,
            message="The document is not the sum of its lines.",
            terms=(("lines", str(document.net + document.tax)), ("total", str(document.total))),
            blocks=(document.key,),
        )
        for document in draft.new
        if document.kind not in MONEY and document.net + document.tax != document.total
    ]


def numbers_are_in_form(draft: Draft) -> list[Problem]:
    """I11: numbers follow treatment 1.3, are different, and fit the ledger."""
    longest = draft.case.rules.ledger.number_length
    counts = Counter(document.number for document in draft.documents)
    if not draft.case.prefix:
        return []  # the missing prefix is a problem of its own
    return [
        Problem(
            code="LENGTH" if len(document.number) > longest else "I11",
            subject=document.number,
            message="The document number does not fit the books.",
            terms=(("length", str(len(document.number))), ("longest", str(longest))),
            blocks=(document.key,),
        )
        for document in draft.new
        if len(document.number) > longest
        or not NUMBER.fullmatch(document.number)
        or counts[document.number] > 1
    ]


def periods_are_open(draft: Draft) -> list[Problem]:
    """I12, when the policy is to hold what belongs to a closed period."""
    closed = draft.case.policy.books_closed
    return [
        Problem(
            code="PERIOD_CLOSED",
            subject=document.number,
            message="The document belongs to a period that is closed.",
            terms=(("date", str(document.date)), ("closed up to", str(closed))),
            blocks=(document.key,),
        )
        for document in draft.new
        if closed is not None and document.date <= closed
    ]


def sealed_documents_still_stand(draft: Draft) -> list[Problem]:
    """A sealed document is never changed; if it would be written differently now, a person must
    judge."""
    now = {document.key: document for document in draft.documents}
    return [
        Problem(
            code="SEALED_DIFFERS",
            subject=sealed.number,
            message="This document is in the books, and what is known now says otherwise.",
            terms=_both(sealed, now.get(sealed.key)),
        )
        for sealed in draft.case.documents
        if _economics(sealed) != _economics(now.get(sealed.key))
    ]


def _economics(document: Document | None) -> tuple[Decimal, dict[str, Decimal]] | None:
    if document is None:
        return None
    taxes: dict[str, Decimal] = {}
    for line in document.lines:
        if line.tax:
            taxes[line.tax_code] = taxes.get(line.tax_code, ZERO) + line.tax
    return document.total, taxes


def _both(sealed: Document, now: Document | None) -> tuple[tuple[str, str], ...]:
    return (
        ("total in the books", str(sealed.total)),
        ("total now", str(now.total) if now else "no document"),
        ("tax in the books", str(sealed.tax)),
        ("tax now", str(now.tax) if now else "no document"),
    )


def cancelled_money_is_decided(draft: Draft) -> list[Problem]:
    """Row 43: the policy may be to hold a cancellation whose money was not returned."""
    wants_hold = draft.case.policy.unrefunded_cancellation == "hold"
    if not (wants_hold and draft.case.facts.cancelled_at and draft.reckoning.receivable < 0):
        return []
    keys: tuple[Key, ...] = tuple(d.key for d in draft.new if d.kind is Kind.CREDIT_NOTE)
    if not keys:
        return []
    terms = (("credit of the customer", str(-draft.reckoning.receivable)),)
    message = "The order was cancelled and its money not returned."
    return [
        Problem(
            code="UNREFUNDED_CANCELLATION",
            subject=draft.case.order.name,
            message=message,
            terms=terms,
            blocks=keys,
        )
    ]


def _difference(left: Decimal, right: Decimal) -> tuple[str, str]:
    return ("difference", str(left - right))


CHECKS: tuple[Callable[[Draft], list[Problem]], ...] = (
    charges_are_the_order_total,
    lines_multiply_out,
    tax_is_the_order_tax,
    money_is_posted_once,
    receivable_is_outstanding,
    documents_are_their_receivable,
    refunds_are_explained,
    credits_stay_within_the_invoice,
    totals_are_their_lines,
    numbers_are_in_form,
    periods_are_open,
    sealed_documents_still_stand,
    cancelled_money_is_decided,
)
