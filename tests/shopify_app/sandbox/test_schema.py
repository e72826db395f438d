"""Documents are held to Shopify's published schema, and ignorance is loud."""

from __future__ import annotations

from typing import Any

import pytest

from shopify_app.sandbox import schema
from shopify_app.sandbox.answers import Told, order_answer
from shopify_app.sandbox.schema import Unmodelled
from tests.payloads import make_line, make_order

TREE = order_answer(Told(order=make_order(line_items=[make_line(id=i) for i in range(1, 8)])))
ROOT = {"order": lambda **_: TREE}
LINES = """query L($first: Int, $after: String, $last: Int) { order(id: "gid://shopify/Order/1") {
  lineItems(first: $first, after: $after, last: $last) {
    nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } } } }"""


def lines(**variables: Any) -> Any:
    outcome = schema.run(LINES, ROOT, variables)
    assert outcome.errors == []
    assert outcome.data is not None
    return outcome.data["order"]["lineItems"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ order(id: 1) { nope } }", "Field 'nope' doesn't exist on type 'Order'"),
        ("{ order { id } }", "Field 'order' is missing required arguments: id"),
        ("{ order(id: 1, x: 2) { id } }", "Field 'order' doesn't accept argument 'x'"),
        ("query A($x: ID) { shop { id } }", "Variable $x is declared by A but not used"),
        ("query A { order(id: $x) { id } }", "Variable $x is used by A but not declared"),
        ("{ shop { ...F } }", "Fragment F was used, but not defined"),
        ("{ shop { id }", "syntax error, Expected Name, found <EOF>."),
    ],
)
def test_a_document_that_is_wrong_is_refused_in_shopifys_words(text: str, words: str) -> None:
    outcome = schema.run(text, {})

    assert outcome.data is None
    assert words in [error["message"] for error in outcome.errors]


def test_what_the_stand_in_does_not_know_is_an_error_and_no_null() -> None:
    with pytest.raises(Unmodelled, match=r"Order\.customerLocale"):
        schema.run('{ order(id: "1") { customerLocale } }', ROOT)


def test_a_null_where_the_schema_has_none_is_the_stand_ins_mistake() -> None:
    with pytest.raises(Unmodelled, match="name"):
        schema.run('{ order(id: "1") { name } }', {"order": lambda **_: {**TREE, "name": None}})


def test_a_missing_variable_is_refused() -> None:
    outcome = schema.run("query A($id: ID!) { order(id: $id) { id } }", ROOT, {})

    assert outcome.data is None
    assert outcome.errors[0]["extensions"] == {"code": "INVALID_VARIABLE"}


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    first = lines(first=3)
    second = lines(first=3, after=first["pageInfo"]["endCursor"])
    third = lines(first=3, after=second["pageInfo"]["endCursor"])

    pages = [[node["id"][-1] for node in page["nodes"]] for page in (first, second, third)]
    assert pages == [["1", "2", "3"], ["4", "5", "6"], ["7"]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [
        True,
        True,
        False,
    ]


def test_the_last_rows_can_be_asked_for() -> None:
    assert [node["id"][-1] for node in lines(last=2)["nodes"]] == ["6", "7"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "you must provide one of first or last"),
        ({"first": 251}, "first cannot exceed 250"),
        ({"first": 5, "after": "nonsense"}, "Invalid cursor for current pagination sort."),
    ],
)
def test_a_page_that_cannot_be_given_is_refused(args: dict[str, Any], words: str) -> None:
    outcome = schema.run(LINES, ROOT, args)

    assert [error["message"] for error in outcome.errors] == [words]


def test_a_list_without_cursor_ends_where_first_says() -> None:
    tree = {**TREE, "refunds": [{"id": "1"}, {"id": "2"}]}

    outcome = schema.run(
        '{ order(id: "1") { refunds(first: 1) { id } } }', {"order": lambda **_: tree}
    )

    assert outcome.data == {"order": {"refunds": [{"id": "1"}]}}


def test_a_document_is_validated_once() -> None:
    text = "{ shop { id } }  # once"

    assert schema.document(text) is schema.document(text)
