"""AutoCount Cloud's fields, lengths, permissions and sentences (contract 2 and 5 to 10).

A number's kind names the book's decimals it is rounded to: quantity, price, money or rate. Lengths
of 0 are not published. What was only seen or assumed stands in the contract with its letter; a
refusal carries that letter with the number of the rule in contract 18.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounting.sandbox.fields import Field, names
from accounting.sandbox.ledger import Kind

UNAUTHORISED = "401 Unauthorized."
OVER_QUOTA = "API calls quota exceeded! maximum admitted {0} per 1m."
NO_PERMISSION = "The API key has no permission {0}."
PLAN_LIMIT = "The document limit of the subscribed plan ({0}) has been reached."
REQUIRED_PART = "The {0} field is required."
REQUIRED = "{0} is required."
TOO_LONG = "The field {0} must be a string with a maximum length of {1}."
NOT_CONVERTED = "The JSON value could not be converted to System.{0}. Path: $.{1}."
TOO_LARGE = "Value was either too large or too small for a Decimal. Path: $.{0}."
NOT_EXISTS = "{0} ({0}Key = {1}) not exists"
NOT_FOUND = "{0} {1} not found."
DUPLICATE = "Duplicate document number"
ALLOCATED = "The document has been knocked off"
VOID = "The document is void"
FIXED = "Number, type and debtor of a document cannot be changed"
CLOSED = "Document date {0} is not within an open fiscal year"

DEBTOR = (
    *names("companyName:100 currencyCode creditTerm", required=True),
    *names("accNo:12 parentAccNo desc2:100 registerNo:25 address:200 deliverAddress:200"),
    *names("postCode:10 deliverPostCode:10 phone1:25 phone2:25 fax1:25 fax2:25 areaCode"),
    *names("emailAddress:255 webURL:80 attention:40 natureOfBusiness:40 salesAgent"),
    *names("taxCode taxRegisterNo:20 note taxEntity"),
    Field("isActive", "flag"),
)
_SALE = (
    Field("docDate", "date", required=True),
    *names("debtorCode:12 debtorName:100 creditTerm salesLocation", required=True),
    *names("docNo:50 docNoFormatName email:255 emailCC:255 emailBCC:255 address:200"),
    *names("deliverAddress:200 attention:40 deliverContact:40 phone1:25 fax1:25"),
    *names("deliverPhone1:25 deliverFax1:25 ref:40 description:80"),
    *names("remark1:40 remark2:40 remark3:40 remark4:40 note salesAgent taxEntity"),
    *names("taxExemptionNo:60"),
    Field("taxDate", "date"),
    Field("taxExemptionExpiryDate", "date"),
    Field("currencyRate", "rate"),
    Field("inclusiveTax", "flag"),
    Field("isRoundAdj", "flag"),
)
INVOICE = (
    *_SALE,
    *names("paymentMethod:20 paymentRef"),
    Field("toBankRate", "rate"),
    Field("paymentAmt", "money"),
    Field("submitEInvoice", "flag"),
    Field("submitConsolidatedEInvoice", "flag"),
)
CREDIT_NOTE = (*_SALE, *names("ourInvoiceNo reason:80"))
_TAXED = (
    *names("taxCode tariffCode taxExportCountry:50 taxPermitNo:20 deptNo furtherDescription"),
    Field("taxAdjustment", "money"),
    Field("localTaxAdjustment", "money"),
)
SALE_LINE = (
    *names("productCode productVariant accNo:12 description:100 unit:8 discount:20"),
    *names("yourPONo:50 classificationCode:3"),
    *_TAXED,
    Field("yourPODate", "date"),
    Field("qty", "quantity"),
    Field("unitPrice", "price"),
    Field("localTotalCost", "money"),
)
CREDIT_NOTE_LINE = (*SALE_LINE, Field("unitCost", "price"), Field("goodsReturn", "flag"))
CASH = (
    *names("docType:2 currencyCode journalType", required=True),
    Field("docDate", "date", required=True),
    Field("currencyRate", "rate", required=True),
    *names("docNo:50 docNo2:25 docNoFormatName dealWith:100 description:80 note"),
    Field("taxDate", "date"),
)
CASH_LINE = (
    *names("accNo:12", required=True),
    Field("amount", "money", required=True),
    *names("description:100 salesAgent taxBRNo:25 taxBName:100 taxRefNo:30 taxRegisterNo:20"),
    *_TAXED,
    Field("toAccountRate", "rate"),
    Field("taxBillDate", "date"),
    Field("inclusiveTax", "flag"),
)
TENDER = (
    *names("paymentMethod:20", required=True),
    Field("paymentAmt", "money", required=True),
    *names("paymentBy:20 chequeNo:20 bankChargeTaxCode bankChargeTaxRefNo:30"),
    Field("floatDay", "quantity"),
    Field("bankCharge", "money"),
    Field("toBankRate", "rate"),
    Field("bankChargeTaxRate", "rate"),
    Field("bankChargeTax", "money"),
)
KNOCK_OFF = (
    Field("docDate", "date", required=True),
    *names("accNo:12", required=True),
    *names("docNo:50 docNoFormatName deptNo"),
)
KNOCK_OFF_LINE = (
    *names("docType:2 docNo", required=True),
    Field("knockOffAmount", "money", required=True),
)
AUTO_FILL = tuple(
    Field(name, "flag") for name in ("accNo", "taxCode", "tariffCode", "localTotalCost")
)
SAVE = (Field("saveApprove", "flag"),)

# What a blank document number becomes: the register's format and its next running number.
RUNNING: Mapping[str, str] = {
    Kind.INVOICE: "I-",
    Kind.CREDIT_NOTE: "CN-",
    Kind.PAYMENT: "OR-",
    Kind.REFUND: "PV-",
}
RUNNING_KNOCK_OFF = "KO-"
CASH_KINDS = {"OR": Kind.PAYMENT, "PV": Kind.REFUND}
# No journal entries are kept here; their code is only known.
TYPE_CODES: Mapping[str, str] = {
    Kind.INVOICE: "IV",
    Kind.PAYMENT: "OR",
    Kind.REFUND: "PV",
    Kind.CREDIT_NOTE: "CN",
    "journal_entry": "JE",
}
STATUS_OPEN, STATUS_PARTLY = "Unapplied", "Partially Applied"
STATUS_APPLIED, STATUS_PAID = "Fully Applied", "Full Payment"
