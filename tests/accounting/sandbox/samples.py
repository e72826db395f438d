"""Order A of the contract, #1001: 90.00 + 8.00 + 9.00 tax = 107.00, one unit refunded at 49.50."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

D = Decimal


def sql_invoice(**changes: Any) -> dict[str, Any]:
    return {
        "docNo": "SHP-1001",
        "docDate": "2026-11-20",
        "code": "300-C0001",
        "docRef1": "5500112233445",
        "details": [sql_line(), sql_line(account="500-100", amount=D("8.00"), taxed=False)],
        **changes,
    }


def sql_line(*, taxed: bool = True, **changes: Any) -> dict[str, Any]:
    tax = {"tax": "ST", "taxRate": "10%", "tariff": "6109", "taxAmt": D("9.00")}
    untaxed = {"taxAmt": D("0.00")}
    return {
        "account": "500-000",
        "description": "2 x Tee black M",
        **(tax if taxed else untaxed),
        "taxInclusive": False,
        "amount": D("90.00"),
        **changes,
    }


def sql_credit_note(**changes: Any) -> dict[str, Any]:
    line = sql_line(account="510-000", amount=D("45.00"), taxAmt=D("4.50"))
    return sql_invoice(docNo="SHP-1001-R1", docNoEx="SHP-1001", details=[line]) | changes


def sql_money(**changes: Any) -> dict[str, Any]:
    return {
        "docNo": "SHP-1001-P1",
        "docDate": "2026-11-20",
        "code": "300-C0001",
        "paymentMethod": "310-005",
        "docAmt": D("107.00"),
        **changes,
    }


def sql_knock(source: str, kind: str, target: str, amount: str) -> dict[str, Any]:
    row = {"docType": kind, "docNo": target, "koAmt": D(amount)}
    return {"docNo": source, "knockOffs": [row]}


def ac_invoice(**changes: Any) -> dict[str, Any]:
    return {
        "docNo": "SHP-1001",
        "docDate": "2026-11-20",
        "debtorCode": "300-C0001",
        "displayTerm": "C.O.D.",
        "refNo2": "5500112233445",
        "inclusiveTax": False,
        "isRoundAdj": False,
        "details": [
            ac_line(),
            {
                "accNo": "500-1000",
                "description": "Shipping",
                "qty": D("1.00"),
                "unitPrice": D("8.00"),
            },
        ],
        **changes,
    }


def ac_line(**changes: Any) -> dict[str, Any]:
    return {
        "itemCode": "TEE-BLK-M",
        "accNo": "500-0000",
        "description": "Tee black M",
        "uom": "UNIT",
        "qty": D("2.00"),
        "unitPrice": D("50.00"),
        "discount": "10.00",
        "taxCode": "S-10",
        **changes,
    }


def ac_credit_note(**changes: Any) -> dict[str, Any]:
    line = ac_line(accNo="510-0000", qty=D("1.00"), discount="5.00", goodsReturn=True)
    return ac_invoice(docNo="SHP-1001-R1", cnType="RETURN", details=[line]) | changes


def ac_money(amount: str = "107.00", **changes: Any) -> dict[str, Any]:
    return {
        "docNo": "SHP-1001-P1",
        "docDate": "2026-11-20",
        "debtorCode": "300-C0001",
        "docNo2": "6600112233445",
        "details": [ac_tender(amount)],
        **changes,
    }


def ac_tender(amount: str, **changes: Any) -> dict[str, Any]:
    tender = {"paymentMethod": "SHOPIFY", "paymentAmt": D(amount), "bankCharge": D("0.00")}
    return tender | changes


def ac_knock(source: str, kind: str, target: str, amount: str) -> dict[str, Any]:
    row = {"docType": kind, "docNo": target, "knockOffAmount": D(amount)}
    return {"docNo": source, "docDate": "2026-11-22", "knockOffs": [row]}
