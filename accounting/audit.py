"""Who changed what, noted in the transaction of the change: neither stands without the other.

The database chains what is noted when that transaction commits (ADR 35); `audit_chain` checks it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounting.models import Audit


def note(store_id: int, who: str, action: str, now: datetime, **detail: Any) -> None:
    """`who` is a person or a program: "staff 17", "manage.py seed". `detail` is kept as JSON."""
    Audit.objects.create(store_id=store_id, at=now, who=who, action=action, detail=detail)
