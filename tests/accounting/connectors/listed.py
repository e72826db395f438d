"""Documents as the books list them, with the field names of each system."""

from __future__ import annotations

from typing import Any


def sql_row(number: str = "SH-1001", **changes: Any) -> dict[str, Any]:
    usual = {"docNo": number, "code": "300-C0001", "docAmt": 107.00, "outstanding": 107.00}
    return usual | {"cancelled": False} | changes


def ac_row(number: str = "SH-1001", **changes: Any) -> dict[str, Any]:
    usual = {"docKey": 4711, "docNo": number, "debtorCode": "300-C0001", "cancelled": False}
    return usual | changes
