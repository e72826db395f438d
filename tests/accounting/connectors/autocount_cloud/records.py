"""What AutoCount Cloud shows of the documents in `entries`."""

from __future__ import annotations

from typing import Any

from tests.scripted_server import Step, reply

Row = dict[str, Any]


def listed(*rows: Row, total: int | None = None) -> Step:
    return reply(200, {"data": list(rows), "totalCount": len(rows) if total is None else total})


NOTHING = listed()
UNKNOWN = reply(404, {"statusCode": 404, "message": "Not found"})


def created(query: str = "", path: str = "invoice") -> Step:
    """The empty answer to a write, with its Location."""
    location = f"https://books.test/kedai-1042/{path}" + (f"?{query}" if query else "")
    return reply(201, "", {"Location": location})


def invoice_row(number: str = "SH-1001", **changes: Any) -> Row:
    usual = {
        "docKey": 121,
        "docNo": number,
        "docDate": "2026-11-20T00:00:00",
        "debtorCode": "300-C0001",
        "remark1": "5501",
        "total": 98.00,
        "tax": 9.00,
        "roundAdj": 0.00,
        "finalTotal": 107.00,
        "cancelled": False,
        "status": "Unapplied",
    }
    return usual | changes


def credit_row(number: str = "SH-1001-C5XX", **changes: Any) -> Row:
    return invoice_row(number) | {"docKey": 122, "tax": 4.50, "finalTotal": 49.50} | changes


def payment_row(number: str = "SH-1001-P533D", **changes: Any) -> Row:
    usual = {
        "docKey": 123,
        "docNo": number,
        "docType": "OR",
        "docNo2": "6601",
        "docDate": "2026-11-20T00:00:00",
        "totalPayment": 107.00,
        "netTotal": 107.00,
        "cancelled": False,
        "status": "Unapplied",
    }
    return usual | changes


def knock_off_row(number: str = "SH-1001-P533D_SH-1001", **changes: Any) -> Row:
    usual = {
        "knockOffKey": 77,
        "docNo": number,
        "docDate": "2026-11-20T00:00:00",
        "accNo": "300-C0001",
        "totalDR": 107.00,
        "totalCR": 107.00,
        "gainLoss": 0,
    }
    return usual | changes


def one(master: Row, *lines: Row) -> Step:
    """The answer to the reading of one record."""
    return reply(200, {"master": master, "details": list(lines)})


PAID = ({"accNo": "300-C0001", "amount": 107.00},)
KNOCKED = (
    {"koTransKey": 201, "docNo": "SH-1001", "knockOffAmount": 107.00, "amount": 107.00},
    {"koTransKey": 202, "docNo": "SH-1001-P533D", "knockOffAmount": -107.00, "amount": -107.00},
)


def open_item(number: str, type_: str, amount: float, applied: float = 0) -> Row:
    return {
        "koTransKey": 201,
        "sourceType": type_,
        "docNo": number,
        "accNo": "300-C0001",
        "amount": amount,
        "knockOffAmount": applied,
    }
