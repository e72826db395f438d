"""Documents in the books that are not ours, and that a person says are all right as they are.

Only those can be dismissed: whatever Lejar posted must stand in the books as it was posted. One
that is dismissed comes back when its figure in the books changes, or when somebody restores it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounting import audit
from accounting.models import BookDifference


class NotForeign(Exception):
    """Only what Lejar did not write can be dismissed. Put this one right in the books."""


class Gone(Exception):
    """A later comparison found this difference gone."""


def dismiss(*, store_id: int, difference_id: int, reason: str, who: str, now: datetime) -> None:
    """Count it no more, for a reason. Raises DoesNotExist, NotForeign or Gone; dismissed already,
    it gets the new reason."""
    with transaction.atomic():
        row = _standing(store_id, difference_id)
        if row.code != BookDifference.Code.FOREIGN:
            raise NotForeign(NotForeign.__doc__)
        _keep(row, now, who, reason)
        audit.note(
            store_id, who, "difference dismissed", now, difference=row.id, number=row.number,
            reason=reason,
        )  # fmt: skip


def restore(*, store_id: int, difference_id: int, who: str, now: datetime) -> None:
    """Count it again. Raises DoesNotExist or Gone; one that is not dismissed stays as it is."""
    with transaction.atomic():
        row = _standing(store_id, difference_id)
        if row.dismissed_at is None:
            return
        _keep(row, None, "", "")
        audit.note(store_id, who, "difference restored", now, difference=row.id, number=row.number)


def _standing(store_id: int, difference_id: int) -> BookDifference:
    rows = BookDifference.objects.select_for_update(of=("self",))
    row = rows.get(store=store_id, id=difference_id)
    if row.resolved_at is not None:
        raise Gone(Gone.__doc__)
    return row


def _keep(row: BookDifference, at: datetime | None, who: str, reason: str) -> None:
    row.dismissed_at, row.dismissed_by, row.dismissed_reason = at, who, reason
    row.save(update_fields=["dismissed_at", "dismissed_by", "dismissed_reason"])
