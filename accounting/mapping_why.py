"""Why a line of an order has the codes it has: which mapping decides, of all that it is looked for
under, and which row would have to be edited. Pure: facts and rules in, answers out.

It speaks of the rules of today. What is frozen in a document has its own words for it (`Why`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounting.documents.codes import LIABILITY_GATEWAYS
from accounting.documents.components import line_role
from accounting.documents.rules import (
    Rules,
    TaxCode,
    TaxIdentity,
    counting_taxes,
    gateway_key,
    gateway_matches,
    item_matches,
    tax_identity,
    tax_set_identity,
)
from accounting.facts import Line, Order, TaxLine, Transaction

RESTS = ("default", "no_product")  # their rows stand above the products, whatever is searched for


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One code of a line. `what` is the kind of mapping; of the `tried` keys, most specific first,
    `key` decides, "" where none does and `code` is empty too. `search` is what the page of the
    mapping is searched for to find the row."""

    what: str
    code: str
    match: str
    key: str
    tried: tuple[tuple[str, str], ...]
    search: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A line of an order, or a payment of it, with what decides each of its codes."""

    kind: str  # line, shipping, payment
    id: int
    title: str
    role: str
    decided: tuple[Decided, ...]


def explained(order: Order, paid: Sequence[Transaction], rules: Rules) -> list[Explained]:
    """Every line of the order, then its shipping, then what was paid."""
    found = [_line(line, rules) for line in order.lines]
    found += [
        _charge("shipping", each.id, each.title, "shipping", each.taxes, rules)
        for each in order.shipping_lines
        if not each.removed
    ]
    return found + [_payment(each, rules) for each in paid]


def _line(line: Line, rules: Rules) -> Explained:
    role = line_role(line, rules.policy.gift_card_skus)
    if role != "sales":
        return _charge("line", line.id, line.title, role, line.taxes, rules)
    decided = (_item(line, rules), *_taxes(line.taxes, rules))
    return Explained(kind="line", id=line.id, title=line.title, role=role, decided=decided)


def _item(line: Line, rules: Rules) -> Decided:
    tried = tuple(item_matches(line))
    match, value = next((each for each in tried if each in rules.items), ("", ""))
    return Decided(
        what="items",
        code=rules.items[match, value].account if match else "",
        match=match,
        key=value,
        tried=tried,
        search="" if match in RESTS else line.sku or line.title,
    )


def _charge(
    kind: str, source_id: int, title: str, role: str, taxes: Sequence[TaxLine], rules: Rules
) -> Explained:
    decided = (_role(role, rules), *_taxes(taxes, rules))
    return Explained(kind=kind, id=source_id, title=title, role=role, decided=decided)


def _role(role: str, rules: Rules) -> Decided:
    account = rules.account_for(role) or ""
    tried, key = (("role", role),), role if account else ""
    match = "role" if account else ""
    return Decided(what="roles", code=account, match=match, key=key, tried=tried, search=role)


def _taxes(taxes: Sequence[TaxLine], rules: Rules) -> list[Decided]:
    """One code where several taxes are mapped together, else one for each; what the sales channel
    owes has the account of its role (treatment 4.3)."""
    own = [tax for tax in taxes if not tax.channel_liable]
    counting = [tax for tax in own if tax.rate] or own[:1]
    several = counting_taxes(counting)
    together = rules.taxes.get(tax_set_identity(several)) if len(several) > 1 else None
    if together is not None:
        found = [_taxed(tax_set_identity(several), together)]
    else:
        found = [_tax(tax, rules) for tax in counting]
    return found + ([_role("channel_tax", rules)] if len(own) < len(taxes) else [])


def _tax(tax: TaxLine, rules: Rules) -> Decided:
    return _taxed(tax_identity(tax), rules.tax_for(tax))


def _taxed(identity: TaxIdentity, code: TaxCode | None) -> Decided:
    title, rate, _ = identity
    named = f"{title} {rate:f}"
    return Decided(
        what="taxes",
        code=code.code if code else "",
        match="tax" if code else "",
        key=named if code else "",
        tried=(("tax", named),),
        search=title,
    )


def _payment(paid: Transaction, rules: Rules) -> Explained:
    tried = tuple(
        ("gateway", match)
        for match in gateway_matches(paid.gateway, paid.card_brand, paid.location_id)
    )
    key = gateway_key(paid.gateway)
    by_match = next((match for _, match in tried if match in rules.gateways), "")
    role = LIABILITY_GATEWAYS.get(key, "")
    if by_match or not role:
        code = rules.gateways[by_match].account if by_match else ""
        decided = Decided(
            what="gateways",
            code=code,
            match="gateway" if by_match else "",
            key=by_match,
            tried=tried,
            search=key,
        )
    else:
        decided = _role(role, rules)
    return Explained(
        kind="payment", id=paid.id, title=paid.gateway, role="clearing", decided=(decided,)
    )
