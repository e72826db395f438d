"""How the charges of an order changed: as it was created, then one change per edit.

Components of different times are added and subtracted here; `edits` reads them from the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from accounting.documents.components import (
    Component,
    ComponentKey,
    Tax,
)
from accounting.documents.document import ZERO, Problem
from accounting.documents.rules import tax_identity

LESS = "less "


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOff:
    """Units of a component that an edit removed and no refund record takes back. `stated` is what
    the agreement says they come to, total and tax, where it speaks of just these units."""

    key: ComponentKey
    units: int
    stated: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one edit did. Amounts of `lowered` are what it took off, all positive. `source_id` is
    the agreement's id, None where the edit is known without it: then it can be a part of the
    invoice, and nothing else (R8). `first_line` is its smallest new line id, else shipping-line id:
    what numbers the document of its new lines (treatment 1.3)."""

    source_id: int | None
    at: datetime
    first_line: int = 0
    added: tuple[Component, ...] = ()
    raised: tuple[Component, ...] = ()
    lowered: tuple[Component, ...] = ()
    taken_off: tuple[TakenOff, ...] = ()

    @property
    def moves(self) -> bool:
        return bool(self.added or self.raised or self.lowered or self.taken_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What the order charged when it was created, and how edits changed that, oldest first."""

    first: tuple[Component, ...]
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    newest: tuple[Component, ...] = ()
    unlisted: bool = False  # edits are known that no agreement lists
    places: Mapping[ComponentKey, int] = field(default_factory=dict)  # in documents (4.1)

    def at(self, time: datetime) -> tuple[Component, ...]:
        """The components as of `time`, at full quantity: also of units taken off."""
        return self._in_place(change for change in self.changes if change.at <= time)

    @property
    def now(self) -> tuple[Component, ...]:
        return self._in_place(self.changes)

    def _in_place(self, changes: Iterable[Change]) -> tuple[Component, ...]:
        """In the order of document lines; in the newest words where nothing changed since."""
        found = applied(self.first, changes)
        newest = {part.key: part for part in self.newest}
        told = [_same(part, newest.get(part.key)) for part in found]
        return tuple(sorted(told, key=lambda part: self.places.get(part.key, 0)))


def _same(part: Component, newest: Component | None) -> Component:
    """The newest form of a component that still comes to the same."""
    if newest is None or (part.quantity, part.net) != (newest.quantity, newest.net):
        return part
    before = {tax_identity(tax.line): tax.amount for tax in part.taxes if tax.amount}
    after = {tax_identity(tax.line): tax.amount for tax in newest.taxes if tax.amount}
    return newest if (before, part.discount) == (after, newest.discount) else part


def applied(parts: Sequence[Component], changes: Iterable[Change]) -> tuple[Component, ...]:
    """The components after these changes; one that lost its whole charge is gone."""
    found = {part.key: part for part in parts}
    for change in changes:
        for part in (*change.added, *change.raised):
            found[part.key] = plus(found.get(part.key), part)
        for part in change.lowered:
            found[part.key] = minus(found[part.key], part)
    return tuple(part for part in found.values() if not part.is_nothing)


def plus(part: Component | None, more: Component) -> Component:
    """A component and what was added to it; words and reasons are the newer ones."""
    if part is None:
        return more
    return replace(
        more,
        quantity=part.quantity + more.quantity,
        net=part.net + more.net,
        taxes=_added(part.taxes, more.taxes),
        discount=part.discount + more.discount,
        charged=part.charged + more.charged,
        reduced=part.reduced + more.reduced,
        arithmetic=_joined(more.arithmetic, part.arithmetic),
    )


def _joined(newer: str, older: str) -> str:
    """Newer figures first; what is taken off follows."""
    if newer.startswith(LESS):
        newer, older = older, newer
    return f"{newer} {older}" if older.startswith(LESS) else f"{newer} and {older}"


def minus(part: Component, less: Component) -> Component:
    return plus(part, negative(less))


def negative(part: Component) -> Component:
    return replace(
        part,
        quantity=-part.quantity,
        net=-part.net,
        taxes=tuple(replace(tax, amount=-tax.amount) for tax in part.taxes),
        discount=-part.discount,
        charged=-part.charged,
        reduced=-part.reduced,
        arithmetic=f"{LESS}{part.arithmetic}",
    )


def _added(taxes: Sequence[Tax], more: Sequence[Tax]) -> tuple[Tax, ...]:
    found = {tax_identity(tax.line): tax for tax in taxes}
    for tax in more:
        before = found.get(tax_identity(tax.line))
        amount = tax.amount + (before.amount if before else ZERO)
        found[tax_identity(tax.line)] = replace(tax, amount=amount)
    return tuple(found.values())
