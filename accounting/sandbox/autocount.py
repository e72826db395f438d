"""The gateway's AutoCount surface (contract 4.2 and 6): sales invoices and AR money.

The book computes tax itself, line by line unless switched: exclusive lines round(net * rate) half
up, inclusive lines round(gross * rate / (1 + rate)), plus the line's tax adjustment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from accounting.sandbox import ledger, masters, quirks, taxes
from accounting.sandbox.autocount_tables import (
    ACCOUNT_WORDS,
    CREDIT_NOTE,
    CREDIT_NOTE_TYPES,
    DEBTOR,
    DEBTOR_CHANGE,
    INVOICE,
    KNOCK_OFF,
    MONEY,
    TARGETS,
    WORDS,
)
from accounting.sandbox.call import Answer, Call, Surface, page, vouchers
from accounting.sandbox.fields import read
from accounting.sandbox.ledger import Header, Kind, Line, Tender, half_up
from accounting.sandbox.models import ZERO, Account, Debtor, System, Voucher
from accounting.sandbox.wire import Refused

DISCOUNT = re.compile(r"\d{1,13}(\.\d{1,2})?")


def show_debtor(debtor: Debtor) -> dict[str, Any]:
    return {
        "accNo": debtor.code,
        "companyName": debtor.name,
        "currencyCode": debtor.currency,
        "displayTerm": debtor.fields.get("displayTerm", ""),
        "isActive": True,
    }


def show(voucher: Voucher) -> dict[str, Any]:
    head = {"docKey": voucher.id, "docNo": voucher.number, "debtorCode": voucher.debtor.code}
    if voucher.kind in (Kind.PAYMENT, Kind.REFUND):
        amounts = {"paymentAmt": voucher.total, "knockOffAmt": voucher.applied}
    else:
        amounts = {"netTotal": voucher.total, "finalTotal": voucher.total}
        if voucher.kind == Kind.CREDIT_NOTE:
            amounts["knockOffAmt"] = voucher.applied
        else:
            amounts["outstanding"] = voucher.open_amount
    return {**head, **amounts, "cancelled": voucher.cancelled}


def list_debtors(call: Call) -> Answer:
    rows = Debtor.objects.filter(company=call.company)
    code = call.filter_value("AccNo")
    return page(call, rows if code is None else rows.filter(code__iexact=code), show_debtor)


def create_debtor(call: Call) -> Answer:
    values = read(DEBTOR, call.body, WORDS)
    if Debtor.objects.filter(company=call.company, code__iexact=values["accNo"]).exists():
        raise Refused(f"Debtor {values['accNo']} already exists", code="duplicate")
    control = Account.objects.filter(company=call.company, type=Account.DEBTOR_CONTROL)
    if not control.filter(code=values["controlAccount"]).exists():
        code = values["controlAccount"]
        raise ACCOUNT_WORDS.refusal("unknown", what="ControlAccount", code=code)
    masters.require_term(call.company, values["displayTerm"], WORDS, "DisplayTerm")
    debtor = Debtor.objects.create(
        company=call.company,
        code=values["accNo"],
        name=values["companyName"],
        currency=values["currencyCode"],
        fields=call.body,
    )
    return Answer(201, {"data": show_debtor(debtor)})


def update_debtor(call: Call) -> Answer:
    values = read(DEBTOR_CHANGE, call.body, WORDS)
    debtor = Debtor.objects.filter(company=call.company, code=call.tail).first()
    if debtor is None:
        raise Refused(f"Debtor {call.tail} not found", status=404, code="no_record")
    debtor.name = values.get("companyName", debtor.name)
    debtor.fields = {**debtor.fields, **call.body}
    debtor.save(update_fields=["name", "fields"])
    return Answer(200, {"data": show_debtor(debtor)})


def list_vouchers(call: Call, *, kind: Voucher.Kind) -> Answer:
    return page(call, vouchers(call, kind, "DocNo"), show)


def create_invoice(call: Call) -> Answer:
    values = read(INVOICE, quirks.reset_early_fields(call), WORDS)
    return _create_sale(call, Kind.INVOICE, values)


def create_credit_note(call: Call) -> Answer:
    values = read(CREDIT_NOTE, quirks.reset_early_fields(call), WORDS)
    if values.get("cnType", "RETURN") not in CREDIT_NOTE_TYPES:
        raise Refused(WORDS.unknown.format(what="CNType", code=values["cnType"]))
    return _create_sale(call, Kind.CREDIT_NOTE, values)


def _create_sale(call: Call, kind: Voucher.Kind, values: dict[str, Any]) -> Answer:
    masters.require_term(call.company, values["displayTerm"], WORDS, "DisplayTerm")
    if values["isRoundAdj"]:
        raise Refused("RoundAdj is switched off in this company")
    if values.get("docStatus"):
        raise Refused("Please enable Approval in Documents")
    header = _header(call, kind, values, values.get("currencyRate"))
    lines = _lines(call, values)
    if sum(line.net + line.tax for line in lines) < 0:
        raise Refused(WORDS.negative)
    return Answer(201, {"data": show(ledger.post_sale(call.company, header, lines))})


def _header(
    call: Call, kind: Voucher.Kind, values: Mapping[str, Any], rate: Decimal | None
) -> Header:
    debtor = masters.debtor(call.company, values["debtorCode"], WORDS, "Debtor")
    if values.get("currencyCode", debtor.currency) != debtor.currency:
        raise Refused(f"CurrencyCode {values['currencyCode']} differs from the debtor's")
    if values.get("toDebtorRate", 1) != 1:
        raise Refused("ToDebtorRate must be 1 in the debtor's own currency")
    rate = masters.rate(call.company, debtor, rate, WORDS, "CurrencyRate")
    return Header(
        kind=kind,
        number=values["docNo"],
        date=values["docDate"],
        debtor=debtor,
        rate=rate,
        reference=values.get("refNo2", values.get("docNo2", "")),
        project=values.get("projNo", ""),
        fields=call.body,
    )


def _lines(call: Call, values: Mapping[str, Any]) -> list[Line]:
    rows = values["details"]
    accounts = masters.accounts(
        call.company, (row["accNo"] for row in rows), ACCOUNT_WORDS, "AccNo"
    )
    codes = masters.tax_codes(
        call.company, (row["taxCode"] for row in rows if row.get("taxCode")), WORDS, "TaxCode"
    )
    items = [row["itemCode"] for row in rows if row.get("itemCode")]
    masters.require_items(call.company, items, WORDS, "ItemCode")
    for row in rows:
        _require_details(row)
    inclusive = values["inclusiveTax"]
    taxed = [(_amount(row), codes.get(row.get("taxCode", ""))) for row in rows]
    habit = taxes.habit(call.company, scope=taxes.LINE, inclusive=inclusive, spread=True)
    return [
        _line(row, accounts[row["accNo"]], one, tax, inclusive)
        for row, one, tax in zip(rows, taxed, habit.of(taxed), strict=True)
    ]


def _require_details(row: Mapping[str, Any]) -> None:
    needed = "uom" if row.get("itemCode") else "description"
    if not row.get(needed):
        raise Refused(WORDS.missing.format(field=needed))
    if row.get("taxAdjustment") and not row.get("taxCode"):
        raise Refused("TaxAdjustment needs a TaxCode")


def _amount(row: Mapping[str, Any]) -> Decimal:
    """Quantity times unit price less discount, rounded half up."""
    return half_up(row["qty"] * row["unitPrice"]) - _discount(row.get("discount", ""))


def _line(
    row: Mapping[str, Any], account: Account, taxed: taxes.Taxed, computed: Decimal, inclusive: bool
) -> Line:
    """The line with the tax the book computed on it, plus the line's own adjustment."""
    amount, code = taxed
    tax = computed + row.get("taxAdjustment", ZERO)
    return Line(
        account=account,
        description=row.get("description", ""),
        net=amount - tax if inclusive else amount,
        tax=tax,
        tax_code=code.code if code else "",
        tax_account=code.account if code else None,
        project=row.get("projNo", ""),
    )


