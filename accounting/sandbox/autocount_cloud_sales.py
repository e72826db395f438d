"""Invoices and credit notes of AutoCount Cloud (contract 8, 10.1 and 13).

A line is quantity times price, rounded, less its discount; the book computes its tax and adds the
line's tax adjustment. Nothing can be charged or paid on the invoice itself here: what the real
product makes of its payment fields is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.sandbox import autocount_cloud_tables as tables
from accounting.sandbox import ledger
from accounting.sandbox.autocount_cloud_ask import Ask
from accounting.sandbox.autocount_cloud_body import Reader, Values
from accounting.sandbox.autocount_cloud_book import Book, refused
from accounting.sandbox.autocount_cloud_numbers import number_of, stamps
from accounting.sandbox.fields import Field
from accounting.sandbox.ledger import Header, Kind, Line
from accounting.sandbox.models import ZERO, Account, Debtor, Item, TaxCode, Voucher

PART = re.compile(r"(\d{1,13}(?:\.\d{1,8})?)(%?)")
HUNDRED = Decimal(100)
FORMS: Mapping[str, tuple[tuple[Field, ...], tuple[Field, ...]]] = {
    Kind.INVOICE: (tables.INVOICE, tables.SALE_LINE),
    Kind.CREDIT_NOTE: (tables.CREDIT_NOTE, tables.CREDIT_NOTE_LINE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A line before tax: `amount` is after `discount`, in the price basis of the document."""

    row: Values
    account: Account
    code: TaxCode | None
    discount: Decimal
    amount: Decimal


def write_sale(ask: Ask, kind: Voucher.Kind, over: Voucher | None = None) -> Voucher:
    """The invoice or credit note of a body, in place of `over` if given.

    Raises Refused or ledger.Refusal, with nothing written.
    """
    book, reader = ask.book, Reader(ask.book)
    master_table, line_table = FORMS[kind]
    master = reader.part(ask.body, "master", master_table)
    rows = [row for row in reader.rows(ask.body, "details", line_table) if _is_kept(row)]
    fill = reader.options(ask.body, "autoFillOption", tables.AUTO_FILL)
    _check_saving(book, reader.fields(ask.body, tables.SAVE, ""))
    _check_master(book, master)
    if not rows:
        raise refused(tables.REQUIRED_PART.format("Details"), "18.3 A")
    debtor = book.debtor(master["debtorCode"])
    lines, kept = _computed(book, master, _priced(book, debtor, rows, fill))
    number, copy = number_of(book, kind, master.get("docNo", ""), debtor, over)
    header = Header(
        kind=kind,
        number=number,
        copy=copy,
        date=master["docDate"],
        debtor=debtor,
        rate=book.rate(debtor.currency, master.get("currencyRate")),
        reference=master.get("remark1", ""),
        fields={**kept, **stamps(ask, over)},
    )
    if over is None:
        return ledger.post_sale(book.company, header, lines)
    ledger.rewrite_sale(over, header, lines)
    return over


def _is_kept(row: Values) -> bool:
    """A row without product, description and price is dropped without a word."""
    return bool(row.get("productCode") or row.get("description") or row.get("unitPrice"))


def _check_saving(book: Book, saving: Values) -> None:
    if saving.get("saveApprove") and book.switch("save_approve", "accept") == "refuse":
        raise refused("Approval is not enabled", "8.2 A")


def _check_master(book: Book, master: Values) -> None:
    book.require_term(master["creditTerm"])
    book.require_listed("locations", "SalesLocation", master["salesLocation"])
    book.require_listed("sales_agents", "SalesAgent", master.get("salesAgent"))
    book.require_open(master["docDate"])
    book.require_tax_date(master)
    book.methods(filter(None, [master.get("paymentMethod")]))
    if master.get("paymentAmt"):
        raise refused("The stand-in takes no payment on an invoice", "8.1 A")


def _priced(book: Book, debtor: Debtor, rows: list[Values], fill: Values) -> list[Priced]:
    products = book.products(row["productCode"] for row in rows if "productCode" in row)
    for row in rows:
        product = products.get(row.get("productCode", ""))
        _auto_fill(book, row, product, fill)
        _require_line(book, row, product)
        _require_tax_adjustment(book, debtor, row)
    accounts = book.accounts(row["accNo"] for row in rows)
    codes = book.tax_codes(row["taxCode"] for row in rows if row.get("taxCode"))
    return [
        _price(book, row, accounts[row["accNo"]], codes.get(row.get("taxCode", ""))) for row in rows
    ]


