"""Masters of AutoCount Cloud that can be read, and debtors, which can be written (contract 6, 7).

Tax codes, credit terms and currencies are not among them: they show only when one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounting.sandbox import autocount_cloud_tables as tables
from accounting.sandbox.autocount_cloud_ask import Ask, created, done, not_found, unknown
from accounting.sandbox.autocount_cloud_body import Reader, Values
from accounting.sandbox.autocount_cloud_book import Book, not_exists
from accounting.sandbox.autocount_cloud_listing import page_of_body, plain
from accounting.sandbox.call import Answer
from accounting.sandbox.masters import listed
from accounting.sandbox.models import Account, Debtor, Item, PaymentMethod

# The types of this stand-in's accounts, and what AutoCount calls them: type and special type.
ACCOUNT_TYPES: Mapping[str, tuple[str, str]] = {
    Account.DEBTOR_CONTROL: ("currentAssets", "debtorControl"),
    Account.TAX: ("currentLiabilities", ""),
    Account.BANK_CHARGE: ("expenses", ""),
    Account.EXCHANGE: ("expenses", ""),
    "rounding": ("expenses", ""),
    "asset": ("currentAssets", ""),
    "bank": ("currentAssets", "bank"),
    "cash": ("currentAssets", "cash"),
    "liability": ("currentLiabilities", ""),
    "sales": ("sales", ""),
    "income": ("otherIncomes", ""),
    "expense": ("expenses", ""),
    "parent": ("", ""),
}
GROUPS: Mapping[str, frozenset[str]] = {
    "balanceSheetType": frozenset({"currentAssets", "currentLiabilities"}),
    "profitLossType": frozenset({"sales", "otherIncomes", "expenses"}),
}


def company_profile(ask: Ask) -> Answer:
    company = ask.book.company
    if ask.book.switch("profile_missing", False):
        raise not_found("Path", "companyProfile")
    return Answer(200, {"companyName": company.name, **company.identity})


def one_debtor(ask: Ask) -> Answer:
    code = ask.required("code")
    found = Debtor.objects.filter(company=ask.book.company, code__iexact=code).first()
    if found is None:
        return unknown(ask.book, "Debtor", code)
    return Answer(200, _show_debtor(found))


def list_debtors(ask: Ask) -> Answer:
    rows = Debtor.objects.filter(company=ask.book.company).order_by("pk")
    shown = [_show_debtor(row) for row in rows]
    return plain(ask, _only_active(ask, shown))


def _only_active(ask: Ask, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["isActive"] or not ask.flag("activeOnly")]


def _show_debtor(debtor: Debtor) -> dict[str, Any]:
    blank = {field.name: "" for field in tables.DEBTOR if field.kind == "text"}
    return {
        **blank,
        "creditTerm": "C.O.D.",
        "isActive": True,
        **debtor.fields,
        "accNo": debtor.code,
        "companyName": debtor.name,
        "currencyCode": debtor.currency,
    }


def create_debtor(ask: Ask) -> Answer:
    """Raises Refused, with nothing written."""
    values = Reader(ask.book).fields(ask.body, tables.DEBTOR, "")
    _check_debtor(ask.book, values)
    code = values.get("accNo") or _next_code(ask.book)
    if "accNo" in values:
        ask.book.require_new_account(code)
    debtor = Debtor(company=ask.book.company, code=code)
    _fill(debtor, values)
    return created("debtor", "code", code)


def change_debtor(ask: Ask) -> Answer:
    """What is left out stays, what is blank is erased (contract 3)."""
    code = ask.required("code")
    debtor = Debtor.objects.filter(company=ask.book.company, code__iexact=code).first()
    if debtor is None:
        raise not_found("Debtor", code)
    values = Reader(ask.book).fields({**_show_debtor(debtor), **ask.body}, tables.DEBTOR, "")
    _check_debtor(ask.book, values)
    if values["accNo"] != debtor.code:
        raise not_exists("Debtor", values["accNo"], "18.3 A")
    _fill(debtor, values)
    return done()


def _fill(debtor: Debtor, values: Values) -> None:
    debtor.name, debtor.currency = values["companyName"], values["currencyCode"]
    debtor.fields = values
    debtor.save()


def _check_debtor(book: Book, values: Values) -> None:
    book.require_term(values["creditTerm"])
    book.require_listed("currencies", "Currency", values["currencyCode"])
    book.require_listed("areas", "Area", values.get("areaCode"))
    book.require_listed("sales_agents", "SalesAgent", values.get("salesAgent"))
    book.tax_codes(filter(None, [values.get("taxCode")]))
    parents = Account.objects.filter(company=book.company, type=Account.DEBTOR_CONTROL)
    parent = values.get("parentAccNo")
    if parent and not parents.filter(code=parent).exists():
        raise not_exists("ParentAccNo", parent)


def _next_code(book: Book) -> str:
    """A blank code is generated and not validated (contract 7)."""
    taken = set(Debtor.objects.filter(company=book.company).values_list("code", flat=True))
    return next(code for number in range(1, 10**6) if (code := f"300-A{number:03}") not in taken)


def list_accounts(ask: Ask) -> Answer:
    rows = Account.objects.filter(company=ask.book.company).order_by("code")
    searched = ask.one("searchText").lower()
    shown = [
        _show_account(row)
        for row in rows
        if searched in f"{row.code}\n{row.name}".lower() and _is_asked_for(ask, row)
    ]
    return plain(ask, shown)


def _is_asked_for(ask: Ask, row: Account) -> bool:
    """Filters that contradict each other leave nothing."""
    kind, special = ACCOUNT_TYPES.get(row.type, ("", ""))
    groups = {kind, *(group for group, kinds in GROUPS.items() if kind in kinds)}
    by_type = not ask.body.get("filterByAccTypes") or groups & _named(ask.body.get("accTypes"))
    specials = _named(ask.body.get("specialAccTypes"))
    by_special = not ask.body.get("filterBySpecialAccTypes") or special in specials
    is_leaf = row.type not in (Account.DEBTOR_CONTROL, "parent")
    return bool(by_type and by_special and (is_leaf or not ask.flag("leafOnly")))


def _named(given: Any) -> set[str]:
    """Names in a list, or those of an object that are true: both shapes are around."""
    if isinstance(given, dict):
        return {name for name, wanted in given.items() if wanted is True}
    return {str(name) for name in given} if isinstance(given, list) else set()


def _show_account(row: Account) -> dict[str, Any]:
    kind, special = ACCOUNT_TYPES.get(row.type, ("", ""))
    return {
        "accNo": row.code,
        "description": row.name,
        "accType": kind,
        "specialAccType": special,
        "isParent": row.type == "parent",
    }


def list_payment_methods(ask: Ask) -> Answer:
    rows = PaymentMethod.objects.filter(company=ask.book.company).select_related("account")
    shown = [
        {
            "paymentMethod": row.code,
            "bankAccount": row.account.code,
            "isActive": True,
            **_settings(ask.book, row.code),
        }
        for row in rows.order_by("pk")
    ]
    return plain(ask, _only_active(ask, shown))


def _settings(book: Book, code: str) -> dict[str, Any]:
    return {name: one for name, one in book.method_settings(code).items() if name != "code"}


def list_codes(ask: Ask, *, name: str, column: str) -> Answer:
    """A list of the company that has no table; `column` is what the code is called."""
    rows = [{column: row["code"], **row} for row in listed(ask.book.company, name)]
    return plain(ask, [{k: v for k, v in row.items() if k != "code"} for row in rows])


def list_number_formats(ask: Ask) -> Answer:
    wanted = ask.one("docType")
    codes = ask.book.type_codes()
    rows = [
        {"docType": codes[kind], "docNoFormatName": "Default", "format": f"{prefix}<000000>"}
        for kind, prefix in tables.RUNNING.items()
    ]
    return plain(ask, [row for row in rows if wanted in ("", row["docType"])])


def list_products(ask: Ask) -> Answer:
    """Rows are wrapped, and say of other units than the first nothing that can be relied on."""
    given = ask.body.get("filter") or {}
    statuses = given.get("statuses") or {} if isinstance(given, dict) else {}
    rows = Item.objects.filter(company=ask.book.company).order_by("pk")
    wanted = [row for row in rows if _has_status(row, statuses)]
    shown = [{"product": _show_product(row), "productMultiPacks": []} for row in wanted]
    return plain(ask, shown, page_of_body(ask))


def _has_status(row: Item, statuses: Any) -> bool:
    if not isinstance(statuses, dict) or not statuses:
        return True
    return statuses.get("active" if row.active else "inactive") is True


def one_product(ask: Ask) -> Answer:
    code = ask.required("code")
    row = Item.objects.filter(company=ask.book.company, code__iexact=code).first()
    if row is None:
        return unknown(ask.book, "Product", code)
    packs = [
        {"multiPack": unit, "multiPackRate": rate, "price": row.fields.get("price", "0.00")}
        for unit, rate in zip(row.units[1:], row.fields.get("unitRates", []), strict=False)
    ]
    return Answer(200, {"product": _show_product(row), "productMultiPacks": packs})


def _show_product(row: Item) -> dict[str, Any]:
    return {
        "productCode": row.code,
        "productName": row.fields.get("productName", row.code),
        "price": row.fields.get("price", "0.00"),
        "unit": next(iter(row.units), ""),
        "classificationCode": row.fields.get("classificationCode", ""),
        "isActive": row.active,
    }
