"""The catalogues are whole, and the compiled ones that ship are the ones that were written."""

from __future__ import annotations

import gettext
import re

import pytest
from django.conf import settings

from tests.catalogue import ENTRY, joined, phrases_used

FOLDER = settings.LOCALE_PATHS[0]
NAMES = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", ["ms", "zh_Hans"])
def test_every_phrase_is_translated_and_compiled(language: str) -> None:
    source = (FOLDER / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    compiled = gettext.translation("django", FOLDER, [language])

    entries = [
        (context, joined(phrase), joined(said)) for context, phrase, said in ENTRY.findall(source)
    ]

    assert len(entries) > 50
    for context, phrase, said in entries[1:]:
        assert said, phrase
        shown = compiled.pgettext(context, phrase) if context else compiled.gettext(phrase)
        assert shown == said
        assert sorted(NAMES.findall(said)) == sorted(NAMES.findall(phrase))


@pytest.mark.parametrize("language", ["ms", "zh_Hans"])
def test_the_catalogue_has_every_phrase_that_is_used_and_no_other(language: str) -> None:
    source = (FOLDER / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")

    entries = [(context, joined(phrase)) for context, phrase, _ in ENTRY.findall(source)]

    assert set(entries[1:]) == phrases_used(), "python -m tests.catalogue adds what is missing"
