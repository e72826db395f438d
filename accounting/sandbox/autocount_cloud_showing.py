"""AutoCount Cloud's documents as they are read back (contract 8.4, 9, 10.1 and 10.3)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounting.sandbox.autocount_cloud_book import Book
from accounting.sandbox.autocount_cloud_tables import (
    CASH_KINDS,
    STATUS_APPLIED,
    STATUS_OPEN,
    STATUS_PAID,
    STATUS_PARTLY,
)
from accounting.sandbox.ledger import Kind, half_up
from accounting.sandbox.models import ZERO, KnockOffEntry, Voucher

DAYS = re.compile(r"\d+")
CASH_CODES = {kind: code for code, kind in CASH_KINDS.items()}
AMOUNTS = (
    *("qty", "unitPrice", "taxAdjustment", "localTaxAdjustment", "unitCost", "localTotalCost"),
    *("taxRate", "discountAmt", "subTotal", "subTotalExTax", "tax", "amount", "toAccountRate"),
    *("paymentAmt", "bankCharge", "toBankRate", "floatDay", "bankChargeTax", "bankChargeTaxRate"),
    *("currencyRate", "knockOffAmount", "localAmount"),
)


def show(book: Book, voucher: Voucher) -> dict[str, Any]:
    """The whole document: `master`, `details` and, of the cash book, `paymentDetails`."""
    shown = {"master": master(book, voucher), "details": _rows(voucher, "details")}
    if voucher.kind in CASH_CODES:
        shown["paymentDetails"] = _rows(voucher, "paymentDetails")
    return shown


def master(book: Book, voucher: Voucher) -> dict[str, Any]:
    """The head of a document, as a listing shows it too."""
    common = {
        **_typed(voucher.fields["master"]),
        "docKey": voucher.pk,
        "docNo": voucher.number,
        "docDate": f"{voucher.date.isoformat()}T00:00:00",
        "currencyCode": voucher.currency,
        "currencyRate": voucher.rate,
        "cancelled": voucher.cancelled,
        "status": _status(voucher),
        "createdTimeStamp": voucher.fields["createdTimeStamp"],
        "createdUserID": voucher.fields["createdUserID"],
        "lastModified": voucher.fields["lastModified"],
    }
    return {**common, **(_money(voucher) if voucher.kind in CASH_CODES else _sale(voucher))}


def _money(voucher: Voucher) -> dict[str, Any]:
    return {
        "docType": CASH_CODES[Kind(voucher.kind)],
        "totalPayment": voucher.total,
        "netTotal": voucher.total,
    }


def _sale(voucher: Voucher) -> dict[str, Any]:
    """`total` is before tax, `netTotal` with it, and `finalTotal` after rounding."""
    details = _rows(voucher, "details")
    net = _sum(details, "subTotalExTax")
    tax = _sum(details, "tax")
    days = DAYS.search(voucher.fields["master"]["creditTerm"])
    due = voucher.date + timedelta(days=min(int(days[0]), 9999) if days else 0)
    return {
        "debtorCode": voucher.debtor.code,
        "dueDate": f"{due.isoformat()}T00:00:00",
        "totalExTax": net,
        "exTax": net,
        "total": net,
        "taxableAmt": _sum([row for row in details if row.get("taxCode")], "subTotalExTax"),
        "tax": tax,
        "localTax": half_up(tax * voucher.rate),
        "netTotal": net + tax,
        "localNetTotal": half_up((net + tax) * voucher.rate),
        "roundAdj": Decimal(voucher.fields["roundAdj"]),
        "finalTotal": voucher.total,
        "voidReason": voucher.fields.get("voidReason", ""),
        "eInvoiceUuid": None,
        "eInvoiceValidationLink": None,
    }


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows), ZERO)


def _rows(voucher: Voucher, name: str) -> list[dict[str, Any]]:
    return [
        {
            **_typed(row),
            "docKey": voucher.pk,
            "dtlKey": voucher.pk * 1000 + position,
            "seq": position * 16,
            **_local(voucher, row),
        }
        for position, row in enumerate(voucher.fields[name], 1)
    ]


def _local(voucher: Voucher, row: dict[str, Any]) -> dict[str, Any]:
    """The amounts of a line in the home currency."""
    names = {"subTotal": "localSubTotal", "tax": "localTax", "subTotalExTax": "localSubTotalExTax"}
    return {
        local: half_up(Decimal(row[name]) * voucher.rate)
        for name, local in names.items()
        if name in row
    }


def _typed(kept: dict[str, Any]) -> dict[str, Any]:
    """Amounts as numbers again: the database keeps them as text."""
    return {
        name: Decimal(value) if name in AMOUNTS and value is not None else value
        for name, value in kept.items()
    }


def _status(voucher: Voucher) -> str:
    if not voucher.applied:
        return STATUS_OPEN
    if voucher.open_amount:
        return STATUS_PARTLY
    return STATUS_PAID if voucher.kind == Kind.INVOICE else STATUS_APPLIED


def show_entry(book: Book, entry: KnockOffEntry) -> dict[str, Any]:
    details = [_typed(row) for row in entry.rows]
    for row in details:
        del row["localAmount"]
    return {"master": entry_master(book, entry), "details": details}


def entry_master(_book: Book, entry: KnockOffEntry) -> dict[str, Any]:
    """The head of an entry. What its rows leave in the home currency is a loss."""
    rows = [_typed(row) for row in entry.rows]
    debit = sum((row["knockOffAmount"] for row in rows if row["knockOffAmount"] > 0), ZERO)
    return {
        "knockOffKey": entry.pk,
        "accNo": entry.debtor.code,
        "docNo": entry.number,
        "docDate": f"{entry.date.isoformat()}T00:00:00",
        "totalDR": debit,
        "totalCR": debit,
        "gainLoss": -_sum(rows, "localAmount"),
        "cancelled": entry.cancelled,
        "createdTimeStamp": entry.fields["createdTimeStamp"],
        "createdUserID": entry.fields["createdUserID"],
        "lastModified": entry.fields["lastModified"],
    }
