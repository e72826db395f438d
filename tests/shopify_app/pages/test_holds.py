"""Everything that can be held or told has a title and a next step, in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from shopify_app.hold_words import FIGURES, FLAGS, HOLDS, NEWS, flag, hold

ACCOUNTING = settings.BASE_DIR / "accounting"
SOURCES = [
    *sorted((ACCOUNTING / "documents").glob("*.py")),
    ACCOUNTING / "planning.py",
    ACCOUNTING / "reversal.py",
]
CODE = re.compile(r"[A-Z][A-Z0-9_]+")
TOLD_BY_NAME = {"_miss", "_problem"}  # helpers that take the code as their first argument


def calls() -> Iterator[ast.Call]:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def named(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def codes_in(expression: ast.expr) -> set[str]:
    found = {node.value for node in ast.walk(expression) if isinstance(node, ast.Constant)}
    return {value for value in found if isinstance(value, str) and CODE.fullmatch(value)}


def codes_of(*makers: str) -> set[str]:
    """The codes that calls of these classes and helpers name in `accounting`."""
    found: set[str] = set()
    for call in calls():
        if named(call) in makers:
            stated = [each.value for each in call.keywords if each.arg == "code"]
            if named(call) in TOLD_BY_NAME:
                stated += call.args[:1]
            found |= {code for expression in stated for code in codes_in(expression)}
    return found


def test_every_hold_has_words_and_no_words_are_left_over() -> None:
    assert codes_of("Problem", *TOLD_BY_NAME) == HOLDS.keys()


def test_every_flag_has_words_and_no_words_are_left_over() -> None:
    assert codes_of("Flag") == FLAGS.keys()


def test_every_problem_names_its_code_where_it_is_made() -> None:
    unnamed = [
        call
        for call in calls()
        if named(call) in ("Problem", "Flag")
        and not any(codes_in(each.value) for each in call.keywords if each.arg == "code")
    ]

    assert len(unnamed) == len(TOLD_BY_NAME)


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_titles_and_next_steps_are_translated(language: str) -> None:
    words = [*HOLDS.values(), *FLAGS.values(), FIGURES, NEWS]
    with translation.override("en"):
        english = [(str(title), str(step)) for title, step in words]

    with translation.override(language):
        translated = [(str(title), str(step)) for title, step in words]

    for before, after in zip(english, translated, strict=True):
        assert before[0] != after[0]
        assert before[1] != after[1]


def test_a_code_nobody_knows_is_about_figures_or_just_news() -> None:
    assert hold("I99") == FIGURES
    assert flag("I99") == NEWS
