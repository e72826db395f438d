"""Proof that documents add up: small functions that return problems with the arithmetic in them.

The names I1, I2 … are those of accounting treatment, section 5. Amounts are compared exactly; no
line is ever added to make a sum fit. Checks of one theme share a module; this one has the sums of
single documents, and the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from accounting.documents.check_account import (
    cancelled_money_is_decided,
    documents_are_their_receivable,
    money_is_posted_once,
    receivable_is_outstanding,
    refunds_are_explained,
)
from accounting.documents.check_books import (
    numbers_are_in_form,
    periods_are_open,
    sealed_documents_still_stand,
)
from accounting.documents.check_credits import credits_stay_within_the_invoice
from accounting.documents.document import ZERO, Document, Key, Problem, Role
from accounting.documents.draft import MONEY, Draft, difference
from accounting.documents.edits import removed_by_edits
from accounting.documents.refunds import Credited, Reading

COMPARE = (
    "Compare the figures with the order in Shopify, and enter the document in the books yourself."
)


def problems(draft: Draft) -> list[Problem]:
    """Every invariant that does not hold. Of an order from before the books only single documents
    can be proved, of one written in another currency only the order. What the order itself does not
    show may still be told, or be read anew."""
    order = () if draft.case.is_earlier else OF_THE_ORDER
    documents = () if draft.case.is_converted else OF_THE_DOCUMENTS
    doubts = [problem for check in order for problem in check(draft)]
    return [
        *(replace(p, may_pass=not draft.case.settled, refetch=True) for p in doubts),
        *(problem for check in documents for problem in check(draft)),
    ]


def conversion_problems(draft: Draft) -> list[Problem]:
    """What must still hold once the documents of a proved order are written in the shop's
    currency."""
    return [problem for check in OF_THE_DOCUMENTS for problem in check(draft)]


def charges_are_the_order_total(draft: Draft) -> list[Problem]:
    """I1, R10: the components are the order's total, with or without the units that edits took off,
    and the invoices are the components."""
    found = []
    charged = sum((part.total for part in draft.charges), ZERO)
    total = draft.case.latest.total_price.shop
    removed = [sum((part.total for part in parts), ZERO) for parts in _taken_off(draft)]
    if total not in (charged, *(charged - each for each in removed)):
        terms = [(f"{part.role} {part.title}", str(part.total)) for part in draft.charges]
        sums = (("sum", str(charged)), ("order total", str(total)), difference(charged, total))
        message = (
            "The lines of the order do not add up to its total, so no invoice can be right. "
            "Compare them with the order in Shopify."
        )
        found.append(Problem(code="I1", subject="order", message=message, terms=(*terms, *sums)))
    return found + _invoiced_is_charged(draft, charged)


def _taken_off(draft: Draft) -> tuple[list[Credited], list[Credited]]:
    """Units that Shopify may have left out of the order's total: those edits took off, by a record
    of theirs or without one, and those of all records without money."""
    edits, settle = removed_by_edits(draft.case), draft.case.policy.settle
    removing = [
        reading
        for reading in (*draft.readings.netted, *draft.readings.others)
        if reading.key.role is Role.REDUCTION or _is_without_money(draft, reading)
    ]
    parts = [(r, part) for r in removing for part in r.credited if part.units]
    by_edit = [
        part
        for reading, part in parts
        if any(
            part.component.source_id in lines and abs(reading.made_at - at) <= settle
            for at, lines in edits
        )
    ]
    return by_edit, [part for _, part in parts]


def _is_without_money(draft: Draft, reading: Reading) -> bool:
    return reading.refund is not None and not draft.case.money_of(reading.refund)


def _invoiced_is_charged(draft: Draft, charged: Decimal) -> list[Problem]:
    if draft.invoice is None:
        return []
    netted = sum((reading.lines_total for reading in draft.readings.netted), ZERO)
    lowered = sum((part.total for part in _lowered(draft)), ZERO)
    invoiced = draft.reckoning.invoiced
    if invoiced + netted + draft.reckoning.dropped - lowered == charged:
        return []
    sums = (
        ("lines of the order", str(charged)),
        ("lowered by edits", str(lowered)),
        ("taken off before", str(netted + draft.reckoning.dropped)),
        ("invoiced", str(invoiced)),
    )
    message = "What is invoiced is not what the order charges. " + COMPARE
    return [Problem(code="I1", subject="invoice", message=message, terms=sums)]


def _lowered(draft: Draft) -> list[Credited]:
    """Charges that edits lowered after the invoice."""
    edits = [each for each in draft.readings.others if each.key.role is Role.REDUCTION]
    return [part for reading in edits for part in reading.credited if part.by_amount]


def lines_multiply_out(draft: Draft) -> list[Problem]:
    """I2: quantity x unit price = net on every line."""
    return [
        Problem(
            code="I2",
            subject=document.number,
            message=f"Line “{line.description}” does not multiply out. {COMPARE}",
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
    removed = [sum((part.tax for part in parts), ZERO) for parts in _taken_off(draft)]
    found = []
    if stated not in (charged, *(charged - each for each in removed)):
        terms = [(f"tax on {part.title}", str(part.tax)) for part in draft.charges if part.tax]
        sums = (("sum", str(charged)), ("order tax", str(stated)), difference(charged, stated))
        message = (
            "The taxes of the lines do not add up to the order's tax, so no invoice can be right. "
            "Compare them with the order in Shopify."
        )
        found.append(Problem(code="I3", subject="order", message=message, terms=(*terms, *sums)))
    return found


def documents_carry_their_tax(draft: Draft) -> list[Problem]:
    """I3: what credit notes give back of tax, on lines and on lines of their own, is what the
    refund says."""
    return [
        problem
        for reading, with_discrepancy in draft.reckoning.credits
        for problem in _credited_tax(draft, reading, with_discrepancy)
    ]


def _credited_tax(draft: Draft, reading: Reading, with_discrepancy: bool) -> list[Problem]:
    notes = [d for d in draft.documents if d.key in (reading.key, fee_key(reading))]
    expected = sum((part.tax for part in (*reading.credited, *reading.excess)), ZERO)
    expected -= reading.discrepancy_tax if with_discrepancy else ZERO
    found = sum((-tax_in(note) if note.is_debit else tax_in(note) for note in notes), ZERO)
    if not notes or found == expected:
        return []
    terms = (("refunded tax", str(expected)), ("tax of the lines", str(found)))
    message = "The tax of the credit note is not the refunded tax. " + COMPARE
    return [
        Problem(
            code="I3",
            subject=notes[0].number,
            message=message,
            terms=terms,
            blocks=tuple(note.key for note in notes),
        )
    ]


def fee_key(reading: Reading) -> Key:
    """The debit note for what a refund record keeps back."""
    return Key(role=Role.FEE, source_id=reading.key.source_id)


def tax_in(document: Document) -> Decimal:
    """All tax in a document, also what stands on lines of its own."""
    apart = (line.net for line in document.lines if line.role in ("tax_only", "channel_tax"))
    return document.tax + sum(apart, ZERO)


def totals_are_their_lines(draft: Draft) -> list[Problem]:
    """I14: every invoice and credit note is the sum of its lines."""
    return [
        Problem(
            code="I14",
            subject=document.number,
            message="The document is not the sum of its lines. " + COMPARE,
            terms=(("lines", str(document.net + document.tax)), ("total", str(document.total))),
            blocks=(document.key,),
        )
        for document in draft.new
        if document.kind not in MONEY and document.net + document.tax != document.total
    ]


Check = Callable[[Draft], list[Problem]]

# What the order itself must show. Of an order of two currencies only the customer's side adds up.
OF_THE_ORDER: tuple[Check, ...] = (
    charges_are_the_order_total,
    tax_is_the_order_tax,
    receivable_is_outstanding,
    refunds_are_explained,
    credits_stay_within_the_invoice,
)
OF_THE_DOCUMENTS: tuple[Check, ...] = (
    cancelled_money_is_decided,
    lines_multiply_out,
    documents_carry_their_tax,
    money_is_posted_once,
    documents_are_their_receivable,
    totals_are_their_lines,
    numbers_are_in_form,
    periods_are_open,
    sealed_documents_still_stand,
)
