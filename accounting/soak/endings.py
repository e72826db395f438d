"""Cancellations: before payment or after it, money returned or kept."""

from __future__ import annotations

from accounting.soak.figures import NONE
from accounting.soak.lives import Life
from accounting.soak.refunds import adjustment, goods_back, record


def cancel(life: Life) -> None:
    """Paid in full: what is left goes back with its money. Paid in part: that part goes back, or
    stays. Not paid: nothing, or only the goods."""
    life.pass_time()
    if "fulfilled" in life.themes and life.chance(0.3):
        for part in life.of("sales"):
            part.fulfilled = life.rng.randint(0, part.left_units)
    life.cancelled_at = life.at
    held, owed = life.paid - life.returned, life.owed
    life.happened("X", 0, NONE)
    in_full = owed <= 0 and held > 0
    if in_full or (life.chance(0.5) and life.credited == 0 and not _waits(life)):
        _give_back(life, held)
    else:
        life.is_emptied = life.chance(0.4)
        life.tell()


def _waits(life: Life) -> bool:
    """Where an invoice may still wait when the order is cancelled, it shows only what was paid
    (R5). What a record of the whole order then credits the treatment does not say."""
    policy = life.rules.policy
    is_unsettled = policy.partial_payment == "wait" and not life.was_settled
    return is_unsettled or bool(policy.fold_window)


def _give_back(life: Life, held: int) -> None:
    """Everything that is left; the row of the record is what it does not return."""
    draft = goods_back(life, "cancel", everything=True)
    if not draft.taken:
        life.tell()
        return
    owed = life.owed
    paid_for = draft.total.shown - max(owed, 0)
    money = min(held, max(paid_for, 0))
    kept = draft.total.shown - money
    if kept:
        draft.rows.append(adjustment(life, life.exchange.sum(kept)))
    is_unpaid = owed > 0
    fee = max(draft.total.shown - max(owed, 0) - money, 0)
    credited = draft.total - life.exchange.sum(0 if is_unpaid else fee)
    record(life, draft, money=money, credited=credited)
