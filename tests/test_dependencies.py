"""What the product runs on: pinned by hash, from one registry, under licences it may be given away
with. Known holes are `.ci/audit`'s business, which needs the network."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
PACKAGES: dict[str, dict[str, Any]] = {each["name"]: each for each in LOCK["package"]}
OURS = "lejar"
REGISTRY = PACKAGES["django"]["source"]  # one for all: nobody else can put a package in its place
PERMISSIVE = re.compile(
    r"(MIT(-0)?|(New )?BSD([- ][23]-Clause)?|Apache(-2\.0| Software)?|PSF-2\.0)( License)?",
    re.IGNORECASE,
)
# Weaker copyleft, each for its reason; nothing of these is changed or copied here.
USED_AS_THEY_ARE = {
    "psycopg": "LGPL-3.0-only",  # imported, and whoever runs us can replace it
    "psycopg-binary": "LGPL-3.0-only",
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",  # a list of certificates, file by file
}


def needed(names: Iterable[str]) -> set[str]:
    """These packages, and whatever they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            more = PACKAGES[name].get("optional-dependencies", {}).values()
            waiting += [each["name"] for each in PACKAGES[name].get("dependencies", ())]
            waiting += [each["name"] for extra in more for each in extra]
    return found - {OURS}


RUNNING = sorted(needed([OURS]))


def licences(name: str) -> set[str]:
    told: Any = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return set(re.split(r" (?:OR|AND) ", expression))
    named = {
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier", [])
        if each.startswith("License :: ") and each.rpartition(" :: ")[2] != "OSI Approved"
    }
    return named or set(re.split(r" OR ", told.get("License", "")))


def test_what_runs_is_known_and_does_not_grow_by_oversight() -> None:
    assert {"django", "psycopg", "cryptography", "celery"} <= set(RUNNING)
    assert "hypothesis" not in RUNNING  # a tool of the tests
    assert "beancount" not in RUNNING
    assert len(RUNNING) < 60


@pytest.mark.parametrize("name", sorted(PACKAGES.keys() - {OURS}))
def test_a_package_comes_from_the_registry_and_is_pinned_by_hash(name: str) -> None:
    package = PACKAGES[name]

    assert package["source"] == REGISTRY
    assert set(REGISTRY) == {"registry"}
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    assert files
    assert all(each["hash"].startswith("sha256:") for each in files)
    assert all(each["url"].startswith("https://") for each in files)


@pytest.mark.parametrize("name", RUNNING)
def test_a_package_may_be_used_in_a_product_under_any_licence(name: str) -> None:
    try:
        found = licences(name)
    except metadata.PackageNotFoundError:
        pytest.skip("for another version of Python or another system: not installed here")

    if name in USED_AS_THEY_ARE:
        assert found == {USED_AS_THEY_ARE[name]}
    else:
        assert found
        assert [each for each in found if not PERMISSIVE.fullmatch(each.strip())] == []


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v2 (GPLv2)", "", "SSPL-1.0"]
)
def test_what_would_bind_the_product_is_told_apart(licence: str) -> None:
    assert not PERMISSIVE.fullmatch(licence)


def test_the_audit_asks_about_all_that_runs_and_fails_on_what_it_cannot_judge() -> None:
    script = (ROOT / ".ci/audit").read_text(encoding="utf-8")

    assert "--strict --require-hashes" in script
    assert "export --frozen --no-dev --all-extras" in script