def _discount(formula: str) -> Decimal:
    """The amount in a discount formula. Percentages are left to the real product."""
    if formula and not DISCOUNT.fullmatch(formula):
        raise Refused(f"Discount '{formula}' is not an amount")
    return Decimal(formula or "0.00")


def create_money(call: Call, *, kind: Voucher.Kind) -> Answer:
    values = read(MONEY, quirks.infer_integers(call, "details", "paymentAmt"), WORDS)
    header = _header(call, kind, values, values.get("toHomeRate"))
    tenders = _tenders(call, values["details"])
    if sum(tender.amount for tender in tenders) <= 0:
        raise Refused("Total payment amount must be greater than 0.00")
    return Answer(201, {"data": show(ledger.post_money(call.company, header, tenders))})


def _tenders(call: Call, rows: list[dict[str, Any]]) -> list[Tender]:
    methods = masters.payment_methods(
        call.company, (row["paymentMethod"] for row in rows), WORDS, "PaymentMethod"
    )
    bank = Account.objects.filter(company=call.company, type=Account.BANK_CHARGE)
    charges = bank.order_by("code").first() if any(row["bankCharge"] for row in rows) else None
    tenders = []
    for row in rows:
        if row["paymentAmt"] < 0 or not 0 <= row["bankCharge"] <= row["paymentAmt"]:
            raise Refused(WORDS.bad_number.format(field="PaymentAmt", given=row["paymentAmt"]))
        tenders.append(
            Tender(
                account=methods[row["paymentMethod"]].account,
                method=row["paymentMethod"],
                amount=row["paymentAmt"],
                charge=row["bankCharge"],
                charge_account=charges if row["bankCharge"] else None,
            )
        )
    return tenders


