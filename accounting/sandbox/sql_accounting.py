"""The gateway's SQL Accounting surface (contract 4.1 and 5): AR documents of SQL Account.

The total of an AR document is Σ(amount + taxAmt), or Σ amount of lines with tax inside; the stated
tax is taken as given, unless the book is switched to compute it. A tax code that begins with ST or
SV needs a tariff code on invoices, debit notes and credit notes.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from accounting.sandbox import ledger, masters, taxes
from accounting.sandbox.call import Answer, Call, Surface, page, vouchers
from accounting.sandbox.fields import read
from accounting.sandbox.ledger import Header, Kind, Line, Tender
from accounting.sandbox.models import ZERO, Account, Debtor, System, TaxCode, Voucher
from accounting.sandbox.sql_accounting_tables import (
    AGAINST_CREDIT,
    AGAINST_DEBIT,
    CUSTOMER,
    CUSTOMER_CHANGE,
    KNOCK_OFF,
    MONEY,
    SALE,
    WORDS,
)
from accounting.sandbox.wire import Refused


def show_customer(debtor: Debtor) -> dict[str, Any]:
    return {
        "code": debtor.code,
        "companyName": debtor.name,
        "creditLimit": Decimal("0.00"),
        "currencyCode": debtor.currency,
        "area": debtor.fields.get("area", ""),
        "isActive": True,
    }


def show_sale(voucher: Voucher) -> dict[str, Any]:
    still = "unappliedAmt" if voucher.kind == Kind.CREDIT_NOTE else "outstanding"
    return {
        "docNo": voucher.number,
        "code": voucher.debtor.code,
        "docDate": voucher.date.isoformat(),
        "docAmt": voucher.total,
        still: voucher.open_amount,
        "cancelled": voucher.cancelled,
    }


def show_money(voucher: Voucher) -> dict[str, Any]:
    return {
        "docNo": voucher.number,
        "code": voucher.debtor.code,
        "docAmt": voucher.total,
        "unappliedAmt": voucher.open_amount,
        "cancelled": voucher.cancelled,
    }


def show(voucher: Voucher) -> dict[str, Any]:
    return (show_money if voucher.kind in (Kind.PAYMENT, Kind.REFUND) else show_sale)(voucher)


def list_customers(call: Call) -> Answer:
    rows = Debtor.objects.filter(company=call.company)
    code = call.filter_value("CODE")
    return page(call, rows if code is None else rows.filter(code__iexact=code), show_customer)


def create_customer(call: Call) -> Answer:
    values = read(CUSTOMER, call.body, WORDS)
    if Debtor.objects.filter(company=call.company, code__iexact=values["code"]).exists():
        raise Refused(f"Customer code {values['code']} already exist", code="duplicate")
    _require_control_account(call, values.get("controlAccount", ""))
    masters.require_term(call.company, values.get("creditTerm", ""), WORDS, "creditTerm")
    debtor = Debtor.objects.create(
        company=call.company,
        code=values["code"],
        name=values["companyName"],
        currency=_currency(call, values),
        fields=call.body,
    )
    return Answer(201, {"data": show_customer(debtor)})


def _currency(call: Call, values: dict[str, Any]) -> str:
    given = values.get("currencyCode", "")
    return call.company.currency if given in ("", "----") else str(given)


def _require_control_account(call: Call, code: str) -> None:
    rows = Account.objects.filter(company=call.company, type=Account.DEBTOR_CONTROL)
    if code and not rows.filter(code=code).exists():
        raise Refused(WORDS.unknown.format(what="controlAccount", code=code))


def update_customer(call: Call) -> Answer:
    values = read(CUSTOMER_CHANGE, call.body, WORDS)
    debtor = _named_debtor(call)
    debtor.name = values.get("companyName", debtor.name)
    debtor.fields = {**debtor.fields, **call.body}
    debtor.save(update_fields=["name", "fields"])
    return Answer(200, {"data": show_customer(debtor)})


def delete_customer(call: Call) -> Answer:
    debtor = _named_debtor(call)
    if Voucher.objects.filter(debtor=debtor).exists():
        raise Refused(f"Customer {debtor.code} has transactions")
    debtor.delete()
    return Answer(204, None)


def _named_debtor(call: Call) -> Debtor:
    found = Debtor.objects.filter(company=call.company, code=call.tail).first()
    if found is None:
        raise Refused(f"No record found: customer {call.tail}", status=404, code="no_record")
    return found


def list_vouchers(call: Call, *, kind: Voucher.Kind) -> Answer:
    return page(call, vouchers(call, kind, "DOCNO"), show)


def list_invoice_lines(call: Call) -> Answer:
    """Lines of the first invoices; the total counts all lines of the invoices asked for."""
    rows = vouchers(call, Kind.INVOICE, "DOCNO")
    shown = page(call, rows, lambda voucher: [show_line(voucher, line) for line in voucher.lines])
    lines = [line for group in shown.body["data"] for line in group]
    more = shown.body["totalRecords"] - len(shown.body["data"])
    return Answer(200, {"data": lines, "totalRecords": len(lines) + more})


def show_line(voucher: Voucher, line: dict[str, str]) -> dict[str, Any]:
    return {
        "docNo": voucher.number,
        "account": line["account"],
        "description": line["description"],
        "tax": line["tax_code"],
        "taxAmt": Decimal(line["tax"]),
        "amount": Decimal(line["net"]),
    }


def create_sale(call: Call, *, kind: Voucher.Kind) -> Answer:
    values = read(SALE, call.body, WORDS)
    header = _header(call, kind, values)
    masters.require_term(call.company, values.get("terms", ""), WORDS, "terms")
    lines = _lines(call, values["details"])
    if sum(line.net + line.tax for line in lines) < 0:
        raise Refused(WORDS.negative)
    return Answer(201, {"data": show(ledger.post_sale(call.company, header, lines))})


def _header(call: Call, kind: Voucher.Kind, values: dict[str, Any]) -> Header:
    debtor = masters.debtor(call.company, values["code"], WORDS, "code")
    currency = _currency(call, values)
    if currency != debtor.currency:
        raise Refused(f"Currency {currency} is not the customer's {debtor.currency}")
    rate = masters.rate(call.company, debtor, values.get("currencyRate"), WORDS, "currencyRate")
    return Header(
        kind=kind,
        number=values["docNo"],
        date=values["docDate"],
        debtor=debtor,
        rate=rate,
        reference=values.get("docRef1", ""),
        project=values.get("project", ""),
        fields=call.body,
    )


def _lines(call: Call, rows: list[dict[str, Any]]) -> list[Line]:
    accounts = masters.accounts(call.company, (row["account"] for row in rows), WORDS, "account")
    codes = masters.tax_codes(
        call.company, (row["tax"] for row in rows if row.get("tax")), WORDS, "tax"
    )
    for position, row in enumerate(rows, start=1):
        _require_tax_details(row, position)
    stated = [row["taxAmt"] for row in rows]
    charged = _computed(call, rows, codes) if "tax_scope" in call.company.switches else stated
    return [
        _line(row, accounts[row["account"]], codes.get(row.get("tax", "")), tax)
        for row, tax in zip(rows, charged, strict=True)
    ]


def _computed(call: Call, rows: list[dict[str, Any]], codes: dict[str, TaxCode]) -> list[Decimal]:
    """The tax by the book's own arithmetic, whatever was stated."""
    if any(row["taxInclusive"] for row in rows):
        raise Refused("These books compute tax on amounts without tax only")
    habit = taxes.habit(call.company, scope=taxes.LINE, inclusive=False, spread=False)
    return habit.of([(row["amount"], codes.get(row.get("tax", ""))) for row in rows])


