"""What the gateway offers of SQL Accounting (contract acctbridge 1, 5 and 7), over books in memory.

It reads and writes JSON of its own and is strict: a field it does not know, a text too long, money
that is no number with two decimals are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.documents.document import ZERO, Kind
from shopify_app.simulation.books import SEN, Books
from shopify_app.simulation.journal import Customer, Duplicate, Header, Line, Refusal, Written

ROOT = "/v1/sqlacc/"
REGISTERS = {
    "customer-invoice": Kind.INVOICE,
    "customer-debit-note": Kind.DEBIT_NOTE,
    "customer-credit-note": Kind.CREDIT_NOTE,
    "customer-payment": Kind.PAYMENT,
    "customer-refund": Kind.REFUND,
}
SETTLING = {
    Kind.PAYMENT: {"IV": Kind.INVOICE, "DN": Kind.DEBIT_NOTE},
    Kind.CREDIT_NOTE: {"IV": Kind.INVOICE, "DN": Kind.DEBIT_NOTE},
    Kind.REFUND: {"CN": Kind.CREDIT_NOTE, "PM": Kind.PAYMENT},
}
HOME = ("", "----")
AT_MOST = {  # characters
    2: "country docType",
    5: "currencyCode",
    10: "code controlAccount account paymentMethod bankChargeAccount tax taxRate terms creditTerm "
    "area agent postCode docDate postDate taxDate",
    14: "tin",
    20: "docNo docNoEx project paymentProject tariff idNo",
    25: "docRef1 docRef2 chequeNumber",
    30: "phone1 brn",
    50: "city state",
    60: "address1 address2 address3 address4",
    70: "attention",
    100: "companyName",
    150: "description",
    200: "email",
}
LENGTHS = {name: longest for longest, names in AT_MOST.items() for name in names.split()}
OTHERS = ("details", "knockOffs", "taxAmt", "amount", "docAmt", "koAmt", "bankCharge")
FIELDS = frozenset({*LENGTHS, *OTHERS, "taxInclusive", "currencyRate", "idType"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`thing` is the path below the product; `asked` the document number or code it is about."""

    method: str
    thing: str
    asked: str
    filtered: bool
    body: Row

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


def read(method: str, path: str, query: Mapping[str, str], body: bytes | None) -> Request:
    """The request as the gateway understands it; a body that is none is empty."""
    try:
        given = json.loads(body, parse_float=Decimal) if body else {}
    except ValueError:
        given = {}
    row = given if isinstance(given, dict) else {}
    thing = path.partition(ROOT)[2]
    key = "CODE" if thing == "customer" else "DOCNO"
    asked = query.get(key) or row.get("code" if thing == "customer" else "docNo") or ""
    return Request(method=method, thing=thing, asked=str(asked), filtered=key in query, body=row)


def serve(books: Books, request: Request, now: datetime) -> Reply:
    """What the books answer. What they refuse leaves them as they were."""
    handler = _handler(request)
    if isinstance(handler, Reply):
        return handler
    try:
        return handler(books, request, now)
    except Duplicate as refusal:
        return error(409, "duplicate", str(refusal))
    except Refusal as refusal:
        return error(422, "validation_failed", str(refusal))


def error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})


