"""Who changed what, noted in the transaction of the change: neither stands without the other.

The database chains what is noted when that transaction commits (ADR 35); `audit_chain` checks it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from accounting.models import Audit

log = logging.getLogger(__name__)


def note(store_id: int, who: str, action: str, now: datetime, **detail: Any) -> None:
    """`who` is a person or a program: "staff 17", "manage.py seed". `detail` is kept as JSON.

    The log says that something was decided, and of which store: after a restore nothing else does.
    """
    Audit.objects.create(store_id=store_id, at=now, who=who, action=action, detail=detail)
    transaction.on_commit(partial(log.info, "store %s: %s", store_id, action))
