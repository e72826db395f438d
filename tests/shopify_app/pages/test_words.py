"""No page of a shop with one of everything leaves English on it for a Malay or Chinese reader."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.urls import URLPattern, get_resolver

from shopify_app.models import Shop
from tests.catalogue import ENTRY, ROOT, joined
from tests.shopify_app.filled import Filled, fill

from .test_documents import get

# Not in the admin, no page, or one that tests/shopify_app/test_outside.py and others look at.
OTHERS = re.compile(
    r"^(?:api/|healthz|webhooks/|session/|auth/|local/|mail/|accountant|orders/open)"
)
HIDDEN = re.compile(r"<(script|style|template|pre)\b.*?</\1>|<!--.*?-->", re.DOTALL)
SHOWN = re.compile(
    r'\s(?:heading|label|details|placeholder|accessibilityLabel|aria-label|title)="([^"]*)"'
)
TAG = re.compile(r"<[^>]*>")
A_FEW_WORDS = re.compile(r"[A-Za-z]{3,}(?:[ ,.;:'’-]+[A-Za-z]{3,}){2,}")
NAMES = {  # of systems, with what their own menus and columns are called, and what is typed
    "API Secret Key",
    "Account Book Id",
    "Allow Multiple Windows",
    "AutoCount Cloud Accounting",
    "Local Amount Rounding",
    "One Cent Different Rounding",
    "Override Acceptable Transaction Date",
    "Override Customer Credit Control",
    "Override Sales Min",
    "Prompt Duplicate Cheque Number",
    "Prompt Negative Stock Quantity",
    "Prompt Replace Unit Price",
    "Use Cash Sales",
    "Windows Task Bar",
    "amz-content-sha",
    "content-type;host",
    "for Payment Received",
    "kedai-rimba.myshopify.com",
    "match, value, account, item",
    "shopee, lazada, tiktok",
}
SAID_BY_THE_BOOKS = {"Payment method does not exist"}


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def pages(filled: Filled) -> Iterator[str]:
    """The address of every page, with the ids of the filled shop."""
    ids = {**filled.ids, "day": "2026-11-20", "what": "items"}
    for each in get_resolver().url_patterns:
        route = str(each.pattern)
        if isinstance(each, URLPattern) and not OTHERS.match(route):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids[found[1]]), route)


def shown(where: str, locale: str) -> str:
    """What a person can read on a page, or hears read out."""
    answer = get(where, {"locale": locale})
    assert answer.status_code == 200, where
    whole = HIDDEN.sub(" ", answer.content.decode())
    found = [*SHOWN.findall(whole), TAG.sub("\n", whole)]
    return "\n".join(html.unescape(re.sub(r"[ \t]+", " ", each)) for each in found)


def test_no_page_has_english_words_for_a_chinese_reader(filled: Filled) -> None:
    left = {
        (where, run.group())
        for where in pages(filled)
        for run in A_FEW_WORDS.finditer(shown(where, "zh-CN"))
    }
    assert {run for _where, run in left} <= NAMES | SAID_BY_THE_BOOKS, left


def test_no_page_has_an_english_phrase_for_a_malay_reader(filled: Filled) -> None:
    source = (ROOT / "locale/ms/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    entries = [(joined(phrase), joined(said)) for _, phrase, said in ENTRY.findall(source)]
    english = {phrase for phrase, said in entries if said != phrase and phrase.count(" ") > 1}

    left = {
        (where, phrase)
        for where in pages(filled)
        for line in [shown(where, "ms")]
        for phrase in english
        if phrase in line
    }
    assert {phrase for _where, phrase in left} <= NAMES, left
