"""Which books a store sells into, what was found there, and whether they are written to.

How books of a kind are reached is `ways`' business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce, Least

from accounting import audit, mapping, sealing, ways
from accounting.connectors.base import Connector
from accounting.connectors.guide import Guide, WrongSettings, filled, guides
from accounting.models import Book, CodeList, Debtor, Document, Store


class NotConnected(Exception):
    """This store has no accounting system connected yet."""


class NotConfirmed(Exception):
    """The books look different from those you confirmed; say which company these are."""


def connect(
    *,
    store_id: int,
    system: str,
    way: str,
    home_currency: str,
    credentials: Mapping[str, Any],
    settings: Mapping[str, Any],
    who: str,
    now: datetime,
) -> Book:
    """Point a store at its books; the credentials are sealed for that book alone.

    The book waits in `setup` until `resume`. Credentials that are left empty keep their stored
    value. Another system is another book: what was planned for the old one stays with it, and it is
    paused. Raises WrongSettings, by "settings.host" or "credentials.key", or SealKeyMissing, with
    nothing changed.
    """
    guide = guides().get((system, way))
    if guide is None:
        raise WrongSettings({"way": "This system cannot be reached this way."})
    with transaction.atomic():
        store = Store.objects.select_for_update().get(id=store_id)
        book = _kept(store.book, system, way) or Book(name=store.name)
        kept_settings, kept_credentials = _read(guide, book, credentials, settings)
        book.system, book.way, book.home_currency = system, way, home_currency
        book.settings = kept_settings
        book.state, book.findings, book.fingerprint, book.found = Book.State.SETUP, [], "", ""
        described = ["system", "way", "home_currency", "settings", "state", "findings"]
        described += ["fingerprint", "found"]
        book.save(update_fields=described if book.id else None)  # a sender may hold it meanwhile
        if kept_credentials:
            book.sealed_credentials = sealing.seal(
                json.dumps(kept_credentials), row=sealed_as(book)
            )
            book.save(update_fields=["sealed_credentials"])
        store.book = book
        store.save(update_fields=["book"])
        CodeList.objects.filter(book=book).delete()  # they may be another company's
        mapping.plan_held(store_id, now)  # they may have waited for just this
        audit.note(store_id, who, "books connected", now, system=system, way=way)
    return book


def _read(
    guide: Guide, book: Book, credentials: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Settings and credentials as they are kept; no credentials where the stored ones stay as they
    are. Raises WrongSettings naming all that is wrong."""
    given = {name: value for name, value in credentials.items() if str(value).strip()}
    stored = bool(book.sealed_credentials) and (book.system, book.way) == (guide.system, guide.way)
    errors: dict[str, str] = {}
    wanted = {"settings": (guide.settings, settings)}
    if given or not stored:
        wanted["credentials"] = (guide.credentials, {**_opened(book, stored), **given})
    found: dict[str, dict[str, str]] = {}
    for part, (fields, values) in wanted.items():
        try:
            found[part] = filled(fields, values)
        except WrongSettings as wrong:
            errors |= {f"{part}.{name}": message for name, message in wrong.errors.items()}
    if errors:
        raise WrongSettings(errors)
    return found["settings"], found.get("credentials", {})


def _opened(book: Book, stored: bool) -> dict[str, str]:
    """The stored credentials; none where they cannot be opened any more, so that all are asked."""
    try:
        return _credentials(book) if stored else {}
    except (sealing.SealBroken, sealing.SealKeyMissing):
        return {}


def _kept(book: Book | None, system: str, way: str) -> Book | None:
    """The store's book, unless documents were made for it as a book of another kind."""
    if book is None or (book.system, book.way) == (system, way):
        return book
    if not Document.objects.filter(book=book).exists():
        return book
    reason = "The shop sells into other books now."
    Book.objects.filter(id=book.id).update(state=Book.State.PAUSED, state_reason=reason)
    return None


def disconnect(*, store_id: int, who: str, now: datetime) -> None:
    """Forget the key and write nothing more; orders keep queuing for these books.

    Connected again in the same way, they go on where they were. Raises NotConnected.
    """
    book = book_of(store_id)
    nothing = {"sealed_credentials": b"", "findings": [], "fingerprint": "", "found": ""}
    _switch(book, Book.State.SETUP, "books disconnected", store_id, who, now, **nothing)


def pause(*, store_id: int, who: str, now: datetime) -> None:
    """Stop writing to the books; orders keep queuing. Raises NotConnected."""
    _switch(book_of(store_id), Book.State.PAUSED, "books paused", store_id, who, now)


def resume(*, store_id: int, who: str, now: datetime, company: str = "") -> None:
    """Start or go on writing, at once.

    `company` confirms whose books these are, in the words of the last check; it must be said where
    the check found another company than was confirmed. Raises NotConnected, also where the key was
    forgotten, or NotConfirmed.
    """
    book = book_of(store_id)
    if not book.sealed_credentials:
        raise NotConnected(NotConnected.__doc__)
    if company not in ("", book.found) or (not company and _must_confirm(book)):
        raise NotConfirmed(NotConfirmed.__doc__)
    if _must_confirm(book):
        CodeList.objects.filter(book=book).delete()  # they are the other company's
    changes = {"fingerprint": book.found or book.fingerprint}
    _switch(book, Book.State.ACTIVE, "books resumed", store_id, who, now, **changes)


def _must_confirm(book: Book) -> bool:
    return bool(book.fingerprint) and book.found not in ("", book.fingerprint)


def _switch(
    book: Book,
    state: Book.State,
    action: str,
    store_id: int,
    who: str,
    now: datetime,
    **changes: Any,
) -> None:
    with transaction.atomic():
        Book.objects.filter(id=book.id).update(
            state=state,
            state_reason="",
            trouble_count=0,
            trouble="",
            trouble_since=None,
            asked_until=None,
            ready_at=Least(Coalesce("ready_at", now), now),
            **changes,
        )
        audit.note(store_id, who, action, now)


def book_of(store_id: int) -> Book:
    """The books a store sells into. Raises NotConnected."""
    book = Store.objects.select_related("book").get(id=store_id).book
    if book is None:
        raise NotConnected(NotConnected.__doc__)
    return book


# --- connectors ------------------------------------------------------------------------------


def connector_for(book: Book, connector: ways.Connect = ways.connector) -> Connector:
    """A connector that speaks to this book and no other. Raises SealBroken or SealKeyMissing."""
    credentials = _credentials(book)
    debtors = Debtor.objects.filter(store__book=book).values_list("code", flat=True)
    return connector(book, credentials, tuple(debtors.order_by("code").distinct()))


def _credentials(book: Book) -> dict[str, str]:
    """Raises SealBroken or SealKeyMissing."""
    opened: dict[str, str] = json.loads(
        sealing.unseal(bytes(book.sealed_credentials), row=sealed_as(book))
    )
    return opened


def sealed_as(book: Book) -> str:
    """The row credentials are sealed for."""
    return f"book {book.id}"
