"""The trail of writes to the books: each is noted before it is made and finished after it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounting.connectors.base import Connector
from accounting.models import Attempt, Document
from accounting.outbox import Claim, move

State = Document.State
Outcome = Attempt.Outcome


def begin(claimed: Claim, connector: Connector, document: Document, *, now: datetime) -> Attempt:
    """Commit `sending` and the attempt before the call, so that no write is ever forgotten."""
    with transaction.atomic():
        attempts, fence = document.attempts + 1, claimed.fence
        move(claimed, document, State.SENDING, attempts=attempts, fence=fence, sent_at=now)
        return Attempt.objects.create(
            store_id=document.store_id,
            document=document,
            call="post",
            fence=claimed.fence,
            profile=connector.profile,
            payload_sha256=document.payload_sha256,
            started_at=now,
        )


def finish(attempt: Attempt, outcome: Attempt.Outcome, message: str, now: datetime) -> None:
    """Note how the call ended, in the words of the books where they said any."""
    attempt.outcome, attempt.message, attempt.finished_at = outcome, message, now
    attempt.save(update_fields=["outcome", "message", "finished_at"])


def end(
    claimed: Claim,
    document: Document,
    attempt: Attempt,
    state: Document.State,
    outcome: Attempt.Outcome,
    message: str,
    now: datetime,
) -> None:
    """Finish the attempt, and with it the document's state changes."""
    with transaction.atomic():
        finish(attempt, outcome, message, now)
        move(claimed, document, state, message=message)
