"""When an order must be read anew from Shopify whatever its plan says (Shopify contract 5.4): what
webhooks say of it cannot be enough, so there is no need to wait until a check fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from accounting.documents import sides
from accounting.facts import Facts

CLOCKS = timedelta(minutes=1)  # Shopify's clock and ours may differ by so much


def needs_reading(facts: Facts, read_at: datetime | None) -> bool:
    """Whether something of the order is told by reading it alone. `read_at` is when it was read
    last. What was deleted in Shopify cannot be read."""
    return not facts.deleted_at and any(rule(facts, read_at) for rule in RULES)


def order_is_unknown(facts: Facts, read_at: datetime | None) -> bool:
    """Money, a refund or an edit has been told of, the order itself has not."""
    return facts.latest is None


def edit_is_unread(facts: Facts, read_at: datetime | None) -> bool:
    """The webhook of an edit holds units only; amounts are in the order's agreements."""
    listed = [each.happened_at for each in facts.agreements if each.kind == "edit"]
    if read_at is not None:
        listed.append(read_at - 2 * CLOCKS)
    known_until = max(listed, default=None)
    edits = [edit.committed_at for edit in facts.edits]
    return any(known_until is None or at > known_until + CLOCKS for at in edits)


def customer_side_is_unsaid(facts: Facts, read_at: datetime | None) -> bool:
    """Of an order of two currencies, totals in the customer's, or money in the shop's."""
    order = facts.latest
    if order is None or not sides.has_two(order):
        return False
    money = [t for t in facts.transactions if t.id in facts.succeeded and not t.test]
    unsaid = any(t.shop_amount is None and t.currency != order.currency for t in money)
    return unsaid or not sides.customer_side_is_known(facts)


RULES: tuple[Callable[[Facts, datetime | None], bool], ...] = (
    order_is_unknown,
    edit_is_unread,
    customer_side_is_unsaid,
)
