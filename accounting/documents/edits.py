"""Reads from the facts what edits changed (treatment 2.2, 2.3).

Amounts come from the order's first and newest version. Which edit changed what comes from the
agreements a refetch lists, or from the edits' own webhooks where one event explains everything (R8,
R21).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounting.documents.case import Case
from accounting.documents.changes import Change, Charges, TakenOff, negative, plus
from accounting.documents.components import Component, ComponentKey, components, line_role
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.money import share
from accounting.facts import Agreement, Sale

ADDS = frozenset({"order", "update"})


def charges(case: Case) -> Charges:
    """The history of the order's charges; without changes where one of them takes off what was not
    on the order, which no document can show. Raises Inexact."""
    found = _history(case)
    strange = _before_they_were_there(case, found)
    return replace(found, changes=(), problems=(*found.problems, *strange)) if strange else found


def _before_they_were_there(case: Case, history: Charges) -> list[Problem]:
    known, problems = {part.key for part in history.first}, []
    for change in history.changes:
        known |= {part.key for part in (*change.added, *change.raised)}
        off = [part.key for part in change.lowered] + [off.key for off in change.taken_off]
        problems += [
            case.incomplete(
                "G2",
                "An edit takes off what was not on the order before. Compare the order's edits in "
                "Shopify with the figures below.",
                ("edit", change.at.isoformat()),
                (key[0], str(key[1])),
            )
            for key in off
            if key not in known
        ]
    return problems


def _history(case: Case) -> Charges:
    cards = case.policy.gift_card_skus
    first, newest = components(case.order, cards), components(case.latest, cards)
    edits = [each for each in case.facts.agreements if _can_change(each)]
    if sum(edit.kind == "edit" for edit in edits) < len(case.facts.edits):
        return _ungrouped(case, first, newest)
    edits.sort(key=lambda agreement: (agreement.happened_at, agreement.id))
    shapes = _shapes(case, first)
    differences = _passing(edits, shapes) | _differences(first, newest)
    found, problems = _attributed(case, edits, differences, shapes)
    taken = _taken_off(case, [(edit.happened_at, _removed(edit)) for edit in edits])
    changes = (
        _change(edit.id, edit.happened_at, found[edit.id], off, _first_line(case, edit))
        for edit, off in zip(edits, taken, strict=True)
    )
    return Charges(
        first=first,
        changes=tuple(change for change in changes if change.moves),
        problems=tuple(problems),
        newest=newest,
        places=_places(case, first),
    )


def _places(case: Case, first: Iterable[Component]) -> dict[ComponentKey, int]:
    """Line items in payload order, shipping, duties, fees, tips: as the newest version lists them,
    what it no longer lists last of its kind (4.1)."""
    listed = list(_shapes(case, ()))
    keys = listed + [part.key for part in first if part.key not in listed]
    kinds = {"shipping": 1, "duties": 2, "fees": 3, "tips": 4}
    ordered = sorted(keys, key=lambda key: kinds.get(key[0], 0))
    return {key: place for place, key in enumerate(ordered)}


def _shapes(case: Case, first: Iterable[Component]) -> dict[ComponentKey, Component]:
    """Everything the order ever charged, in words and taxes; removed shipping is still listed."""
    shipping = tuple(replace(line, removed=False) for line in case.latest.shipping_lines)
    listed = replace(case.latest, shipping_lines=shipping)
    ever = (*first, *components(listed, case.policy.gift_card_skus))
    return {part.key: part for part in ever}


def _passing(
    edits: Sequence[Agreement], shapes: dict[ComponentKey, Component]
) -> dict[ComponentKey, Component]:
    """Charges that one edit raised and another lowered again, so that nothing shows in the end:
    the documents in between stand in the books."""
    found = {}
    for key, shape in shapes.items():
        if sum(bool(_sales_of(edit, key)) for edit in edits) > 1:
            found[key] = plus(negative(shape), shape)
    return found


def _first_line(case: Case, edit: Agreement) -> int:
    known = {line.id for line in case.order.lines}
    known |= {line.id for line in case.order.shipping_lines}
    new = [s for s in edit.sales if s.action == "order" and s.line_id and s.line_id not in known]
    goods = [sale.line_id for sale in new if sale.line_type != "shipping" and sale.line_id]
    return min(goods or [sale.line_id for sale in new if sale.line_id], default=0)


def _can_change(agreement: Agreement) -> bool:
    """Edits, and exchanges: a return that brings new lines with it (row 37)."""
    brings = any(sale.action in ADDS and sale.line_type != "fee" for sale in agreement.sales)
    return agreement.kind == "edit" or (agreement.kind in ("return", "refund") and brings)


def _differences(
    first: Iterable[Component], newest: Iterable[Component]
) -> dict[ComponentKey, Component]:
    """By how much each component changed, signed; those that did not are left out. What is new has
    its own words, what is gone has those it had."""
    before, after = {p.key: p for p in first}, {p.key: p for p in newest}
    found = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        gone = negative(old) if old else None
        difference = plus(gone, new) if new else gone
        if difference is not None and _moves(difference):
            found[key] = difference
    return found


def _moves(part: Component) -> bool:
    taxes = any(tax.amount for tax in part.taxes)
    return bool(part.quantity or part.net or taxes or part.discount)


def _is_new(case: Case, key: ComponentKey) -> bool:
    """Whether the line was not there when the order was created; duties and fees are no lines."""
    order = case.order
    ids = [line.id for line in order.shipping_lines if not line.removed]
    if key[0] != "shipping":
        ids = [line.id for line in order.lines]
    return key[1] not in (*ids, 0)


def _ungrouped(case: Case, first: tuple[Component, ...], newest: tuple[Component, ...]) -> Charges:
    """Edits that no agreement lists yet: all as one change at the time of the last, enough where it
    came before the invoice."""
    edits = case.facts.edits
    removals = [(e.committed_at, tuple((r[0], r[1], None) for r in e.removals)) for e in edits]
    differences = _differences(first, newest)
    fewer = {part.key for part in differences.values() if part.quantity < 0}  # gone already
    gone = [row for rows in _taken_off(case, removals) for row in rows if row.key not in fewer]
    parts = [_sorted(part, new=_is_new(case, part.key)) for part in differences.values()]
    change = _change(None, max(edit.committed_at for edit in edits), parts, gone)
    listed = {row[0] for edit in edits for row in edit.additions}
    strange = [p for p in (*change.added, *change.raised) if p.quantity and p.line]
    return Charges(
        first=first,
        changes=(change,) if change.moves else (),
        problems=tuple(
            _unexplained(case, part, ()) for part in strange if part.source_id not in listed
        ),
        newest=newest,
        unlisted=True,
        places=_places(case, first),
    )


def _sorted(difference: Component, *, new: bool) -> tuple[str, Component]:
    if difference.total < 0 or (difference.total == 0 and difference.quantity < 0):
        return "lowered", negative(difference)
    return ("added" if new else "raised"), difference


def _attributed(
    case: Case,
    edits: Sequence[Agreement],
    differences: dict[ComponentKey, Component],
    shapes: dict[ComponentKey, Component],
) -> tuple[dict[int, list[tuple[str, Component]]], list[Problem]]:
    found: dict[int, list[tuple[str, Component]]] = {edit.id: [] for edit in edits}
    problems = []
    for difference in differences.values():
        shares = _shares(case, edits, difference, shapes[difference.key])
        if shares is None or any(_pulls_both_ways(case, part) for _, part in shares):
            problems.append(_unexplained(case, difference, edits))
            continue
        for edit, part in shares:
            if _moves(part):
                new = edit is shares[0][0] and _is_new(case, part.key)
                found[edit.id].append(_sorted(part, new=new))
    return found, problems


def _pulls_both_ways(case: Case, part: Component) -> bool:
    """Raised and lowered at once (a tax took the place of another): no one document says that."""
    amounts = [part.net, *(tax.amount for tax in part.taxes)]
    return min(amounts) < 0 < max(amounts) and not case.is_conversion


def _shares(
    case: Case, edits: Sequence[Agreement], difference: Component, shape: Component
) -> list[tuple[Agreement, Component]] | None:
    """Which edit changed how much of it; None when the agreements do not say."""
    touching = [(edit, sales) for edit in edits if (sales := _sales_of(edit, difference.key))]
    units = sum(sale.quantity for _, sales in touching for sale in sales)
    if not touching or (difference.line is not None and units != difference.quantity):
        return None
    totals = [sum((sale.total.shop for sale in sales), ZERO) for _, sales in touching]
    taxes = [sum((sale.tax.shop for sale in sales), ZERO) for _, sales in touching]
    if case.is_conversion:  # converted one by one: the last takes what the others leave
        totals[-1] += difference.total - sum(totals)
        taxes[-1] += difference.tax - sum(taxes)
    if sum(totals) != difference.total or sum(taxes) != difference.tax:
        return None  # an edit is not listed yet
    if len(touching) == 1:
        return [(touching[0][0], difference)]
    return [
        (edit, _part(case, shape, sales, total, tax))
        for (edit, sales), total, tax in zip(touching, totals, taxes, strict=True)
    ]


def _sales_of(edit: Agreement, key: ComponentKey) -> list[Sale]:
    """The sales of an edit that changed what a component charges. A unit of goods that is removed
    keeps its charge, and leaves by a credit."""
    role, source_id = key
    if role == "shipping":
        return [s for s in edit.sales if s.line_type == "shipping" and s.line_id == source_id]
    if role in ("duties", "fees"):
        names = ("duty",) if role == "duties" else ("fee", "additional_fee")
        return [sale for sale in edit.sales if sale.line_type in names]
    goods = ("product", "gift_card", "tip")
    mine = [s for s in edit.sales if s.line_type in goods and s.line_id == source_id]
    return [sale for sale in mine if sale.action in ADDS]


def removed_by_edits(case: Case) -> list[tuple[datetime, frozenset[int]]]:
    """When edits removed units, and of which lines."""
    edits = case.facts.agreements
    found = [(e.happened_at, frozenset(row[0] for row in _removed(e))) for e in edits]
    for edit in case.facts.edits:
        found.append((edit.committed_at, frozenset(row[0] for row in edit.removals)))
    return found


def _removed(edit: Agreement) -> Removals:
    """Units of goods an edit takes off, by line; those of a return are read with it."""
    gone: dict[int, tuple[int, Decimal, Decimal]] = {}
    for sale in edit.sales if edit.kind == "edit" else ():
        if sale.line_type != "shipping" and sale.action == "return" and sale.line_id:
            units, total, tax = gone.get(sale.line_id, (0, ZERO, ZERO))
            total, tax = total + abs(sale.total.shop), tax + abs(sale.tax.shop)
            gone[sale.line_id] = (units + abs(sale.quantity), total, tax)
    return tuple((line, units, (total, tax)) for line, (units, total, tax) in gone.items())


def _key_of(case: Case, line_id: int) -> ComponentKey:
    """The component a line is, on its newest version."""
    lines = (*case.latest.lines, *case.order.lines)
    line = next(line for line in lines if line.id == line_id)
    return (line_role(line, case.policy.gift_card_skus), line_id)


def _part(
    case: Case, shape: Component, sales: Sequence[Sale], total: Decimal, tax: Decimal
) -> Component:
    """One edit's part of what a component changed, its tax over the taxes in proportion."""
    amounts = [share(each.amount, tax, shape.tax, case.currency) for each in shape.taxes]
    if amounts:
        amounts[-1] += tax - sum(amounts)
    return replace(
        shape,
        quantity=_units(shape, sales),
        net=total - tax,
        taxes=shape.with_taxes(amounts),
        discount=share(shape.discount, total, shape.total, case.currency),
        reduced=ZERO,
        charged=ZERO,
        arithmetic=f"{total} with {tax} tax of the agreement",
    )


