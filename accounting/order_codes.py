"""Why a kept order has the codes it has, by today's mappings: the rows that `mapping_why` needs."""

from __future__ import annotations

from accounting import mapping_rules, posting
from accounting.mapping_why import Explained, explained
from accounting.models import Order


def codes_of(order: Order) -> list[Explained]:
    """Every line, charge and payment of the order as it is now; nothing is planned or written.

    `order` comes with its store. At most six statements, whatever it has: its facts, and one each
    for policies, products, taxes, gateways and accounts, which are mapped in tables of their own.
    """
    facts = posting.facts_shown(order)
    latest = facts.latest or facts.origin
    if latest is None:
        return []
    rules = mapping_rules.looked_up(order.store, facts)
    return explained(latest, facts.transactions, rules)
