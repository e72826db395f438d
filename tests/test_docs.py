"""The pages under `docs/` say what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from accounting.models import Document, Order
from shopify_app.models import Delivery
from tests import casebook

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_of_cases_is_what_the_cases_say() -> None:
    assert casebook.PAGE.read_text(encoding="utf-8") == casebook.page(), (
        "python -m tests.casebook writes it anew"
    )


@pytest.mark.parametrize(
    "state", [*Order.State.values, *Document.State.values, *Delivery.State.values]
)
def test_every_state_is_explained(state: str) -> None:
    assert re.search(rf"^\| {state} \|", ARCHITECTURE, re.MULTILINE)


def test_the_readmes_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_decision_has_a_number_of_its_own_and_a_title_with_it() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))

    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_the_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", README + ARCHITECTURE))

    assert named <= set(get_commands())
