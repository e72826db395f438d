"""Receipts (OR) and payment vouchers (PV) of AutoCount Cloud's cash book (contract 9 and 15).

A receipt is a payment of a debtor, a payment voucher a refund to one: the debtor's row becomes an
open item. Rows on other accounts exist in the real product; this stand-in keeps no others than a
debtor's, because its ledger is one of debtors.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounting.sandbox import autocount_cloud_tables as tables
from accounting.sandbox import ledger
from accounting.sandbox.autocount_cloud_ask import Ask
from accounting.sandbox.autocount_cloud_body import Reader, Values
from accounting.sandbox.autocount_cloud_book import Book, not_exists, refused
from accounting.sandbox.autocount_cloud_numbers import number_of, stamps
from accounting.sandbox.ledger import Header, Tender
from accounting.sandbox.masters import listed
from accounting.sandbox.models import ZERO, Account, Debtor, PaymentMethod, Voucher

HUNDRED = Decimal(100)


def write_money(ask: Ask, over: Voucher | None = None) -> Voucher:
    """The cash book entry of a body, in place of `over` if given.

    Raises Refused or ledger.Refusal, with nothing written.
    """
    book, reader = ask.book, Reader(ask.book)
    master = reader.part(ask.body, "master", tables.CASH)
    rows = [row for row in reader.rows(ask.body, "details", tables.CASH_LINE) if row["amount"]]
    tenders = reader.rows(ask.body, "paymentDetails", tables.TENDER)
    reader.options(ask.body, "autoFillOption", tables.AUTO_FILL)
    kind = tables.CASH_KINDS.get(master["docType"])
    if kind is None:
        raise refused(f"DocType {master['docType']} is not valid", "18.8 D")
    debtor = _debtor(book, rows)
    _check_master(book, master, debtor)
    _check_sums(rows, tenders)
    number, copy = number_of(book, kind, master.get("docNo", ""), debtor, over)
    kept = {"master": master, "details": rows, "paymentDetails": tenders}
    header = Header(
        kind=kind,
        number=number,
        copy=copy,
        date=master["docDate"],
        debtor=debtor,
        rate=book.rate(debtor.currency, master["currencyRate"]),
        reference=master.get("docNo2", ""),
        fields={**kept, **stamps(ask, over)},
    )
    money = _tenders(book, debtor, master, tenders)
    if over is None:
        return ledger.post_money(book.company, header, money)
    ledger.rewrite_money(over, header, money)
    return over


def _debtor(book: Book, rows: list[Values]) -> Debtor:
    """The debtor of the rows that bear an amount; rows of nothing were dropped (contract 9)."""
    if not rows:
        raise refused(tables.REQUIRED_PART.format("Details"), "18.8 D")
    if any(row["amount"] < 0 for row in rows):
        raise refused("Amount must be greater than 0", "18.8 A")
    if any(row.get("taxCode") for row in rows):
        raise refused("A debtor's row bears no tax", "18.8 A")
    for row in rows:
        book.require_listed("departments", "Dept", row.get("deptNo"))
    codes = sorted({row["accNo"] for row in rows})
    if len(codes) > 1:
        raise refused("The stand-in keeps one debtor in an entry", "18.8 A")
    return book.debtor(codes[0], "Account")


def _check_master(book: Book, master: Values, debtor: Debtor) -> None:
    book.require_open(master["docDate"])
    book.require_tax_date(master)
    book.require_listed("currencies", "Currency", master["currencyCode"])
    if master["currencyCode"] != debtor.currency:
        raise refused(f"CurrencyCode {master['currencyCode']} is not the debtor's", "18.8 A")
    methods = listed(book.company, "payment_methods")
    if master["journalType"] not in {row.get("journalType") for row in methods}:
        raise not_exists("JournalType", master["journalType"], "18.3 A")


def _check_sums(rows: list[Values], tenders: list[Values]) -> None:
    if any(tender["paymentAmt"] <= 0 for tender in tenders):
        raise refused("PaymentAmt must be greater than 0", "18.8 D")
    owed = sum((row["amount"] for row in rows), ZERO)
    paid = sum((tender["paymentAmt"] for tender in tenders), ZERO)
    if owed != paid:
        raise refused(f"Total of details {owed} differs from total payment {paid}", "18.8 D")


def _tenders(book: Book, debtor: Debtor, master: Values, rows: list[Values]) -> list[Tender]:
    methods = book.methods(row["paymentMethod"] for row in rows)
    return [_tender(book, debtor, methods[row["paymentMethod"]], row) for row in rows]


def _tender(book: Book, debtor: Debtor, method: PaymentMethod, row: Values) -> Tender:
    if book.is_home(debtor.currency) and row.get("toBankRate", 1) != 1:
        raise refused(f"ToBankRate {row['toBankRate']:f} is not valid", "18.3 A")
    settings = book.method_settings(method.code)
    charge = row.get("bankCharge")
    if charge is None:
        charge = row["bankCharge"] = _usual_charge(book, settings, row["paymentAmt"])
    if not 0 <= charge <= row["paymentAmt"]:
        raise refused(f"BankCharge {charge} is not valid", "18.8 A")
    return Tender(
        account=method.account,
        method=method.code,
        amount=row["paymentAmt"],
        charge=charge,
        charge_account=_charge_account(book, settings) if charge else None,
    )


def _usual_charge(book: Book, settings: dict[str, Any], amount: Decimal) -> Decimal:
    """What the payment method charges of itself where a tender names no charge (assumed)."""
    percent = Decimal(str(settings.get("bankChargePercent", 0)))
    if not percent or book.switch("omitted_bank_charge", "percent") == "zero":
        return ZERO
    least = Decimal(str(settings.get("minBankCharge", 0)))
    return book.rounded(max(amount * percent / HUNDRED, least), "money")


def _charge_account(book: Book, settings: dict[str, Any]) -> Account:
    code = settings.get("bankChargeAccount")
    if code:
        return book.accounts([code])[code]
    rows = Account.objects.filter(company=book.company, type=Account.BANK_CHARGE)
    return rows.earliest("code")
