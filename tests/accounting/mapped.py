"""An order of coffee whose parts need a mapping, and orders held for want of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounting.facts import Facts, Line, merge
from accounting.models import Order as OrderRow
from accounting.models import Store
from tests.facts import make_line, make_paid_order, make_shipping_line, make_tax, make_transaction


def coffee(number: int) -> Line:
    """One packet of coffee at 10.00, whose sku, product and variant carry its number."""
    return make_line(
        id=number,
        title=f"Kopi {number}",
        sku=f"KOPI-{number}",
        product_id=7000 + number,
        variant_id=9000 + number,
        vendor="Kilang Kopi",
        price="10.00",
        taxes=(make_tax("0.80", rate="0.08"),),
    )


def coffee_order(lines: int = 1) -> Facts:
    """Coffee 1, 2, 3 and so on, sent by post and paid through iPay88."""
    shipping = make_shipping_line(
        price="0.00", taxes=(make_tax("0", title=" Ship  TAX ", rate="0.08"),)
    )
    order = make_paid_order(
        lines=tuple(coffee(number + 1) for number in range(lines)), shipping_lines=(shipping,)
    )
    return merge([order, make_transaction(gateway="iPay88", amount="10.80")])


def hold(store: Store, now: datetime, *problems: tuple[str, str], **named: Any) -> OrderRow:
    return OrderRow.objects.create(
        store=store,
        state=named.pop("state", OrderRow.State.HELD),
        order_id=named.pop("order_id", 5001),
        facts_at=now,
        problems=[
            {"code": code, "subject": subject, "message": f"{subject} is not mapped"}
            for code, subject in problems
        ],
    )
