"""All facts of one order: the interface that reading anew needs of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from accounting.facts import Fact
from shopify_app.models import Shop
from shopify_app.tokens import ReconnectNeeded


def read_order(
    shop: Shop, order_id: int, *, now: datetime, wait: Callable[[float], None] = time.sleep
) -> tuple[Fact, ...] | None:
    """All facts of one order as of `now`; None when Shopify does not show it."""
    raise ReconnectNeeded(ReconnectNeeded.__doc__)
