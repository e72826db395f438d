"""The invariants of the engine, counted in the books' own documents and journal (engine 4).

Each check returns sentences with the figures in them; no sentence means that it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shopify_app.demo.expected import Expected, ExpectedOrder
from shopify_app.demo.figures import ZERO

Row = Mapping[str, Any]
SIGNS = {"invoice": 1, "debit_note": 1, "refund": 1, "payment": -1, "credit_note": -1}
DEBTOR_CONTROL = "300-000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the books of one shop hold, and what Lejar's own API says about the shop.
    `clearing` names the account of each gateway, `sweeps` looked for what got lost."""

    documents: Sequence[Row]
    journal: Sequence[Row]
    trial_balance: Row
    calls: Row
    clearing: Mapping[str, str]
    sweeps: Sequence[Row]
    held: Sequence[Row]
    failed_deliveries: Sequence[Row]
    orders: Mapping[str, int]  # state -> how many
    statuses: Mapping[str, Mapping[str, int]]  # document kind -> state -> how many

    @property
    def found(self) -> int:
        """Orders that Shopify listed and Lejar did not know, or only as they were before."""
        return self.swept("missing") + self.swept("stale")

    def swept(self, what: str) -> int:
        return sum(int(sweep[what]) for sweep in self.sweeps)

    @property
    def live(self) -> list[Row]:
        return [document for document in self.documents if not document["cancelled"]]

    def of(self, order: ExpectedOrder) -> list[Row]:
        """The order's own documents: its number, alone or before a dash."""
        return [
            document
            for document in self.live
            if document["number"] == order.stem or document["number"].startswith(order.stem + "-")
        ]

    def balance(self, account: str) -> Decimal:
        """Debit balance; negative when the account stands in credit."""
        rows = (row for row in self.trial_balance["rows"] if row["account"] == account)
        return sum((row["debit"] - row["credit"] for row in rows), ZERO)


Check = Callable[[Seen, Expected], list[str]]


def problems(seen: Seen, expected: Expected) -> list[str]:
    return [sentence for check in CHECKS for sentence in check(seen, expected)]


def as_meant(document: Row) -> Row:
    """Books without debit notes hold another invoice instead, whose number goes on after its
    order's: `KR-1001` is the order's own, `KR-1001-D1` raises what is owed of it."""
    beside = document["kind"] == "invoice" and document["number"].count("-") > 1
    return {**document, "kind": "debit_note"} if beside else document


def duplicates(seen: Seen) -> int:
    """Live documents beyond the first under one number."""
    numbers = Counter(document["number"].upper() for document in seen.live)
    return sum(numbers.values()) - len(numbers)


def unbalanced(seen: Seen) -> int:
    """Documents whose entries do not balance, and the trial balance if it does not."""
    sums: dict[tuple[str, str], Decimal] = {}
    for entry in seen.journal:
        key = (entry["kind"], entry["number"])
        sums[key] = sums.get(key, ZERO) + entry["debit"] - entry["credit"]
    whole: bool = seen.trial_balance["debit"] != seen.trial_balance["credit"]
    return sum(1 for rest in sums.values() if rest) + whole


def totals(documents: Iterable[Row]) -> dict[str, Decimal]:
    """Document totals by kind."""
    found: dict[str, Decimal] = {}
    for document in documents:
        found[document["kind"]] = found.get(document["kind"], ZERO) + document["total"]
    return found


def receivable(documents: Iterable[Row]) -> Decimal:
    return sum((SIGNS[document["kind"]] * document["total"] for document in documents), ZERO)


def one_live_document_per_number(seen: Seen, expected: Expected) -> list[str]:
    """E1."""
    count = duplicates(seen)
    return [f"{count} documents share their number with another"] if count else []


def nothing_but_expected_orders(seen: Seen, expected: Expected) -> list[str]:
    known = {document["number"] for order in expected.orders for document in seen.of(order)}
    return [
        f"{document['number']} belongs to no order that should be in the books"
        for document in seen.live
        if document["number"] not in known
    ]


def sums_of_every_order(seen: Seen, expected: Expected) -> list[str]:
    """E2: invoiced, paid, credited and refunded, to the sen."""
    return [
        f"{order.name}: {what} is {have} in the books and {want} in Shopify"
        for order in expected.orders
        for what, have, want in _compared(order, totals(seen.of(order)))
        if have != want
    ]


def _compared(
    order: ExpectedOrder, found: Mapping[str, Decimal]
) -> list[tuple[str, Decimal, Decimal]]:
    credit = found.get("credit_note", ZERO) - found.get("debit_note", ZERO)
    return [
        ("invoiced", found.get("invoice", ZERO), order.invoiced),
        ("paid", found.get("payment", ZERO), order.paid),
        ("credited", credit, order.credited),
        ("refunded", found.get("refund", ZERO), order.refunded),
    ]