def _units(shape: Component, sales: Sequence[Sale]) -> int:
    if shape.line is not None:
        return sum(sale.quantity for sale in sales)
    actions = {sale.action for sale in sales}
    return int("order" in actions) - int("return" in actions)


def _change(
    source_id: int | None,
    at: datetime,
    parts: Sequence[tuple[str, Component]],
    taken: Sequence[TakenOff],
    first_line: int = 0,
) -> Change:
    return Change(
        source_id=source_id,
        at=at,
        first_line=first_line,
        added=tuple(part for kind, part in parts if kind == "added"),
        raised=tuple(part for kind, part in parts if kind == "raised"),
        lowered=tuple(part for kind, part in parts if kind == "lowered"),
        taken_off=tuple(taken),
    )


def _unexplained(case: Case, difference: Component, edits: Sequence[Agreement]) -> Problem:
    known = ", ".join(str(edit.id) for edit in edits) or "none"
    return case.incomplete(
        "G2",
        f"“{difference.title}” is charged otherwise than when the order was created, and no edit "
        "says so. Compare the order in Shopify with the figures below.",
        (f"{difference.role} {difference.source_id}", _in_words(difference)),
        ("edits that are known", known),
    )


def _in_words(difference: Component) -> str:
    units, net, tax = difference.quantity, difference.net, difference.tax
    return f"units {units:+d}, net {net:+f}, tax {tax:+f}"