def _line(row: dict[str, Any], account: Account, code: TaxCode | None, tax: Decimal) -> Line:
    return Line(
        account=account,
        description=row.get("description", ""),
        net=row["amount"] - tax if row["taxInclusive"] else row["amount"],
        tax=tax,
        tax_code=code.code if code else "",
        tax_account=code.account if code else None,
        project=row.get("project", ""),
    )


def _require_tax_details(row: dict[str, Any], position: int) -> None:
    code = row.get("tax", "")
    if row["taxAmt"] and not code:
        raise Refused(f"No record found: tax, line {position} has a tax amount")
    if code.startswith(("ST", "SV")) and not row.get("tariff"):
        raise Refused(f"Tariff code is required for tax code {code}, line {position}")


def create_money(call: Call, *, kind: Voucher.Kind) -> Answer:
    values = read(MONEY, call.body, WORDS)
    if values["docAmt"] <= 0:
        raise Refused("Document amount must be greater than 0.00")
    header = _header(call, kind, values)
    voucher = ledger.post_money(call.company, header, [_tender(call, values)])
    return Answer(201, {"data": show(voucher)})


def _tender(call: Call, values: dict[str, Any]) -> Tender:
    code, charge = values["paymentMethod"], values.get("bankCharge", ZERO)
    method = masters.payment_methods(call.company, [code], WORDS, "paymentMethod")[code]
    bank = values.get("bankChargeAccount", "")
    charged = masters.accounts(
        call.company, [bank] if bank or charge else [], WORDS, "bankChargeAccount"
    )
    if not 0 <= charge <= values["docAmt"]:
        raise Refused(WORDS.bad_number.format(field="bankCharge", given=charge))
    return Tender(
        account=method.account,
        method=code,
        amount=values["docAmt"],
        charge=charge,
        charge_account=charged.get(bank),
    )


