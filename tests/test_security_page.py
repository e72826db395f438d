"""`docs/security.md` and `docs/asvs.md` name tests that exist; no requirement is left unproved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
ASVS = (DOCS / "asvs.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{1,2})(?![\w.])")
CHAPTERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16}


def proved() -> list[tuple[int, str, str]]:
    """The chapter, the requirements and the proofs of every row that says how."""
    chapter, found = 0, []
    for line in ASVS.partition("## What does not apply")[0].splitlines():
        if line.startswith("## V"):
            chapter = int(line[4:].split()[0])
        elif NUMBER.match(line.removeprefix("| ")):
            what, _, proof = line.strip("| ").partition(" | ")
            found.append((chapter, what, proof))
    return found


@pytest.mark.parametrize("page", ["security.md", "asvs.md"])
def test_every_proof_is_a_file(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (DOCS / page).read_text(encoding="utf-8"))

    assert links
    local = [link for link in links if not link.startswith("https://")]
    assert [link for link in local if not (DOCS / link).exists()] == []


def test_a_proof_is_called_what_its_file_is_called() -> None:
    pages = ASVS + (DOCS / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", pages)

    assert len(named) > 100
    assert [each for each in named if Path(each[1]).stem != each[0]] == []


def test_every_requirement_stands_once_in_its_chapter() -> None:
    rows = proved()
    numbers = [match.group() for _, what, _ in rows for match in NUMBER.finditer(what)]

    assert {chapter for chapter, _, _ in rows} == CHAPTERS
    assert len(numbers) == len(set(numbers)) > 120
    assert [
        (chapter, what)
        for chapter, what, _ in rows
        if {int(match[1]) for match in NUMBER.finditer(what)} != {chapter}
    ] == []


def test_a_requirement_without_a_test_is_the_operators() -> None:
    assert [
        what
        for _, what, proof in proved()
        if "](../tests/" not in proof and "**Operator**" not in proof
    ] == []


def test_what_does_not_apply_is_not_claimed() -> None:
    claimed = {match.group() for _, what, _ in proved() for match in NUMBER.finditer(what)}
    left_out = {match.group() for match in NUMBER.finditer(ASVS.partition("## What does not")[2])}

    assert claimed & left_out == set()
