"""Customers of the SQL Account API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounting.sandbox import masters
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.models import Account, Company, Debtor, Voucher
from accounting.sandbox.sql_account_bodies import expect_count, given, refuse_broken_post
from accounting.sandbox.sql_account_registers import (
    HOME,
    created,
    currency,
    filters,
    matching,
    one,
    page,
    span,
)
from accounting.sandbox.sql_account_tables import CUSTOMER, CUSTOMER_CHANGE, WORDS, not_found
from accounting.sandbox.wire import Refused

TEXTS = (
    *("companyname2", "creditterm", "companycategory", "area", "agent", "pricetag", "tax"),
    *("brn", "brn2", "salestaxno", "servicetaxno", "tin", "idno", "remark"),
)
LISTED = ("companycategory", "area", "agent", "pricetag")
USUAL = {"statementtype": "O", "agingon": "I", "status": "A", "idtype": 0, "submissiontype": 0}


def list_customers(call: Call) -> Answer:
    rows = _debtors(call)
    for name, value in filters(call).items():
        rows = rows.filter(_condition(name, value))
    offset, size = span(call)
    control = _control(call.company)
    shown = rows.order_by("id")[offset : offset + size]
    return page([_header(row, control) for row in shown], offset)


def _debtors(call: Call) -> QuerySet[Debtor]:
    return Debtor.objects.filter(company=call.company).select_related("company")


def _condition(name: str, value: str) -> Q:
    columns = {"code": "code", "companyname": "name"}
    if name in columns or name in TEXTS:
        return matching(columns.get(name, f"fields__{name}"), value)
    raise Refused(f"Column unknown {name.upper()}", status=500, rule="4 A")


def get_customer(call: Call) -> Answer:
    return one(call, _whole(_named(call)))


def _named(call: Call) -> Debtor:
    """By code, or by document key as one client has it."""
    found = _debtors(call).filter(code=call.tail).first()
    if found is None and re.fullmatch(r"[0-9]{1,15}", call.tail):
        found = _debtors(call).filter(pk=int(call.tail)).first()
    if found is None:
        raise Refused(f"Customer {call.tail} not found", status=400, rule="5 O")
    return found


def create_customer(call: Call) -> Answer:
    refuse_broken_post(call, "customer")
    values = given(call, CUSTOMER, call.body)
    code = values["code"]
    if Debtor.objects.filter(company=call.company, code__iexact=code).exists():
        raise Refused(f"Customer code {code} already exist", status=400, rule="7.1 D")
    _require_masters(call, values)
    debtor = Debtor.objects.create(
        company=call.company,
        code=code,
        name=values["companyname"],
        currency=_currency(call, values),
        fields={**_kept(values), "updatecount": 0},
    )
    debtor.refresh_from_db()
    return created(call, _whole(debtor))


def _currency(call: Call, values: Mapping[str, Any]) -> str:
    code = str(values.get("currencycode", ""))
    if code in ("", HOME, call.company.currency):
        return call.company.currency
    masters.require_listed(call.company, "currency", [code], WORDS)
    return code


def _require_masters(call: Call, values: Mapping[str, Any]) -> None:
    company = call.company
    controls = Account.objects.filter(company=company, type=Account.DEBTOR_CONTROL)
    control = values.get("controlaccount", "")
    if control and not controls.filter(code=control).exists():
        raise not_found()
    masters.require_term(company, values.get("creditterm", ""), WORDS, "creditterm")
    for name in LISTED:
        code = values.get(name, "")
        masters.require_listed(company, name, [] if code == HOME else [code], WORDS)
    tax = values.get("tax", "")
    masters.tax_codes(company, [] if tax in ("", HOME) else [tax], WORDS, "tax")


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    away = ("code", "companyname", "currencycode", "updatecount")
    kept = {name: value for name, value in values.items() if name not in away}
    return {n: f"{v:f}" if isinstance(v, Decimal) else v for n, v in kept.items()}


def update_customer(call: Call) -> Answer:
    values = given(call, CUSTOMER_CHANGE, call.body)
    debtor = _named(call)
    expect_count(debtor.fields.get("updatecount", 0) + 1, values, "4 D")
    _require_masters(call, values)
    if values.get("code", debtor.code) != debtor.code:
        raise Refused("Customer code cannot be changed", status=400, rule="7.1 A")
    debtor.name = values.get("companyname", debtor.name)
    changed = {**_kept(values), "updatecount": values["updatecount"]}
    debtor.fields = {**debtor.fields, **changed}
    debtor.save(update_fields=["name", "fields"])
    debtor.refresh_from_db()
    return one(call, _whole(debtor))


def delete_customer(call: Call) -> Answer:
    debtor = _named(call)
    if Voucher.objects.filter(debtor=debtor).exists():
        raise Refused(f"Customer {debtor.code} has transactions", status=400, rule="4 A")
    debtor.delete()
    return Answer(204, None)


def _header(debtor: Debtor, control: str) -> dict[str, Any]:
    kept = {name: value for name, value in debtor.fields.items() if not name.startswith("sds")}
    return {
        **dict.fromkeys(TEXTS, ""),
        **USUAL,
        "controlaccount": control,
        "creditlimit": Decimal("0.00"),
        "allowexceedcreditlimit": False,
        "updatecount": 0,
        **kept,
        "dockey": debtor.pk,
        "code": debtor.code,
        "companyname": debtor.name,
        "currencycode": currency(debtor),
    }


def _control(company: Company) -> str:
    accounts = Account.objects.filter(company=company, type=Account.DEBTOR_CONTROL)
    return accounts.earliest("code").code


def _whole(debtor: Debtor) -> dict[str, Any]:
    first = {"branchtype": "B", "branchname": "BILLING", "address1": "", "country": ""}
    return {
        **_header(debtor, _control(debtor.company)),
        "sdsbranch": debtor.fields.get("sdsbranch", [first]),
    }
