"""AutoCount's fields, lengths and sentences (contract 6 and 7.4)."""

from __future__ import annotations

from dataclasses import replace

from accounting.sandbox.fields import Field, Words, names
from accounting.sandbox.ledger import Kind

WORDS = Words(
    missing="Column '{field}' does not allow nulls",
    too_long="Cannot set column '{field}'. The value violates the MaxLength limit of this column.",
    bad_text="Input string for '{field}' was not in a correct format",
    bad_date="Date '{given}' of '{field}' is not valid",
    bad_number="Value '{given}' of '{field}' was not in a correct format",
    too_precise="Value '{given}' of '{field}' has more than {places} decimals",
    bad_flag="Value of '{field}' is neither true nor false",
    unknown="{what} {code} not found",
    duplicate="Document No. {0} already exists",
    over_allocated="PaymentAmt > Outstanding ({0} > {1})",
    other_debtor="Document {0} belongs to another debtor",
    closed="{0} is not in an acceptable transaction date range",
    negative="Net total must not be negative",
)
ACCOUNT_WORDS = replace(
    WORDS,
    unknown="The INSERT statement conflicted with the FOREIGN KEY constraint "
    '"FK_GLDTL_AccNo" ({what} {code})',
)
CREDIT_NOTE_TYPES = frozenset({"DISCOUNT", "RETURN"})

DEBTOR = (
    *names("accNo:12 controlAccount:12 companyName:100", required=True),
    *names("currencyCode:5 displayTerm:30", required=True),
    *names("registerNo:30 address1:40 address2:40 address3:40 address4:40 postCode:10"),
    *names("phone1:25 phone2:25 mobile:25 emailAddress:200 attention:40"),
)
DEBTOR_CHANGE = tuple(Field(f.name, f.kind, f.largest) for f in DEBTOR if f.name != "accNo")
_CODES = names("projNo:10 deptNo:10", never_blank=True)  # blank breaks a foreign key there
_SALE_HEADER = (
    *names("docNo:30 debtorCode:12 displayTerm:30", required=True),
    Field("docDate", "date", required=True),
    *names("debtorName:100 salesLocation:8 salesAgent:12 branchCode:20 ref:40 refNo2:30"),
    *names("invAddr1:40 invAddr2:40 invAddr3:40 invAddr4:40 phone1:25 attention:40"),
    *names("deliverAddr1:40 deliverAddr2:40 deliverAddr3:40 deliverAddr4:40 refDocNo:30"),
    *names("description:80 remark1:40 remark2:40 remark3:40 remark4:40 docStatus:1"),
    *names("shipVia:20 shipInfo:40 yourPONo:25"),
    Field("currencyRate", "number"),
    Field("inclusiveTax", "flag", required=True),
    Field("isRoundAdj", "flag", required=True),
    Field("submitEInvoice", "flag"),
    Field("consolidatedEInvoice", "flag"),
)
_SALE_LINE = (
    *names("accNo:12", required=True),
    *names("itemCode:30 description:100 uom:8 location:8 discount:20 taxCode:14"),
    *names("classification:3 tariffCode:12 salesExemptionNo:60"),
    Field("qty", "quantity", required=True),
    Field("unitPrice", "quantity", required=True),
    Field("taxAdjustment", "money"),
    Field("goodsReturn", "flag"),
    *_CODES,
)
INVOICE = (*_SALE_HEADER, Field("details", "rows", required=True, rows=_SALE_LINE))
CREDIT_NOTE = (*INVOICE, *names("cnType:12 reason:80 ourInvoiceNo:100"))
MONEY = (
    *names("docNo:30 debtorCode:12", required=True),
    Field("docDate", "date", required=True),
    *names("docNo2:25 description:80 currencyCode:5"),
    Field("toDebtorRate", "number"),
    Field("toHomeRate", "number"),
    *_CODES,
    Field(
        "details",
        "rows",
        required=True,
        rows=(
            *names("paymentMethod:20", required=True),
            Field("paymentAmt", "money", required=True),
            Field("bankCharge", "money", required=True),
            *names("paymentBy:20 chequeNo:20"),
        ),
    ),
)
KNOCK_OFF = (
    *names("docNo:30", required=True),
    Field("docDate", "date", required=True),
    Field(
        "knockOffs",
        "rows",
        required=True,
        rows=(
            *names("docType:2 docNo:30", required=True),
            Field("knockOffAmount", "money", required=True),
        ),
    ),
)
_DEBITS = {"RI": Kind.INVOICE, "RD": Kind.DEBIT_NOTE}
TARGETS = {
    Kind.PAYMENT: _DEBITS,
    Kind.CREDIT_NOTE: _DEBITS,
    Kind.REFUND: {"RC": Kind.CREDIT_NOTE, "RP": Kind.PAYMENT},
}
