"""What a mapping row may say: the form it is kept in, and why a row is refused.

Values are kept exactly as `documents.rules` looks them up, so that a mapping can never be there
and not be found. Every reason for a refusal is named at its row and field, all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from accounting import known_codes
from accounting.documents.rules import canonical_rate, gateway_key, tax_identity
from accounting.facts import NOTHING, TaxLine
from accounting.models import (
    Debtor,
    DebtorCode,
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    RoleMapping,
    TaxMapping,
)

Row = Mapping[str, Any]
Errors = dict[int, dict[str, str]]

# Accounting treatment 1.1; `sales` comes from the product, `clearing` from the gateway.
ROLES = (
    "shipping",
    "discount",
    "tips",
    "duties",
    "fees",
    "gift_card",
    "store_credit",
    "returns",
    "returns_nostock",
    "allowance",
    "restock_fee",
    "rounding",
    "fx",
    "channel_tax",
    "disputes",
)
TAX_ROLE = "tax:"  # "tax:SV-8" is the account for a tax-only line of that code
ROWS_AT_ONCE = 1000
LONGEST_ID = 19  # digits of the largest that a database knows
BIGGEST_ID = 2**63 - 1


class Invalid(Exception):
    """Refused before anything was written: row index -> field -> what to change."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} rows refused")
        self.errors = errors


class Wrong(Exception):
    """One field of one row cannot be taken, for the reason in the message."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One kind of mapping: its natural key, what it maps to, and its kept form."""

    name: str
    model: type[models.Model]
    key: tuple[str, ...]
    codes: tuple[str, ...]
    normal: Callable[[dict[str, Any]], dict[str, Any]]
    optional: Mapping[str, Any]  # field -> what its absence means

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.key, *self.codes)


def kept(table: Table, store_id: int, rows: Sequence[Row]) -> list[models.Model]:
    """The rows as they will be kept, ordered by key. Raises Invalid naming every wrong field."""
    if len(rows) > ROWS_AT_ONCE:
        raise Invalid({0: {"non_field_errors": f"At most {ROWS_AT_ONCE} rows at once."}})
    ready, errors = checked(table, store_id, rows)
    seen = set()
    for index, instance in ready.items():
        key = key_of(table, instance)
        if key in seen:
            errors[index] = {table.key[0]: "The same row is given twice."}
        seen.add(key)
    if errors:
        raise Invalid(errors)
    return sorted(ready.values(), key=lambda instance: key_of(table, instance))


def checked(
    table: Table, store_id: int, rows: Sequence[Row]
) -> tuple[dict[int, models.Model], Errors]:
    """The rows that can be kept, each as it will be, and what is wrong with the others; by index.
    Whether two rows are for the same is not looked at."""
    errors: Errors = {}
    ready: dict[int, models.Model] = {}
    taken = known_codes.form(store_id, table.name)
    for index, row in enumerate(rows):
        try:
            instance = _kept_row(table, store_id, row)
            _taken_by_the_books(taken, table, instance)
            ready[index] = instance
        except Wrong as wrong:
            errors[index] = {wrong.field: str(wrong)}
        except ValidationError as refused:
            errors[index] = {name: " ".join(said) for name, said in refused.message_dict.items()}
    return ready, errors


def key_of(table: Table, row: models.Model) -> tuple[Any, ...]:
    """What the row is for."""
    return tuple(getattr(row, name) for name in table.key)


def _kept_row(table: Table, store_id: int, row: Row) -> models.Model:
    for name, value in row.items():
        if name not in table.fields:
            raise Wrong(name, "There is no such field.")
        if isinstance(value, str) and not storable(value):
            raise Wrong(name, "Contains characters that cannot be kept.")
    whole = {**table.optional, **row}
    missing = {name: ["This field is required."] for name in table.fields if name not in whole}
    if missing:
        raise ValidationError(missing)
    instance = table.model(store_id=store_id, **table.normal(whole))
    instance.clean_fields(exclude=["id", "store", "book"])
    return instance


def _taken_by_the_books(form: known_codes.Form, table: Table, instance: models.Model) -> None:
    for name in table.codes:
        if wrong := form.wrong(name, str(getattr(instance, name))):
            raise Wrong(name, wrong)


def storable(value: str) -> bool:
    """Whether a database can keep the text."""
    return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _codes(row: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(row[name] or "").strip() for name in names}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    match = row["match"]
    if match not in ItemMapping.Match.values:
        raise Wrong("match", f"One of {', '.join(ItemMapping.Match.values)}.")
    codes = _codes(row, *ITEMS.codes)
    return {"match": match, "value": _item_value(match, str(row["value"] or "")), **codes}


def _item_value(match: str, value: str) -> str:
    if match in (ItemMapping.Match.DEFAULT, ItemMapping.Match.NO_PRODUCT):
        if value:
            raise Wrong("value", f"A {match} mapping has no value: it is for everything else.")
        return ""
    if not value.strip():
        raise Wrong("value", f"Say which {match} this is for.")
    if match in (ItemMapping.Match.VARIANT, ItemMapping.Match.PRODUCT):
        return _shopify_id(value, field="value", what=match)
    return value.casefold()


