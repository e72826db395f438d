"""The SQL Account API's fields, lengths and sentences (contract 5 and 7).

A name outside these tables is refused, as a misspelt field ends in an access violation there
(contract 7.2). What the system computes itself is known and has no effect.
"""

from __future__ import annotations

from accounting.sandbox.fields import Field, Words, names
from accounting.sandbox.ledger import Kind
from accounting.sandbox.wire import Refused

NOT_FOUND = "No record found"
WORDS = Words(
    missing="{field} must have a value",
    too_long="{field}: string right truncation, expected length {largest}, actual {n}",
    bad_text="{field}: could not convert variant to type (UnicodeString)",
    bad_date="{field}: '{given}' is not a valid date",
    bad_number="{field}: '{given}' is not a valid value",
    too_precise="{field}: '{given}' has more than {places} decimals",
    bad_flag="{field}: could not convert variant to type (Boolean)",
    unknown=NOT_FOUND,
    duplicate="Document number {0} already exist",
    over_allocated="knockoff amount ({0}) must not exceed outstanding amount ({1})",
    other_debtor=NOT_FOUND,
    closed="Document date {0} is not within the acceptable transaction date",
    negative="Document total must not be less than 0.00",
    unknown_name="Access violation at address 00000000 (field {field})",
    status=400,
    statuses={"unknown_name": 500},
    rules={
        "missing": "7 D",
        "too_long": "7 D",
        "bad_text": "4 O",
        "bad_date": "4 O",
        "bad_number": "4 O",
        "too_precise": "7 A",
        "bad_flag": "4 O",
        "unknown": "5 O",
        "duplicate": "8.1 O",
        "over_allocated": "5 D",
        "closed": "13 D",
        "negative": "7.2 D",
        "unknown_name": "7.2 D",
    },
)

COMPUTED = {"kind": "any"}
ADDRESS = "address1:60 address2:60 address3:60 address4:60 postcode:10 city:50 state:50 country:2"
BRANCH = (
    *names("branchtype:1 branchname attention phone1 phone2 mobile fax1 fax2 email:200"),
    *names(ADDRESS),
    *names("dtlkey code", **COMPUTED),
)
CUSTOMER = (
    *names("code:10 companyname:100", required=True),
    *names("companyname2:100 controlaccount:10 creditterm:10 currencycode"),
    *names("companycategory:10 area:10 agent:10 pricetag:10 tax:10 biznature:100"),
    Field("creditlimit", "decimal text"),
    Field("overduelimit", "decimal text"),
    Field("allowexceedcreditlimit", "flag"),
    Field("addpdctocrlimit", "flag"),
    *names("statementtype:1 agingon:1 status:1 brn:30 brn2:30 salestaxno:25 servicetaxno:25"),
    *names("taxexemptno tin:14 idno:20 tourismno:17 remark note"),
    Field("taxexpdate", "date"),
    Field("idtype", "whole"),
    Field("submissiontype", "whole"),
    Field("updatecount", "whole"),
    Field("sdsbranch", "rows", rows=BRANCH),
    *names("dockey lastmodified sdscreditcontrol sdsbankacc sdstariff", **COMPUTED),
)

