"""What a GraphQL document may cost at Shopify: an upper estimate by its formula.

An object costs 1, a connection 2 and its rows, a scalar nothing, a union or interface its dearest
branch (Shopify contract 8.1); a list without `first` counts as one object, as Shopify counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from shopify_app.sandbox.schema import schema

CONNECTION = 2


def points(document: DocumentNode, variables: Mapping[str, int]) -> int:
    """`variables` are the sizes that the document leaves open."""
    parts = document.definitions
    fragments = {x.name.value: x for x in parts if isinstance(x, FragmentDefinitionNode)}
    (operation,) = (x for x in parts if isinstance(x, OperationDefinitionNode))
    estimate = _Estimate(fragments, variables)
    return estimate.of(operation.selection_set, cast(Any, schema().query_type))


@dataclass(frozen=True, slots=True)
class _Estimate:
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, int]

    def of(self, selections: SelectionSetNode, kind: GraphQLObjectType) -> int:
        fields, branches = 0, [0]
        for each in selections.selections:
            if isinstance(each, FieldNode):
                fields += self._field(each, kind)
            elif isinstance(each, FragmentSpreadNode):
                fragment = self.fragments[each.name.value]
                fields += self._on(fragment.type_condition.name.value, fragment.selection_set)
            elif isinstance(each, InlineFragmentNode) and each.type_condition is not None:
                branches.append(self._on(each.type_condition.name.value, each.selection_set))
        return fields + max(branches)

    def _on(self, kind: str, selections: SelectionSetNode) -> int:
        return self.of(selections, cast(GraphQLObjectType, schema().type_map[kind]))

    def _field(self, node: FieldNode, kind: GraphQLObjectType) -> int:
        if node.selection_set is None:
            return 0
        named = get_named_type(kind.fields[node.name.value].type)
        if not is_composite_type(named) or named.name == "PageInfo":
            return 0
        inner = self.of(node.selection_set, cast(GraphQLObjectType, named))
        if named.name.endswith("Connection"):
            return CONNECTION + self._rows(node) * inner
        if named.name.endswith("Edge"):
            return inner
        return self._rows(node) * (1 + inner)

    def _rows(self, node: FieldNode) -> int:
        sizes = [x.value for x in node.arguments or () if x.name.value == "first"]
        for size in sizes:
            if isinstance(size, VariableNode):
                return self.variables[size.name.value]
            return int(cast(IntValueNode, size).value)
        return 1