def knock_off(call: Call, *, kind: Voucher.Kind) -> Answer:
    """Rows whose target is unknown are passed over without a word, as SQL Account does."""
    values = read(KNOCK_OFF, call.body, WORDS)
    source = ledger.find(call.company, kind, values["docNo"])
    if source is None:
        raise Refused(WORDS.unknown.format(what="docNo", code=values["docNo"]))
    targets = AGAINST_CREDIT if kind == Kind.REFUND else AGAINST_DEBIT
    for row in values["knockOffs"]:
        if row["docType"] not in targets:
            raise Refused(f"{row['docType']} is no document type to knock off here")
        if row["koAmt"] <= 0:
            raise Refused("Knock off amount must be greater than 0.00")
        target = ledger.find(call.company, targets[row["docType"]], row["docNo"])
        if target is not None:
            ledger.knock_off(source, target, row["koAmt"])
    source.refresh_from_db()
    return Answer(200, {"data": show(source)})


def delete_voucher(call: Call, *, kind: Voucher.Kind) -> Answer:
    voucher = ledger.find(call.company, kind, call.tail)
    if voucher is None:
        raise Refused(f"No record found: document {call.tail}", status=404, code="no_record")
    if voucher.applied:
        raise Refused(f"Document {voucher.number} has been knocked off")
    voucher.delete()
    return Answer(204, None)


def _register(kind: Voucher.Kind, create: Any) -> dict[str, Any]:
    return {"GET": partial(list_vouchers, kind=kind), "POST": partial(create, kind=kind)}


SURFACE = Surface(
    system=System.SQL_ACCOUNTING,
    refund="customer-refund",
    debit_note="customer-debit-note",
    words=WORDS,
    resources={
        "customer": {"GET": list_customers, "POST": create_customer},
        "customer/{}": {"PUT": update_customer, "DELETE": delete_customer},
        "customer-invoice": _register(Kind.INVOICE, create_sale),
        "customer-invoice/{}": {"DELETE": partial(delete_voucher, kind=Kind.INVOICE)},
        "customer-invoice-item": {"GET": list_invoice_lines},
        "customer-debit-note": _register(Kind.DEBIT_NOTE, create_sale),
        "customer-payment": _register(Kind.PAYMENT, create_money),
        "customer-payment/knockoff": {"POST": partial(knock_off, kind=Kind.PAYMENT)},
        "customer-credit-note": _register(Kind.CREDIT_NOTE, create_sale),
        "customer-credit-note/knockoff": {"POST": partial(knock_off, kind=Kind.CREDIT_NOTE)},
        "customer-credit-note/{}": {"DELETE": partial(delete_voucher, kind=Kind.CREDIT_NOTE)},
        "customer-refund": _register(Kind.REFUND, create_money),
        "customer-refund/knockoff": {"POST": partial(knock_off, kind=Kind.REFUND)},
    },
)