HEADER = (
    *names("code:10", required=True),
    *names("docno:20 docnoex:20 project:20 description:200 docref1:25 docref2 docref3 docref4"),
    *names("area:10 agent:10 currencycode"),
    Field("docdate", "date", required=True),
    Field("postdate", "date"),
    Field("taxdate", "date"),
    Field("currencyrate", "decimal text"),
    Field("cancelled", "flag"),
    Field("updatecount", "whole"),
    *names("localdocamt dockey docnosetkey status lastmodified gltransid", **COMPUTED),
)
E_INVOICE = names(
    "eiv_utc eivdatetime irbm_uuid irbm_longid irbm_status irbm_internalid eivrequest_uuid "
    "eiv_received_utc eiv_validated_utc peppol_uuid",
    **COMPUTED,
)
TAXED = (
    *names("project:20 description:200 tax:10 tariff:20"),
    Field("taxrate", "percent text"),
    Field("taxamt", "money text"),
    Field("taxinclusive", "flag"),
    *names("exempted_taxrate exempted_taxamt dockey localamount localtaxamt", **COMPUTED),
    *names("taxableamt amountwithtax", **COMPUTED),
)
LINE = (
    Field("dtlkey", "whole"),
    Field("seq", "whole", required=True),
    *names("itemcode:30 account:10 description2:200 description3 location batch uom:10 disc:20"),
    *TAXED,
    Field("qty", "decimal text", required=True),
    Field("unitprice", "decimal text", required=True),
    Field("amount", "money text"),
    *names("taxexemptionreason:300 irbm_classification:3 remark1:200 remark2:200"),
    Field("printable", "flag"),
    Field("transferable", "flag"),
    *names("rate sqty suomqty fromdoctype fromdockey fromdtlkey companyitemcode", **COMPUTED),
)
SALE = (
    *HEADER,
    *names("companyname:100 phone1:200 terms:10"),
    *names(ADDRESS),
    *names("branchname daddress1:60 daddress2:60 daddress3:60 daddress4:60 dpostcode:10"),
    *names("dcity:50 dstate:50 dcountry:2 dattention dphone1"),
    *names("tin:14 idno:20 salestaxno:25 servicetaxno:25 incoterms:20"),
    Field("idtype", "whole"),
    Field("submissiontype", "whole"),
    *names("docamt", **COMPUTED),
    *E_INVOICE,
    Field("sdsdocdetail", "rows", required=True, rows=LINE, rule="7.2 D"),
)
KNOCK_OFFS = Field(
    "sdsknockoff",
    "rows",
    rows=(
        *names("doctype:2 docno:20", required=True),
        Field("koamt", "money text", required=True),
        Field("knockoff", "flag", required=True),
        *names(
            "uniquekey dockey knockoffdockey refdockey docdate postdate duedate docnoex "
            "description agent area project docamt originaloutstanding outstanding "
            "localoutstanding currencycode currencyrate actuallocalkoamt localkoamt kotaxdate "
            "gainloss gainlosspostdate updatecount",
            **COMPUTED,
        ),
    ),
)
CREDIT_LINE = (
    Field("dtlkey", "whole"),
    Field("seq", "whole", required=True),
    *names("account:10", required=True),
    *TAXED,
    Field("amount", "money text", required=True),
    *names("fromdtlkey", **COMPUTED),
)
CREDIT = (
    *HEADER,
    *names("docamt unappliedamt", **COMPUTED),
    Field("sdsdocdetail", "rows", required=True, rows=CREDIT_LINE, rule="7.5 O"),
    KNOCK_OFFS,
)
MONEY = (
    *HEADER,
    *names("paymentmethod:10", required=True),
    Field("docamt", "money text", required=True),
    *names("chequenumber:25 paymentproject:20 bankchargeaccount:10"),
    Field("bankcharge", "money text"),
    Field("nonrefundable", "flag"),
    *names("journal bankacc unappliedamt fromdoctype fromdockey bounceddate", **COMPUTED),
    KNOCK_OFFS,
)


def _as_change(table: tuple[Field, ...]) -> tuple[Field, ...]:
    """The table of a change: nothing is required, and lines are not read."""
    return tuple(
        Field(f.name, "any")
        if f.name == "sdsdocdetail"
        else Field(f.name, f.kind, f.largest, never_blank=f.required, rows=f.rows)
        for f in table
    )


CUSTOMER_CHANGE = _as_change(CUSTOMER)
CREDIT_CHANGE = _as_change(CREDIT)
MONEY_CHANGE = _as_change(MONEY)
AGAINST_DEBIT = {"IV": Kind.INVOICE, "DN": Kind.DEBIT_NOTE}
AGAINST_CREDIT = {"CN": Kind.CREDIT_NOTE, "PM": Kind.PAYMENT}
DOC_TYPES = {
    Kind.INVOICE: "IV",
    Kind.DEBIT_NOTE: "DN",
    Kind.CREDIT_NOTE: "CN",
    Kind.PAYMENT: "PM",
    Kind.REFUND: "CF",
}


def aborted(rule: str = "5 O") -> Refused:
    """The refusal of a save that says nothing about its cause."""
    return Refused("Operation aborted", status=500, code="aborted", rule=rule)


def not_found(rule: str = "5 O") -> Refused:
    return Refused(NOT_FOUND, status=400, code="no_record", rule=rule)


def absent() -> Refused:
    """The answer to a key that no record has."""
    return Refused("Not found", status=404, code="absent", rule="5 A")
