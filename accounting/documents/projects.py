"""Which project of the books an order belongs to, where the merchant splits sales by place or
channel (accounting treatment, section 6)."""

from __future__ import annotations

from accounting.documents.rules import Rules
from accounting.facts import Order


def project_for(order: Order, rules: Rules) -> str:
    """The project of all the order's documents: that of its location or of its channel, by policy,
    else the policy's fallback. Empty where the merchant uses none."""
    policy = rules.policy
    if policy.project_by == "none":
        return ""
    mapped = {value.casefold(): project for value, project in rules.projects.items()}
    return mapped.get(project_value(order, policy.project_by), "") or policy.project_fallback


def project_value(order: Order, project_by: str) -> str:
    """What projects are mapped under, by location or source. Empty for an order that was not sold
    at a location."""
    if project_by == "source":
        return order.source_name.casefold()
    return "" if order.location_id is None else str(order.location_id)
