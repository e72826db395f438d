"""The catalogues are whole, and the compiled ones that ship are the ones that were written."""

from __future__ import annotations

import ast
import gettext
import re

import pytest
from django.conf import settings

FOLDER = settings.LOCALE_PATHS[0]
PART = r'((?:"(?:[^"\\]|\\.)*"\n?)+)'
NAMES = re.compile(r"%\(\w+\)s")
ENTRY = re.compile(rf'(?:^msgctxt "([^"]*)"\n)?^msgid {PART}^msgstr {PART}', re.MULTILINE)


def joined(quoted: str) -> str:
    return "".join(ast.literal_eval(line) for line in quoted.strip().splitlines())


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
