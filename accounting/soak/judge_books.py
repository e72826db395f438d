"""Can the books take the documents: numbers, dates, customers, exchange differences? (I11-I14)"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from decimal import Decimal

from accounting.documents.document import Document, Kind
from accounting.soak.hearing import MONEY, Hearing
from accounting.soak.lives import ORDER_ID, ORDERED_AT

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KUALA_LUMPUR = timezone(timedelta(hours=8))
FORM = re.compile(r"[A-Z0-9-]{1,20}")


def base36(value: int) -> str:
    return base36(value // 36) + DIGITS[value % 36] if value >= 36 else DIGITS[value]


def numbers_follow_their_keys(hearing: Hearing) -> Iterator[str]:
    """I11 and treatment 1.3."""
    for document in hearing.documents:
        wanted = number_of(hearing.life.number, document)
        if document.number != wanted or not FORM.fullmatch(document.number):
            yield f"I11: {document.number} should be {wanted}"


def number_of(order_number: int | None, document: Document) -> str:
    """PFX-ORD, PFX-ORD-role+code, or the short form where that is beyond 20 characters."""
    role, code = document.key.role.value, base36(document.key.source_id)
    short = order_number is not None and len(f"SH-{order_number}") <= 20
    stem = f"SH-{order_number}" if short else f"SH-O{base36(ORDER_ID)}"
    if role == "IV":
        return stem
    if role == "X":
        full = f"{stem}-X" if short else f"SH-X{base36(ORDER_ID)}"
        return full if len(full) <= 20 else f"SH-X{base36(ORDER_ID)}"
    full = f"{stem}-{role}{code}"
    return full if len(full) <= 20 else f"SH-{role}{code}"


def dates_are_the_shop_s(hearing: Hearing) -> Iterator[str]:
    """Money has its own date, nothing else precedes the invoice (section 3, R26)."""
    invoice = next(iter(hearing.of("IV")), None)
    for document in hearing.documents:
        event = hearing.truth.documents.get((document.key.role.value, document.key.source_id))
        if event is None:
            continue
        own = event.at.astimezone(KUALA_LUMPUR).date()
        if document.key.role.value == "IV" and hearing.life.rules.policy.invoice_date == "order":
            own = ORDERED_AT.astimezone(KUALA_LUMPUR).date()
        if document.kind not in MONEY and invoice is not None:
            own = max(own, invoice.date)
        if document.date != own:
            yield f"{document.number} is dated {document.date}, and should be {own}"


def customers_and_currencies_are_one(hearing: Hearing) -> Iterator[str]:
    """All documents of an order: one debtor, one currency; a foreign one says its rate (49)."""
    for document in hearing.documents:
        if document.currency != hearing.currency:
            yield f"{document.number} is in {document.currency}, not {hearing.currency}"
        if document.customer != f"300-C{hearing.currency}":
            yield f"{document.number} is for {document.customer}"
        is_foreign = hearing.on_shown_side and hearing.life.exchange.is_foreign
        if is_foreign and hearing.life.charged_first and not document.rate:
            yield f"{document.number} says no exchange rate"


def differences_are_small(hearing: Hearing) -> Iterator[str]:
    """I14: cash rounding within two sen, exchange differences within two per cent."""
    for document in hearing.of("N"):
        wanted = hearing.truth.documents.get(("N", document.key.source_id))
        sizes = [abs(line.net) for line in document.lines]
        if wanted is not None and max(sizes) > Decimal("0.02"):
            yield f"I14: {document.number} rounds by {document.total}"
        if any(line.tax for line in document.lines):
            yield f"row 23: {document.number} carries tax"
        if wanted is not None and document.kind is not _side(hearing, document):
            yield f"row 23: {document.number} is a {document.kind}"


def _side(hearing: Hearing, document: Document) -> Kind:
    """Payment up or refund down: the customer is charged."""
    moved = next(e for e in hearing.life.events if e.id == document.key.source_id)
    is_up = moved.rounding > 0
    return Kind.DEBIT_NOTE if is_up == (moved.role == "P") else Kind.CREDIT_NOTE


BOOK_CHECKS: tuple[Callable[[Hearing], Iterator[str]], ...] = (
    numbers_follow_their_keys,
    dates_are_the_shop_s,
    customers_and_currencies_are_one,
    differences_are_small,
)
