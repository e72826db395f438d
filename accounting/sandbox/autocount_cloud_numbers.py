"""Document numbers of AutoCount Cloud, and the ledger's refusals in its words (contract 5, 12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounting.sandbox import ledger, wire
from accounting.sandbox.autocount_cloud_ask import Ask
from accounting.sandbox.autocount_cloud_book import Book, refused
from accounting.sandbox.autocount_cloud_tables import (
    ALLOCATED,
    CLOSED,
    DUPLICATE,
    FIXED,
    PLAN_LIMIT,
    RUNNING,
    RUNNING_KNOCK_OFF,
)
from accounting.sandbox.ledger import Kind
from accounting.sandbox.models import Company, Debtor, KnockOffEntry, Voucher
from accounting.sandbox.wire import Refused


def number_of(
    book: Book, kind: Voucher.Kind, given: str, debtor: Debtor, over: Voucher | None
) -> tuple[str, int]:
    """The number of a document and which copy of it this is.

    Raises Refused for a number that its register has, where the plan's documents are used up, and
    for a change of what this stand-in never changes: a document's number, kind and debtor.
    """
    if over is not None:
        if given not in ("", over.number) or (kind, debtor.pk) != (over.kind, over.debtor_id):
            raise refused(FIXED, "18.6 A")
        return over.number, over.copy
    _require_room(book)
    rows = Voucher.objects.filter(company=book.company, kind=kind)
    if not given:
        return _running(RUNNING[kind], rows.values_list("number", flat=True)), 0
    same = rows.filter(number__iexact=given)
    loose = kind == Kind.CREDIT_NOTE and book.switch("unique_creditnote", "on") == "off"
    if same and not loose:
        raise duplicate(book)
    return given, max((voucher.copy + 1 for voucher in same), default=0)


def next_entry_number(book: Book, given: str) -> str:
    """The same for knock-off entries, which have a register of their own."""
    rows = KnockOffEntry.objects.filter(company=book.company)
    if not given:
        return _running(RUNNING_KNOCK_OFF, rows.values_list("number", flat=True))
    if rows.filter(number__iexact=given).exists():
        raise duplicate(book)
    return given


def duplicate(book: Book) -> Refused:
    return refused(DUPLICATE, "18.5 O", status=book.switch("duplicate_status", 400))


def _require_room(book: Book) -> None:
    """The plan's cap counts documents, not knock-off entries (assumed)."""
    cap = book.switch("document_cap", None)
    if cap is not None and Voucher.objects.filter(company=book.company).count() >= cap:
        raise refused(PLAN_LIMIT.format(cap), "18.2 O")


def _running(prefix: str, numbers: Iterable[str]) -> str:
    tails = (number.removeprefix(prefix) for number in numbers if number.startswith(prefix))
    last = max((int(tail) for tail in tails if tail.isdecimal() and tail.isascii()), default=0)
    return f"{prefix}{last + 1:06}"


def worded(company: Company, refusal: ledger.Refusal) -> Refused:
    """What the ledger refuses, as this system says it."""
    if isinstance(refusal, ledger.ClosedPeriod):
        return refused(CLOSED.format(*refusal.args), "18.4 D")
    if isinstance(refusal, ledger.DuplicateNumber):
        return duplicate(Book(company))
    return refused(ALLOCATED, "18.9 O")


def stamps(ask: Ask, over: Voucher | None) -> dict[str, Any]:
    """What a document keeps of how it came about. `sent` is the body, for changes to build on."""
    now = timezone.now().replace(tzinfo=None).isoformat(timespec="microseconds")
    made = over.fields if over else {"createdTimeStamp": now, "createdUserID": ask.user}
    return {
        "sent": wire.text(ask.body),
        "createdTimeStamp": made["createdTimeStamp"],
        "createdUserID": made["createdUserID"],
        "lastModified": now,
    }
