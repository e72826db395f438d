"""What a query costs before it runs, and the bucket of points it is paid from (contract 8.1).

An object is a point, a leaf nothing, a mutation ten; a connection is two points and its rows, a
list its rows where `first` counts them, and an interface or union its dearest branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.paging import CONNECTION_POINTS
from shopify_app.sandbox.schema import schema, shape

MOST = 1000
MUTATION = 10


class Pricing:
    """One operation of a valid document, with its variables."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> int:
        defaults = {
            one.variable.name.value: int(one.default_value.value)
            for one in operation.variable_definitions or ()
            if isinstance(one.default_value, IntValueNode)
        }
        self.variables = {**defaults, **self.variables}
        kind = {"query": "QueryRoot", "mutation": "Mutation"}[operation.operation.value]
        fields = len(operation.selection_set.selections)
        extra = MUTATION * fields if kind == "Mutation" else 0
        return extra + self.selections(operation.selection_set, kind)

    def selections(self, chosen: SelectionSetNode, kind: str) -> int:
        """Fields of this type, and of the branch that costs most."""
        plain, branches = 0, dict[str, int]()
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                plain += self.field(node, kind)
                continue
            condition, inner = self._fragment(node)
            points = self.selections(inner, condition or kind)
            if condition in (None, kind) or not is_abstract_type(schema().type_map[kind]):
                plain += points
            else:
                branches[str(condition)] = branches.get(str(condition), 0) + points
        return plain + max(branches.values(), default=0)

    def _fragment(self, node: Any) -> tuple[str | None, SelectionSetNode]:
        if isinstance(node, FragmentSpreadNode):
            found = self.fragments[node.name.value]
            return found.type_condition.name.value, found.selection_set
        assert isinstance(node, InlineFragmentNode)
        condition = node.type_condition
        return (condition.name.value if condition else None), node.selection_set

    def field(self, node: FieldNode, kind: str) -> int:
        if node.selection_set is None:
            return 0
        wanted = schema().type_map[kind].fields[node.name.value].type  # type: ignore[attr-defined]  # has fields
        named = get_named_type(wanted)
        assert is_composite_type(named)
        form = shape(kind, node.name.value)
        if form == "connection":
            rows = self._rows(node, default=0)
            return CONNECTION_POINTS + rows * self.selections(node.selection_set, named.name)
        inner = self.selections(node.selection_set, named.name)
        if form == "free":
            return inner
        return (1 + inner) * (self._rows(node, default=1) if form == "list" else 1)

    def _rows(self, node: FieldNode, default: int) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                if isinstance(value, VariableNode):
                    given = self.variables.get(value.name.value)
                    return default if given is None else int(given)
        return default


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that is asked for; None when it is not clear which."""
    found = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    if name:
        found = [node for node in found if node.name and node.name.value == name]
    return found[0] if len(found) == 1 else None


def available(shop: PretendedShop, now: datetime) -> float:
    """What is in the bucket: it fills at the plan's rate."""
    if shop.bucket_at is None:
        return shop.maximum - shop.bucket_used
    restored = max(0.0, (now - shop.bucket_at).total_seconds()) * shop.restore_rate
    return min(shop.maximum, shop.maximum - shop.bucket_used + restored)


@transaction.atomic
def take(shop: PretendedShop, points: int) -> tuple[bool, float]:
    """Whether the bucket had these points, and what is in it now. Negative gives back."""
    held = PretendedShop.objects.select_for_update().get(pk=shop.pk)
    now = held.now()
    left = available(held, now)
    paid = left >= points
    if paid:
        left = min(held.maximum, left - points)
        held.bucket_used, held.bucket_at = held.maximum - left, now
        held.save(update_fields=["bucket_used", "bucket_at"])
    return paid, left


def status(shop: PretendedShop, requested: int, actual: int | None, left: float) -> dict[str, Any]:
    """`extensions.cost` of an answer."""
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": shop.maximum,
            "currentlyAvailable": float(int(left)),
            "restoreRate": shop.restore_rate,
        },
    }
