"""Gateways and taxes that orders show and nobody has mapped: noted when an order is planned.

A held order says what it lacks; most orders that show something new are not held for it, as they
are not paid yet, are left out, or wait. What is mapped costs no statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from accounting.documents.codes import LIABILITY_GATEWAYS
from accounting.documents.rules import (
    Rules,
    counting_taxes,
    gateway_key,
    tax_identity,
    tax_set_identity,
)
from accounting.facts import Facts, TaxLine
from accounting.mapping_rules import taxes_by_charge
from accounting.mapping_tables import storable
from accounting.models import SeenGateway, SeenTax

LONGEST = 255
LONGEST_BRAND = 50


def note(store_id: int, facts: Facts, rules: Rules, now: datetime) -> None:
    """Remember what the order shows and the rules have no code for. Call it in the transaction
    that plans the order, before anything is queued."""
    gateways = {
        (row.gateway, row.card_brand): row for row in _gateways(store_id, facts, rules, now)
    }
    taxes = {(row.title, row.rate): row for row in _taxes(store_id, facts, rules, now)}
    if gateways:  # in the order of their keys, so that two plans never wait for each other
        rows = [gateways[key] for key in sorted(gateways)]
        SeenGateway.objects.bulk_create(rows, ignore_conflicts=True)
    if taxes:
        SeenTax.objects.bulk_create([taxes[key] for key in sorted(taxes)], ignore_conflicts=True)


def _gateways(store_id: int, facts: Facts, rules: Rules, now: datetime) -> Iterator[SeenGateway]:
    for paid in facts.transactions:
        key, brand = gateway_key(paid.gateway), gateway_key(paid.card_brand)
        if rules.gateway_for(paid.gateway, paid.card_brand, paid.location_id):
            continue
        if rules.account_for(LIABILITY_GATEWAYS.get(key, "")):
            continue
        if _fits(key, paid.gateway) and len(brand) <= LONGEST_BRAND:
            yield SeenGateway(
                store_id=store_id, gateway=key, card_brand=brand, shown=paid.gateway, seen_at=now
            )


def _taxes(store_id: int, facts: Facts, rules: Rules, now: datetime) -> Iterator[SeenTax]:
    for charged in taxes_by_charge(facts):
        for tax in uncoded(charged, rules):
            title, rate, _ = tax_identity(tax)
            if _fits(title, tax.title):
                yield SeenTax(
                    store_id=store_id, title=title, rate=rate, shown=tax.title, seen_at=now
                )


def uncoded(charged: Iterable[TaxLine], rules: Rules) -> list[TaxLine]:
    """The taxes of one charge that need a code and have none: not those that the sales channel
    owes, nor those of rate 0 beside others, nor any of several that are mapped together (4.3)."""
    own = [tax for tax in charged if not tax.channel_liable]
    counting = [tax for tax in own if tax.rate] or own[:1]
    several = counting_taxes(counting)
    if len(several) > 1 and tax_set_identity(several) in rules.taxes:
        return []
    return [tax for tax in counting if rules.tax_for(tax) is None]


def _fits(key: str, shown: str) -> bool:
    return 0 < len(key) <= LONGEST and len(shown) <= LONGEST and storable(shown)
