"""The merchant's rules under which orders live: every code mapped, policies drawn."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accounting.documents.rules import GatewayCode, ItemCode, Policy, Rules, TaxCode

SALES = ItemCode(
    account="sales", returns_account="returns", returns_nostock_account="returns_nostock"
)
TAX_CODES = {
    ("sst", 10): "S10",
    ("gst", 9): "SR9",
    ("gst", 0): "ZR",
    ("levy", 5): "L5",
    ("marketplace tax", 8): "",
}
GATEWAYS = {
    "stripe": "clearing:stripe",
    "ipay88": "clearing:ipay88",
    "cashondeliverycod": "clearing:cod",
    "cash": "till",
}
ROLES = (
    *("shipping", "discount", "tips", "duties", "fees", "gift_card", "store_credit", "allowance"),
    *("restock_fee", "rounding", "fx", "channel_tax", "tax:L5", "tax:S10", "tax:SR9"),
)


def rules(rng: Random, themes: frozenset[str]) -> Rules:
    """Accounts are called like their role."""
    return Rules(
        policy=_policy(rng, themes),
        items={("default", ""): SALES, ("no_product", ""): SALES},
        taxes={
            (title, Decimal(percent) / 100, channel): TaxCode(code=code or "CH")
            for (title, percent), code in TAX_CODES.items()
            for channel in (False, True)
        },
        gateways={name: GatewayCode(account=account) for name, account in GATEWAYS.items()},
        accounts={role: role for role in ROLES},
    )


def _policy(rng: Random, themes: frozenset[str]) -> Policy:
    drawn: dict[str, Any] = {
        "trigger": rng.choice(("paid", "created")),
        "partial_payment": rng.choice(("post", "post", "wait")),
        "invoice_date": rng.choice(("order", "trigger")),
    }
    side = rng.choice(("shop", "presentment"))
    discounts = rng.choice(("net", "gross"))
    window = rng.choice((0, 0, 0, 120))
    if "fx" in themes:
        drawn["currency_side"] = side
    if "gross" in themes:
        drawn["discounts"] = discounts
    if "fold" in themes:
        drawn["fold_window"] = timedelta(minutes=window)
    return Policy(
        prefix="SH",
        time_zone="Asia/Kuala_Lumpur",
        currency="MYR",
        cash_debtors={c: f"300-C{c}" for c in ("MYR", "USD", "JPY", "BHD")},
        **drawn,
    )
