"""Two habits seen on AutoCount servers, each behind a switch of the company (contract 6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting.sandbox.call import Call

SENT_FIRST = ("docNo", "docDate", "debtorCode")
DEFAULTS: Mapping[str, Any] = {
    "displayTerm": "C.O.D.",
    "inclusiveTax": False,
    "isRoundAdj": False,
    "submitEInvoice": False,
    "consolidatedEInvoice": False,
}


def reset_early_fields(call: Call) -> dict[str, Any]:
    """With `key_order` on: what stands before the debtor, or a flag before the lines, is lost."""
    body = dict(call.body)
    if not call.company.switches.get("key_order"):
        return body
    keys = list(body)
    before_debtor = keys[: keys.index("debtorCode")] if "debtorCode" in body else []
    before_lines = keys[: keys.index("details")] if "details" in body else []
    flags = [key for key in before_lines if key in ("submitEInvoice", "consolidatedEInvoice")]
    for key in {*before_debtor, *flags} - set(SENT_FIRST):
        body.pop(key)
        body.update({key: DEFAULTS[key]} if key in DEFAULTS else {})
    return body


def infer_integers(call: Call, rows: str, amount: str) -> dict[str, Any]:
    """With `integer_inference` on: one first amount without decimals rounds all of the set."""
    body = dict(call.body)
    given = body.get(rows)
    if not call.company.switches.get("integer_inference") or not isinstance(given, list):
        return body
    if given and isinstance(given[0], dict) and isinstance(given[0].get(amount), int):
        body[rows] = [_rounded(row, amount) for row in given]
    return body


def _rounded(row: Any, amount: str) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get(amount), Decimal):
        return row
    return {**row, amount: row[amount].quantize(Decimal("1"), ROUND_HALF_UP)}
