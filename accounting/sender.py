"""Takes the documents of a claimed book to the books, one call at a time, and guesses nothing.

    queued --> sending --post--> the answer proves it, or read back --> posted
    sending --answer lost, or "number exists"--> unknown
    unknown, or queued once more --look up--> equal: posted (adopted) | other: conflict
                                              absent, after quiet periods: queued

It is queued again only when the books never said yes and never named the number as taken. A first
write needs no look-up where the books refuse a number twice (ADR 26). A knock-off that was written
with its payment or refund is posted by what the books show there.

`sending` and its attempt row are committed before the call. Four failures have four consequences
(`connectors.base`). Trouble with the book itself (offline, refused key, time-outs) is the book's:
it is probed with the cheapest read until it answers, and no document pays for it. Before a batch
that read must name the company that the merchant confirmed.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounting import attempts, book_trouble, codec
from accounting.book_trouble import OUR_MISTAKE
from accounting.connectors.base import (
    Connector,
    Misconfigured,
    Receipt,
    Rejected,
    Settled,
    Throttled,
    Unavailable,
    Uncertain,
    difference,
)
from accounting.documents.document import Allocation, Entry, Kind, load
from accounting.models import Attempt, Book, Document
from accounting.outbox import (
    Claim,
    LeaseLost,
    claim,
    finish,
    knock_offs_of,
    move,
    next_due,
    postpone,
    release,
)

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = Document.State
Outcome = Attempt.Outcome
MISTAKES = 3  # probes in vain before a document that we fail at is no more the book's trouble
TRIES = 5  # writes without an answer before a person is asked
NEVER_ANSWERED = "The books never answered to this document, and never showed it."
OTHER_COMPANY = (
    "The connected company looks different from the one you confirmed: {found}, not {confirmed}. "
    "Writing is paused."
)
NOBODYS = (
    "The books do not say whose they are any more; you confirmed {confirmed}. Lejar waits until "
    "they do. If they never will, connect them again."
)
LEAST_PAUSE = timedelta(seconds=1)  # else "slow down" without a time would be asked again at once


def send_due(
    connector_for: Callable[[Book], Connector],
    *,
    clock: Clock,
    chance: Callable[[], float] = random.random,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Drain one quantum of every book that is due. Returns how many documents were settled.

    `chance` spreads the probes of troubled books: a number from 0 to 1. Once `stopping` is true no
    further document is begun; the one under way is finished and its book released.
    """
    settled = 0
    while not stopping() and (claimed := claim(now=clock())):
        settled += _drain(claimed, connector_for, clock, chance, stopping)
        release(claimed, now=clock())
    return settled


def _drain(
    claimed: Claim,
    connector_for: Callable[[Book], Connector],
    clock: Clock,
    chance: Callable[[], float],
    stopping: Callable[[], bool],
) -> int:
    """Send up to LEJAR_QUANTUM documents of a claimed book; the book's trouble ends it early."""
    settled = 0
    try:
        connector = connector_for(claimed.book)
        for _ in _documents(claimed, connector, clock, stopping):
            settled += 1
        book_trouble.turned(claimed, settled)
    except LeaseLost:
        log.warning("the lease of book %s was lost", claimed.book.id)
    except Misconfigured as error:
        book_trouble.stop(claimed, _words(error))
    except Throttled as error:
        claimed.not_before = clock() + max(timedelta(seconds=error.retry_after or 0), LEAST_PAUSE)
    except (Unavailable, Uncertain) as error:
        book_trouble.note(
            claimed, _words(error), getattr(error, "retry_after", None), clock(), chance
        )
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is not the book's; the lease runs out by itself
    except Exception:
        log.exception("sending to book %s failed", claimed.book.id)
        book_trouble.note(claimed, OUR_MISTAKE, None, clock(), chance)
    return settled


def _documents(
    claimed: Claim, connector: Connector, clock: Clock, stopping: Callable[[], bool]
) -> Iterator[Document]:
    """Each document that was settled. Raises what is the book's trouble."""
    confirmed = False
    for _ in range(book_trouble.turn(claimed.book)):
        document = None if stopping() else next_due(claimed, now=clock())
        if not confirmed and (document or claimed.book.trouble_count):
            _confirm_company(claimed, connector, clock)
            confirmed = True
        if document is None:
            break
        _settle(claimed, connector, document, clock)
        book_trouble.over(claimed)
        yield document
    else:
        return
    if not stopping():
        book_trouble.over(claimed)


def _confirm_company(claimed: Claim, connector: Connector, clock: Clock) -> None:
    """Before anything is sent, the cheapest read shows that the books answer and whose they are. A
    book in trouble is out of it only when a document has been settled, so that the pauses grow
    while only reads succeed."""
    found = codec.plain(_guarded(claimed, connector, clock, connector.identity))
    confirmed = claimed.book.fingerprint
    if confirmed and not found:
        raise Unavailable(NOBODYS.format(confirmed=confirmed))
    if confirmed and found != confirmed:
        raise Misconfigured(OTHER_COMPANY.format(found=found, confirmed=confirmed), hint="company")


