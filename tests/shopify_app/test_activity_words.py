"""Every action that the code notes has words, in three languages, with before and after."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import translation

from accounting.mapping_tables import TABLES
from accounting.policy import CHECKS, CHOICES
from shopify_app.activity_words import ACTIONS, FIELDS, NONE, Change, told

ROOT = Path(__file__).parents[2]
LANGUAGES = ["ms", "zh-hans"]
SAME = {"map_", "unmap_", "import_"}  # the beginnings of names that are put together


@dataclass(frozen=True)
class Call:
    """One call of a function that notes: where it is written, and what it is given."""

    module: Path
    inside: ast.FunctionDef
    node: ast.Call


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def modules() -> Iterator[Path]:
    for folder in ("accounting", "shopify_app"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"sandbox", "soak", "migrations"} & set(path.parts):
                yield path


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path, node


FUNCTIONS = list(functions())
ALL = {path for path, _ in FUNCTIONS}


def calls_of(*names: str, within: Iterable[Path]) -> Iterator[Call]:
    """Calls by any of these names, as "note" or "audit.note"."""
    wanted = set(within)
    for path, function in FUNCTIONS:
        for node in ast.walk(function) if path in wanted else ():
            if isinstance(node, ast.Call) and called(node) in names:
                yield Call(path, function, node)


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
    return ""


def noted(call: Call, position: int, name: str = "action") -> set[str]:
    """What the call may be given there; parameters are followed to the callers."""
    by_name = [each.value for each in call.node.keywords if each.arg == name]
    given = by_name[0] if by_name else call.node.args[position]
    return values(call, given)


def values(call: Call, given: ast.expr) -> set[str]:
    match given:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return values(call, one) | values(call, other)
        case ast.JoinedStr(values=[ast.Constant(value=str(begins)), *_]) if begins in SAME:
            return {f"{begins}{table}" for table in TABLES}
        case ast.Name(id=name):
            return of_name(call, name)
    raise AssertionError(f"{call.module}:{call.node.lineno}: what is noted here cannot be read")


def of_name(call: Call, name: str) -> set[str]:
    parameters = [each.arg for each in call.inside.args.args]
    if name in parameters:
        position = parameters.index(name)
        callers = callers_of(call.inside, call.module)
        return {text for caller in callers for text in noted(caller, position, name)}
    assigned = [
        each.value
        for each in ast.walk(call.inside)
        if isinstance(each, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in each.targets)
    ]
    assert assigned, f"{call.module}:{call.node.lineno}: {name} comes from nowhere"
    return {text for each in assigned for text in values(call, each)}


def callers_of(function: ast.FunctionDef, module: Path) -> list[Call]:
    """Who calls it: in its own module, or, unless it is private, where that is imported."""
    dotted = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    folder, _, stem = dotted.rpartition(".")
    imports = (f"from {dotted} import", f"from {folder} import")
    texts = {path: path.read_text(encoding="utf-8") for path, _ in FUNCTIONS}
    near = {path for path, text in texts.items() if any(each in text for each in imports)}
    within = {module} if function.name.startswith("_") else near | {module}
    found = list(calls_of(function.name, f"{stem}.{function.name}", within=within))
    assert found, f"nobody calls {function.name}"
    return found


def every_action() -> set[str]:
    return {text for call in calls_of("audit.note", within=ALL) for text in noted(call, 2)}


def test_the_search_finds_what_is_noted_in_every_way() -> None:
    found = every_action()

    assert found >= {
        "install", "books paused", "sending resumed", "unmap_items", "map_taxes", "change_policy",
        "backfill posted", "available", "shop_changed", "set_debtors", "accountant link created",
    }  # fmt: skip


def test_every_action_that_is_noted_has_words_and_no_others_do() -> None:
    assert set(ACTIONS) == every_action()


def test_every_setting_has_a_name() -> None:
    codes = {code for table in TABLES.values() for code in table.codes}

    assert {*CHECKS, *CHOICES, *codes} <= set(FIELDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_there_in_every_language(language: str) -> None:
    english = {action: told(action, {}).title for action in ACTIONS}

    with translation.override(language):
        theirs = {action: told(action, {}).title for action in ACTIONS}

    assert [action for action in ACTIONS if theirs[action] == english[action]] == []


def test_a_changed_setting_is_told_with_before_and_after() -> None:
    detail = {
        "before": {"show_buyer": False, "excluded_sources": [], "fx_tolerance": "0.02"},
        "after": {"show_buyer": True, "excluded_sources": ["lazada"], "fx_tolerance": "0.05"},
    }

    assert told("change_policy", detail).changes == [
        Change("buyer's name on invoices", "no", "yes"),
        Change("sales channels left out", NONE, "lazada"),
        Change("tolerance of exchange rates", "0.02", "0.05"),
    ]


def test_a_mapping_is_told_row_by_row() -> None:
    was = {"match": "sku", "value": "kopi", "account": "500", "item_code": ""}
    new = {"match": "sku", "value": "teh", "account": "502", "item_code": "T"}
    detail = {"rows": [was | {"account": "501"}, new], "before": [was]}

    assert told("map_items", detail).changes == [
        Change("sku kopi", "account 500", "account 501"),
        Change("sku teh", NONE, "account 502, item T"),
    ]


def test_what_was_there_before_is_not_made_up() -> None:
    detail = {"rows": [{"role": "tips", "account": "700"}]}  # as it was noted in earlier versions

    assert told("map_roles", detail).changes == [Change("tips", "", "account 700")]


def test_a_code_for_online_sales_that_is_gone_is_told() -> None:
    before = [{"currency": "MYR", "code": "300"}, {"currency": "SGD", "code": "301"}]
    detail = {"rows": [{"currency": "MYR", "code": "300"}], "before": before}

    assert Change("SGD", "code 301", NONE) in told("set_debtors", detail).changes


def test_a_removed_mapping_is_told_with_what_it_was() -> None:
    detail = {"rows": [{"title": "SST", "rate": "0.08", "channel_liable": False, "code": "SV-8"}]}

    assert told("unmap_taxes", detail).changes == [Change("SST 0.08", "code SV-8", NONE)]


def test_of_many_rows_some_are_told_and_the_others_counted() -> None:
    rows = [{"match": "sku", "value": str(number), "account": "5"} for number in range(1000)]

    said = told("map_items", {"rows": rows, "before": []})

    assert (len(said.changes), said.more) == (20, 980)


def test_what_it_was_about_is_told() -> None:
    said = told("document skipped", {"number": "KR-1001", "reason": "Twice"})

    assert said.about == [("Document", "KR-1001"), ("Reason", "Twice")]


def test_an_action_without_words_is_told_by_its_name() -> None:
    assert told("something else", {"about": [1]}).title == "something else"
