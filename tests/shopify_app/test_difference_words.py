"""Whatever a check can find has a title, a sentence with both figures, and a next step."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from accounting import check_listing, check_looking, comparing
from accounting.models import BookDifference
from shopify_app.difference_words import NEXT_STEPS, SENTENCES, TITLES, said

LANGUAGES = ["en", "ms", "zh-hans"]
Code, Aspect = BookDifference.Code, BookDifference.Aspect


def rows() -> Iterator[BookDifference]:
    for code, aspect in SENTENCES:
        yield BookDifference(
            code=code,
            aspect=aspect,
            kind="invoice",
            number="SH-1001",
            other="SH-1001-P1",
            books="50 % of 107.01 MYR",
            here="107.00 MYR",
        )


def test_every_code_has_a_title_a_sentence_and_a_next_step() -> None:
    codes = set(Code.values)

    assert TITLES.keys() == NEXT_STEPS.keys() == codes
    assert {code for code, _ in SENTENCES} == codes
    assert {aspect for _, aspect in SENTENCES} - {""} == set(Aspect.values)


def test_every_aspect_that_is_found_has_a_sentence() -> None:
    sources = "\n".join(map(inspect.getsource, (check_listing, check_looking, comparing)))

    found = set(re.findall(r"Aspect\.(\w+)", sources))

    assert ast.parse(sources)
    assert {Aspect[name].value for name in found} == set(Aspect.values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_shows_the_figures_there_are(language: str) -> None:
    with translation.override(language):
        for row in rows():
            words = said(row)

            assert row.number in words.sentence
            assert not re.search(r"%\(\w+\)s", words.sentence)
            there_is_none = row.code == Code.MISSING or row.aspect == Aspect.CANCELLED
            assert there_is_none or row.books in words.sentence
            assert row.code == Code.FOREIGN or row.here in words.sentence


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_nothing_stays_in_english(language: str) -> None:
    with translation.override("en"):
        english = [said(row) for row in rows()]
    with translation.override(language):
        for before, row in zip(english, rows(), strict=True):
            words = said(row)

            assert words.title != before.title
            assert words.sentence != before.sentence
            assert words.next_step != before.next_step
