"""What every field of AutoCount Cloud takes: lengths, decimals, formats. One table an object.

Contract autocount-cloud 3 and 7 to 10. A value that does not fit is refused with its field's name
before anything is sent, never shortened: free text was made to fit when the document was planned,
by `TEXTS`. Lengths are documented by the vendor unless the line says otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.connectors.base import Rejected
from accounting.documents.rules import TextLengths
from accounting.documents.texts import shortened

PRODUCT = "AutoCount Cloud"
NUMBER_LENGTH = 30  # the API takes 50; other AutoCount products that read the same books take 30

Value = str | bool | date | Decimal | None


@dataclass(frozen=True, slots=True)
class Field:
    """`form` is text, date, flag, or the name of a row in `DECIMALS`; `longest` 0 is no limit."""

    form: str = "text"
    longest: int = 0
    required: bool = False


Table = Mapping[str, Field]

# Decimals written at least and at most. The books round what is finer than their own settings, and
# those cannot be read: two decimals of money and four of a quantity are what they start with
# (assumed).
DECIMALS = {"money": (2, 2), "quantity": (2, 4), "rate": (2, 8)}

CODE = Field(longest=12, required=True)
NAME = Field(longest=100)
ADDRESS = Field(longest=200)
SUBJECT = Field(longest=80)
DOC_NUMBER = Field(longest=NUMBER_LENGTH, required=True)
DATE = Field("date", required=True)
FLAG = Field("flag")
MONEY = Field("money")
RATE = Field("rate")

DEBTOR: Table = {
    "accNo": CODE,
    "parentAccNo": Field(longest=12),
    "companyName": Field(longest=100, required=True),
    "currencyCode": Field(longest=5, required=True),  # length assumed: the desktop product's
    "creditTerm": Field(longest=30, required=True),  # length assumed: the desktop product's
    "isActive": FLAG,
    "address": ADDRESS,
    "phone1": Field(longest=25),
    "emailAddress": Field(longest=255),
    "registerNo": Field(longest=25),
    "taxRegisterNo": Field(longest=20),  # assumed: as on creditors
    "taxEntity": Field(longest=20),  # observed; length of a TIN in the desktop product
}

MASTER: Table = {
    "docNo": DOC_NUMBER,
    "docDate": DATE,
    "debtorCode": CODE,
    "debtorName": Field(longest=100, required=True),
    "creditTerm": Field(longest=30, required=True),  # length assumed: the desktop product's
    "salesLocation": Field(longest=8, required=True),  # length assumed: the desktop product's
    "address": ADDRESS,
    "phone1": Field(longest=25),
    "email": Field(longest=255),
    "ref": Field(longest=40),
    "description": SUBJECT,
    "remark1": Field(longest=40),
    "ourInvoiceNo": Field(longest=NUMBER_LENGTH),
    "currencyRate": RATE,
    "inclusiveTax": FLAG,
    "isRoundAdj": FLAG,
    "submitEInvoice": FLAG,  # observed
    "submitConsolidatedEInvoice": FLAG,  # observed
    "taxEntity": Field(longest=20),  # observed; length of a TIN in the desktop product
}

LINE: Table = {
    "productCode": Field(longest=30),  # length assumed: the desktop product's
    "accNo": CODE,
    "description": Field(longest=100, required=True),  # without one a row may be dropped
    "qty": Field("quantity", required=True),
    "unit": Field(longest=8),
    "unitPrice": Field("money", required=True),
    "taxCode": Field(longest=14),  # length assumed: the desktop product's
    "taxAdjustment": MONEY,
    "localTaxAdjustment": MONEY,
    "tariffCode": Field(longest=12),  # length assumed: the desktop product's
    "deptNo": Field(longest=10),  # length assumed: the desktop product's
    "classificationCode": Field(longest=3),  # observed
    "goodsReturn": FLAG,
}

CASH_BOOK: Table = {
    "docType": Field(longest=2, required=True),
    "docNo": DOC_NUMBER,
    "docNo2": Field(longest=25),
    "docDate": DATE,
    "currencyCode": Field(longest=5, required=True),  # length assumed: the desktop product's
    "currencyRate": Field("rate", required=True),
    "dealWith": NAME,
    "description": SUBJECT,
}

JOURNAL: Table = {
    "journalType": Field(longest=10, required=True),  # length assumed: the desktop product's
}

CASH_BOOK_ROW: Table = {
    "accNo": CODE,
    "description": NAME,
    "amount": Field("money", required=True),
}

CASH_BOOK_MONEY: Table = {
    "paymentMethod": Field(longest=20, required=True),
    "chequeNo": Field(longest=20),
    "paymentAmt": Field("money", required=True),
    "bankCharge": MONEY,
    "toBankRate": RATE,
}

KNOCK_OFF: Table = {
    "accNo": CODE,
    "docNo": Field(longest=50, required=True),
    "docDate": DATE,
}

KNOCK_OFF_ROW: Table = {
    "docType": Field(longest=2, required=True),
    "docNo": DOC_NUMBER,
    "knockOffAmount": Field("money", required=True),
}

# A buyer's lines are one field here, so each may be as long as a name.
TEXTS = TextLengths(description=80, line=100, name=100, address=100, email=255, phone=25)


def one_line(address: Iterable[str]) -> str:
    """The lines of an address, which these books keep in one field, as many words as it takes."""
    lines = (line.strip() for line in address)
    return shortened(", ".join(line for line in lines if line), ADDRESS.longest)


def fitted(table: Table, given: Mapping[str, Value], path: str) -> dict[str, Any]:
    """`given` as it is written, what is empty left out. Raises Rejected naming the field."""
    written = {
        name: _written(table[name], value, f"{path}.{name}")
        for name, value in given.items()
        if value is not None
    }
    row = {name: value for name, value in written.items() if value != ""}
    for name, field in table.items():
        if field.required and name not in row:
            raise Rejected(f"{path}.{name} has no value; {PRODUCT} needs one")
    return row


def _written(field: Field, value: Value, path: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, date):
        return value.isoformat()  # yyyy-MM-dd
    if isinstance(value, Decimal):
        return _number(value, *DECIMALS[field.form], path)
    text = _clean(str(value), path)
    longest = field.longest
    if longest and len(text) > longest:
        raise Rejected(f"{path} has {len(text)} characters; {PRODUCT} takes {longest}")
    return text


def _clean(value: str, path: str) -> str:
    """Any letters of any script; blanks and line breaks as one blank."""
    text = " ".join(value.split())
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in text):
        raise Rejected(f"{path} has characters that cannot be written")
    return text


def _number(value: Decimal, least: int, most: int, path: str) -> Decimal:
    """`value` with as few decimals as it needs, between `least` and `most`, unchanged in worth."""
    for places in range(least, most + 1):
        rounded = value.quantize(Decimal(1).scaleb(-places))
        if rounded == value:
            return rounded
    raise Rejected(f"{path} {value:f} has more than {most} decimals; {PRODUCT} would round it")
