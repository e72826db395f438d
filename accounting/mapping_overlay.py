"""Rules as they would be after some mappings have changed: rows laid over the rules of one order,
nothing kept. What an order asks the mappings for is named here too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Model

from accounting.documents.projects import project_value
from accounting.documents.rules import (
    GatewayCode,
    ItemCode,
    Rules,
    TaxCode,
    canonical_rate,
    gateway_match,
    gateway_matches,
    item_matches,
)
from accounting.facts import Facts
from accounting.mapping_rules import tax_identities, versions
from accounting.models import (
    DebtorCode,
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    RoleMapping,
    TaxMapping,
)

# Kind of mapping -> the part of `Rules` that its rows are in.
PARTS = {
    "items": "items",
    "taxes": "taxes",
    "gateways": "gateways",
    "roles": "accounts",
    "projects": "projects",
    "customers": "debtors",
}


def overlaid(rules: Rules, rows: Sequence[Model], removed: Sequence[Model] = ()) -> Rules:
    """The rules with these rows of one kind added or changed, and these gone. A customer keeps a
    code whatever is removed: they would be given another one."""
    for row in (*rows, *removed):
        part = PARTS[kind(row)]
        codes = dict(getattr(rules, part))
        key = key_in(row, rules)
        if key is None:
            continue
        if row in rows:
            codes[key] = _code(row)
        elif not isinstance(row, DebtorCode):
            codes.pop(key, None)
        rules = replace(rules, **{part: codes})  # type: ignore[arg-type]  # a part of them
    return rules


def kind(row: Model) -> str:
    """The kind of mapping that the row is of."""
    kinds: dict[type[Model], str] = {
        ItemMapping: "items",
        TaxMapping: "taxes",
        GatewayMapping: "gateways",
        RoleMapping: "roles",
        ProjectMapping: "projects",
        DebtorCode: "customers",
    }
    return kinds[type(row)]


def key_in(row: Model, rules: Rules) -> Any:
    """Under what `Rules` knows the row; None for a project of the other kind than is used."""
    match row:
        case ItemMapping():
            return (row.match, row.value)
        case TaxMapping():
            return (row.title, canonical_rate(row.rate), row.channel_liable)
        case GatewayMapping():
            return gateway_match(row.gateway, row.card_brand, row.location)
        case RoleMapping():
            return row.role
        case ProjectMapping():
            return row.value if row.by == rules.policy.project_by else None
        case DebtorCode():
            return f"{row.kind} {row.source_id} {row.currency}"
    raise TypeError(type(row).__name__)


def _code(row: Model) -> Any:
    match row:
        case ItemMapping():
            return ItemCode(
                account=row.account,
                item_code=row.item_code,
                tariff_code=row.tariff_code,
                returns_account=row.returns_account,
                returns_nostock_account=row.returns_nostock_account,
            )
        case TaxMapping():
            return TaxCode(code=row.code, tariff_code=row.tariff_code)
        case GatewayMapping():
            return GatewayCode(account=row.account, cash=row.cash)
        case ProjectMapping():
            return row.project
        case RoleMapping():
            return row.account
        case DebtorCode():
            return row.code
    raise TypeError(type(row).__name__)


def asks_for(facts: Facts, what: str, keys: Collection[Any], rules: Rules) -> bool:
    """Whether the order's documents can depend on a mapping of this kind under one of these keys.
    Which account roles an order needs only its documents say, so all of them may."""
    match what:
        case "items":
            wanted: set[Any] = {
                match for order in versions(facts) for line in order.lines
                for match in item_matches(line)
            }  # fmt: skip
        case "taxes":
            wanted = set(tax_identities(facts))
        case "gateways":
            wanted = {
                match for paid in facts.transactions
                for match in gateway_matches(paid.gateway, paid.card_brand, paid.location_id)
            }  # fmt: skip
        case "projects":
            by = rules.policy.project_by
            used = () if by == "none" else versions(facts)
            wanted = {project_value(order, by).casefold() for order in used}
        case "customers":
            wanted = set(rules.debtors)
        case _:
            return True
    return not wanted.isdisjoint(keys)
