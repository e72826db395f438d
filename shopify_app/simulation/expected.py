"""What must stand in the books when a simulated Shopify has told everything.

Worked out from the stories alone (`demo.expected`), and from what became of the shops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shopify_app.demo import expected as stories
from shopify_app.demo.expected import ExpectedOrder
from shopify_app.demo.life import Life
from shopify_app.demo.lives import late_gateway, late_product, late_tax, never_mapped
from shopify_app.simulation.tenants import Tenant

LATE = frozenset(cycle.__name__ for cycle in (late_product, late_gateway, late_tax))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One shop's part of its books; orders by the stem that starts all their numbers.

    `orders` must stand there to the sen; of `perhaps` any documents may stand, up to these sums:
    their shop left, and what was sent by then stays, or the order is held since a later event.
    `held` are the names of orders that wait for a person to the end, with a reason.
    `none` are stems of which no document may stand. Of a shop that `is_gone` anything may be held.
    """

    orders: Mapping[str, ExpectedOrder]
    perhaps: Mapping[str, ExpectedOrder]
    held: frozenset[str]
    none: frozenset[str]
    is_gone: bool


def expect(tenant: Tenant, others: Iterable[Tenant]) -> Expected:
    """`others` are all shops of the world: their orders must not stand under this one's name."""
    held = [life for life in tenant.lives if _waits(life, tenant)]
    told = _told(tenant, tenant.lives, held)
    orders = {order.stem: order for order in told.orders}
    begun = {order.stem: order for order in _told(tenant, held, ()).orders}
    foreign = {
        f"{tenant.profile.prefix}-{life.record.number}"
        for other in others
        if other is not tenant
        for life in other.lives
    }
    own = {f"{tenant.profile.prefix}-{life.record.number}" for life in tenant.lives}
    gone = tenant.left_at is not None
    return Expected(
        orders={} if gone else orders,
        perhaps=begun | (orders if gone else {}),
        held=frozenset() if gone else told.held,
        none=frozenset((own - orders.keys() - begun.keys()) | foreign),
        is_gone=gone,
    )


def _told(tenant: Tenant, lives: Sequence[Life], held: Sequence[Life]) -> stories.Expected:
    fees_apart = not tenant.plan.connection.negative_lines
    return stories.expect(lives, held, tenant.profile.trigger, fees_apart=fees_apart)


def _waits(life: Life, tenant: Tenant) -> bool:
    """Whether nobody has mapped, or ever will, what the order needs."""
    return life.cycle == never_mapped.__name__ or (life.cycle in LATE and not tenant.is_mapped)
