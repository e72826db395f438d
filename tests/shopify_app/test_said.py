"""What the accounting side says in English is said in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from django.utils import translation

from accounting import reversal
from accounting.documents import contra
from accounting.documents.build import build
from accounting.documents.document import Document, Plan, Why
from accounting.facts import merge
from accounting.mapping_tables import ROLES
from accounting.models import ItemMapping
from accounting.soak.generator import THEMES
from accounting.soak.lives import Life
from accounting.soak.run import live
from shopify_app.said import ACCOUNTS, MATCHES, PHRASES, figures_in_words, in_words
from tests.casefiles import NAMES, CaseFile, load
from tests.shopify_app.sentences import english

LIVES = 150
OWN_NAMES = re.compile(r"[A-Z]{2}-[A-Z0-9-]+|TIN")  # documents
SAME_IN_ALL = {"status", "varian", "vendor", "SST"}
NAMED_BY_OTHERS = {"title", "channel", "looks like", "sku", "vendor", "gateway"}
WORDS = re.compile("[a-z]{2}")
QUOTED = re.compile("“.*?”")
FIGURES_ONLY = re.compile(r"[\d.x= -]+")


@cache
def plans() -> tuple[Plan, ...]:
    stories: list[CaseFile | Life] = [load(name) for name in NAMES]
    stories += [live(seed, THEMES) for seed in range(LIVES)]
    return tuple(
        build(merge(story.facts), story.rules, (), stem="", settled=True) for story in stories
    )


def whys() -> Iterator[Why]:
    for plan in plans():
        for entry in plan.entries:
            if isinstance(entry, Document):
                yield from (line.why for line in entry.lines)
                if not entry.lines:
                    yield entry.why


def said_in_cases() -> set[str]:
    found = {text for why in whys() for text in (why.fact, why.amount, why.code)}
    found |= {flag.message for plan in plans() for flag in plan.flags}
    found |= {problem.message for plan in plans() for problem in plan.problems}
    found |= {contra.heard_since().message, reversal.NOTE, reversal.WAITS.format("KR-1001-P7")}
    return found | {plan.excluded for plan in plans()}


def figures() -> set[tuple[str, str]]:
    """Those of all holds and flags, with what is missing where nothing is mapped."""
    every = (*plans(), *unmapped())
    terms = {term for plan in every for problem in plan.problems for term in problem.terms}
    return terms | {term for plan in every for flag in plan.flags for term in flag.terms}


def unmapped() -> Iterator[Plan]:
    for name in NAMES:
        story = load(name)
        bare = replace(story.rules, items={}, taxes={}, gateways={}, accounts={})
        yield build(merge(story.facts), bare, (), stem="", settled=False)


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_everything_the_cases_say_is_said_in_the_language(language: str) -> None:
    texts = {text for text in said_in_cases() if not FIGURES_ONLY.fullmatch(text) and text}

    with translation.override(language):
        untouched = {text for text in texts if in_words(text) == text}

    assert len(texts) > 100
    assert untouched == set()


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_every_figure_is_called_by_a_name_of_the_language(language: str) -> None:
    with translation.override(language):
        named = {name: figures_in_words([(name, "")])[0][0] for name, _value in figures()}

    unsaid = {name for name, shown in named.items() if shown == name}
    assert len(named) > 50
    assert {name for name in unsaid if not OWN_NAMES.fullmatch(name)} <= SAME_IN_ALL


def test_of_the_value_of_a_figure_only_names_stay_in_english() -> None:
    with translation.override("zh-hans"):
        shown = {term: figures_in_words([term])[0][1] for term in figures()}

    unsaid = {name for (name, value), text in shown.items() if text == value and WORDS.search(text)}
    assert unsaid <= NAMED_BY_OTHERS


def test_of_a_hold_only_the_names_within_quotes_stay_in_english() -> None:
    texts = {problem.message for plan in (*plans(), *unmapped()) for problem in plan.problems}

    with translation.override("zh-hans"):
        shown = {QUOTED.sub("", in_words(text)) for text in texts}

    assert len(texts) > 25
    assert {text for text in shown if english(text, "MYR")} == set()


def test_no_part_of_a_fact_or_an_amount_stays_in_english() -> None:
    texts = {text for why in whys() for text in (why.fact, why.amount)}

    with translation.override("zh-hans"):
        english = {text for text in texts if re.search("[a-z]{2}", in_words(text))}

    assert english == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("line item 12", "商品行 12"),
        ("refund 7, shipping line 9", "退款 7，运费行 9"),
        ("2 x 10.00 - 1.48 tax = 18.52 (treatment 4.1)", "2 x 10.00 - 税 1.48 = 18.52（规则 4.1）"),
        ("1 of 3 units: units returned (treatment 4.4)", "3 件中的 1 件：退回的数量（规则 4.4）"),
        ("product mapping sku k1; tax mapping SST 0.08", "产品映射：SKU k1；税种映射 SST 0.08"),
        ("account of gift_card", "礼品卡的科目"),
        ("sale of 50.02 MYR + -0.02 rounding", "销售 50.02 MYR + 舍入 -0.02"),
        (
            "Nothing is posted before 2026-11-22 12:10:00: edits until then are folded in.",
            "2026-11-22 12:10:00 之前不入账：在此之前的编辑会并入发票。",
        ),
    ],
)
def test_the_parts_of_a_text_are_said_in_turn(text: str, shown: str) -> None:
    with translation.override("zh-hans"):
        assert in_words(text) == shown


@pytest.mark.parametrize(
    "text", ["", "A sentence nobody foresaw.", "100 %", "%(id)s", "2 x 45.00 = 90.00"]
)
def test_a_text_that_follows_no_pattern_stays_as_it_is(text: str) -> None:
    with translation.override("ms"):
        assert in_words(text) == text


def test_in_english_only_the_names_of_accounts_and_matches_change() -> None:
    with translation.override("en"):
        assert in_words("account of restock_fee") == "account of restocking fees"
        assert in_words("product mapping no_product") == "product mapping default without a product"
        plain = {phrase for phrase in PHRASES if "%(" not in phrase}
        assert {phrase for phrase in plain if in_words(phrase) != phrase} == set()


def test_a_code_with_percent_signs_and_commas_comes_through() -> None:
    with translation.override("zh-hans"):
        shown = in_words("product mapping sku 50%, red; tax mapping 8% SST 0.08")

    assert shown == "产品映射：SKU 50%, red；税种映射 8% SST 0.08"


def test_every_account_and_match_that_rules_know_has_a_name() -> None:
    posted = set(ROLES) - {"disputes"}  # these are never posted, only told of

    assert {"sales", *posted} == ACCOUNTS.keys()
    assert set(ItemMapping.Match.values) == MATCHES.keys()
