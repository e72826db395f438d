"""`life(Random(seed))` is always the same life: an order that is placed, paid, edited, refunded,
exchanged and cancelled in plausible ways, consistent in itself.

Every theme can be left out, so that a new kind of event is tried beside the known ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from accounting.facts import Reading
from accounting.soak.edits import edit, exchange_goods, return_goods
from accounting.soak.endings import cancel
from accounting.soak.figures import ABROAD
from accounting.soak.goods import sold, stock
from accounting.soak.lives import ORDER_ID, Life
from accounting.soak.parts import GOODS
from accounting.soak.payments import pay, settle
from accounting.soak.policies import rules
from accounting.soak.refunds import (
    credit_without_money,
    fail_to_refund,
    give_goodwill,
    refund_some,
    return_excess,
)

THEMES = frozenset(
    {
        *("edits", "exchanges", "returns", "fx", "stacked", "channel", "bounced", "rounding"),
        *("charges back", "taxed charges", "gross", "fold", "fulfilled"),
    }
)
NUMBERS = (1001, 1001, 1001, 1001, 98765432101, 1234567890123456789, None)


def life(rng: Random, themes: frozenset[str] = THEMES) -> Life:
    """One order from its placing to its end."""
    found = Life(rng=rng, themes=themes, rules=rules(rng, themes))
    found.inclusive = found.chance(0.5)
    found.drops_removed = found.chance(0.3)
    found.number = rng.choice(NUMBERS)
    abroad = rng.choice(ABROAD)
    if found.may("fx", 0.2):
        found.exchange = abroad
    _place(found)
    _before_payment(found)
    pay(found)
    for _ in range(rng.randint(0, 3)):
        _go_on(found)
    if found.chance(0.3):
        cancel(found)
    _refetch(found)
    return found


def _place(found: Life) -> None:
    stock(found)
    found.charged_first = found.charges
    found.agreed("order", [sold(found, part) for part in found.parts])
    found.tell(origin=True)


def _before_payment(found: Life) -> None:
    if found.chance(0.15):
        credit_without_money(found)
    if found.may("edits", 0.2):
        edit(found)


def _go_on(found: Life) -> None:
    """Something more happens to the order, if it can."""
    if found.owed > 0:
        _while_it_owes(found)
    elif found.paid:
        found.rng.choice(AFTERWARDS)(found)
    if found.may("edits", 0.3):
        edit(found)
    if found.may("exchanges", 0.1):
        exchange_goods(found)
    if found.may("returns", 0.1):
        return_goods(found)


def _while_it_owes(found: Life) -> None:
    if found.chance(0.4):
        settle(found)
    elif found.chance(0.3) and any(part.left_units for part in found.of(*GOODS)):
        credit_without_money(found)


AFTERWARDS: tuple[Callable[[Life], None], ...] = (
    refund_some,
    refund_some,
    refund_some,
    give_goodwill,
    fail_to_refund,
    credit_without_money,
    return_excess,
)


def _refetch(found: Life) -> None:
    """What a refetch would show when the order has been quiet: also that there is no more (G7)."""
    if any(event.role in "SQET" for event in found.events) or found.chance(0.2):
        found.tell(refetched=True)
    quiet = found.at + timedelta(days=1)
    found.facts.append(Reading(id=ORDER_ID, order_id=ORDER_ID, as_of=quiet))
