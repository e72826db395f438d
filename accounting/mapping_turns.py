"""Who works on a file or a dry run of mappings: one worker at a time, for one slice. A claim moves
`ready_at` to where its lease ends and raises the fence, under which everything is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from accounting.models import MappingImport, MappingPreview

Work = TypeVar("Work", MappingImport, MappingPreview)
LEASE = timedelta(minutes=5)


class LeaseLost(Exception):
    """Another worker has this now, or a person has decided on it."""


def due(model: type[Work], now: datetime) -> list[int]:
    rows = model.objects.filter(ready_at__lte=now).order_by("ready_at", "id")
    return list(rows.values_list("id", flat=True))


def claim(model: type[Work], pk: int, now: datetime) -> Work | None:
    """The row, for one slice; None when another worker has it."""
    with transaction.atomic():
        rows = model.objects.filter(pk=pk, ready_at__lte=now)
        held = rows.select_for_update(skip_locked=True, no_key=True).first()
        if held is not None:
            held.ready_at, held.fence = now + LEASE, held.fence + 1
            held.save(update_fields=["ready_at", "fence"])
    return held


def move(held: MappingImport | MappingPreview, **changes: object) -> None:
    """Change the claimed row. Raises LeaseLost."""
    rows = type(held)._default_manager.filter(pk=held.pk, fence=held.fence)
    if not rows.update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(held, name, value)
