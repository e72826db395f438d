"""What connectors say is said in the language of the page; the books' own words stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from accounting import known_codes
from accounting.code_lists import Busy
from accounting.connections import NotConfirmed, NotConnected
from accounting.connectors.acctbridge import answers, probe, replies
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.acctbridge.shapes import SPOKEN, SUBJECTS
from accounting.connectors.guide import guides
from shopify_app.heard import PHRASES, heard

ROOT = Path(probe.__file__).parent
BEARER = ("Bearer x-1", "Bearer an invoice", "Bearer invoices")  # no sentence but a header
LANGUAGES = ("ms", "zh-hans")


def constants() -> Iterator[str]:
    """The sentences of the check and of refusals that stand in tables and constants."""
    yield from answers.ADVICE.values()
    yield from answers.NEXT_STEP.values()
    yield from probe.MISSING.values()
    yield from SUBJECTS.values()
    yield from (each.__doc__ or "" for each in (NotConnected, NotConfirmed, Busy))
    yield from (value for name, value in vars(known_codes).items() if is_message(name, value))
    yield from (value for name, value in vars(probe).items() if name.endswith("_ADVICE"))


def is_message(name: str, value: object) -> bool:
    return name.isupper() and isinstance(value, str)


def said() -> Iterator[tuple[str, ...]]:
    """What the check and its calls put together, with something in the place of each variable: a
    figure, or one of the things there are."""
    for name in ("probe.py", "replies.py", "calls.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield tuple(_filled(node, each) for each in ("x-1", "an invoice", "invoices"))


def _filled(node: ast.JoinedStr, value: str) -> str:
    parts = (str(part.value) if isinstance(part, ast.Constant) else value for part in node.values)
    return "".join(parts)


def things() -> Iterator[str]:
    """Sentences about one of the things there are, each as it is said."""
    for thing, spoken in SPOKEN.items():
        yield f"AcctBridge finds {spoken} by number."
        yield replies.cannot_look_up(thing)
        yield f"The key is good, but may not read {SUBJECTS[thing].lower()}."


def is_sentence(text: str) -> bool:
    return " " in text and text[:1].isupper()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_check_is_said_in_the_language(language: str) -> None:
    acknowledged = [load(name, None).acknowledge for name in ("sql_accounting", "autocount")]
    texts = {*constants(), *things(), *(one for each in acknowledged for one in each)}

    with translation.override(language):
        untouched = {text for text in texts if heard(text) == text}

    assert len(texts) > 30
    assert untouched == set()


def test_every_sentence_with_figures_follows_a_pattern() -> None:
    sentences = {each for each in said() if is_sentence(each[0])} - {BEARER}

    with translation.override("zh-hans"):
        untouched = {each for each in sentences if all(heard(text) == text for text in each)}

    assert len(sentences) > 10
    assert untouched == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_every_guide_is_said_in_the_language(language: str) -> None:
    texts = {text for guide in guides().values() for text in guide.texts}

    with translation.override(language):
        untouched = {text for text in texts if heard(text) == text}

    assert untouched == set(), "python -m tests.catalogue adds them to the catalogues"


def test_the_books_own_words_stay_and_what_to_do_is_translated() -> None:
    with translation.override("zh-hans"):
        shown = heard("No record found: terms\n" + answers.NEXT_STEP["mapping"])

    assert shown == "No record found: terms\n请在账套中创建，或映射其他代码，然后重试。"


@pytest.mark.parametrize("text", ["", "100 %", "%(code)s", "Nobody foresaw this.", "a\n\nb"])
def test_a_text_that_nothing_says_stays_as_it_is(text: str) -> None:
    with translation.override("ms"):
        assert heard(text) == text


def test_a_sentence_within_a_sentence_is_said_too() -> None:
    with translation.override("ms"):
        shown = heard("Unclear: AcctBridge asks us to slow down.")

    assert shown == "Tidak jelas: AcctBridge meminta kami memperlahankan permintaan."


def test_in_english_nothing_changes() -> None:
    with translation.override("en"):
        plain = {phrase for phrase in PHRASES if "%(" not in phrase}
        assert {phrase for phrase in plain if heard(phrase) != phrase} == set()
