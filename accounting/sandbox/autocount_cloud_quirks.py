"""Habits of desktop fronts that a client of the same shape may meet (contract 18, rule 12).

Each is off unless the company's switches say otherwise. Queued commands are not among them: no
shape of theirs is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounting.sandbox import quirks
from accounting.sandbox.call import Call

E_INVOICE = ("submitEInvoice", "submitConsolidatedEInvoice")
SETS = (("details", "amount"), ("details", "knockOffAmount"), ("paymentDetails", "paymentAmt"))


def body_as_read(call: Call) -> Mapping[str, Any]:
    """The body as the front understands it."""
    read = replace(call, body=_with_flags_reset(call))
    for rows, amount in SETS:
        read = replace(read, body=quirks.infer_integers(read, rows, amount))
    return read.body


def _with_flags_reset(call: Call) -> Mapping[str, Any]:
    """With `key_order` on: an e-invoice flag that is sent before the debtor is lost."""
    master = call.body.get("master")
    if not call.company.switches.get("key_order") or not isinstance(master, dict):
        return call.body
    names = list(master)
    early = names[: names.index("debtorCode")] if "debtorCode" in names else []
    kept = {name: master[name] for name in names if name not in early or name not in E_INVOICE}
    return {**call.body, "master": kept}
