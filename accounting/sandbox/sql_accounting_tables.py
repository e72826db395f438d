"""SQL Account's fields, lengths and sentences (contract 5 and 7.4)."""

from __future__ import annotations

from accounting.sandbox.fields import Field, Words, names
from accounting.sandbox.ledger import Kind

WORDS = Words(
    missing="Field '{field}' must have a value",
    too_long="{field}: string right truncation, expected length {largest}, actual {n}",
    bad_text="{field}: could not convert variant to type (UnicodeString)",
    bad_date="{field}: '{given}' is not a valid date",
    bad_number="{field}: '{given}' is not a valid floating point value",
    too_precise="{field}: '{given}' has more than {places} decimals",
    bad_flag="{field}: could not convert variant to type (Boolean)",
    unknown="No record found: {what} {code}",
    duplicate="Document number {0} already exist",
    over_allocated="Knock off amount {0} must not exceed outstanding {1}",
    other_debtor="Knock off document {0} belongs to another customer",
    closed="Document date {0} is outside the fiscal year that is open",
    negative="Document total must not be less than 0.00",
)

CUSTOMER = (
    *names("code:10 companyName:100", required=True),
    *names("controlAccount:10 creditTerm:10 currencyCode:5 area:10 agent:10"),
    *names("address1:60 address2:60 address3:60 address4:60 postCode:10 city:50 state:50"),
    *names("country:2 attention:70 phone1:30 email:200 brn:30 tin:14 idNo:20"),
)
CUSTOMER_CHANGE = tuple(Field(f.name, f.kind, f.largest) for f in CUSTOMER if f.name != "code")
HEADER = (
    *names("docNo:20 code:10", required=True),
    Field("docDate", "date", required=True),
    Field("postDate", "date"),
    Field("currencyRate", "number"),
    *names("project:20 description:150 docRef1:25 currencyCode:5"),
)
SALE = (
    *HEADER,
    Field("taxDate", "date"),
    *names("terms:10 area:10 agent:10 docNoEx:20"),
    Field(
        "details",
        "rows",
        required=True,
        rows=(
            *names("account:10", required=True),
            *names("project:20 description:150 tax:10 taxRate:10 tariff:20"),
            Field("taxAmt", "money", required=True),
            Field("taxInclusive", "flag", required=True),
            Field("amount", "money", required=True),
        ),
    ),
)
MONEY = (
    *HEADER,
    *names("paymentMethod:10", required=True),
    Field("docAmt", "money", required=True),
    Field("bankCharge", "money"),
    *names("bankChargeAccount:10 chequeNumber:25 paymentProject:20 docRef2:25"),
)
KNOCK_OFF = (
    *names("docNo:20", required=True),
    Field(
        "knockOffs",
        "rows",
        required=True,
        rows=(
            *names("docType:2 docNo:20", required=True),
            Field("koAmt", "money", required=True),
        ),
    ),
)
AGAINST_DEBIT = {"IV": Kind.INVOICE, "DN": Kind.DEBIT_NOTE}
AGAINST_CREDIT = {"CN": Kind.CREDIT_NOTE, "PM": Kind.PAYMENT}
