"""The calls a minute that AutoCount Cloud allows, and the headers that tell of them (contract 4).

A minute begins with the first call counted in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounting.sandbox.autocount_cloud_book import Book
from accounting.sandbox.autocount_cloud_tables import OVER_QUOTA
from accounting.sandbox.models import RateWindow
from accounting.sandbox.wire import Refused

MINUTE = timedelta(minutes=1)
LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left until `resets_at`; below zero for a call that is one too many."""

    limit: int
    left: int
    resets_at: datetime

    def headers(self) -> dict[str, str]:
        return {
            "x-rate-limit-limit": "1m",
            "x-rate-limit-remaining": str(max(self.left, 0)),
            "x-rate-limit-reset": f"{self.resets_at:%Y-%m-%dT%H:%M:%S.%f}0Z",
        }

    def refusal(self) -> Refused:
        return Refused(OVER_QUOTA.format(self.limit), status=429, rule="18.2 O")


def count_call(book: Book, key: str, now: datetime) -> Allowance:
    """Count one call of a key. Whose calls are counted together is the book's `rate_scope`."""
    limit = book.switch("rate_limit", LIMIT)
    scope = key if book.switch("rate_scope", "book") == "key" else ""
    with transaction.atomic():
        window, _ = RateWindow.objects.select_for_update().get_or_create(
            company=book.company, scope=scope, defaults={"started_at": now}
        )
        if not window.started_at <= now < window.started_at + MINUTE:
            window.started_at, window.calls = now, 0
        left = limit - window.calls - 1
        window.calls += 1
        window.save(update_fields=["started_at", "calls"])
    return Allowance(limit=limit, left=left, resets_at=window.started_at + MINUTE)
