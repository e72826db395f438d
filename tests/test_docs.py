"""The pages under `docs/` say what is true."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.db.models import TextChoices
from django.urls import resolve

from accounting import facts, pinning, policy
from accounting.documents.document import Kind, Role
from accounting.documents.rules import Policy
from accounting.models import Backfill, BookCheck, Document, Order
from shopify_app.celery import app
from shopify_app.models import Delivery, PrivacyRequest, Reconciliation, Shop, ShopReading
from tests import casebook, casefiles

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
SHOPS = (ROOT / "docs/shops.md").read_text(encoding="utf-8")
PRIVACY = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
PROOF = (ROOT / "docs/proof.md").read_text(encoding="utf-8")
APP_STORE = (ROOT / "docs/app-store.md").read_text(encoding="utf-8")
RELIABILITY = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
POLICIES = (ROOT / "docs/policies.md").read_text(encoding="utf-8")
DECISIONS = "\n".join(
    page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs/adr").glob("*.md"))
)
CODE = ("accounting", "shopify_app", "tests")
PURE = sorted((ROOT / "accounting/documents").glob("*.py"))


def rows(page: str) -> dict[str, list[str]]:
    """The lines of a page's tables by their first cell, without its marks."""
    lines = re.findall(r"^\| (.+) \|$", page, re.MULTILINE)
    cells = [[cell.strip() for cell in f"{line} ".split("|")] for line in lines]
    return {first.strip("`"): others for first, *others in cells}


def test_the_page_of_cases_is_what_the_cases_say() -> None:
    assert casebook.PAGE.read_text(encoding="utf-8") == casebook.page(), (
        "python -m tests.casebook writes it anew"
    )


@pytest.mark.parametrize(
    ("of", "page"),
    [
        (Delivery.State, ARCHITECTURE),
        (Order.State, ARCHITECTURE),
        (Document.State, ARCHITECTURE),
        (BookCheck.State, ARCHITECTURE),
        (Shop.State, SHOPS),
        (ShopReading.Trouble, SHOPS),
        (Reconciliation.State, SHOPS),
        (Backfill.State, SHOPS),
        (PrivacyRequest.State, PRIVACY),
    ],
)
def test_every_state_is_explained(of: type[TextChoices], page: str) -> None:
    states = [state for state in of.values if state]

    assert states
    assert [state for state in states if state not in rows(page)] == []


def test_every_task_of_the_worker_is_explained() -> None:
    woken = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert {name for name in rows(ARCHITECTURE) if ".tasks." in name} == woken


@pytest.mark.parametrize("folder", ["shopify_app", "accounting"])
def test_every_module_has_its_sentence(folder: str) -> None:
    listed = ARCHITECTURE.split(f"| `{folder}/` | |")[1].split("\n\n")[0]
    modules = {path.name for path in (ROOT / folder).glob("*.py")} - {"__init__.py"}
    packages = {f"{path.parent.name}/" for path in (ROOT / folder).glob("*/__init__.py")}

    named = set(rows(listed))

    assert (modules | packages) - {"migrations/"} <= named
    assert [name for name in named - {"---"} if not (ROOT / folder / name).exists()] == []


@pytest.mark.parametrize("kind", facts.KINDS)
def test_every_kind_of_fact_is_explained(kind: str) -> None:
    assert kind in rows(ARCHITECTURE)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_explained_with_a_kind_of_document(role: Role) -> None:
    kind, when = rows(ARCHITECTURE)[role.value]

    assert when
    assert any(each.value.replace("_", " ") in kind for each in Kind)


def test_the_flags_explained_are_the_flags_there_are() -> None:
    said = "\n".join(module.read_text(encoding="utf-8") for module in PURE)

    raised = set(re.findall(r"Flag\(\s*code=\"(\w+)\"", said))
    explained = re.search(r"^\| flag \|.*?\n\n", ARCHITECTURE, re.MULTILINE | re.DOTALL)

    assert explained
    assert set(re.findall(r"^\| `(\w+)` \|", explained[0], re.MULTILINE)) == raised


def test_the_policies_explained_are_those_a_merchant_can_change() -> None:
    explained = {name for name in rows(POLICIES) if name.islower()}

    assert explained == {*policy.CHOICES, *policy.CHECKS}


