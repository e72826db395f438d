"""Opening a company's books from one JSON object, wiping those of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounting.sandbox import autocount_cloud_opening, sql_account_opening
from accounting.sandbox.fields import Field, Words, names, read
from accounting.sandbox.models import (
    Account,
    Company,
    Debtor,
    Entry,
    Item,
    KnockOff,
    KnockOffEntry,
    PaymentMethod,
    System,
    TaxCode,
    Voucher,
)
from accounting.sandbox.wire import Refused

WORDS = Words(
    missing="{field} is required",
    too_long="{field} has {n} characters, at most {largest} are possible",
    bad_text="{field} has the wrong type",
    bad_date="{field}: {given} is not a date",
    bad_number="{field}: {given} is not a number",
    too_precise="{field}: {given} has more than {places} decimals",
    bad_flag="{field} is neither true nor false",
    unknown="{what} {code} is unknown",
    duplicate="{0} is taken",
    over_allocated="{0} is more than {1}",
    other_debtor="{0} is of another debtor",
    closed="{0} is closed",
    negative="negative",
)
COMPANY = (
    *names("name:100 system:20 key:200 currency:5", required=True),
    *names("secret:200"),
    Field("accounts", "rows", rows=names("code:20 name:100 type:20", required=True)),
    Field(
        "debtors",
        "rows",
        rows=(*names("code:20 name:100", required=True), *names("currency:5")),
    ),
    Field(
        "tax_codes",
        "rows",
        rows=(
            *names("code:20", required=True),
            Field("rate", "number", required=True),
            *names("account:20"),
        ),
    ),
    Field("payment_methods", "rows", rows=names("code:20 account:20", required=True)),
)
LIKE: Mapping[str, Mapping[str, Any]] = {
    "sql_account": sql_account_opening.COMPANY,
    "autocount_cloud": autocount_cloud_opening.COMPANY,
}
TERMS = ["C.O.D.", "30 Days", "Net 30 days"]
# Accounts every book needs, opened when none of that type is given.
DEFAULTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    System.SQL_ACCOUNTING: {
        Account.DEBTOR_CONTROL: ("300-000", "Trade debtors"),
        Account.TAX: ("460-000", "Sales and service tax payable"),
    },
    System.AUTOCOUNT: {
        Account.DEBTOR_CONTROL: ("300-0000", "Trade debtors"),
        Account.TAX: ("460-0000", "Sales and service tax payable"),
        Account.BANK_CHARGE: ("900-9000", "Bank charges"),
    },
    System.AUTOCOUNT_CLOUD: {
        Account.DEBTOR_CONTROL: ("300-0000", "Trade debtors"),
        Account.TAX: ("460-0000", "Sales and service tax payable"),
        Account.BANK_CHARGE: ("902-0000", "Bank charges"),
    },
}


def open_company(given: Mapping[str, Any]) -> Company:
    """The new company, with empty books. Raises Refused; the old books then stay as they are.

    `like` names a set of masters in `LIKE` that is taken for whatever is not given; of `masters`,
    for each list that is not.
    `accounts` types with a meaning here: `debtor_control`, `tax`, `bank_charge`, `exchange`; any
    other is only a label. A tax code's `account` defaults to the first account of type `tax`.
    `items` are codes or objects with a `code`, `units` (a list of texts, `["UNIT"]`), `stock`,
    `active` and what else a system says of an item. `terms` are the payment terms that exist;
    `identity` is an object; `masters` maps names to lists of objects with a `code` (or of codes).
    """
    given = _completed(given)
    values = read(COMPANY, given, WORDS)
    if values["system"] not in System.values:
        raise Refused(f"system {values['system']} is unknown")
    items, terms = given.get("items", []), given.get("terms", TERMS)
    if not isinstance(items, list) or not isinstance(terms, list):
        raise Refused("items and terms are lists")
    values |= {"identity": given.get("identity", {}), "masters": _masters(given)}
    if not isinstance(values["identity"], dict):
        raise Refused("identity is an object")
    try:
        return _opened(values, items, terms)
    except IntegrityError as problem:
        raise Refused("a code appears twice in one list") from problem


def _completed(given: Mapping[str, Any]) -> Mapping[str, Any]:
    like, masters = _like(given), given.get("masters", {})
    if "masters" in like and isinstance(masters, dict):
        masters = {**like["masters"], **masters}
    return {**like, **given, "masters": masters}


def _like(given: Mapping[str, Any]) -> Mapping[str, Any]:
    name = given.get("like")
    if name is None:
        return {}
    if not isinstance(name, str) or name not in LIKE:
        raise Refused(f"like {name} is unknown")
    return LIKE[name]


def _masters(given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    lists = given.get("masters", {})
    if not isinstance(lists, dict) or not all(isinstance(rows, list) for rows in lists.values()):
        raise Refused("masters maps names to lists")
    return {name: [_row(row) for row in rows] for name, rows in lists.items()}


def _row(given: Any) -> dict[str, Any]:
    row = given if isinstance(given, dict) else {"code": given}
    if not isinstance(row.get("code"), str) or not row["code"]:
        raise Refused("each row of masters has a code")
    return row


def _opened(values: Mapping[str, Any], items: list[Any], terms: list[Any]) -> Company:
    with transaction.atomic():
        _wipe(values["name"])
        if Company.objects.filter(key=values["key"]).exists():
            raise Refused("this key opens another company", status=409, code="key_taken")
        company = Company.objects.create(
            name=values["name"],
            system=values["system"],
            key=values["key"],
            secret=values.get("secret", ""),
            identity=values["identity"],
            masters=values["masters"],
            currency=values["currency"],
            terms=[str(term) for term in terms],
        )
        _add_masters(company, values, items)
    return company


def _wipe(name: str) -> None:
    for company in Company.objects.select_for_update().filter(name=name):
        KnockOff.objects.filter(source__company=company).delete()
        KnockOffEntry.objects.filter(company=company).delete()
        Entry.objects.filter(voucher__company=company).delete()
        Voucher.objects.filter(company=company).delete()
        company.delete()


def _add_masters(company: Company, values: Mapping[str, Any], items: list[Any]) -> None:
    accounts = _accounts(company, values.get("accounts", []))
    tax = min((a.code for a in accounts.values() if a.type == Account.TAX), default="")
    Debtor.objects.bulk_create(
        Debtor(
            company=company,
            code=row["code"],
            name=row["name"],
            currency=row.get("currency") or company.currency,
        )
        for row in values.get("debtors", [])
    )
    TaxCode.objects.bulk_create(
        TaxCode(
            company=company,
            code=row["code"],
            rate=row["rate"],
            account=_account(accounts, row.get("account") or tax),
        )
        for row in values.get("tax_codes", [])
    )
    PaymentMethod.objects.bulk_create(
        PaymentMethod(company=company, code=row["code"], account=_account(accounts, row["account"]))
        for row in values.get("payment_methods", [])
    )
    Item.objects.bulk_create(_item(company, item) for item in items)


def _item(company: Company, given: Any) -> Item:
    fields = dict(given) if isinstance(given, dict) else {"code": given}
    units = fields.pop("units", ["UNIT"])
    if not isinstance(units, list) or not all(isinstance(unit, str) and unit for unit in units):
        raise Refused("units of an item are a list of texts")
    return Item(
        company=company,
        code=str(fields.pop("code", "")),
        units=units,
        stock=fields.pop("stock", False) is True,
        active=fields.pop("active", True) is True,
        fields=fields,
    )


def _accounts(company: Company, rows: list[dict[str, str]]) -> dict[str, Account]:
    accounts = {row["code"]: Account(company=company, **row) for row in rows}
    for kind, (code, name) in DEFAULTS[company.system].items():
        if not any(account.type == kind for account in accounts.values()):
            known = accounts.setdefault(code, Account(company=company, code=code, name=name))
            known.type = kind
    Account.objects.bulk_create(accounts.values())
    return accounts


def _account(accounts: Mapping[str, Account], code: str) -> Account:
    if code not in accounts:
        raise Refused(WORDS.unknown.format(what="account", code=code))
    return accounts[code]