def knock_off(call: Call, *, kind: Voucher.Kind) -> Answer:
    values = read(KNOCK_OFF, quirks.infer_integers(call, "knockOffs", "knockOffAmount"), WORDS)
    source = _voucher(call, kind, values["docNo"])
    for row in values["knockOffs"]:
        kinds = TARGETS[kind]
        if row["docType"] not in kinds:
            raise Refused(f"DocType {row['docType']} cannot be knocked off here")
        if row["knockOffAmount"] <= 0:
            raise Refused("KnockOffAmount must be greater than 0.00")
        target = _voucher(call, kinds[row["docType"]], row["docNo"])
        if values["docDate"] < max(source.date, target.date):
            raise Refused("Knock off date is earlier than the document date")
        ledger.knock_off(source, target, row["knockOffAmount"])
    source.refresh_from_db()
    return Answer(200, {"data": show(source)})


def _voucher(call: Call, kind: Voucher.Kind, number: str) -> Voucher:
    voucher = ledger.find(call.company, kind, number)
    if voucher is None:
        raise Refused(WORDS.unknown.format(what="Document", code=number))
    return voucher


def _register(kind: Voucher.Kind, create: Any) -> dict[str, Any]:
    return {"GET": partial(list_vouchers, kind=kind), "POST": create}


SURFACE = Surface(
    system=System.AUTOCOUNT,
    refund="ar-refund",
    words=WORDS,
    resources={
        "debtor": {"GET": list_debtors, "POST": create_debtor},
        "debtor/{}": {"PUT": update_debtor},
        "invoice": _register(Kind.INVOICE, create_invoice),
        "credit-note": _register(Kind.CREDIT_NOTE, create_credit_note),
        "credit-note/knockoff": {"POST": partial(knock_off, kind=Kind.CREDIT_NOTE)},
        "ar-payment": _register(Kind.PAYMENT, partial(create_money, kind=Kind.PAYMENT)),
        "ar-payment/knockoff": {"POST": partial(knock_off, kind=Kind.PAYMENT)},
        "ar-refund": _register(Kind.REFUND, partial(create_money, kind=Kind.REFUND)),
        "ar-refund/knockoff": {"POST": partial(knock_off, kind=Kind.REFUND)},
    },
)
