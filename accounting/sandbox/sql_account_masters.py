"""The lists of the SQL Account API that are only read: accounts, tax codes, items and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.sandbox import masters
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.models import Account, Company, Item, PaymentMethod, TaxCode
from accounting.sandbox.sql_account_registers import HOME, filters, one, page, span
from accounting.sandbox.sql_account_tables import absent
from accounting.sandbox.wire import Refused

Row = dict[str, Any]
VERSION = "5.2025.1042.879"
# A company's types of accounts in the two columns of the chart: acctype, specialacctype.
TYPES: Mapping[str, tuple[str, str]] = {
    Account.DEBTOR_CONTROL: ("CA", "DC"),
    Account.TAX: ("CL", "  "),
    Account.BANK_CHARGE: ("EP", "  "),
    Account.EXCHANGE: ("OI", "  "),
    "bank": ("CA", "BA"),
    "cash": ("CA", "CH"),
    "asset": ("CA", "  "),
    "liability": ("CL", "  "),
    "sales": ("SL", "  "),
    "income": ("OI", "  "),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """`key` is the field that names a row in the path. `details` adds what lists leave out."""

    name: str
    key: str
    rows: Callable[[Company], list[Row]]
    details: Callable[[Company, Row], Row] = lambda _, row: row


def list_rows(call: Call, *, master: Master) -> Answer:
    rows = master.rows(call.company)
    for name, value in filters(call).items():
        if rows and name not in rows[0]:
            raise Refused(f"Column unknown {name.upper()}", status=500, rule="4 A")
        rows = [row for row in rows if _text(row[name]).casefold() == value.casefold()]
    offset, size = span(call)
    return page(rows[offset : offset + size], offset)


def get_row(call: Call, *, master: Master) -> Answer:
    for row in master.rows(call.company):
        if _text(row[master.key]) == call.tail:
            return one(call, master.details(call.company, row))
    raise absent()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def get_profile(call: Call) -> Answer:
    """What tells one company file from another (contract 11.1)."""
    company = call.company
    said = {name: company.identity.get(name, "") for name in ("remark", "brn")}
    named = company.identity.get("companyname", company.name)
    return one(call, {"companyname": named, **said})


def get_version(call: Call) -> Answer:
    return one(call, {"version": call.company.identity.get("version", VERSION)})


def _accounts(company: Company) -> list[Row]:
    rows = Account.objects.filter(company=company).order_by("code")
    return [
        {
            "dockey": row.pk,
            "code": row.code,
            "description": row.name,
            "description2": "",
            "parent": -1,
            "acctype": TYPES.get(row.type, ("EP", "  "))[0],
            "specialacctype": TYPES.get(row.type, ("EP", "  "))[1],
        }
        for row in rows
    ]


def _tax_codes(company: Company) -> list[Row]:
    return [
        {
            "autokey": row.pk,
            "code": row.code,
            "description": f"{row.rate.normalize():f} %",
            "taxtype": 1 if row.rate else 0,
            "taxrate": row.rate.quantize(Decimal("0.01")),
            "taxinclusive": False,
            "isdefault": False,
            "isactive": True,
        }
        for row in TaxCode.objects.filter(company=company).order_by("id")
    ]


def _payment_methods(company: Company) -> list[Row]:
    rows = PaymentMethod.objects.filter(company=company).select_related("account").order_by("code")
    return [
        {
            "code": row.code,
            "description": row.account.name,
            "journal": "CASH" if row.account.type == "cash" else "BANK",
            "currencycode": HOME,
        }
        for row in rows
    ]


def _items(company: Company) -> list[Row]:
    return [
        {
            "dockey": row.pk,
            "code": row.code,
            "description": row.fields.get("description", ""),
            "stockgroup": row.fields.get("stockgroup", ""),
            "stockcontrol": row.stock,
            "sltax": row.fields.get("sltax", ""),
            "tariff": row.fields.get("tariff", ""),
            "barcode": row.fields.get("barcode", ""),
            "refprice": Decimal(str(row.fields.get("refprice", "0.00"))),
            "isactive": row.active,
        }
        for row in Item.objects.filter(company=company).order_by("id")
    ]


def _with_units(company: Company, row: Row) -> Row:
    units = Item.objects.get(company=company, code=row["code"]).units
    return {**row, "sdsuom": [{"uom": unit, "rate": Decimal("1.00")} for unit in units]}


def _terms(company: Company) -> list[Row]:
    fixed = {"termtype": "A", "termday": 0, "termmonth": 0, "isactive": True}
    return [{"code": term, "description": term, **fixed} for term in company.terms]


def _currencies(company: Company) -> list[Row]:
    def row(code: str, name: str, given: Mapping[str, Any]) -> Row:
        rates = {rate: given.get(rate, "1.000000") for rate in ("buyingrate", "sellingrate")}
        symbol = given.get("symbol", name)
        return {"code": code, "description": name, "symbol": symbol, "isocode": name, **rates}

    listed = masters.listed(company, "currency")
    others = [row(given["code"], given.get("isocode", given["code"]), given) for given in listed]
    return [row(HOME, company.currency, {}), *others]


def _listed(name: str) -> Callable[[Company], list[Row]]:
    def rows(company: Company) -> list[Row]:
        usual = {"description": "", "isactive": True}
        return [{**usual, **row} for row in masters.listed(company, name)]

    return rows


def _of_list(name: str) -> Master:
    return Master(name=name, key="code", rows=_listed(name))


MASTERS = (
    Master(name="account", key="code", rows=_accounts),
    Master(name="tax", key="autokey", rows=_tax_codes),
    Master(name="pmmethod", key="code", rows=_payment_methods),
    Master(name="stockitem", key="dockey", rows=_items, details=_with_units),
    Master(name="terms", key="code", rows=_terms),
    Master(name="currency", key="code", rows=_currencies),
    *map(_of_list, ("project", "location", "agent", "area", "pricetag", "companycategory")),
)