def _guarded(claimed: Claim, connector: Connector, clock: Clock, call: Callable[[], Any]) -> Any:
    """Run `call` under a lease that outlasts its deadline."""
    claimed.outlast(connector.call_seconds, clock)
    found = call()
    claimed.answered = True
    return found


def _settle(claimed: Claim, connector: Connector, document: Document, clock: Clock) -> None:
    """Take one document as far as it goes now. Raises what is the book's trouble; then the next
    one to be tried is another document."""
    try:
        _take(claimed, connector, document, clock)
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except (Unavailable, Uncertain, Misconfigured):
        postpone(claimed, document, now=clock())
        raise
    except Exception:
        if claimed.book.trouble_count < MISTAKES:
            postpone(claimed, document, now=clock())
            raise
        log.exception("document %s cannot be sent", document.id)
        _left_to_a_person(claimed, document)


def _left_to_a_person(claimed: Claim, document: Document) -> None:
    """The books answer and we fail at this document again and again: it stops its own order, not
    the book."""
    state = State.CONFLICT if document.attempts else State.REJECTED
    move(claimed, document, state, message=OUR_MISTAKE)


def _take(claimed: Claim, connector: Connector, document: Document, clock: Clock) -> None:
    entry = load(document.payload)
    unknown = document.state == State.UNKNOWN
    if made := _written_with_its_source(connector, document, entry):
        finish(claimed, document, receipt=made, now=clock())
        return
    forgot = _may_have_forgotten(claimed, clock())
    if not forgot and _needs_no_look_up(connector, document, entry):
        _post(claimed, connector, document, entry, clock)
        return
    look_up = partial(connector.find, settled_further=True) if forgot else connector.find
    try:
        receipt = _guarded(claimed, connector, clock, lambda: look_up(entry))
    except Rejected as error:
        move(claimed, document, State.CONFLICT, message=_words(error))
        return
    if receipt is not None:
        _compare(claimed, document, entry, receipt, clock)
    elif unknown:
        _absent(claimed, document, clock())
    else:
        _post(claimed, connector, document, entry, clock)


def _may_have_forgotten(claimed: Claim, now: datetime) -> bool:
    """Whether these books may hold documents of ours that we know nothing of (`restored`)."""
    until = claimed.book.look_first_until
    return until is not None and now < until


def _needs_no_look_up(connector: Connector, document: Document, entry: Entry) -> bool:
    """Nobody has sent it yet, and the books would refuse its number if it were taken. A customer
    may be there without us; a knock-off may have been written with its source."""
    if document.attempts or document.state == State.UNKNOWN or connector.looks_first:
        return False
    if isinstance(entry, Allocation):
        return entry.source_kind not in connector.settling
    return entry.kind is not Kind.CUSTOMER


def _written_with_its_source(
    connector: Connector, document: Document, entry: Entry
) -> dict[str, Any] | None:
    """What the books showed of a knock-off when its source was posted, None when they did not. A
    later one of the same two documents may have the first one's amount: the books are asked."""
    if not isinstance(entry, Allocation) or entry.source_kind not in connector.settling:
        return None
    if entry.key.source_id > 1:
        return None
    source = Document.objects.filter(order_id=document.order_id, number=entry.source)
    kept = source.filter(state=State.POSTED).values_list("receipt", flat=True).first()
    if kept is None:
        return None
    wanted = Settled(number=entry.target, amount=entry.amount)
    return kept if wanted in codec.load(Receipt, kept).settled else None


def _compare(
    claimed: Claim, document: Document, entry: Entry, receipt: Receipt, clock: Clock
) -> None:
    """Found under our number: ours when customer and total agree, else a person must look."""
    shown = codec.plain(codec.dump(receipt))
    if wrong := difference(entry, receipt):
        move(claimed, document, State.CONFLICT, message=codec.plain(wrong), receipt=shown)
        return
    finish(claimed, document, receipt=shown, now=clock())


# What the books said to the last write, when it is not to be repeated though nothing is found.
WRITTEN_SOMEWHERE: dict[str, str] = {
    Outcome.ACCEPTED: "The books accepted this document, but show none under its number.",
    Outcome.DUPLICATE: "The books say this number is taken, but show no such document.",
}