def receivable_is_what_shopify_says(seen: Seen, expected: Expected) -> list[str]:
    wrong = [
        f"{order.name}: {receivable(seen.of(order))} is open in the books, "
        f"{order.receivable} in Shopify"
        for order in expected.orders
        if receivable(seen.of(order)) != order.receivable
    ]
    control = sum(
        (
            entry["debit"] - entry["credit"]
            for entry in seen.journal
            if entry["account"].startswith(DEBTOR_CONTROL)
        ),
        ZERO,
    )
    whole = sum((order.receivable for order in expected.orders), ZERO)
    if control != whole:
        wrong.append(f"Trade debtors stand at {control}, Shopify's outstanding is {whole}")
    return wrong


def every_knock_off_is_applied(seen: Seen, expected: Expected) -> list[str]:
    wrong = [
        f"{document['number']} has {document['unapplied']} left to knock off"
        for document in seen.live
        if document["unapplied"]
    ]
    for order in expected.orders:
        rows = seen.of(order)
        still = sum((document["outstanding"] or ZERO for document in rows), ZERO)
        if still != order.receivable:
            wrong.append(f"{order.name}: invoices show {still} open, not {order.receivable}")
    return wrong


def clearing_is_what_the_gateways_moved(seen: Seen, expected: Expected) -> list[str]:
    return [
        f"Clearing {gateway} stands at {seen.balance(account)}, "
        f"not {expected.clearing.get(gateway, ZERO)}"
        for gateway, account in seen.clearing.items()
        if gateway != "gift_card"  # its account also holds what was sold
        and seen.balance(account) != expected.clearing.get(gateway, ZERO)
    ]


def everything_balances(seen: Seen, expected: Expected) -> list[str]:
    count = unbalanced(seen)
    return [f"{count} entries of the books do not balance"] if count else []


def one_call_at_a_time(seen: Seen, expected: Expected) -> list[str]:
    """E6."""
    most = seen.calls["concurrent_max"]
    return [f"{most} calls ran side by side"] if most > 1 else []


def only_the_expected_orders_are_held(seen: Seen, expected: Expected) -> list[str]:
    held = {order["name"] for order in seen.held}
    wrong = [f"{name} should be held and is not" for name in sorted(expected.held - held)]
    wrong += [f"{name} is held" for name in sorted(held - expected.held)]
    return wrong + [
        f"{order['name']} is held without a reason" for order in seen.held if not order["problems"]
    ]


def nothing_is_left_unsent(seen: Seen, expected: Expected) -> list[str]:
    """E5: what Lejar planned is in the books."""
    return [
        f"{count} {kind.replace('_', ' ')} documents are {state}"
        for kind, states in seen.statuses.items()
        for state, count in states.items()
        if state != "posted" and count
    ]


def every_lost_order_was_found(seen: Seen, expected: Expected) -> list[str]:
    """That one half of whose webhooks got lost was found as well shows in its sums."""
    wrong = [
        f"A sweep for lost orders is {sweep['state']}: {sweep['message']}"
        for sweep in seen.sweeps
        if sweep["state"] != "finished"
    ]
    wrong += [
        f"{order.name} is not in the books: its webhooks got lost, and no sweep found it"
        for order in expected.orders
        if order.name in expected.lost and not seen.of(order)
    ]
    missing = seen.swept("missing")
    if missing != len(expected.lost):
        wrong.append(f"Sweeps found {missing} unknown orders, {len(expected.lost)} were lost")
    return wrong


def unreadable_deliveries_are_visible(seen: Seen, expected: Expected) -> list[str]:
    topics = sorted(delivery["topic"] for delivery in seen.failed_deliveries)
    if topics != ["carts/update", "orders/create"]:
        return [f"Failed deliveries: {', '.join(topics) or 'none'}"]
    return [
        f"The failed {delivery['topic']} says no reason"
        for delivery in seen.failed_deliveries
        if not delivery["error"]
    ]


CHECKS: tuple[Check, ...] = (
    one_live_document_per_number,
    nothing_but_expected_orders,
    sums_of_every_order,
    receivable_is_what_shopify_says,
    every_knock_off_is_applied,
    clearing_is_what_the_gateways_moved,
    everything_balances,
    one_call_at_a_time,
    only_the_expected_orders_are_held,
    nothing_is_left_unsent,
    every_lost_order_was_found,
    unreadable_deliveries_are_visible,
)
