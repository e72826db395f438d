"""`rules.json` of a case: the merchant's rules, as far as they differ from `make_rules()`.

    {"policy": {"trigger": "created", "settle": 600, "einvoice": {"since": "2026-07-01"}},
     "accounts": {"+": {"fx": "fx"}},
     "gateways": {"+": {"cash": {"account": "till", "cash": true}}},
     "taxes": {"+": {"SST 0.05": "S5", "VAT 0.1 channel": "V10"}},
     "items": {"+": {"sku mug": "sales:mugs"}},
     "debtors": {"customer 123 MYR": "300-A0001"}, "projects": {"web": "ONLINE"},
     "ledger": {"kinds": ["invoice", "payment"], "tax": {"explicit": false}}}

`policy` is by name: dates and amounts as text, durations in seconds. A section replaces the
default, or adds to it when it stands in {"+": …}.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounting.documents.rules import (
    EInvoicing,
    GatewayCode,
    ItemCode,
    Ledger,
    Policy,
    Rules,
    TaxCode,
    TaxIdentity,
    TaxMethod,
    canonical_rate,
    gateway_key,
)
from tests.facts import make_rules

Reader = Callable[[Any], Any]


def rules_from(changes: dict[str, Any]) -> Rules:
    """Raises KeyError for a section or policy that no rule is called like."""
    default = make_rules()
    sections = {name: value for name, value in changes.items() if name != "policy"}
    read = {name: _section(getattr(default, name), name, sections[name]) for name in sections}
    policy = replace(default.policy, **_typed(Policy, changes.get("policy", {})))
    return replace(default, policy=policy, **read)


def _section(default: Any, name: str, stated: dict[str, Any]) -> Any:
    if name == "ledger":
        return Ledger(**_typed(Ledger, stated))
    key, value = READERS[name]
    found = {key(k): value(v) for k, v in stated.get("+", stated).items()}
    return {**default, **found} if "+" in stated else found


def _item_match(text: str) -> tuple[str, str]:
    """`sku mug` or only `default`."""
    match, _, value = text.partition(" ")
    return (match, value.casefold())


def _tax_identity(text: str) -> TaxIdentity:
    """`SST 0.1`, with ` channel` behind it where the marketplace owes the tax."""
    title, rate = text.removesuffix(" channel").rsplit(" ", 1)
    return (title.casefold(), canonical_rate(Decimal(rate)), text.endswith(" channel"))


def _code(cls: type, first: str) -> Reader:
    """An object of the class's fields, or only the most needed one as text."""
    return lambda stated: cls(**({first: stated} if isinstance(stated, str) else stated))


READERS: Mapping[str, tuple[Reader, Reader]] = {
    "items": (_item_match, _code(ItemCode, "account")),
    "taxes": (_tax_identity, _code(TaxCode, "code")),
    "gateways": (gateway_key, _code(GatewayCode, "account")),
    "accounts": (str, str),
    "debtors": (str, str),
    "projects": (str, str),
}


def _typed(cls: type, stated: dict[str, Any]) -> dict[str, Any]:
    """JSON values as what the fields of `cls` hold."""
    hints = typing.get_type_hints(cls)
    return {name: _value(hints[name], value) for name, value in stated.items()}


def _value(kind: Any, stated: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return None if stated is None else _value(typing.get_args(kind)[0], stated)
    if origin in (tuple, frozenset):
        return origin(_value(typing.get_args(kind)[0], item) for item in stated)
    if kind in (EInvoicing, TaxMethod):
        return kind(**_typed(kind, stated))
    reader = SCALARS.get(kind)
    return reader(stated) if reader else stated


SCALARS: Mapping[Any, Reader] = {
    date: date.fromisoformat,
    Decimal: Decimal,
    timedelta: lambda seconds: timedelta(seconds=seconds),
}