def text(value: Any) -> str:
    """JSON, with Decimals as numbers of all their digits."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(k)}:{text(item)}" for k, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value)


def show(document: Written) -> dict[str, Any]:
    left = "unappliedAmt" if document.outstanding is None else "outstanding"
    return {
        "docNo": document.number,
        "code": document.customer,
        "docDate": document.date.isoformat(),
        "docAmt": document.total,
        left: document.open,
        "cancelled": False,
    }


def show_customer(code: str, customer: Customer) -> dict[str, Any]:
    return {
        "code": code,
        "companyName": customer.name,
        "currencyCode": customer.currency,
        "isActive": True,
    }


# --- routes ----------------------------------------------------------------------------------

Handler = Callable[[Books, Request, datetime], Reply]


def _handler(request: Request) -> Handler | Reply:
    thing, _, action = request.thing.partition("/")
    if thing == "customer" and not action:
        return _customers if request.method == "GET" else _create_customer
    kind = REGISTERS.get(thing)
    if kind is None or action not in ("", "knockoff") or (action and kind not in SETTLING):
        return error(404, "no_endpoint", "No such endpoint.")
    if request.method not in (("POST",) if action else ("GET", "POST")):
        return error(405, "no_method", "This method is not offered here.")
    if action:
        return _knock_off
    return _documents if request.method == "GET" else _create


def _listed(rows: list[dict[str, Any]]) -> Reply:
    return Reply(200, {"data": rows, "totalRecords": len(rows)})


def _customers(books: Books, request: Request, now: datetime) -> Reply:
    codes = [request.asked] if request.filtered else list(books.customers)
    found = ((code, books.customer(code)) for code in codes)
    return _listed([show_customer(code, known) for code, known in found if known])


def _create_customer(books: Books, request: Request, now: datetime) -> Reply:
    row = _checked(request.body, "code", "companyName")
    currency = row.get("currencyCode", "")
    known = Customer(
        name=row["companyName"], currency=books.currency if currency in HOME else currency
    )
    books.create_customer(row["code"], known, row.get("controlAccount", ""), now)
    return Reply(201, {"data": show_customer(row["code"], known)})


def _documents(books: Books, request: Request, now: datetime) -> Reply:
    kind = REGISTERS[request.thing]
    if not request.filtered:
        return _listed([show(document) for document in books.of_kind(kind)])
    return _listed([show(document) for document in books.numbered(kind, request.asked)])


def _create(books: Books, request: Request, now: datetime) -> Reply:
    kind = REGISTERS[request.thing]
    row = _checked(request.body, "docNo", "code", "docDate")
    header = _header(kind, row)
    if kind in (Kind.PAYMENT, Kind.REFUND):
        _checked(row, "paymentMethod", "docAmt")
        made = books.post_money(header, row["paymentMethod"], _money(row, "docAmt"), now)
    else:
        made = books.post_sale(header, [_line(one) for one in _rows(row, "details")], now)
    return Reply(201, {"data": show(made)})


def _header(kind: Kind, row: Row) -> Header:
    currency = row.get("currencyCode", "")
    return Header(
        kind=kind,
        number=row["docNo"],
        customer=row["code"],
        date=_day(row["docDate"]),
        currency="" if currency in HOME else currency,
        rate=_number(row.get("currencyRate", Decimal("1")), "currencyRate"),
        marker=row.get("docRef1", ""),
        description=row.get("description", ""),
    )


def _line(given: Row) -> Line:
    row = _checked(given, "account", "taxAmt", "amount")
    code, net, tax = row.get("tax", ""), _money(row, "amount"), _money(row, "taxAmt")
    if row.get("taxInclusive") is not False:
        raise Refusal("taxInclusive: could not convert variant to type (Boolean)")
    if tax and not code:
        raise Refusal("No record found: tax")
    if code.startswith(("ST", "SV")) and not row.get("tariff"):
        raise Refusal(f"Tariff code is required for tax code {code}")
    said = row.get("description", "")
    return Line(account=row["account"], net=net, tax=tax, tax_code=code, description=said)


def _knock_off(books: Books, request: Request, now: datetime) -> Reply:
    kind = REGISTERS[request.thing.partition("/")[0]]
    row = _checked(request.body, "docNo")
    source = books.find(kind, row["docNo"])
    if source is None:
        raise Refusal(f"No record found: docNo {row['docNo']}")
    books.knock_off(source, [_target(kind, one) for one in _rows(row, "knockOffs")], now)
    return Reply(200, {"data": show(source)})


def _target(kind: Kind, given: Row) -> tuple[Kind, str, Decimal]:
    row = _checked(given, "docType", "docNo", "koAmt")
    target = SETTLING[kind].get(row["docType"])
    if target is None:
        raise Refusal(f"{row['docType']} is no document type to knock off here")
    return target, row["docNo"], _money(row, "koAmt")


# --- fields ----------------------------------------------------------------------------------


def _checked(row: Row, *required: str) -> Row:
    """The row itself. Raises Refusal for what is missing, unknown or too long."""
    for name in required:
        if row.get(name) in (None, ""):
            raise Refusal(f"Field '{name}' must have a value")
    for name, value in row.items():
        if name not in FIELDS:
            raise Refusal(f"Field '{name}' not found")
        longest = LENGTHS.get(name)
        if longest and not (isinstance(value, str) and len(value) <= longest):
            raise Refusal(f"{name}: string right truncation, expected length {longest}")
    return row


def _rows(row: Row, name: str) -> list[Row]:
    found = row.get(name)
    if not (isinstance(found, list) and found and all(isinstance(one, dict) for one in found)):
        raise Refusal(f"Field '{name}' must have a value")
    return found


def _money(row: Row, name: str) -> Decimal:
    amount = _number(row.get(name, ZERO), name)
    if amount != amount.quantize(SEN):
        raise Refusal(f"{name}: '{amount}' has more than 2 decimals")
    return amount.quantize(SEN)


def _number(value: Any, name: str) -> Decimal:
    if not isinstance(value, Decimal) and type(value) is not int:
        raise Refusal(f"{name}: '{value}' is not a valid floating point value")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Refusal(f"{name}: '{value}' is not a valid floating point value") from None


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Refusal(f"docDate: '{given}' is not a valid date") from None
