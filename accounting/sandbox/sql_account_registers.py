"""The registers of documents, and how a document of a register is found, listed and shown.

A sales document has an AR document beside it that is saved with it, under the same number and a
document key of its own (contract 1.8). Both are one voucher here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounting.sandbox import ledger
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.ledger import Kind
from accounting.sandbox.models import Company, Debtor, KnockOff, Voucher
from accounting.sandbox.sql_account_tables import DOC_TYPES, WORDS, absent
from accounting.sandbox.wire import Refused

PAGE = 50
SHADOW_KEYS = 1_000_000  # between the key of a sales document and that of its AR document
HOME = "----"
ONE = Decimal("1")
WILDCARDS = re.compile(r"([*~])")
TEXTS = (
    *("docnoex", "project", "description", "docref2", "docref3", "docref4", "area", "agent"),
    *("postdate", "taxdate"),
)
SALE_TEXTS = (
    *("companyname", "address1", "address2", "address3", "address4", "postcode", "city", "state"),
    *("country", "phone1", "terms", "branchname", "tin", "idno"),
)
MONEY_TEXTS = ("paymentmethod", "chequenumber", "paymentproject", "bankchargeaccount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A resource of documents. `sales` registers hold only what was saved in them; the AR ones
    hold everything of their kind. `prefix` begins the numbers that the system gives itself."""

    name: str
    kind: Voucher.Kind
    prefix: str
    sales: bool = False
    texts: tuple[str, ...] = TEXTS

    def vouchers(self, company: Company) -> QuerySet[Voucher]:
        rows = Voucher.objects.filter(company=company, kind=self.kind)
        rows = rows.select_related("debtor__company")
        return rows.filter(fields__resource=self.name) if self.sales else rows

    def key(self, voucher: Voucher) -> int:
        return voucher.pk + (SHADOW_KEYS if self._is_shadow else 0)

    def row(self, key: int) -> int:
        return key - (SHADOW_KEYS if self._is_shadow else 0)

    def find(self, call: Call) -> Voucher:
        """The document that the path names by its key. Raises Refused."""
        if not re.fullmatch(r"[0-9]{1,15}", call.tail):
            raise absent()
        voucher = self.vouchers(call.company).filter(pk=self.row(int(call.tail))).first()
        if voucher is None:
            raise absent()
        return voucher

    @property
    def _is_shadow(self) -> bool:
        return not self.sales and self.kind not in (Kind.PAYMENT, Kind.REFUND)


def new_number(company: Company, register: Register) -> str:
    """The next number of the system's own series."""
    n = Voucher.objects.filter(company=company, kind=register.kind).count() + 1
    while ledger.find(company, register.kind, f"{register.prefix}-{n:05d}"):
        n += 1
    return f"{register.prefix}-{n:05d}"


def list_documents(call: Call, *, register: Register) -> Answer:
    """A page of headers. Raises Refused for a filter over a field that the table has not."""
    rows = register.vouchers(call.company)
    for name, value in filters(call).items():
        rows = rows.filter(_condition(register, name, value))
    offset, size = span(call)
    shown = [_listed(call, register, row) for row in rows.order_by("id")[offset : offset + size]]
    return page(shown, offset)


def filters(call: Call) -> Mapping[str, str]:
    if call.company.switches.get("filter_ignored"):
        return {}
    return {name: value for name, value in call.query.items() if name not in ("offset", "limit")}


def span(call: Call) -> tuple[int, int]:
    """Offset and size of the page asked for; no page is longer than fifty rows."""
    asked = [call.query.get("offset", "0"), call.query.get("limit", str(PAGE))]
    if not all(re.fullmatch(r"[0-9]{1,9}", text) for text in asked):
        raise Refused("offset and limit are whole numbers", status=400, rule="4 D")
    most = min(PAGE, call.company.switches.get("page_rows", PAGE))
    return int(asked[0]), min(int(asked[1]), most)


def page(rows: list[dict[str, Any]], offset: int) -> Answer:
    pagination = {"offset": offset, "limit": PAGE, "count": len(rows)}
    return Answer(200, {"pagination": pagination, "data": rows})


def _condition(register: Register, name: str, value: str) -> Q:
    columns = {"docno": "number", "docref1": "reference", "code": "debtor__code"}
    if name in columns:
        return matching(columns[name], value)
    if name in register.texts:
        return matching(f"fields__header__{name}", value)
    if name == "dockey" and value.isascii() and value.isdigit():
        return Q(pk=register.row(int(value)))
    if name in EXACT:
        lookup, convert = EXACT[name]
        try:
            return Q(**{lookup: convert(value)})
        except (ValueError, ArithmeticError, KeyError) as problem:
            raise WORDS.refusal("bad_number", field=name, given=value) from problem
    raise Refused(f"Column unknown {name.upper()}", status=500, rule="4 A")


EXACT: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "docdate": ("date", date.fromisoformat),
    "docamt": ("total", Decimal),
    "updatecount": ("changes", int),
    "lastmodified": ("fields__modified", int),
    "cancelled": ("cancelled", {"true": True, "false": False, "T": True, "F": False}.__getitem__),
}


