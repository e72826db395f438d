"""Every document Lejar asks with: valid, nothing deprecated, affordable, and asked by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)

from shopify_app import admin_api, order_asking, order_reading
from shopify_app.sandbox.schema import schema
from tests.shopify_app.query_cost import points

NAMES = sorted(path.stem for path in admin_api.QUERIES.glob("*.graphql"))
MOST_POINTS = 1000  # of one query, whatever the plan (contract 8.1)
VARIABLES = {"parcels": 0, "lines": 0, "refunds": order_reading.MOST_REFUNDS}

# Fields that need a scope beyond those every shop grants, or that Shopify keeps back from apps
# without approval: a document of their own, so that the refusal of one hides no other.
APART = {
    "OrderParties": {"customer", "purchasingEntity"},
    "OrderTerms": {"paymentTerms"},
    "OrderPlaces": {"retailLocation", "location"},
    "OrderDisputes": {"disputes"},
    "DisputeDetail": {"dispute"},
    "RefundReturn": {"return"},
    "AgreementReturns": {"return"},
    "OrderBuyer": {"email", "phone", "billingAddress", "shippingAddress"},
    "OrderAttributes": {"customAttributes"},
}
ALONE = {field for fields in APART.values() for field in fields} - {"email", "phone", "return"}


def parsed(name: str) -> DocumentNode:
    return parse(admin_api.document(name))


class Found(Visitor):
    """Fields, and which of them are deprecated."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.names, self.deprecated = types, set[str](), list[str]()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.names.add(node.name.value)
        stated = self.types.get_field_def()
        if stated is not None and stated.deprecation_reason is not None:
            self.deprecated.append(node.name.value)


def found_in(document: DocumentNode) -> Found:
    types = TypeInfo(schema())
    found = Found(types)
    visit(document, TypeInfoVisitor(types, found))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid_in_shopifys_own_schema(name: str) -> None:
    assert validate(schema(), parsed(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_document_asks_for_nothing_deprecated(name: str) -> None:
    assert found_in(parsed(name)).deprecated == []


def test_a_deprecated_field_would_be_found() -> None:
    assert found_in(parse("{ order(id: 1) { totalPrice } }")).deprecated == ["totalPrice"]


@pytest.mark.parametrize("name", NAMES)
def test_a_document_has_one_operation_named_like_its_file(name: str) -> None:
    operations = [
        each for each in parsed(name).definitions if isinstance(each, OperationDefinitionNode)
    ]

    assert [each.name and each.name.value for each in operations] == [name]
    assert [each.operation.value for each in operations] == ["query"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("parcels", "lines"), order_reading.PARCELS)
def test_a_document_costs_at_most_what_one_query_may(name: str, parcels: int, lines: int) -> None:
    asked = {**VARIABLES, "parcels": parcels, "lines": lines}

    assert 0 < points(parsed(name), asked) <= MOST_POINTS


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ shop { name } }", 1),
        ("{ shop { name plan { publicDisplayName } } }", 2),
        ("{ orders(first: 10) { nodes { id totalPriceSet { shopMoney { amount } } } } }", 32),
        ("{ orders(first: 10) { edges { cursor node { id } } pageInfo { endCursor } } }", 12),
        ("{ order(id: 1) { transactions(first: 5) { id parentTransaction { id } } } }", 11),
    ],
)
def test_the_estimate_follows_shopifys_formula(text: str, cost: int) -> None:
    assert points(parse(text), {}) == cost


@pytest.mark.parametrize("name", NAMES)
def test_a_field_that_may_be_kept_back_stands_in_a_document_of_its_own(name: str) -> None:
    asked = found_in(parsed(name)).names

    if name == "ShopBootstrap":
        assert not asked & (ALONE - {"location"})
    elif name in APART:
        assert APART[name] <= asked
        assert not asked & (ALONE - APART[name] - {"location"})
    else:
        assert not asked & (ALONE | {"return"})


def test_every_operation_that_code_names_exists_and_every_document_is_named() -> None:
    modules = (order_reading, order_asking)
    texts = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in modules]
    named = set(re.findall(r'"((?:Order|Refund|Agreement|Dispute)[A-Z]\w+)"', "".join(texts)))
    asked_elsewhere = {"OrdersChangedSince", "OrdersCreatedBetween", "ShopBootstrap"}
    asked_elsewhere |= {"ProductsAfter", "ProductVariants"}

    assert named | asked_elsewhere == set(NAMES)


def test_a_list_without_pages_is_asked_for_whole_or_counted() -> None:
    """`refunds` and `transactions` have no cursor: a full list must not pass for a whole one."""
    header, money = admin_api.document("OrderHeader"), admin_api.document("OrderTransactions")

    assert "refunds(first: $refunds)" in header
    assert "transactionsCount { count }" in money