def _auto_fill(book: Book, row: Values, product: Item | None, fill: Values) -> None:
    """What is ticked overwrites what was sent, where the product or the book has a setting."""
    defaults = {"taxCode": book.setting("default_tax_code")}
    settings = {**defaults, **(product.fields if product else {})}
    for name in ("accNo", "taxCode", "tariffCode"):
        if fill.get(name) and settings.get(name):
            row[name] = settings[name]


def _require_line(book: Book, row: Values, product: Item | None) -> None:
    if not row.get("accNo"):
        raise refused(tables.REQUIRED.format("AccNo"), "18.3 O")
    if row.get("qty", ZERO) < 0:
        raise refused("Qty must be positive", "8.2 D")
    if row.get("unitPrice", ZERO) < 0 and book.switch("negative_price", "refuse") == "refuse":
        raise refused("UnitPrice must not be negative", "8.2 A")
    if product and row.get("unit") and row["unit"] not in product.units:
        raise refused(tables.NOT_EXISTS.format("Unit", row["unit"]), "18.3 D")
    book.require_listed("departments", "Dept", row.get("deptNo"))


def _require_tax_adjustment(book: Book, debtor: Debtor, row: Values) -> None:
    """At home the adjustment is sent twice, with one value: the local tax is computed apart."""
    adjustment = row.get("taxAdjustment", ZERO)
    if adjustment and not row.get("taxCode"):
        raise refused("TaxAdjustment needs a TaxCode", "18.7 A")
    required = book.switch("local_tax_adjustment", "required") == "required"
    differs = row.get("localTaxAdjustment", ZERO) != adjustment
    if required and differs and book.is_home(debtor.currency):
        raise refused("LocalTaxAdjustment differs from TaxAdjustment", "18.7 A")


def _price(book: Book, row: Values, account: Account, code: TaxCode | None) -> Priced:
    gross = book.rounded(row.get("qty", ZERO) * row.get("unitPrice", ZERO), "money")
    discount = _discount(book, row.get("discount", ""), gross)
    if discount > gross > 0:
        raise refused(f"Discount {discount} is more than {gross}", "18.7 A")
    return Priced(row=row, account=account, code=code, discount=discount, amount=gross - discount)


def _discount(book: Book, formula: str, gross: Decimal) -> Decimal:
    """The amount a formula takes off: amounts and percentages, one after the other."""
    left = gross
    for part in formula.split("+") if formula else ():
        found = PART.fullmatch(part.strip())
        if found is None:
            raise refused(f"Discount '{formula}' is not valid", "18.7 A")
        value = Decimal(found[1])
        left -= book.rounded(left * value / HUNDRED if found[2] else value, "money")
    return gross - left


def _computed(book: Book, master: Values, priced: list[Priced]) -> tuple[list[Line], Values]:
    """The lines with their tax and rounding, and what is kept for reading back."""
    inclusive = master.get("inclusiveTax", False)
    computed = book.tax_habit(inclusive=inclusive).of([(one.amount, one.code) for one in priced])
    lines = [
        _line(one, tax + one.row.get("taxAdjustment", ZERO), inclusive)
        for one, tax in zip(priced, computed, strict=True)
    ]
    total = sum((line.net + line.tax for line in lines), ZERO)
    rounding = book.five_sen(total, asked=master.get("isRoundAdj", False))
    if total + rounding < 0:
        raise refused("The net total must not be negative", "18.7 A")
    details = [_detail(one, line) for one, line in zip(priced, lines, strict=True)]
    if rounding:
        lines.append(Line(account=book.rounding_account(), description="Rounding", net=rounding))
    return lines, {"master": master, "details": details, "roundAdj": rounding}


def _line(one: Priced, tax: Decimal, inclusive: bool) -> Line:
    return Line(
        account=one.account,
        description=one.row.get("description", ""),
        net=one.amount - tax if inclusive else one.amount,
        tax=tax,
        tax_code=one.code.code if one.code else "",
        tax_account=one.code.account if one.code else None,
    )


def _detail(one: Priced, line: Line) -> dict[str, Any]:
    """A line as it is kept for reading back: what was sent, and what the book made of it."""
    return {
        **one.row,
        "taxRate": one.code.rate if one.code else ZERO,
        "discountAmt": one.discount,
        "subTotal": one.amount,
        "subTotalExTax": line.net,
        "tax": line.tax,
    }
