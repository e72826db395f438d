"""Which books a store sells into, how they are reached, and what they can take.

A new way to reach a ledger is a new connector, registered in `WAYS`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce, Least

from accounting import audit, codec, mapping, sealing
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.acctbridge.shapes import Profile
from accounting.connectors.base import Connector, Health
from accounting.connectors.http import Http
from accounting.documents.rules import Ledger
from accounting.models import Book, Debtor, Document, Store


class NotConnected(Exception):
    """This store has no accounting system connected yet."""


def connect(
    *,
    store_id: int,
    system: str,
    way: str,
    home_currency: str,
    credentials: dict[str, str],
    who: str,
    now: datetime,
) -> Book:
    """Point a store at its books; the credentials are sealed for that book alone.

    The book waits in `setup` until `resume`. Empty credentials keep those already stored. Another
    system is another book: what was planned for the old one stays with it, and it is paused.
    Raises SealKeyMissing, with nothing changed.
    """
    with transaction.atomic():
        store = Store.objects.select_for_update().get(id=store_id)
        book = _kept(store.book, system, way) or Book(name=store.name)
        book.system, book.way, book.home_currency = system, way, home_currency
        book.state, book.findings, book.fingerprint = Book.State.SETUP, [], ""
        described = ["system", "way", "home_currency", "state", "findings", "fingerprint"]
        book.save(update_fields=described if book.id else None)  # a sender may hold it meanwhile
        if credentials:
            book.sealed_credentials = sealing.seal(json.dumps(credentials), row=_row(book))
            book.save(update_fields=["sealed_credentials"])
        store.book = book
        store.save(update_fields=["book"])
        mapping.plan_held(store_id, now)  # they may have waited for just this
        audit.note(store_id, who, "books connected", now, system=system, way=way)
    return book


def _kept(book: Book | None, system: str, way: str) -> Book | None:
    """The store's book, unless documents were made for it as a book of another kind."""
    if book is None or (book.system, book.way) == (system, way):
        return book
    if not Document.objects.filter(book=book).exists():
        return book
    reason = "The shop sells into other books now."
    Book.objects.filter(id=book.id).update(state=Book.State.PAUSED, state_reason=reason)
    return None


def check(*, store_id: int, now: datetime) -> Health:
    """Ask the books what works, and keep the findings. Reads only.

    Raises NotConnected, SealBroken or SealKeyMissing. Books that do not answer are a finding.
    """
    book = _book(store_id)
    health = connector_for(book).check()
    book.findings = [codec.dump(finding) for finding in health.findings]
    book.checked_at = now
    if health.fingerprint:
        book.fingerprint = health.fingerprint
    book.save(update_fields=["findings", "checked_at", "fingerprint"])
    return health


def pause(*, store_id: int, who: str, now: datetime) -> None:
    """Stop writing to the books; orders keep queuing. Raises NotConnected."""
    _switch(store_id, Book.State.PAUSED, "books paused", who, now)


def resume(*, store_id: int, who: str, now: datetime) -> None:
    """Start or go on writing, at once. Raises NotConnected."""
    _switch(store_id, Book.State.ACTIVE, "books resumed", who, now)


def _switch(store_id: int, state: Book.State, action: str, who: str, now: datetime) -> None:
    with transaction.atomic():
        Book.objects.filter(id=_book(store_id).id).update(
            state=state,
            state_reason="",
            trouble_count=0,
            trouble="",
            trouble_since=None,
            ready_at=Least(Coalesce("ready_at", now), now),
        )
        audit.note(store_id, who, action, now)


def _book(store_id: int) -> Book:
    book = Store.objects.select_related("book").get(id=store_id).book
    if book is None:
        raise NotConnected(NotConnected.__doc__)
    return book


# --- connectors ------------------------------------------------------------------------------


def connector_for(book: Book) -> Connector:
    """A connector that speaks to this book and no other. Raises SealBroken or SealKeyMissing."""
    return WAYS[book.way](book)


def ledger(book: Book) -> Ledger:
    """What the book can take, known without asking it."""
    profile = acctbridge_profile(book.system)
    return Ledger(
        name=profile.title,
        kinds=profile.kinds,
        tariff_prefixes=profile.tariff_prefixes,
        number_length=profile.number_length,
        negative_lines=profile.negative_lines,
        tax=profile.tax,
    )


def _acctbridge(book: Book) -> Connector:
    credentials = json.loads(sealing.unseal(bytes(book.sealed_credentials), row=_row(book)))
    debtors = Debtor.objects.filter(store__book=book).values_list("code", flat=True)
    return AcctBridge(
        acctbridge_profile(book.system),
        credentials["key"],
        settings.ACCTBRIDGE_URL,
        _http(),
        home_currency=book.home_currency,
        debtors=tuple(debtors.order_by("code").distinct()),
    )


_threads = threading.local()


def _http() -> Http:
    """One client a thread, so that a thread's next drain finds its connection still open."""
    if not hasattr(_threads, "http"):
        _threads.http = Http(allow_loopback=settings.LEJAR_ALLOW_LOOPBACK)
    client: Http = _threads.http
    return client


@cache
def acctbridge_profile(system: str) -> Profile:
    """The profile of a system, with the operator's corrections from ACCTBRIDGE_PROFILES."""
    folder = settings.ACCTBRIDGE_PROFILES
    return load(system, Path(folder) if folder else None)


WAYS: dict[str, Callable[[Book], Connector]] = {"acctbridge": _acctbridge}


def _row(book: Book) -> str:
    return f"book {book.id}"
