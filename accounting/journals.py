"""The journal of one store, from its rows in the outbox."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from accounting import journal_text
from accounting.documents.document import Document as Entry
from accounting.documents.document import Kind, load
from accounting.models import Document, Store

DEBITS = (Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND)
CREDITS = (Kind.PAYMENT, Kind.CREDIT_NOTE)


def store_journal(
    *, store_id: int, only_posted: bool, first: date | None = None, last: date | None = None
) -> str:
    """Beancount text of the store's documents dated `first` to `last`, both included.

    Left out are documents a person skipped and, with `only_posted`, those not yet in the books;
    otherwise these are flagged `!`. The balance that all debtors together end in is asserted: it is
    summed by the database from the totals it keeps beside the documents. Raises Store.DoesNotExist.
    """
    with transaction.atomic():
        store = Store.objects.select_related("book").get(pk=store_id)
        rows = _rows(store, only_posted=only_posted, first=first, last=last)
        documents, pending = _documents(rows)
        balances = _receivable(rows)
    return journal_text.journal_text(
        documents,
        title=store.name,
        home_currency=store.book.home_currency if store.book else store.currency,
        balances=balances,
        pending=pending,
    )


def _rows(
    store: Store, *, only_posted: bool, first: date | None, last: date | None
) -> QuerySet[Document]:
    rows = Document.objects.filter(store=store, kind__in=(*DEBITS, *CREDITS))
    rows = rows.exclude(state=Document.State.SKIPPED)
    if only_posted:
        rows = rows.filter(state=Document.State.POSTED)
    if first is not None:
        rows = rows.filter(date__gte=first)
    return rows if last is None else rows.filter(date__lte=last)


def _documents(rows: QuerySet[Document]) -> tuple[list[Entry], set[str]]:
    """The documents, and the numbers of those that are not in the books yet."""
    documents, pending = [], set()
    for payload, state in rows.order_by("id").values_list("payload", "state"):
        entry = load(payload)
        assert isinstance(entry, Entry)
        documents.append(entry)
        if state != Document.State.POSTED:
            pending.add(entry.number)
    return documents, pending


def _receivable(rows: QuerySet[Document]) -> dict[tuple[str, str], Decimal]:
    """What is owed in each currency, by the rows' own totals."""
    owed: dict[tuple[str, str], Decimal] = {}
    sums = rows.order_by().values_list("kind", "currency").annotate(total=Sum("total"))
    for kind, currency, total in sums:
        key = (journal_text.RECEIVABLE, currency)
        owed[key] = owed.get(key, Decimal(0)) + (total if kind in DEBITS else -total)
    return owed
