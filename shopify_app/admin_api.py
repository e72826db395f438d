"""The agreed interface of the Admin API client; the client itself takes this file's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopify_app.models import Shop

NOTHING: Mapping[str, Any] = {}


class TryLater(Exception):
    """Shopify does not answer now."""

    seconds: float = 60


class Refused(Exception):
    """Shopify says no, and will again."""

    code: str = ""


class ShopUnavailable(Exception):
    """Shopify does not show this shop."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Shopify said, and what it kept back."""

    data: dict[str, Any]
    denied: tuple[str, ...] = ()
    wait_seconds: float = 0


def ask(
    shop: Shop, operation: str, variables: Mapping[str, Any] = NOTHING, *, now: datetime
) -> Answer:
    raise Refused