# --- units that left without a refund record --------------------------------------------------

Removals = tuple[tuple[int, int, tuple[Decimal, Decimal] | None], ...]  # line id, units, amounts


def _taken_off(
    case: Case, removals: Sequence[tuple[datetime, Removals]]
) -> list[tuple[TakenOff, ...]]:
    """Of the units each edit removed, those that no refund record takes back (row 40: never both).

    A record without money made within the settle time of the edit is the edit's own.
    """
    known = (*case.order.lines, *case.latest.lines)
    keys = {line.id: _key_of(case, line.id) for line in known if line.quantity}
    gone = {line.id for line in case.latest.lines if not line.quantity}
    pool: list[list[Any]] = [
        [refund.created_at, line.line_id, line.quantity]
        for refund in case.facts.refunds
        if not case.money_of(refund) and not refund.transaction_ids
        for line in refund.lines
    ]
    found = []
    for at, lines in removals:
        near = [row for row in pool if abs(row[0] - at) <= case.policy.settle]
        off = []
        for line_id, units, stated in lines:
            left = units - _recorded(near, line_id, units)
            if left and line_id in keys and line_id not in gone:
                whole = stated if left == units else None
                off.append(TakenOff(key=keys[line_id], units=left, stated=whole))
        found.append(tuple(off))
    return found


def _recorded(rows: list[list[Any]], line_id: int, units: int) -> int:
    """Takes up to `units` of the line out of these records. Returns how many."""
    taken = 0
    for row in rows:
        if row[1] == line_id:
            count = min(row[2], units - taken)
            row[2] -= count
            taken += count
    return taken


def waits_for_records(case: Case, changes: Iterable[Change], due_at: datetime) -> list[Problem]:
    """G7: the credit of units an edit took off rests on the absence of a refund record."""
    found = []
    for change in changes:
        key = Key(role=Role.REDUCTION, source_id=change.source_id or 0)
        known = case.was_read_since(change.at) or case.sealed(key)
        if change.taken_off and change.at > due_at and not known:
            message = (
                "An edit took units off; a refund record for them may still arrive. Lejar credits "
                "them by itself once it has read the order anew from Shopify and found none."
            )
            terms = ("units taken off", str(sum(off.units for off in change.taken_off)))
            found.append(case.incomplete(f"edit {change.source_id}", message, terms, blocks=(key,)))
    return found
