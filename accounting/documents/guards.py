"""Is everything known that the documents rest on? (treatment 2.4, G1-G7)

Without these a sealed document could be contradicted by a fact that was merely late. Each guard
is a function that returns problems with its arithmetic. Those about money are in `money_guards`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from accounting.documents.case import Case
from accounting.documents.changes import Change, Charges
from accounting.documents.components import Component
from accounting.documents.document import ZERO, Problem
from accounting.documents.money_guards import (
    amounts_are_in_order_currency,
    money_is_complete,
    money_is_known_to_be_real,
    paid_orders_show_their_money,
    refunds_are_whole,
)
from accounting.documents.returns import returns
from accounting.documents.transactions import bounced, succeeded
from accounting.documents.unsaid import settings_are_answered


def problems(case: Case, charges: Charges) -> list[Problem]:
    """Every reason why this order must not be judged yet."""
    found = [problem for guard in GUARDS for problem in guard(case)]
    return [*found, *charges.problems, *units_are_accounted_for(case, charges)]


FIRST_UNKNOWN = (
    "The order was edited, and its first version was never received, so the invoice "
    "cannot be told from the edit. Enter this order in the books yourself."
)
UNCHARGED = frozenset({"fee", "adjustment"})  # of a return: no component of the order


def first_charges_are_known(case: Case, due_at: datetime) -> list[Problem]:
    """G1 of an order that was only ever read anew: its newest version has charges that an agreement
    made after the invoice was due, and no version without them was received."""
    if case.facts.origin is not None:
        return []
    moves_with_edits = _waits(case) or _was_free(case)
    since = case.latest.processed_at if moves_with_edits else due_at
    return [
        case.incomplete("G1", FIRST_UNKNOWN, (f"agreement {each.id}", each.happened_at.isoformat()))
        for each in case.facts.agreements
        if each.kind != "order"
        and each.happened_at > since
        and any(sale.action != "return" and sale.line_type not in UNCHARGED for sale in each.sales)
    ]


def _was_free(case: Case) -> bool:
    """R2: an order that was free at first is due when it was made, whatever it costs later."""
    first = [each for each in case.facts.agreements if each.kind == "order"]
    return bool(first) and not sum(sale.total.shop for each in first for sale in each.sales)


def origin_is_known(case: Case) -> list[Problem]:
    """G1: the order as it was created is known, or nothing has changed it since (ADR 6)."""
    if case.facts.origin is not None or (case.settled and not case.facts.edits):
        return []
    if case.settled:
        message = FIRST_UNKNOWN
    else:
        message = (
            "The order as it was created has not arrived yet. Lejar waits for it; any change to "
            "the order in Shopify sends it again."
        )
    return [case.incomplete("G1", message, ("order", case.latest.name))]


def order_is_ours_to_post(case: Case) -> list[Problem]:
    """The merchant is the seller, and the taxes are no estimates any more."""
    order, found = case.latest, []
    if order.merchant_of_record is not None:
        found.append(
            Problem(
                code="NOT_SUPPORTED",
                subject="another merchant of record",
                message="Another party is the merchant of record of this order, so the sale is "
                "not yours to invoice. Enter what concerns you in the books yourself.",
                terms=(("merchant of record", str(order.merchant_of_record)),),
            )
        )
    if order.estimated_taxes:
        terms = ("total tax", str(order.total_tax))
        found.append(
            case.incomplete(
                "taxes",
                "The taxes of this order are still estimates. It is posted once Shopify has "
                "calculated them.",
                terms,
            )
        )
    return found


def customer_side(case: Case) -> Problem:
    """2.5: an order of two currencies is proved on the customer's side, which webhooks do not
    tell."""
    return case.incomplete(
        "G5",
        f"The order was paid in {case.currency}, and Shopify's webhooks do not say all its totals "
        "in that currency. Lejar posts the order once it has read it from Shopify.",
        ("shop currency", case.seen_by_shop.currency),
        ("customer's currency", case.currency),
    )


def taxes_are_expected(case: Case) -> list[Problem]:
    """Treatment section 8: a seller who is not registered charges no tax."""
    if case.policy.tax_registered or not case.latest.total_tax:
        return []
    charged = [line.taxes for line in case.latest.lines]
    charged += [line.taxes for line in case.latest.shipping_lines]
    titles = sorted({tax.title for taxes in charged for tax in taxes})
    return [
        Problem(
            code="NOT_REGISTERED",
            subject=", ".join(titles),
            message="The order was charged tax, and the settings say that the business is not "
            "registered for it. Check the tax settings in Shopify, or change the setting.",
            terms=(("tax of the order", str(case.latest.total_tax)),),
        )
    ]


def edits_are_listed(case: Case, charges: Charges, due_at: datetime) -> list[Problem]:
    """R8: an edit after the invoice needs its agreement, which names its documents. So does one
    before it where something hides in the versions: the newest is much later, the order waits to be
    paid in full, or shipping came and went."""
    hides = charges.unlisted and (_is_late(case, charges, due_at) or _waits(case))
    hides = hides or _came_and_went(case)
    late = [each for each in charges.changes if each.source_id is None and each.at > due_at]
    if not (hides or late):
        return []
    parts = [part for change in charges.changes for part in _parts_of(change)]
    return [
        case.incomplete(
            "edits",
            "The order was edited, and Shopify's list of its agreements, which says what changed "
            "when, has not been read since. Lejar posts the edit once it has.",
            *((f"{part.role} {part.source_id}", str(part.total)) for part in parts),
        )
    ]


def _is_late(case: Case, charges: Charges, due_at: datetime) -> bool:
    sealed = case.sealed(case.invoice_key)
    charged = sum((part.total for part in charges.at(due_at)), ZERO)
    invoiced = sealed is not None and sealed.total == charged
    return case.latest.updated_at > due_at + case.policy.settle and not invoiced


def _waits(case: Case) -> bool:
    """When the order was paid in full depends on when it asked for how much."""
    return case.policy.trigger == "paid" and case.policy.partial_payment == "wait"


def _came_and_went(case: Case) -> bool:
    """Shipping that edits added and removed again, of which no agreement tells yet."""
    told = {sale.line_id for each in case.facts.agreements for sale in each.sales}
    told |= {line.id for line in case.order.shipping_lines}
    return any(line.removed and line.id not in told for line in case.latest.shipping_lines)


def _parts_of(change: Change) -> tuple[Component, ...]:
    return (*change.added, *change.raised, *change.lowered)


def units_are_accounted_for(case: Case, charges: Charges) -> list[Problem]:
    """G2, second half: no unit has left the order without something that says so."""
    if case.facts.cancelled_at and case.settled:
        return []  # the cancellation itself took them off; before that a record may still come
    found = []
    for line in case.latest.lines:
        gone = _units_gone(case, charges, line.id)
        left = line.quantity - sum(gone)
        if line.current_quantity is not None and line.current_quantity < left:
            found.append(
                case.incomplete(
                    "G2",
                    f"Units of “{line.title}” left the order, and no refund says so. "
                    "Check in Shopify how they were removed.",
                    ("ordered", str(line.quantity)),
                    ("refunded", str(gone[0])),
                    ("returned or edited off", str(gone[1] + gone[2])),
                    ("left on the order", str(line.current_quantity)),
                )
            )
    return found


def _units_gone(case: Case, charges: Charges, line_id: int) -> tuple[int, int, int]:
    """Units of a line that refund records, returns and edits took back."""
    recorded = (line for refund in case.facts.refunds for line in refund.lines)
    came_back = (row for each in returns(case) for row in each.units)
    edited = (off for change in charges.changes for off in change.taken_off)
    return (
        sum(line.quantity for line in recorded if line.line_id == line_id),
        sum(units for line, units in came_back if line == line_id),
        sum(off.units for off in edited if off.key[1] == line_id),
    )


def latest_is_newest(case: Case) -> list[Problem]:
    """G4: the newest version of the order already reflects every event used."""
    events: list[tuple[str, datetime]] = [
        (f"refund {refund.id}", refund.created_at) for refund in case.facts.refunds
    ]
    events += [(f"edit {edit.id}", edit.committed_at) for edit in case.facts.edits]
    events += [(f"agreement {a.id}", a.happened_at) for a in case.facts.agreements]
    settle = case.policy.settle  # clocks of gateways and shops differ
    events += [(f"{t.kind} {t.id}", t.processed_at - settle) for t in succeeded(case.facts)]
    failed = bounced(case.facts, case.order, keep_change=case.keep_change)
    events += [(f"failed payment {t.id}", t.processed_at) for t, _ in failed]
    return [
        case.incomplete(
            "G4",
            f"The order has not been received since {what}. Lejar waits for its newest version; "
            "any change to the order in Shopify sends it again.",
            ("order as of", case.latest.updated_at.isoformat()),
            (what, at.isoformat()),
        )
        for what, at in events
        if at > case.latest.updated_at
    ]


GUARDS: tuple[Callable[[Case], list[Problem]], ...] = (
    origin_is_known,
    order_is_ours_to_post,
    taxes_are_expected,
    amounts_are_in_order_currency,
    money_is_complete,
    paid_orders_show_their_money,
    latest_is_newest,
    refunds_are_whole,
    money_is_known_to_be_real,
    settings_are_answered,
)