def _shopify_id(value: str, *, field: str, what: str) -> str:
    digits = value.isascii() and value.isdigit() and len(value) <= LONGEST_ID
    if not digits or int(value) > BIGGEST_ID:
        raise Wrong(field, f"The Shopify id of the {what}, digits only.")
    return str(int(value))


def _tax(row: dict[str, Any]) -> dict[str, Any]:
    liable = row["channel_liable"]
    if not isinstance(liable, bool):
        raise Wrong("channel_liable", "true or false.")
    line = TaxLine(
        title=str(row["title"] or ""),
        rate=_rate(row["rate"]),
        amount=NOTHING,
        channel_liable=liable,
    )
    title, rate, _ = tax_identity(line)
    codes = _codes(row, *TAXES.codes)
    return {"title": title, "rate": rate, "channel_liable": liable, **codes}


def _rate(value: Any) -> Decimal:
    """The rate as a fraction; more than four decimals are refused, not rounded away."""
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        raise Wrong("rate", "A number, like 0.08 for eight per cent.") from None
    if not (rate.is_finite() and 0 <= rate <= 1):
        raise Wrong("rate", "A fraction from 0 to 1: 0.08 is eight per cent.")
    if canonical_rate(rate) != rate:
        raise Wrong("rate", "At most four decimals.")
    return canonical_rate(rate)


def _gateway(row: dict[str, Any]) -> dict[str, Any]:
    key = gateway_key(str(row["gateway"] or ""))
    if not key:
        raise Wrong("gateway", "The name of the gateway as Shopify writes it.")
    if not isinstance(row["cash"], bool):
        raise Wrong("cash", "true or false.")
    location = str(row["location"] or "").strip()
    return {
        "gateway": key,
        "card_brand": gateway_key(str(row["card_brand"] or "")),
        "location": location and _shopify_id(location, field="location", what="location"),
        "cash": row["cash"],
        **_codes(row, "account"),
    }


def _role(row: dict[str, Any]) -> dict[str, Any]:
    role = str(row["role"] or "").strip()
    if role not in ROLES and not (role.startswith(TAX_ROLE) and len(role) > len(TAX_ROLE)):
        raise Wrong("role", f"One of {', '.join(ROLES)}, or {TAX_ROLE} and a tax code.")
    return {"role": role, **_codes(row, "account")}


def _debtor(row: dict[str, Any]) -> dict[str, Any]:
    return {"currency": currency(row["currency"], field="currency"), **_codes(row, "code")}


def _customer(row: dict[str, Any]) -> dict[str, Any]:
    kind = row["kind"]
    if kind not in DebtorCode.Kind.values:
        raise Wrong("kind", f"One of {', '.join(DebtorCode.Kind.values)}.")
    return {
        "kind": kind,
        "source_id": int(_shopify_id(str(row["source_id"]), field="source_id", what=kind)),
        "currency": currency(row["currency"], field="currency"),
        **_codes(row, "code"),
    }


def _project(row: dict[str, Any]) -> dict[str, Any]:
    by, value = row["by"], str(row["value"] or "").strip()
    if by not in ProjectMapping.By.values:
        raise Wrong("by", f"One of {', '.join(ProjectMapping.By.values)}.")
    if not value:
        raise Wrong("value", f"Say which {by} this is for.")
    if by == ProjectMapping.By.LOCATION:
        value = _shopify_id(value, field="value", what=by)
    return {"by": by, "value": value.casefold(), **_codes(row, "project")}


def currency(value: Any, *, field: str) -> str:
    """An ISO 4217 code in capitals. Raises Wrong."""
    code = str(value or "").strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise Wrong(field, "Three letters, like MYR.")
    return code


ITEMS = Table(
    name="items",
    model=ItemMapping,
    key=("match", "value"),
    codes=("account", "item_code", "tariff_code", "returns_account", "returns_nostock_account"),
    normal=_item,
    optional={
        "value": "",
        "item_code": "",
        "tariff_code": "",
        "returns_account": "",
        "returns_nostock_account": "",
    },
)
TAXES = Table(
    name="taxes",
    model=TaxMapping,
    key=("title", "rate", "channel_liable"),
    codes=("code", "tariff_code"),
    normal=_tax,
    optional={"channel_liable": False, "tariff_code": ""},
)
GATEWAYS = Table(
    name="gateways",
    model=GatewayMapping,
    key=("gateway", "card_brand", "location"),
    codes=("account", "cash"),
    normal=_gateway,
    optional={"card_brand": "", "location": "", "cash": False},
)
ROLE_ACCOUNTS = Table(
    name="roles",
    model=RoleMapping,
    key=("role",),
    codes=("account",),
    normal=_role,
    optional={},
)
DEBTORS = Table(
    name="debtors",
    model=Debtor,
    key=("currency",),
    codes=("code",),
    normal=_debtor,
    optional={},
)
CUSTOMERS = Table(
    name="customers",
    model=DebtorCode,
    key=("kind", "source_id", "currency"),
    codes=("code",),
    normal=_customer,
    optional={},
)
PROJECTS = Table(
    name="projects",
    model=ProjectMapping,
    key=("by", "value"),
    codes=("project",),
    normal=_project,
    optional={},
)

TABLES = {
    table.name: table for table in (ITEMS, TAXES, GATEWAYS, ROLE_ACCOUNTS, PROJECTS, CUSTOMERS)
}
