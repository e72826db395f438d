"""The accounting treatment as a list to tick off: rows of its table, worked examples, rulings.

`NOT_YET` shrinks: a test fails when something in it has got a case, and when something that is
not in it has none.
"""

from __future__ import annotations

ROWS = {
    "1": "Order paid at once",
    "2": "Money only reserved on a card",
    "3": "Payment that has not succeeded",
    "4": "Reservation given up (void)",
    "5": "Payment that fails after it had succeeded",
    "6": "Order not paid yet",
    "7": "Part payment",
    "8": "Payment that comes later",
    "9": "Several ways of paying",
    "10": "Cash with change",
    "11": "Paid too much",
    "12": "Gift card sold",
    "13": "Gift card redeemed",
    "14": "Store credit used or given",
    "15": "Gift card or credit given for free",
    "16": "Tip",
    "17": "Shipping",
    "18": "Duties and additional fees",
    "19": "Discounts",
    "20": "Free order",
    "21": "Test order",
    "22": "Draft order",
    "23": "Cash rounding",
    "24": "Refund, goods back into stock",
    "25": "Refund, goods not back into stock",
    "26": "Shipping refunded",
    "27": "Amount given back for goodwill",
    "28": "Less given back than taken back",
    "29": "More given back than was invoiced",
    "30": "Refund still pending",
    "31": "Refund whose money did not go",
    "32": "Taken off an unpaid order",
    "33": "Taken back from a paid order, no money yet",
    "34": "Empty refund record",
    "35": "Credit note of 0.00",
    "36": "Gift card taken back",
    "37": "Exchange",
    "38": "Edited before its invoice",
    "39": "Edit that adds",
    "40": "Edit that takes off",
    "41": "Cancelled before any document",
    "42": "Cancelled unpaid after its invoice",
    "43": "Cancelled after payment",
    "44": "Order deleted in Shopify",
    "45": "Chargeback",
    "46": "Tax that the marketplace owes",
    "47": "Order of an excluded source",
    "48": "Customer's currency is another, books in the shop's",
    "49": "Customer's currency is another, books in the customer's",
    "50": "Gateway fee and payout",
    "51": "Fulfilment, notes, tags, archive",
    "52": "Order from before the cut-over",
    "53": "Money or refund of such an order",
}

EXAMPLES = (
    *(f"E{number}" for number in range(1, 13)),
    "E13a",
    "E13b",
)

RULINGS = {
    "R1": "A payment that bounced was a payment",
    "R2": "Free order charged later",
    "R3": "Which adjustments count",
    "R4": "Sources are excluded by their name only",
    "R5": "Money after a cancellation",
    "R6": "Cancelled with money kept",
    "R7": "A silent copy erases nothing",
    "R8": "Numbers of edits and exchanges",
    "R9": "Date of a payment's reversal",
    "R10": "Units taken off count on both sides",
    "R11": "A credit note of 0.00 that moves stock",
    "R12": "One sen between lines",
    "R13": "Named reasons for money without goods",
    "R14": "When an order that waits is complete",
    "R15": "Discounted gift card",
    "R16": "Tax inside an adjustment",
    "R17": "Exchange difference when the order settles",
    "R18": "Pending refund, one row or a pair",
    "R19": "What is a tip",
    "R20": "Shipping figures",
    "R21": "Shopify's own ledger gives no amounts alone",
    "R22": "Converted taxes that miss by some sen",
    "R23": "Marketplace tax needs an account",
    "R24": "Accounts of what is refunded",
    "R25": "Return and restocking fees",
    "R26": "Small ones: cut-over day, null flags, dates",
}

NO_WEBHOOK = {
    "15": "Shopify sends nothing that Lejar reads: there is no order.",
    "50": "Shopify sends nothing that Lejar reads: it is booked from the provider's statement.",
}

NOT_YET: frozenset[str] = frozenset()


def names() -> list[str]:
    """Everything that is to have a case, in the treatment's order."""
    return [*ROWS, *EXAMPLES, *RULINGS]


def title_of(name: str) -> str:
    return ROWS.get(name) or RULINGS.get(name) or "Worked example"


def in_words(rows: tuple[str, ...]) -> str:
    """`row 24, E8, R12, I7, section 4.4`."""
    return ", ".join(f"row {row}" if row in ROWS else row.replace("§", "section ") for row in rows)
