"""What a merchant is told on every page, and by `GET /api/v1/summary`, until it is over.

Each function says what it has to say from what is at hand: a page must not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from shopify_app.models import Shop
from shopify_app.notices import connection, plan
from shopify_app.notices.notice import TONES, Notice, worst_first

__all__ = ["TONES", "Notice", "notices", "worst_first"]


def notices(shop: Shop, *, now: datetime) -> list[Notice]:
    """What there is to say of the shop, the worst first."""
    told = (check(shop, now) for check in ONE)
    many = (notice for check in MANY for notice in check(shop, now))
    return worst_first([*(notice for notice in told if notice is not None), *many])


ONE: Sequence[Callable[[Shop, datetime], Notice | None]] = (
    connection.unavailable,
    connection.reconnect,
    connection.permissions,
    connection.unreached,
)
MANY: Sequence[Callable[[Shop, datetime], Sequence[Notice]]] = (
    plan.plan_notices,
    plan.shop_notices,
)