@pytest.mark.parametrize("field", [field.name for field in fields(Policy)])
def test_every_policy_of_the_rules_is_explained(field: str) -> None:
    assert re.search(rf"`{field}(_\w+)?`", POLICIES)


@pytest.mark.parametrize("name", policy.CHOICES)
def test_the_choices_of_a_policy_stand_with_the_default_first(name: str) -> None:
    choices = re.findall(r"`(\w+)`", rows(POLICIES)[name][0])

    assert tuple(choices) == policy.CHOICES[name]
    assert getattr(Policy(prefix="", time_zone="", currency=""), name) == choices[0]


def test_what_an_order_keeps_is_marked_so() -> None:
    kept = {name for name, cells in rows(POLICIES).items() if cells[-1] == "yes"}

    assert kept == {*pinning.WORDS, f"{pinning.FOLD_WINDOW}_seconds", "prefix"}


def test_the_readmes_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_pages_lead_to_files() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_the_decisions_name_only_cases_and_modules_that_exist() -> None:
    cases = set(re.findall(r"`cases/([\w-]+)`", DECISIONS))
    modules = set(re.findall(r"`(?:\w+/)*(\w+\.py)`", DECISIONS))
    code = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]

    assert cases
    assert cases <= set(casefiles.NAMES)
    assert modules <= {path.name for path in code}


def test_the_pages_refer_only_to_decisions_that_exist() -> None:
    pages = "\n".join([README, ARCHITECTURE, SHOPS, PRIVACY, POLICIES, DECISIONS])
    there = len(list((ROOT / "docs/adr").glob("*.md")))

    named = {int(number) for number in re.findall(r"\bADR (\d+)", pages)}

    assert max(named) <= there


def test_every_decision_has_a_number_of_its_own_and_a_title_with_it() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))

    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_the_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", README + ARCHITECTURE + SHOPS + PRIVACY))

    assert named <= set(get_commands())


def test_the_page_of_proofs_names_only_what_exists() -> None:
    paths = re.findall(r"(?:tests|accounting)/[\w/.]+\w", PROOF)
    commands = set(re.findall(r"manage\.py (\w+)", PROOF))

    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert commands <= set(get_commands())


REQUIREMENTS = re.findall(r"^\| ([^|]+) \| ([^|]*) \| ([^|]+) \|$", APP_STORE, re.MULTILINE)


def test_every_requirement_of_the_app_store_has_a_state_that_is_explained() -> None:
    states = {"met", "partly", "admin pages", "owner"}

    stated = [row for row in REQUIREMENTS if row[0] not in ("Requirement", "Consequence", "---")]

    assert len(stated) > 40
    for what, _, state in stated:
        assert re.split(r", |; ", state)[0] in states, what


def test_what_is_called_met_names_where() -> None:
    for what, where, state in REQUIREMENTS:
        if state.startswith("met"):
            assert re.search(r"\]\([^)]+\)|Lejar prints no", where), what


def test_the_page_of_the_app_store_names_only_routes_that_exist() -> None:
    routes = re.findall(r"`(?:GET|PUT) /([\w/]+)`|`/(\w+)`", APP_STORE)

    for api, page in routes:
        assert resolve(f"/{api or page}")


def test_the_page_of_reliability_names_only_tests_and_commands_that_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", RELIABILITY))
    mentioned = re.findall(r"\btests/[\w/]+\.py::", RELIABILITY)
    commands = set(re.findall(r"manage\.py (\w+)", RELIABILITY))

    assert len(named) > 40
    assert len(mentioned) >= len(named)
    assert [each for each in sorted(named) if not _is_a_test(*each)] == []
    assert commands <= set(get_commands())


def _is_a_test(file: str, name: str) -> bool:
    path = ROOT / file
    return path.exists() and f"\ndef {name}(" in path.read_text(encoding="utf-8")


def test_every_failure_of_the_matrix_says_who_sees_what_and_which_test_shows_it() -> None:
    matrix = RELIABILITY.split("## Resiliency")[1].split("### What the engine")[0]
    lines = re.findall(r"^\| (.+) \|$", matrix, re.MULTILINE)
    cells = [line.split(" | ") for line in lines if not line.startswith("failure |")]

    assert len(cells) > 40
    for failure, *others in cells:
        assert len(others) == 4, failure
        assert "::test_" in others[-1] or re.search(r"\bno (test|disk)\b", others[-1]), failure
