"""What connectors say is said in the language of the page; the books' own words stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from accounting import known_codes
from accounting.connections import NotConfirmed, NotConnected
from accounting.connectors.acctbridge import answers, probe, replies
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.acctbridge.shapes import SPOKEN, SUBJECTS
from accounting.connectors.guide import guides
from accounting.outbox import Busy
from shopify_app.heard import PHRASES, heard

ROOT = Path(probe.__file__).parent
CONNECTORS = ROOT.parent
CHECKS = [
    *sorted(CONNECTORS.glob("*/checks.py")),
    *sorted(CONNECTORS.glob("*/masters.py")),
    CONNECTORS / "acctbridge/probe.py",
]
THINGS = ("x-1", "an invoice", "invoices", "Sales invoices")  # what a variable may stand for
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
    for path in (*CHECKS, ROOT / "replies.py", *sorted(CONNECTORS.glob("*/calls.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield tuple(_filled(node, each) for each in THINGS)


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
    sentences = {each for each in said() if is_sentence(each[0])}
    sentences = {each for each in sentences if not each[0].startswith("Bearer ")}  # a header

    with translation.override("zh-hans"):
        untouched = {each for each in sentences if all(heard(text) == text for text in each)}

    assert len(sentences) > 10
    assert untouched == set()


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_a_check_says_itself_is_said_in_the_language(path: Path) -> None:
    texts = {text for text in literals(path) if is_sentence(text) and text.endswith(".")}

    with translation.override("ms"):
        untouched = {text for text in texts if heard(text) == text}

    assert texts
    assert untouched == set(), "patterns are in shopify_app/heard*.py"


def literals(path: Path) -> set[str]:
    """The texts that stand whole in a module, but not its docstrings."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inside = {
        part for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    plain = (node for node in ast.walk(module) if isinstance(node, ast.Constant))
    return {str(node.value) for node in plain if node not in told and node not in inside}


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
