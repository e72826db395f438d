"""The catalogues are whole, and the compiled ones that ship are the ones that were written."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

FOLDER = settings.LOCALE_PATHS[0]
PART = r'((?:"(?:[^"\\]|\\.)*"\n?)+)'
NAMES = re.compile(r"%\(\w+\)s")
ENTRY = re.compile(rf'(?:^msgctxt "([^"]*)"\n)?^msgid {PART}^msgstr {PART}', re.MULTILINE)
TRANSLATE = re.compile(r"""{% translate (["'])(.*?)\1""")
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate")
VARIABLE = re.compile(r"{{ ?(\w+) ?}}")
MARKERS = {"_", "lazy", "pgettext_lazy"}  # as modules call gettext's functions


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


def phrases_used() -> set[str]:
    """Everything templates and code ask a translation of."""
    used: set[str] = set()
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        source = template.read_text(encoding="utf-8")
        used |= {phrase for _, phrase in TRANSLATE.findall(source)}
        used |= {VARIABLE.sub(r"%(\1)s", phrase) for phrase in BLOCK.findall(source)}
    for module in (settings.BASE_DIR / "shopify_app").rglob("*.py"):
        used |= set(marked(ast.parse(module.read_text(encoding="utf-8"))))
    return used


def marked(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            phrase = node.args[-1]  # a context comes before it
            if node.func.id in MARKERS and isinstance(phrase, ast.Constant):
                yield str(phrase.value)


@pytest.mark.parametrize("language", ["ms", "zh_Hans"])
def test_the_catalogue_has_every_phrase_that_is_used_and_no_other(language: str) -> None:
    source = (FOLDER / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")

    entries = [joined(phrase) for _, phrase, _ in ENTRY.findall(source)]

    assert set(entries[1:]) == phrases_used()
