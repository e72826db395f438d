"""The check of a connection: what works, what does not, and what to do about it.

It reads from the books under their lease, like any other call, and keeps what it found with the
book for the pages to show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounting import codec, connections, outbox
from accounting.connectors.base import Finding, Health
from accounting.models import Book, Document
from accounting.outbox import Busy, Claim, LeaseLost


def check(
    *,
    store_id: int,
    clock: Callable[[], datetime],
    wait: Callable[[float], None] = time.sleep,
) -> Health:
    """Ask the books what works, and keep the findings and what they show to be set otherwise.
    Reads only.

    Raises NotConnected, SealBroken, SealKeyMissing, or Busy when the book is not given up or was
    connected anew meanwhile. Books that do not answer are a finding, and so is another company
    than the one that was confirmed: it must be confirmed anew by `connections.resume`.
    """
    claimed = outbox.claim_soon(connections.book_of(store_id).id, clock=clock, wait=wait)
    try:
        connector = connections.connector_for(claimed.book)
        claimed.outlast(connector.call_seconds, clock)
        health = connector.check()
        claimed.answered = any(finding.status == "ok" for finding in health.findings)
        _keep(claimed, health, clock())
    except LeaseLost:
        raise Busy(Busy.__doc__) from None
    finally:
        outbox.release(claimed, now=clock())
    return health


def _keep(claimed: Claim, health: Health, now: datetime) -> None:
    """Raises Busy when the findings are of a connection that is no more."""
    asked = claimed.book
    with transaction.atomic():
        book = claimed.ours.select_for_update(no_key=True).first()
        if book is None or _asked_with(book) != _asked_with(asked):
            raise Busy(Busy.__doc__)
        findings = [*health.findings, *_other_company(book, health), *_stopped(book)]
        book.findings = codec.plain([codec.dump(finding) for finding in findings])
        book.checked_at = now
        book.settings = book.settings | health.settings
        book.found = codec.plain(health.fingerprint) or book.found
        book.save(update_fields=["findings", "checked_at", "settings", "found"])


def _asked_with(book: Book) -> tuple[object, ...]:
    """What decides whose books answer, and how they are asked."""
    return book.system, book.way, book.settings, bytes(book.sealed_credentials)


def _other_company(book: Book, health: Health) -> list[Finding]:
    if not book.fingerprint or health.fingerprint in ("", book.fingerprint):
        return []
    message = f"These books are {health.fingerprint}; you confirmed {book.fingerprint}."
    advice = "Open the right company on the accounting side, or confirm this one."
    return [Finding(subject="Company", status="failed", message=message, advice=advice)]


ROUNDING_ADVICE = (
    "Switch off what rounds totals or computes tax anew in the accounting system: the checklist of "
    "this connection names it. Then correct these documents there and retry them."
)
REFUSED_ADVICE = (
    "The page Needs you shows what the books said to each. A closed period: open it there, or set "
    "up to which day your books are closed. A code they do not know: create it there, or map "
    "another. Then retry."
)


def _stopped(book: Book) -> list[Finding]:
    """What the books made of our documents so far. It tells of settings, closed periods and codes
    that no read shows; only how many, because stores may share these books."""
    stopped = Document.objects.filter(book=book, store__book=book)
    changed = stopped.filter(state=Document.State.CONFLICT, message__startswith="total is ").count()
    refused = stopped.filter(state=Document.State.REJECTED).count()
    found = []
    if changed:
        message = f"The books changed the total of documents: {changed}."
        found.append(("Rounding", message, ROUNDING_ADVICE))
    if refused:
        found.append(("Refused documents", f"Refused by the books: {refused}.", REFUSED_ADVICE))
    return [
        Finding(subject=subject, status="warning", message=message, advice=advice)
        for subject, message, advice in found
    ]