def _absent(claimed: Claim, document: Document, now: datetime) -> None:
    """Looked up and not there. Only after the last quiet period is it sent again, with the same
    number; a person decides when the books had claimed to hold it, had refused it, or never
    answer. After a person asked to look again, absent is absent: it is sent."""
    done = document.look_ups + 1
    quiet: list[int] = settings.LEJAR_QUIET_SECONDS
    if done < len(quiet):
        later = now + timedelta(seconds=quiet[done])
        move(claimed, document, State.UNKNOWN, look_ups=done, ready_at=later)
        return
    last = Attempt.objects.filter(document=document).order_by("-id").first()
    outcome = last.outcome if last else ""
    if outcome in WRITTEN_SOMEWHERE:
        message = WRITTEN_SOMEWHERE[outcome]
        move(claimed, document, State.CONFLICT, message=message, look_ups=done)
    elif outcome == Outcome.REFUSED:
        move(claimed, document, State.REJECTED, look_ups=done)
    elif outcome == Outcome.UNCERTAIN and document.attempts % TRIES == 0:
        move(claimed, document, State.REJECTED, message=NEVER_ANSWERED, look_ups=done)
    else:
        move(claimed, document, State.QUEUED, look_ups=done, ready_at=now)


def _post(
    claimed: Claim, connector: Connector, document: Document, entry: Entry, clock: Clock
) -> None:
    settles = _settles(connector, document, entry)
    attempt = attempts.begin(claimed, connector, document, now=clock())
    try:
        receipt = _guarded(claimed, connector, clock, lambda: connector.post(entry, settles))
    except LeaseLost:
        raise  # nothing was sent; the next holder finds `sending` and looks it up
    except Rejected as error:
        _refused(claimed, document, attempt, _words(error), clock())
        return
    except (Unavailable, Misconfigured) as error:
        unreached = isinstance(error, Unavailable)
        outcome = Outcome.UNAVAILABLE if unreached else Outcome.MISCONFIGURED
        attempts.end(claimed, document, attempt, State.QUEUED, outcome, _words(error), clock())
        raise
    except Exception as error:
        _maybe_written(claimed, document, attempt, error, clock())
        if isinstance(error, Uncertain) and error.duplicate:
            return
        raise
    attempts.finish(attempt, Outcome.ACCEPTED, "", clock())
    if receipt is None or difference(entry, receipt):  # the answer may be wrong, not the books
        _read_back(claimed, connector, document, entry, clock)
    else:
        _compare(claimed, document, entry, receipt, clock)


def _settles(connector: Connector, document: Document, entry: Entry) -> list[Allocation]:
    """The knock-offs to write with it: those planned with it whose target is in the books."""
    if entry.kind not in connector.settling:
        return []
    entries = map(load, knock_offs_of(document))
    return [one for one in entries if isinstance(one, Allocation)]


def _refused(
    claimed: Claim, document: Document, attempt: Attempt, message: str, now: datetime
) -> None:
    """The books said no. When an earlier write had no answer, the no may only mean that it did
    arrive: then it counts once the document is proved absent."""
    lost = Attempt.objects.filter(document=document, outcome__in=("", Outcome.UNCERTAIN))
    if not lost.exclude(id=attempt.id).exists():
        attempts.end(claimed, document, attempt, State.REJECTED, Outcome.REJECTED, message, now)
        return
    attempts.finish(attempt, Outcome.REFUSED, message, now)
    _quiet(claimed, document, message, now, at_once=True)


def _read_back(
    claimed: Claim, connector: Connector, document: Document, entry: Entry, clock: Clock
) -> None:
    """A yes proves nothing until the books show the document with our total."""
    try:
        receipt = _guarded(claimed, connector, clock, lambda: connector.find(entry))
    except Rejected as error:
        move(claimed, document, State.CONFLICT, message=_words(error))
        return
    except (Unavailable, Uncertain, Misconfigured) as error:
        _quiet(claimed, document, _words(error), clock())
        raise
    if receipt is None:
        _quiet(claimed, document, "Accepted by the books, but not found in them.", clock())
    else:
        _compare(claimed, document, entry, receipt, clock)


def _maybe_written(
    claimed: Claim, document: Document, attempt: Attempt, error: Exception, now: datetime
) -> None:
    outcome, message = Outcome.UNCERTAIN, OUR_MISTAKE
    if isinstance(error, Uncertain):
        message = _words(error)
        if error.duplicate:
            outcome = Outcome.DUPLICATE
        elif error.refused:
            outcome = Outcome.REFUSED
    attempts.finish(attempt, outcome, message, now)
    _quiet(claimed, document, message, now, at_once=outcome == Outcome.DUPLICATE)


def _quiet(
    claimed: Claim, document: Document, message: str, now: datetime, *, at_once: bool = False
) -> None:
    """Maybe in the books: look it up after the first quiet period, or at once."""
    wait = timedelta(seconds=0 if at_once else settings.LEJAR_QUIET_SECONDS[0])
    move(claimed, document, State.UNKNOWN, message=message, ready_at=now + wait, look_ups=0)


def _words(error: Exception) -> str:
    """What an error says, without the characters that a database text cannot hold."""
    words: str = codec.plain(str(error))
    return words
