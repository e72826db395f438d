"""Calls of a shop's Admin API: the interface that reading needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopify_app.models import Shop
from shopify_app.tokens import ReconnectNeeded


class TryLater(Exception):
    """Shopify cannot answer now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class Refused(Exception):
    """This will not get better by itself."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ShopUnavailable(Exception):
    """The shop is closed, frozen or locked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Shopify said; `denied` are fields it would not show."""

    data: dict[str, Any]
    denied: tuple[str, ...] = ()
    wait_seconds: float = 0.0


def ask(shop: Shop, operation: str, variables: Mapping[str, Any], *, now: datetime) -> Answer:
    """One call."""
    raise ReconnectNeeded(ReconnectNeeded.__doc__)
