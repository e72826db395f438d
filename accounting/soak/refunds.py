"""Goods and money back: records with and without money, fees kept, goodwill, money that fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from accounting.facts import (
    NOTHING,
    Adjustment,
    MoneyBag,
    Refund,
    RefundLine,
    RefundShipping,
    Sale,
    Transaction,
)
from accounting.soak.figures import NONE, Sum
from accounting.soak.goods import sale
from accounting.soak.lives import ORDER_ID, Life
from accounting.soak.parts import GOODS, Part, Taken
from accounting.soak.payments import pending, transaction

Moved = tuple[Transaction, Sum]
RESTOCKED = frozenset({"return", "cancel"})


@dataclass(slots=True)
class Draft:
    """A refund record while it is filled in. `kept` is calculated less returned."""

    how: str = "return"
    taken: list[Taken] = field(default_factory=list)
    lines: list[RefundLine] = field(default_factory=list)
    shipping: list[RefundShipping] = field(default_factory=list)
    rows: list[Adjustment] = field(default_factory=list)
    total: Sum = NONE


def taken_back(life: Life, taken: Taken) -> Sale:
    """A taken share as Shopify's ledger of the order says it."""
    tax = life.exchange.sum(taken.tax)
    return sale(life, taken.part, "return", -taken.units, -life.total(taken), -tax)


def add_units(life: Life, draft: Draft, part: Part, units: int) -> None:
    if not units:
        return
    taken = part.take(units)
    draft.taken.append(taken)
    draft.total += life.total(taken)
    draft.lines.append(
        RefundLine(
            id=life.new_id("refund_line"),
            line_id=part.id,
            quantity=units,
            restock_type=draft.how,
            subtotal=life.exchange.bag(life.exchange.sum(taken.subtotal)),
            tax=life.exchange.bag(life.exchange.sum(taken.tax)),
        )
    )


def add_amount(life: Life, draft: Draft, part: Part, amount: int) -> Taken | None:
    """So much of something that has no units."""
    if not amount:
        return None
    taken = part.give(amount)
    draft.taken.append(taken)
    draft.total += life.total(taken)
    return taken


def add_shipping(life: Life, draft: Draft, part: Part, amount: int, *, said: bool = True) -> None:
    """Unless its tax is `said`, only a row that repeats the money tells it (older payloads)."""
    taken = add_amount(life, draft, part, amount)
    if taken is None:
        return
    exchange = life.exchange
    subtotal, tax = exchange.sum(taken.subtotal), exchange.sum(taken.tax)
    draft.shipping.append(
        RefundShipping(
            id=life.new_id("refund_shipping"),
            shipping_line_id=part.id,
            subtotal=exchange.bag(subtotal),
            tax=exchange.bag(tax) if said else None,
        )
    )
    if not said or life.chance(0.3):
        net = subtotal - tax if life.inclusive else subtotal
        draft.rows.append(adjustment(life, -net, -tax, kind="shipping_refund"))


def adjustment(
    life: Life,
    amount: Sum,
    tax: Sum = NONE,
    *,
    kind: str = "refund_discrepancy",
    reason: str = "Refund discrepancy",
) -> Adjustment:
    return Adjustment(
        id=life.new_id("adjustment"),
        kind=kind,
        reason=reason,
        amount=life.exchange.bag(amount),
        tax=life.exchange.bag(tax),
    )


def goods_back(life: Life, how: str, *, everything: bool = False) -> Draft:
    """Some units of the lines, shipping in parts, and what else can be given back."""
    draft = Draft(how=how)
    for part in life.of(*GOODS):
        if part.stated:
            units = part.left_units if everything else life.rng.randint(0, part.left_units)
            add_units(life, draft, part, units)
    shipped = [part for part in life.of("shipping") if part.left_subtotal]
    for part in shipped:
        left = part.left_subtotal
        amount = left if everything else life.rng.choice((0, left, life.rng.randint(0, left)))
        said = bool(draft.shipping) or len(shipped) > 1 or life.chance(0.7)
        add_shipping(life, draft, part, amount, said=said)
    for part in life.of("duties", "fees") if "charges back" in life.themes else ():
        if not part.taxes and (everything or life.chance(0.3)):  # a record cannot tell their tax
            add_amount(life, draft, part, part.left_subtotal)
    return draft


def record(
    life: Life,
    draft: Draft,
    *,
    money: int = 0,
    credited: Sum | None = None,
    fails: bool = False,
    in_edit: bool = False,
) -> Refund:
    """The record, `money` through one gateway or two, and the order after it.

    `credited` is what the books must credit, where that is not the goods; `fails`: the money never
    arrives, so that the customer has credit instead. What is `in_edit` the ledger lists there.
    """
    note = draft.total if credited is None else credited
    transactions = _money_back(life, money)
    refund = Refund(
        id=life.new_id("refund"),
        order_id=ORDER_ID,
        as_of=life.at,
        created_at=life.at,
        processed_at=life.at if life.chance(0.7) else None,
        lines=tuple(draft.lines),
        shipping=tuple(draft.shipping),
        adjustments=tuple(draft.rows),
        duties=_amount_of(life, draft, "duties"),
        additional_fees=_amount_of(life, draft, "fees"),
        transaction_ids=tuple(t.id for t, _ in transactions),
    )
    life.credited += note.shown
    has_parts = bool(draft.lines or draft.shipping or draft.taken)
    if has_parts or note:
        restocked = sum(t.units for t in draft.taken if t.part.kind == "sales")
        life.happened(
            "C",
            refund.id,
            note,
            may_net=has_parts and not money,
            restocked=restocked if draft.how in RESTOCKED else 0,
        )
    _tell_money(life, refund, transactions, owned=draft.total, fails=fails)
    if not in_edit or life.chance(0.5):
        sales = [] if in_edit else [taken_back(life, taken) for taken in draft.taken]
        life.agreed("refund", sales, refund_id=refund.id)
    life.tell()
    return refund


