"""Names and times as the Admin API writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def utc(time: str | None) -> str | None:
    """A webhook's time with the shop's offset, in UTC to the second (trap T19)."""
    if time is None:
        return None
    return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def constant(word: str | None) -> str | None:
    """`partially_paid` or "Refund discrepancy" as a value of an enum; None for "" too."""
    return "_".join(word.upper().split()) if word else None


def text(value: Any) -> str | None:
    """ "" as null: that is how the Admin API shows what is not there."""
    return None if value in (None, "") else str(value)
