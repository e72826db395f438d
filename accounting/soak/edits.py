"""Order edits, exchanges and returns: charges that change after the order was placed.

Shopify tells an edit three times: as a committed edit with unit changes, as an entry of its ledger
of the order (agreement) with signed amounts, and by a newer version of the order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from accounting.facts import Edit, Sale
from accounting.soak.figures import NONE, Sum
from accounting.soak.goods import discount, sale, sell, ship, sold
from accounting.soak.lives import ORDER_ID, Life
from accounting.soak.parts import Part, Taken
from accounting.soak.payments import receive
from accounting.soak.refunds import Draft, add_units, record, return_excess, taken_back


@dataclass(slots=True)
class Changes:
    """One edit while it is put together; `raised` and `lowered` are positive."""

    sales: list[Sale] = field(default_factory=list)
    additions: list[tuple[int, ...]] = field(default_factory=list)
    removals: list[tuple[int, ...]] = field(default_factory=list)
    new: list[Part] = field(default_factory=list)
    raised: Sum = NONE
    lowered: Sum = NONE
    removed: Sum = NONE
    directions: set[str] = field(default_factory=set)  # Q, E: also of nothing, by units
    off_record: Draft = field(default_factory=lambda: Draft(how="cancel"))


def edit(life: Life) -> None:
    """One to three changes at once; then perhaps the difference is paid or given back."""
    life.pass_time()
    changes = Changes()
    for _ in range(life.rng.randint(1, 3)):
        life.rng.choice(CHANGES)(life, changes)
    if not changes.sales:
        return
    commit(life, changes, told=True)
    if changes.off_record.taken:
        record(life, changes.off_record, in_edit=True)
    else:
        life.tell()
    balance(life)


def commit(life: Life, changes: Changes, *, told: bool) -> None:
    """`told`: as an edit of its own, not only in the ledger (exchanges). No version yet: what is
    of one moment is in one version."""
    if told:
        life.facts.append(
            Edit(
                id=life.new_id("edit"),
                order_id=ORDER_ID,
                committed_at=life.at,
                additions=tuple(changes.additions),
                removals=tuple(changes.removals),
            )
        )
    agreement = life.agreed("edit", changes.sales)
    _write_down(life, changes, agreement)


def _write_down(life: Life, changes: Changes, agreement: int) -> None:
    if changes.new:
        lines = [part.id for part in changes.new if part.kind != "shipping"]
        source = min(lines or [part.id for part in changes.new])
        total = sum((part.total(life.inclusive) for part in changes.new), NONE)
        life.happened("S", source, total)
    if "Q" in changes.directions:
        life.happened("Q", agreement, changes.raised)
    if "E" in changes.directions:
        life.credited += changes.removed.shown
        amount = changes.lowered + changes.removed
        life.happened("E", agreement, amount, units_only=True)


def balance(life: Life) -> None:
    """The difference is collected, given back, or left for now."""
    if life.owed > 0 and life.paid and life.chance(0.6):
        receive(life, life.owed)
    elif life.owed < 0 and life.chance(0.6):
        return_excess(life)


def _add_line(life: Life, changes: Changes) -> None:
    part = sell(life)
    changes.new.append(part)
    changes.additions.append((part.id, part.units))
    changes.sales.append(sold(life, part))


def _add_shipping(life: Life, changes: Changes) -> None:
    part = ship(life)
    changes.new.append(part)
    changes.sales.append(sold(life, part))


def _add_units(life: Life, changes: Changes) -> None:
    part = _untouched(life, changes, "sales")
    if part is None:
        return
    units = life.rng.randint(1, 3)
    _reprice(life, changes, part, units)
    changes.additions.append((part.id, units))


def _change_discount(life: Life, changes: Changes) -> None:
    part = _untouched(life, changes, "sales")
    if part is not None:
        _reprice(life, changes, part, 0, life.rng.randint(0, part.price.shown * part.units))


def _reprice(life: Life, changes: Changes, part: Part, units: int, off: int | None = None) -> None:
    """More units, or another discount: tax follows."""
    before, tax = part.total(life.inclusive), part.tax
    part.units += units
    if off is not None:
        discount(life, part, off)
    elif part.offs and life.chance(0.5):
        discount(life, part, part.off.shown * part.units // (part.units - units))
    part.price_anew(life.exchange, life.inclusive)
    difference = part.total(life.inclusive) - before
    if not difference and not units:
        return
    changes.directions.add("Q" if difference.shown >= 0 else "E")
    if difference.shown >= 0:
        changes.raised += difference
    else:
        changes.lowered -= difference
    changes.sales.append(sale(life, part, "update", units, difference, part.tax - tax))


def _remove_shipping(life: Life, changes: Changes) -> None:
    part = _untouched(life, changes, "shipping")
    if part is None:
        return
    total, tax = part.total(life.inclusive), part.tax
    part.removed = True
    part.left_units = part.left_subtotal = part.left_tax = 0
    changes.lowered += total
    changes.directions.add("E")
    changes.sales.append(sale(life, part, "return", -1, -total, -tax))


def _remove_units(life: Life, changes: Changes) -> None:
    """With a refund record that moves no money, or told by nothing but the units left."""
    part = _any_units(life, changes)
    if part is None:
        return
    units = life.rng.randint(1, part.left_units)
    changes.removals.append((part.id, units))
    if life.chance(0.5):
        add_units(life, changes.off_record, part, units)
        taken = changes.off_record.taken[-1]
    else:
        taken = part.take(units)
        changes.removed += life.total(taken)
        changes.directions.add("E")
    part.edited_off.append(taken)
    changes.sales.append(taken_back(life, taken))


CHANGES: tuple[Callable[[Life, Changes], None], ...] = (
    _add_line,
    _add_units,
    _change_discount,
    _add_shipping,
    _remove_shipping,
    _remove_units,
    _remove_units,
)


def _untouched(life: Life, changes: Changes, kind: str) -> Part | None:
    """Something that nothing was taken from, and that this edit has not changed."""
    used = _used(changes)
    found = [part for part in life.of(kind) if part.untouched and part.id not in used]
    return life.rng.choice(found) if found else None


def _any_units(life: Life, changes: Changes) -> Part | None:
    used = _used(changes)
    found = [p for p in life.of("sales", "gift_card") if p.left_units and p.id not in used]
    return life.rng.choice(found) if found else None


def _used(changes: Changes) -> set[int | None]:
    return {sale.line_id for sale in changes.sales}


def exchange_goods(life: Life) -> None:
    """Something goes back and something else comes in one moment; then the difference."""
    old = _any_units(life, Changes())
    if old is None:
        return
    life.pass_time()
    changes = Changes()
    _add_line(life, changes)
    units = life.rng.randint(1, old.left_units)
    if life.chance(0.5):
        draft = Draft(how="return")
        add_units(life, draft, old, units)
        commit(life, changes, told=life.chance(0.5))
        record(life, draft)
    else:
        taken = old.take(units)
        commit(life, changes, told=life.chance(0.5))
        _return(life, [taken])
    balance(life)


def return_goods(life: Life) -> None:
    """A return that Shopify never makes a refund record for."""
    life.pass_time()
    parts = [part for part in life.of("sales", "gift_card") if part.left_units]
    chosen = [part for part in parts if life.chance(0.5)]
    taken = [part.take(life.rng.randint(1, part.left_units)) for part in chosen]
    if taken:
        _return(life, taken)
        balance(life)


def _return(life: Life, taken: list[Taken]) -> None:
    total = sum((life.total(each) for each in taken), NONE)
    source = life.new_id("return")
    life.credited += total.shown
    life.agreed("return", [taken_back(life, each) for each in taken], return_id=source)
    life.happened("T", source, total, units_only=True)
    life.tell()
