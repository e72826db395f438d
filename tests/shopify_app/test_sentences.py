"""No sentence of the accounting side, and no refusal of the API, is left in English."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from django.utils import translation
from rest_framework import exceptions, serializers

from accounting import (
    backfills,
    checking,
    connections,
    dismissals,
    mapping_import,
    outbox,
    sealing,
    tie_statement,
)
from accounting.documents import rounding
from shopify_app import api
from shopify_app.heard import heard
from shopify_app.said import in_words
from tests.shopify_app.sentences import ROOT, english, is_sentence, sentences

ACCOUNTING = ROOT / "accounting"
HOLDS = (
    *sorted((ACCOUNTING / "documents").glob("*.py")),
    ACCOUNTING / "planning.py",
    ACCOUNTING / "reversal.py",
    ACCOUNTING / "outcome.py",
)
REFUSING = (
    *sorted(set(ACCOUNTING.glob("*.py")) - set(HOLDS)),
    *sorted((ACCOUNTING / "tie").glob("*.py")),
    *sorted((ROOT / "shopify_app/api").glob("*.py")),
    *sorted((ROOT / "shopify_app/pages").glob("*.py")),
)
THINGS = (  # what a variable may stand for
    "7",
    "edit 7",
    "sku",
    "Refund 7",
    "over the whole document",
    rounding.TOO_MUCH,
    "Shipping with tax was refunded, and nothing says how much of it is tax.",
    "0.125 MYR is finer than the currency's minor unit",
)
REFUSALS = (  # said by their docstrings
    backfills.AnotherIsOpen,
    backfills.NotNow,
    checking.NotReady,
    connections.NotConfirmed,
    connections.NotConnected,
    dismissals.Gone,
    dismissals.NotForeign,
    mapping_import.NotNow,
    outbox.Busy,
    sealing.SealBroken,
    sealing.SealKeyMissing,
    tie_statement.Changed,
    tie_statement.Counting,
)
# The OpenAPI document; what only a log says.
ENGLISH = {"shopify_app/api/described.py", "accounting/database_clock.py"}
LISTS = "A list of at most 7 7, of 7 characters each."  # of what, the pattern says


def said(text: str) -> str:
    """As a page or an answer shows it."""
    return shown if (shown := heard(text)) != text else in_words(text)


def left_in_english(path: Path, say: Callable[[str], str]) -> set[str]:
    """The sentences of a module that no thing in their gaps makes Chinese."""
    with translation.override("zh-hans"):
        return {
            texts[0]
            for texts in sentences(path, THINGS)
            if all(english(say(text), thing) for text, thing in zip(texts, THINGS, strict=True))
        }


@pytest.mark.parametrize("path", HOLDS, ids=lambda path: path.stem)
def test_every_sentence_of_a_document_or_a_hold_is_said(path: Path) -> None:
    assert left_in_english(path, in_words) == set(), "patterns are in shopify_app/said*.py"


@pytest.mark.parametrize("path", REFUSING, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_refusal_is_said(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in ENGLISH:
        assert left_in_english(path, said) <= {LISTS}, "patterns are in shopify_app/heard*.py"


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_every_refusal_that_its_kind_says_is_said_in_the_language(language: str) -> None:
    texts = {" ".join((each.__doc__ or "").split()) for each in REFUSALS}

    with translation.override(language):
        untouched = {text for text in texts if said(text) == text}

    assert untouched == set()


def test_a_sentence_is_found_whatever_it_is_made_of(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '''"""A docstring of the module."""
STEP = "Then do that."
TEXT = "Do this first. " + STEP
SAID = f"The {name} is wrong. {STEP}"
WAITS = "Not before {day} is over."
ASKED = _("This one is translated.")
'''
    )

    assert {texts[0] for texts in sentences(module, ("7",))} == {
        "Then do that.",
        "Not before 7 is over.",
        "Do this first. Then do that.",
        "The 7 is wrong. Then do that.",
    }
    assert is_sentence("Then do that.")


# --- the framework's own ---------------------------------------------------------------------


def kinds(of: Any) -> set[Any]:
    below: set[Any] = set(of.__subclasses__())
    return below.union(*map(kinds, below))


def refusals_of(field: Any) -> set[Any]:
    """The messages of a field and of all in it."""
    found = set(field.error_messages.values())
    inner = [*getattr(field, "fields", {}).values(), *filter(None, [getattr(field, "child", None)])]
    return found.union(*map(refusals_of, inner))


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_what_the_framework_refuses_with_is_said_in_the_language(language: str) -> None:
    for module in iter_modules(api.__path__):
        import_module(f"shopify_app.api.{module.name}")
    ours = [kind for kind in kinds(serializers.Serializer) if kind.__module__.startswith("shopify")]
    found: set[Any] = set().union(*(refusals_of(kind()) for kind in ours))
    found |= {kind.default_detail for kind in kinds(exceptions.APIException)}

    with translation.override(language):
        shown = {each: str(each) for each in found}
    with translation.override("en"):
        untouched = {str(each) for each, text in shown.items() if text == str(each)}

    assert len(found) > 30
    assert untouched == set(), "shopify_app/api/framework_words.py names them for the catalogues"