def _amount_of(life: Life, draft: Draft, kind: str) -> MoneyBag:
    amounts = [taken.subtotal for taken in draft.taken if taken.part.kind == kind]
    return life.exchange.bag(life.exchange.sum(sum(amounts))) if amounts else NOTHING


def _money_back(life: Life, money: int) -> list[Moved]:
    whole = life.chance(0.7) or life.exchange.is_foreign  # as foreign payments
    first = money if whole else life.rng.randint(0, money)
    found = []
    for amount in (first, money - first):
        if amount:
            moved = transaction(life, amount, kind="refund")
            shop = moved.amount if moved.shop_amount is None else moved.shop_amount
            found.append((moved, Sum(amount, int(shop.scaleb(2)))))
    return found


def _tell_money(
    life: Life, refund: Refund, transactions: list[Moved], *, owned: Sum, fails: bool
) -> None:
    """At once, or after it was on its way for a while: then the record carries a row for it."""
    waits = bool(transactions) and (fails or life.chance(0.12))
    if waits:
        _tell_pending(life, refund, transactions, owned=owned, fails=fails)
    else:
        life.facts.append(refund)
    for moved, amount in transactions:
        if fails:
            life.facts.append(replace(moved, status="failure", as_of=life.at))
            continue
        life.facts.append(replace(moved, as_of=life.at))
        life.returned += amount.shown
        life.happened(
            "F",
            moved.id,
            amount,
            at=moved.processed_at,
            gateway=moved.gateway,
            rounding=int(moved.rounding.scaleb(2)),
        )


def _tell_pending(
    life: Life, refund: Refund, transactions: list[Moved], *, owned: Sum, fails: bool
) -> None:
    """While money is on its way the record shows `owned`, its goods, as not returned: in a row, or
    a pair that cancels (R18). Such rows may stay for good where they can be told from others."""
    own = [row for row in refund.adjustments if row.kind != "shipping_refund"]
    rows = [adjustment(life, owned)] if owned else []
    if rows and life.chance(0.5):
        rows.append(adjustment(life, -owned, reason="Pending refund discrepancy"))
    others = tuple(row for row in refund.adjustments if row not in own)
    life.facts += [
        replace(refund, adjustments=(*others, *rows)),
        *(pending(moved) for moved, _ in transactions),
    ]
    life.tell()
    life.at += timedelta(minutes=30)
    if own or (fails and len(rows) == 1) or life.chance(0.5):
        life.facts.append(replace(refund, as_of=life.at))


def refund_some(life: Life) -> None:
    """Goods back with their money: all of it, less a fee, or more for goodwill."""
    draft = goods_back(life, life.rng.choice(("return", "return", "cancel", "no_restock")))
    if not draft.taken:
        return
    life.pass_time()
    total, held = draft.total.shown, life.paid - life.returned
    money = min(max(total - total * life.rng.choice((0, 0, 0, 0, 10, -5)) // 100, 0), held)
    kept = total - money
    if kept:
        draft.rows.append(adjustment(life, life.exchange.sum(kept)))
    record(life, draft, money=money, credited=draft.total - life.exchange.sum(kept))


def fail_to_refund(life: Life) -> None:
    """The money of a refund fails on its way: the goods are credited, the customer has credit."""
    draft = goods_back(life, "return")
    if draft.taken:
        life.pass_time()
        total = draft.total.shown
        money = total if total <= life.paid - life.returned else 0
        record(life, draft, money=money, fails=True)


def give_goodwill(life: Life) -> None:
    """Money back for nothing taken back; some of it tax, where only one tax can be meant (R16)."""
    held = life.paid - life.returned
    if held > 0:
        life.pass_time()
        amount = life.rng.randint(1, min(held, 2000))
        tax = life.exchange.sum(_tax_within(life, amount))
        net = life.exchange.sum(amount) - tax
        life.adjusted_tax += tax
        draft = Draft(rows=[adjustment(life, -net, -tax)])
        record(life, draft, money=amount, credited=net + tax)


def _tax_within(life: Life, amount: int) -> int:
    taxes = {tax for part in life.parts for tax in part.taxes}
    only = next(iter(taxes)) if len(taxes) == 1 else None
    is_charged = any(part.tax.shown for part in life.parts)
    if only is None or only.channel or not is_charged or not life.chance(0.4):
        return 0
    return amount * only.percent // (100 + only.percent)


def return_excess(life: Life) -> None:
    """What the customer has in credit goes back: money, a row for it, and nothing to credit."""
    if life.owed < 0 and -life.owed <= life.paid - life.returned:
        life.pass_time()
        amount = -life.owed
        draft = Draft(rows=[adjustment(life, life.exchange.sum(-amount))])
        record(life, draft, money=amount, credited=NONE)


def credit_without_money(life: Life, how: str = "cancel") -> None:
    """A record that takes goods off and moves nothing."""
    draft = goods_back(life, how)
    if draft.taken:
        life.pass_time()
        record(life, draft)
