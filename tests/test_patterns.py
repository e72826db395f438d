"""No pattern takes for ever, whatever it is given: one that looks at a text from each of its places
to the end would let a single message hold a thread for minutes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

from shopify_app import heard, said, said_of_figures

LENGTH = 30_000  # characters; there linear takes a millisecond or two, quadratic ever so many
MOST = 0.04  # seconds of this thread's own time, however busy the machine is
OURS_ALONE = (".simulation", ".demo", ".management", ".migrations", ".soak", ".sandbox")
PARTS = (
    *"aA01 ./<-%_?:{+=&*()中\t'\"\\",
    *("1.", "a/", "a ", "/?", "a:", "A1-", "A-1", "1,", "0+", "{a", "<a", "&a", "%%"),
    *("2026-01-01T00:00", "gid://shopify/Order/", "https://a", "Bearer a", "a.myshopify.com"),
)
ENDS = ("", "!\n")


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Every pattern that a module of the product keeps, by its name."""
    found = {}
    for package in (import_module("accounting"), import_module("shopify_app")):
        for each in walk_packages(package.__path__, f"{package.__name__}."):
            if any(part in each.name for part in OURS_ALONE):
                continue
            for name, value in vars(import_module(each.name)).items():
                if isinstance(value, re.Pattern):
                    found[f"{each.name}.{name}"] = value
    return found


def texts(length: int) -> Iterator[str]:
    for part in PARTS:
        for end in ENDS:
            yield part * (length // len(part)) + end


def seconds(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    began = time.thread_time()
    if isinstance(pattern.pattern, bytes):
        re.search(pattern, text.encode())
    else:
        re.search(pattern, text)
    return time.thread_time() - began


def test_every_pattern_of_the_product_takes_time_in_proportion_to_the_text() -> None:
    found = patterns()

    slow = {
        name
        for name, pattern in found.items()
        if any(min(seconds(pattern, text) for _ in "ab") > MOST for text in texts(LENGTH))
    }

    assert len(found) > 30
    assert slow == set()


def test_no_module_makes_patterns_where_this_does_not_look() -> None:
    """`re.compile` at the top of a module is found above; what is made elsewhere is named here with
    what bounds it."""
    known = {
        "accounting/connectors/acctbridge/profile.py",  # phrases: in SHOWN characters
        "accounting/connectors/autocount_cloud/api.py",  # the same
        "accounting/connectors/sql_account_api/api.py",  # the same
        "shopify_app/raw_bodies.py",  # numbers beside each other
        "shopify_app/said.py",  # sentences: in LONGEST characters
    }
    made = {
        str(path)
        for package in ("accounting", "shopify_app")
        for path in Path(package).rglob("*.py")
        if not any(part.strip(".") in path.parts for part in OURS_ALONE)
        and re.search(r"^ +.*re\.compile\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert made == known


@pytest.mark.parametrize(
    "table", [said.SENTENCES, said_of_figures.CALLED, said_of_figures.WORDED, heard.PHRASES]
)
def test_a_sentence_is_recognised_or_not_in_no_time(table: tuple[str, ...]) -> None:
    slow = []
    for phrase in table:
        names = re.findall(r"%\(\w+\)s", phrase)
        if len(names) < 2:
            continue
        between = [part for part in re.split(r"%\(\w+\)s", phrase)[1:-1] if part]
        for part in between:
            text = (re.sub(r"%\(\w+\)s", part * 200, phrase) + "\0")[: said.LONGEST - 1] + "\0"
            began = time.thread_time()
            said.spoken(text, table)
            if time.thread_time() - began > 10 * MOST:  # a cube of what is bounded
                slow.append(phrase)

    assert slow == []


def test_what_is_longer_than_any_sentence_is_shown_as_it_is() -> None:
    text = "x" * 1_000_000

    assert said.in_words(text) == text
