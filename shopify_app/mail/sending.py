"""Sending the messages that are due, one by one. The table is the queue (ADR 3).

A message is marked as begun before the mail server is asked, and finished after it has answered. A
No of the server, or a server that cannot be reached, means that nothing was sent: it is tried
again, later each time, for a day. Where nobody can say - the worker was killed, the line broke - it
is sent once more, with a line that says so and the same Message-ID, and never a third time.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, transaction

from accounting.pauses import doubling
from accounting.posting import database_failed
from accounting.sealing import SealBroken, SealKeyMissing
from shopify_app.mail import links, words
from shopify_app.mail.recipients import is_configured
from shopify_app.models import Mail, Shop

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than every step of one conversation with the mail server
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
GIVE_UP = timedelta(days=1)
MOST_DOUBTS = 1
BATCH = 20
DOUBTFUL, SEALED = "it may have arrived", "the key of the address is gone"
OURS = "Lejar made a mistake"


class Refused(Exception):
    """The mail server does not take the message; `for_good` when no other try can help."""

    def __init__(self, trouble: str, *, for_good: bool = False) -> None:
        super().__init__(trouble)
        self.trouble, self.for_good = trouble, for_good


class Doubtful(Exception):
    """Nobody can say whether the mail server took the message."""


def run(
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    most: int = BATCH,
) -> int:
    """Send what is due; nothing where this installation sends no e-mail. Returns how many were
    tried."""
    tried = 0
    while is_configured() and not stopping() and tried < most:
        mail = _claim(clock())
        if mail is None:
            break
        _carry_safely(mail, clock)
        tried += 1
    return tried


@transaction.atomic
def _claim(now: datetime) -> Mail | None:
    due = Mail.objects.filter(ready_at__lte=now).order_by("ready_at", "id")
    free = due.select_for_update(skip_locked=True, of=("self",))
    mail = free.select_related("address", "episode", "shop__store").first()
    if mail is not None:
        mail.doubts += mail.begun_at is not None
        mail.tries += 1
        mail.begun_at, mail.ready_at = now, now + LEASE
        mail.save(update_fields=["doubts", "tries", "begun_at", "ready_at"])
    return mail


def _carry_safely(mail: Mail, clock: Callable[[], datetime]) -> None:
    """A mistake of ours at one message is reported, and the others go on. The mail server may have
    it: whatever it is asked is guarded in `_send`, but nobody can say what else there is."""
    try:
        _carry(mail, clock)
    except Exception as mistake:
        if database_failed(mistake):
            raise
        log.exception("mail %s could not be dealt with", mail.id)
        _finish(mail, trouble=OURS, ready_at=clock() + _pause(mail), begun_at=mail.begun_at)


def _carry(mail: Mail, clock: Callable[[], datetime]) -> None:
    now = clock()
    if not _is_wanted(mail):
        _finish(mail, trouble="")
    elif mail.doubts > MOST_DOUBTS or now - mail.asked_at > GIVE_UP:
        _finish(mail, trouble=mail.trouble or DOUBTFUL)
    else:
        _try(mail, clock)


def _is_wanted(mail: Mail) -> bool:
    """A trouble that has ended meanwhile is not told any more, nor is a shop that has left."""
    if mail.shop.state not in Shop.HERE:
        return False
    over = mail.episode is not None and mail.episode.over_at is not None
    return not (mail.phase == Mail.Phase.TOLD and over)


def _try(mail: Mail, clock: Callable[[], datetime]) -> None:
    try:
        _send(_written(mail))
    except (SealBroken, SealKeyMissing):
        _finish(mail, trouble=SEALED)
    except Refused as refused:
        log.warning("mail %s was not sent: %s", mail.id, refused.trouble)
        again = None if refused.for_good else clock() + _pause(mail)
        _finish(mail, trouble=refused.trouble, ready_at=again)
    except Doubtful:
        log.warning("mail %s may have been sent", mail.id)
        _finish(mail, trouble=DOUBTFUL, ready_at=clock() + _pause(mail), begun_at=mail.begun_at)
    else:
        _finish(mail, trouble="", sent_at=clock())


def _finish(
    mail: Mail,
    *,
    trouble: str,
    ready_at: datetime | None = None,
    sent_at: datetime | None = None,
    begun_at: datetime | None = None,
) -> None:
    """Only while the message is still ours: whoever found the lease run out has it now."""
    ours = Mail.objects.filter(id=mail.id, tries=mail.tries)
    ours.update(trouble=trouble, ready_at=ready_at, sent_at=sent_at, begun_at=begun_at)


def _pause(mail: Mail) -> timedelta:
    return doubling(FIRST_PAUSE, mail.tries - 1, most=LONGEST_PAUSE)


# --- one conversation with the mail server ---------------------------------------------------


def _written(mail: Mail) -> EmailMultiAlternatives:
    """Raises SealBroken or SealKeyMissing; Refused for what we fail to write, which has certainly
    not been sent and is tried again, later each time, for a day."""
    try:
        return _letter(mail)
    except (SealBroken, SealKeyMissing, DatabaseError):
        raise
    except Exception:
        log.exception("mail %s could not be written", mail.id)
        raise Refused(OURS) from None


def _letter(mail: Mail) -> EmailMultiAlternatives:
    """Raises SealBroken or SealKeyMissing."""
    said = words.of(mail)
    stop = links.link(links.STOP, mail.address.key)
    letter = EmailMultiAlternatives(
        said.subject,
        said.text(),
        settings.EMAIL_FROM,
        [mail.address.take()],
        headers={
            "Message-ID": f"<{mail.id}.{int(mail.asked_at.timestamp())}@{links.own_host()}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(said.html(), "text/html")
    return letter


def _send(letter: EmailMultiAlternatives) -> None:
    """Raises Refused or Doubtful; neither says anything the server has said, which may quote an
    address."""
    way: BaseEmailBackend = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        way.open()
    except OSError as error:  # smtplib's errors are of this kind too
        raise Refused(type(error).__name__) from None
    try:
        way.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise Refused("SMTPRecipientsRefused", for_good=min(codes, default=0) >= 500) from None
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError) as error:
        raise Refused(type(error).__name__) from None
    except OSError:
        raise Doubtful from None
    finally:
        _close(way)


def _close(way: BaseEmailBackend) -> None:
    try:
        way.close()
    except OSError as error:  # the message has its answer already
        log.info("the mail server did not say goodbye: %s", type(error).__name__)