def matching(column: str, value: str) -> Q:
    """Equal whatever the case; `*` and `~` stand for any text."""
    if not WILDCARDS.search(value):
        return Q(**{f"{column}__iexact": value})
    parts = WILDCARDS.split(value)
    pattern = "".join(".*" if part in ("*", "~") else re.escape(part) for part in parts)
    return Q(**{f"{column}__iregex": f"^{pattern}$"})


def _listed(call: Call, register: Register, voucher: Voucher) -> dict[str, Any]:
    shown = header(register, voucher)
    if call.company.switches.get("list_dates") == "dmy":
        shown["docdate"] = voucher.date.strftime("%d/%m/%Y")
    return shown


def get_document(call: Call, *, register: Register) -> Answer:
    return one(call, whole(register, register.find(call)))


def one(call: Call, shown: Mapping[str, Any], status: int = 200) -> Answer:
    """One object in the envelope that this company's version uses."""
    envelopes = {"data": {"data": shown}, "bare": shown, "list": {"data": [shown]}}
    return Answer(status, envelopes[call.company.switches.get("envelope", "data")])


def created(call: Call, shown: Mapping[str, Any]) -> Answer:
    return one(call, shown, call.company.switches.get("create_status", 201))


def whole(register: Register, voucher: Voucher) -> dict[str, Any]:
    """A document with its lines or its knock-offs."""
    shown = header(register, voucher)
    if register.sales or register.kind not in (Kind.PAYMENT, Kind.REFUND):
        shown["sdsdocdetail"] = [
            _line(register, voucher, line) for line in voucher.fields.get("lines", [])
        ]
    if not register.sales and register.kind not in (Kind.INVOICE, Kind.DEBIT_NOTE):
        rows = voucher.knocks.select_related("target").order_by("id")
        shown["sdsknockoff"] = [_knock_off(row) for row in rows]
    return shown


def _line(register: Register, voucher: Voucher, line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as it was kept. The unit is before the quantity, as it has to be when it is sent."""
    units = {"uom": line["uom"]} if "uom" in line else {}
    return {"dtlkey": line["dtlkey"], "dockey": register.key(voucher), **units, **line}


def header(register: Register, voucher: Voucher) -> dict[str, Any]:
    said = voucher.fields.get("header", {})
    if voucher.fields.get("resource") == register.name:
        kept = {**dict.fromkeys(register.texts, ""), **said}
    else:
        kept = {name: said.get(name, "") for name in register.texts}
    shown = {
        "dockey": register.key(voucher),
        "docno": voucher.number,
        "docdate": voucher.date.isoformat(),
        "code": voucher.debtor.code,
        "docref1": voucher.reference,
        "currencycode": currency(voucher.debtor),
        "currencyrate": voucher.rate.normalize() if voucher.rate != ONE else Decimal("1.00"),
        "docamt": voucher.total,
        "localdocamt": ledger.half_up(voucher.total * voucher.rate),
        "cancelled": voucher.cancelled,
        "status": 0,
        "updatecount": voucher.changes,
        "lastmodified": voucher.fields.get("modified", 0),
        "gltransid": voucher.pk,
    }
    return {**kept, **shown, **_still_open(register, voucher)}


def _still_open(register: Register, voucher: Voucher) -> dict[str, Any]:
    if register.sales:
        return {"irbm_uuid": None, "irbm_status": 0}
    owed = register.kind in (Kind.INVOICE, Kind.DEBIT_NOTE)
    return {"outstanding" if owed else "unappliedamt": voucher.open_amount}


def currency(debtor: Debtor) -> str:
    return HOME if debtor.currency == debtor.company.currency else debtor.currency


def _knock_off(row: KnockOff) -> dict[str, Any]:
    target = row.target
    return {
        "uniquekey": row.pk,
        "doctype": DOC_TYPES[Kind(target.kind)],
        "docno": target.number,
        "docdate": target.date.isoformat(),
        "docamt": target.total,
        "outstanding": target.open_amount,
        "koamt": row.amount,
        "localkoamt": ledger.half_up(row.amount * target.rate),
        "knockoff": True,
    }


SALES_INVOICE = Register(
    name="salesinvoice", kind=Kind.INVOICE, prefix="IV", sales=True, texts=TEXTS + SALE_TEXTS
)
SALES_DEBIT_NOTE = Register(
    name="salesdebitnote", kind=Kind.DEBIT_NOTE, prefix="DN", sales=True, texts=TEXTS + SALE_TEXTS
)
SALES_CREDIT_NOTE = Register(
    name="salescreditnote", kind=Kind.CREDIT_NOTE, prefix="CN", sales=True, texts=TEXTS + SALE_TEXTS
)
INVOICE = Register(name="customerinvoice", kind=Kind.INVOICE, prefix="IV")
DEBIT_NOTE = Register(name="customerdebitnote", kind=Kind.DEBIT_NOTE, prefix="DN")
CREDIT_NOTE = Register(name="customercreditnote", kind=Kind.CREDIT_NOTE, prefix="CN")
PAYMENT = Register(
    name="customerpayment", kind=Kind.PAYMENT, prefix="OR", texts=TEXTS + MONEY_TEXTS
)
REFUND = Register(name="customerrefund", kind=Kind.REFUND, prefix="RF", texts=TEXTS + MONEY_TEXTS)
