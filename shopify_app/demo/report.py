"""The tables at the end: what arrived, what became of it, and whether the books agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from shopify_app.demo import checks
from shopify_app.demo.checks import Seen
from shopify_app.demo.expected import Expected
from shopify_app.demo.figures import ZERO
from shopify_app.demo.screen import Screen

ORDERS_SHOWN = 12
ORDERS = {
    "planned": "turned into documents",
    "held": "held: something is missing or wrong",
    "excluded": "nothing to post: not paid, cancelled before payment, or a test",
    "waiting": "waiting for more from Shopify",
    "reversed": "taken back out of the books",
}
ON_PURPOSE = "map it, and it goes on by itself; this demo leaves one unmapped on purpose"
NOT_EXPECTED = "NOT EXPECTED: it should be in the books"
NAMES = {"allocation": "knock-off"}  # the others are called what bookkeepers call them


def show(screen: Screen, title: str, seen: Seen, expected: Expected) -> None:
    """All tables of one shop."""
    screen.say()
    screen.say(f"=== {title} ===")
    _orders(screen, seen)
    _documents(screen, seen)
    _holds(screen, seen, expected)
    _receivables(screen, seen, expected)
    _clearing(screen, seen, expected)
    _trial_balance(screen, seen)


def verdict(screen: Screen, wrong: Sequence[str]) -> None:
    screen.say()
    if not wrong:
        screen.say("  The books agree with the shop: every invariant holds.")
        return
    screen.say(f"  {len(wrong)} things are not as they should be:")
    for sentence in wrong:
        screen.say(f"    - {sentence}")


def _orders(screen: Screen, seen: Seen) -> None:
    rows = [(ORDERS.get(state, state), count) for state, count in seen.orders.items()]
    screen.table(
        "Orders", ("what became of them", "count"), [*rows, ("together", sum(seen.orders.values()))]
    )


def _documents(screen: Screen, seen: Seen) -> None:
    sums = checks.totals(seen.live)
    rows = [
        (NAMES.get(kind, kind.replace("_", " ")), state, count, _amount(sums, kind))
        for kind, states in sorted(seen.statuses.items())
        for state, count in sorted(states.items())
    ]
    screen.table("Documents", ("document", "state", "count", "amount in the books"), rows)


def _amount(sums: Mapping[str, Decimal], kind: str) -> Decimal | str:
    """A knock-off settles amounts that other documents brought; it has none of its own."""
    return "" if kind in NAMES else sums.get(kind, ZERO)


def _holds(screen: Screen, seen: Seen, expected: Expected) -> None:
    rows = [
        (order["name"], problem["code"], problem["message"], _why(order["name"], expected))
        for order in seen.held
        for problem in order["problems"]
    ]
    screen.table("Held orders", ("order", "hold", "why", "what to do"), rows)
    failed = [
        (row["topic"], row["path"] or "whole body", row["error"]) for row in seen.failed_deliveries
    ]
    title = "Failed deliveries (kept for another try; nothing of them is in the books)"
    screen.table(title, ("topic", "field", "why"), failed)


def _why(name: str, expected: Expected) -> str:
    return ON_PURPOSE if name in expected.held else NOT_EXPECTED


def _receivables(screen: Screen, seen: Seen, expected: Expected) -> None:
    """Orders with something open or something wrong, then all of them in one line."""
    rows: list[tuple[str, Decimal, Decimal, str]] = []
    for order in expected.orders:
        have = checks.receivable(seen.of(order))
        if have or have != order.receivable:
            rows.append((order.name, have, order.receivable, _agrees(have, order.receivable)))
    have = sum((checks.receivable(seen.of(order)) for order in expected.orders), ZERO)
    want = sum((order.receivable for order in expected.orders), ZERO)
    shown = [*rows[:ORDERS_SHOWN], (f"all {len(expected.orders)}", have, want, _agrees(have, want))]
    header = ("order", "open in the books", "outstanding in Shopify", "compared")
    screen.table("Receivable per order (orders not shown: 0.00 in both)", header, shown)


def _clearing(screen: Screen, seen: Seen, expected: Expected) -> None:
    rows = []
    for gateway, account in seen.clearing.items():
        if gateway != "gift_card":
            have, want = seen.balance(account), expected.clearing.get(gateway, ZERO)
            rows.append((gateway, account, have, want, _agrees(have, want)))
    header = ("gateway", "account", "balance", "moved in Shopify", "compared")
    screen.table("Clearing account per gateway", header, rows)


def _trial_balance(screen: Screen, seen: Seen) -> None:
    rows = [
        (row["account"], row["name"], row["debit"], row["credit"])
        for row in seen.trial_balance["rows"]
        if row["debit"] or row["credit"]
    ]
    whole = ("Total", "", seen.trial_balance["debit"], seen.trial_balance["credit"])
    screen.table("Trial balance", ("account", "name", "debit", "credit"), [*rows, whole])


def _agrees(have: Decimal, want: Decimal) -> str:
    return "agrees" if have == want else "DIFFERS"
