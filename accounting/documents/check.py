"""Proof that documents add up: small functions that return problems with the arithmetic in them.

The names I1, I2 … are those of accounting treatment, section 5. Amounts are compared exactly; no
line is ever added to make a sum fit. Checks of one theme share a module; this one has the sums of
single documents, and the list.
"""

from __future__ import annotations

from collections.abc import Callable

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
from accounting.documents.document import ZERO, Problem
from accounting.documents.draft import MONEY, Draft, difference
from accounting.documents.refunds import Reading


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
        sums = (("sum", str(charged)), ("order total", str(total)), difference(charged, total))
        message = (
            "The lines of the order do not add up to its total, so no invoice can be right. "
            "Compare them with the order in Shopify."
        )
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
        sums = (("sum", str(charged)), ("order tax", str(stated)), difference(charged, stated))
        message = (
            "The taxes of the lines do not add up to the order's tax, so no invoice can be right. "
            "Compare them with the order in Shopify."
        )
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
