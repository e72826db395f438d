"""Can the books take the documents, and do those already there still stand? (I11, I12)"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from accounting.documents.document import ZERO, Document, Problem
from accounting.documents.draft import Draft
from accounting.documents.numbering import NUMBER


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
            message="The document number does not fit the books. Set a shorter prefix for "
            "later orders, and enter this document in the books yourself.",
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
            message="The document belongs to a period that is closed. Open the period, or let "
            "such documents take the first open day in the settings.",
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
            message="This document is in the books, and what is known now says otherwise. It is "
            "never changed: enter the difference in the books yourself.",
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
