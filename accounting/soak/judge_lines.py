"""Are the lines what was sold and taken back, each under its tax code? (I2, I3, I7)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from accounting.soak.hearing import Hearing
from accounting.soak.parts import Part
from accounting.soak.policies import TAX_CODES

ASIDE = frozenset({"allowance", "restock_fee", "rounding", "fx"})  # not of anything sold
UNITS = frozenset({"sales", "returns", "returns_nostock", "gift_card"})
Owner = int | str


def lines_multiply_out(hearing: Hearing) -> Iterator[str]:
    """I2."""
    for _, line in hearing.lines():
        if line.quantity * line.unit_price != line.net:
            yield f"I2: {line.description}: {line.quantity} x {line.unit_price} is not {line.net}"
    aside = [sign * line.tax for sign, line in hearing.lines() if line.role in ASIDE]
    stated = hearing.value(hearing.life.adjusted_tax) if aside else 0
    if abs(hearing.minor(sum(aside, Decimal(0))) + stated) > hearing.slack:
        yield f"4.3: {sum(aside)} of tax is on what was not sold, and should be {stated}"


def what_is_left_is_left(hearing: Hearing) -> Iterator[str]:
    """I7: charges less credits of every part are what nobody has taken back, net and tax."""
    if not hearing.documents or hearing.truth.is_reduced or _has_no_invoice(hearing):
        return
    owners = _owners(hearing)
    books: Counter[Owner] = Counter()
    for sign, line in hearing.lines("IV", "S", "Q", "C", "T", "E"):
        if line.role not in ASIDE:
            books[owners.get(line.source_id or line.role, line.source_id or line.role)] += (
                sign * hearing.minor(line.net + line.tax)
            )
    truth: Counter[Owner] = Counter()
    for part in hearing.life.parts:
        truth[owners.get(part.id or part.kind, part.id or part.kind)] += _left(hearing, part)
    for owner in {*books, *truth}:
        if abs(books[owner] - truth[owner]) > hearing.slack:
            yield f"I7: {owner} has {books[owner]} left in the books, and {truth[owner]} in truth"


def _owners(hearing: Hearing) -> dict[Owner, Owner]:
    """Lines of a tax alone say no part where the part has no id, nor where the channel owes it:
    there only the sum of what carries such tax is told."""
    parts = hearing.life.parts
    carry: list[Owner] = [p.id for p in parts if any(tax.channel for tax in p.taxes)]
    if 0 in carry or any(not part.id and len(part.taxes) > 1 for part in parts):
        carry += ["fees", "duties", "tax_only"]
    return dict.fromkeys((*carry, "channel_tax"), "channel_tax")


def _has_no_invoice(hearing: Hearing) -> bool:
    return not any(role == "IV" for role, _ in hearing.truth.documents)


def _left(hearing: Hearing, part: Part) -> int:
    left = part.left_subtotal + (0 if hearing.life.inclusive else part.left_tax)
    return left if hearing.on_shown_side else hearing.life.exchange.sum(left).shop


def tax_is_the_tax(hearing: Hearing) -> Iterator[str]:
    """I3: the tax left under every code is the tax left of what is sold under it."""
    if not hearing.documents or _is_partly_written_off(hearing) or _has_no_invoice(hearing):
        return
    if any(len(part.taxes) > 1 for part in hearing.life.parts):
        return  # how a refund's tax falls on several taxes is not Shopify's to say
    books: Counter[str] = Counter()
    for sign, line in hearing.lines():
        if line.role not in ASIDE:
            books[line.tax_code] += sign * hearing.minor(line.tax)
    truth: Counter[str] = Counter()
    for part in hearing.life.parts:
        for tax in part.taxes:
            left = hearing.life.exchange.sum(part.left_tax)
            code = "" if tax.channel else TAX_CODES[tax.title.casefold(), tax.percent]
            is_ours = not tax.channel and not hearing.truth.written_off
            truth[code] += hearing.value(left) if is_ours else 0
    for code in {*books, *truth}:
        if abs(books[code] - truth[code]) > hearing.slack:
            yield f"I3: tax {code or 'without code'} is {books[code]}, and should be {truth[code]}"


def _is_partly_written_off(hearing: Hearing) -> bool:
    """How the unpaid part falls on what was sold is rounded; of all of it nothing is left."""
    rest, off = hearing.life.charged - hearing.life.credited, hearing.truth.written_off
    forgiven = any(line.role == "allowance" for _, line in hearing.lines())
    return hearing.truth.is_reduced or off not in (0, rest) or (off != 0 and forgiven)


def discounts_are_shown_as_asked(hearing: Hearing) -> Iterator[str]:
    """Row 19: net lines, or what was sold at its price beside a line for its discount."""
    if hearing.is_converted or len(hearing.of("IV")) != 1 or _changes_the_invoice(hearing):
        return
    shown: Counter[int] = Counter()
    for _, line in hearing.lines("IV"):
        if line.role == "discount":
            tax = line.tax if hearing.life.inclusive else 0
            shown[line.source_id] -= hearing.minor(line.net + tax)
    wants_gross = hearing.life.rules.policy.discounts == "gross"
    for part in hearing.life.of("sales"):
        off = hearing.value(part.off) if wants_gross and hearing.value(part.charged) else 0
        if shown[part.id] != off:
            yield f"row 19: line {part.id} shows {shown[part.id]} of discount, and should {off}"


def _changes_the_invoice(hearing: Hearing) -> bool:
    """Anything may have been folded into it, or repriced."""
    return hearing.truth.is_reduced or any(
        event.may_net or event.role in "SQET" for event in hearing.life.events
    )


def units_come_back_once(hearing: Hearing) -> Iterator[str]:
    """I7: no more units of a line are credited than were sold, and stock moves with refunds."""
    sold = {part.id: part.units for part in hearing.life.of("sales", "gift_card")}
    back: Counter[int] = Counter()
    for _, line in hearing.lines("C", "T", "X"):
        if line.role in UNITS and line.source_id in sold and line.net >= 0:
            back[line.source_id] += line.quantity
    for source, units in back.items():
        if units > sold[source]:
            yield f"I7: {units} units of line {source} are credited, {sold[source]} were sold"
    goods = {part.id for part in hearing.life.of("sales")}
    for document in hearing.of("C"):
        event = hearing.truth.documents.get(("C", document.key.source_id))
        moved = sum(x.quantity for x in document.lines if x.restock and x.source_id in goods)
        if event is not None and moved != event.restocked:
            yield f"row 24: {document.number} restocks {moved} units, not {event.restocked}"


LINE_CHECKS: tuple[Callable[[Hearing], Iterator[str]], ...] = (
    lines_multiply_out,
    what_is_left_is_left,
    discounts_are_shown_as_asked,
    tax_is_the_tax,
    units_come_back_once,
)
