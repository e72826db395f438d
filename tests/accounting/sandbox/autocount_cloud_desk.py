"""A client of one AutoCount Cloud book, and the bodies of the contract's reference order A.

Order A, #1001: 2 x 50.00 - 10.00 + 8.00 shipping + 9.00 tax = 107.00; one unit refunded at 49.50.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import Client

from accounting.sandbox.autocount_cloud_opening import API_KEY, KEY_ID, demo_book
from accounting.sandbox.models import Company, Debtor, Entry, KnockOff, KnockOffEntry, Voucher
from tests.accounting.sandbox.conftest import json_text, read

D = Decimal
RECORDS = (Voucher, KnockOffEntry, Debtor)


class CloudDesk:
    """One book, its credentials, and the bookkeeper's way into it."""

    def __init__(self, client: Client, **given: Any) -> None:
        opening = {**demo_book(), **given}
        answer = client.post("/sandbox/companies", opening, content_type="application/json")
        assert answer.status_code == 201, answer.content
        self.client, self.book_id, self.company_id = client, opening["key"], answer.json()["id"]

    @property
    def company(self) -> Company:
        return Company.objects.get(pk=self.company_id)

    def call(self, method: str, path: str, body: Any = None, **changes: Any) -> Any:
        """The HTTP answer. Money in `body` may be a Decimal; text goes as it is."""
        headers = {"Key-ID": KEY_ID, "API-Key": API_KEY, **changes.pop("headers", {})}
        raw = body if isinstance(body, (str, bytes)) else json_text(body)
        return self.client.generic(
            method,
            f"/sandbox/autocount_cloud/{changes.pop('book', self.book_id)}/{path}",
            b"" if body is None else raw,
            content_type=changes.pop("content_type", "application/json"),
            headers={name: value for name, value in headers.items() if value is not None},
        )

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def read(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        return read(answer)

    def write(self, path: str, body: Any) -> str:
        """The Location of what was created; fails for anything but a creation."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.content
        return str(answer["Location"])

    def books(self, path: str) -> Any:
        return read(self.client.get(f"/sandbox/companies/{self.company_id}/{path}"))

    def switch(self, **switches: Any) -> None:
        answer = self.client.put(
            f"/sandbox/companies/{self.company_id}/switches",
            switches,
            content_type="application/json",
        )
        assert answer.status_code == 200, answer.content

    def balances(self) -> dict[str, Decimal]:
        """Debit minus credit of the accounts that have moved; asserts that they balance."""
        balance = self.books("trial-balance")
        assert balance["debit"] == balance["credit"]
        moved = {row["account"]: row["debit"] - row["credit"] for row in balance["rows"]}
        return {account: amount for account, amount in moved.items() if amount}

    def contents(self) -> Any:
        """Everything in the book, to show that a refusal changed nothing."""
        own = [list(m.objects.filter(company_id=self.company_id).values()) for m in RECORDS]
        entries = Entry.objects.filter(voucher__company_id=self.company_id).order_by("id")
        knocks = KnockOff.objects.filter(source__company_id=self.company_id).order_by("id")
        return own, list(entries.values()), list(knocks.values())

    def rule(self) -> str:
        """The rule that the last call was refused by."""
        return str(self.books("calls?after=0&limit=1000")["records"][-1]["rule"])


def invoice(*, details: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Order A's invoice; `changes` are the master's."""
    master = {
        "docNo": "SHP-1001",
        "docDate": "2026-11-20",
        "debtorCode": "300-S001",
        "debtorName": "Nur Aisyah",
        "creditTerm": "C.O.D.",
        "salesLocation": "HQ",
        "ref": "#1001",
        "remark1": "5500112233445",
        "currencyRate": D("1.00"),
        "inclusiveTax": False,
        "isRoundAdj": False,
    }
    lines = [line(), shipping()] if details is None else details
    return {"master": {**master, **changes}, "details": lines, "autoFillOption": {"accNo": False}}


def line(**changes: Any) -> dict[str, Any]:
    return {
        "productCode": "TEE-BLK-M",
        "accNo": "500-0000",
        "description": "Tee black M",
        "qty": D("2.00"),
        "unit": "UNIT",
        "unitPrice": D("50.00"),
        "discount": "10.00",
        "taxCode": "S-10",
        **changes,
    }


def shipping(**changes: Any) -> dict[str, Any]:
    row = {"accNo": "500-1000", "description": "Shipping", "qty": D("1.00"), "unitPrice": D("8.00")}
    return row | changes


def inclusive_invoice() -> dict[str, Any]:
    """Order B, tax-inclusive: 108.00 - 10.80 + 8.00 = 105.20 with 8.84 + 0.45 tax."""
    lines = [line(unitPrice=D("54.00"), discount="10.80"), shipping(taxCode="SV-6")]
    return invoice(docNo="SHP-1002", inclusiveTax=True, details=lines)


def credit_note(*, details: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    returned = line(accNo="510-0000", qty=D("1.00"), discount="5.00", goodsReturn=True)
    changes = {"docNo": "SHP-1001-R1", "docDate": "2026-11-22", **changes}
    body = invoice(ourInvoiceNo="SHP-1001", reason="Customer return", **changes)
    return {**body, "details": [returned] if details is None else details}


def receipt(amount: str = "107.00", *, tender: Any = None, **changes: Any) -> dict[str, Any]:
    master = {
        "docType": "OR",
        "docNo": "SHP-1001-P1",
        "docNo2": "6600112233445",
        "docDate": "2026-11-20",
        "currencyCode": "MYR",
        "currencyRate": D("1.00"),
        "journalType": "BANK",
        "dealWith": "Nur Aisyah",
    }
    paid = {
        "paymentMethod": "SHOPIFY",
        "paymentBy": "Card",
        "chequeNo": "ch_3Qx9",
        "paymentAmt": D(amount),
        "bankCharge": D("0.00"),
        "toBankRate": D("1.00"),
    }
    return {
        "master": {**master, **changes},
        "details": [{"accNo": "300-S001", "description": "Order #1001", "amount": D(amount)}],
        "paymentDetails": [{**paid, **(tender or {})}],
    }


def payout(amount: str = "49.50", **changes: Any) -> dict[str, Any]:
    return receipt(
        amount, **{"docType": "PV", "docNo": "SHP-1001-F1", "docDate": "2026-11-22", **changes}
    )


def knock(*rows: tuple[str, str, str], **changes: Any) -> dict[str, Any]:
    master = {"accNo": "300-S001", "docNo": "SHP-1001-K1", "docDate": "2026-11-22", **changes}
    details = [
        {"docType": code, "docNo": number, "knockOffAmount": D(amount)}
        for code, number, amount in rows
    ]
    return {"master": master, "details": details}


INVOICE_PAID = (("IV", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "-107.00"))
CREDIT_RETURNED = (("PV", "SHP-1001-F1", "49.50"), ("CN", "SHP-1001-R1", "-49.50"))
