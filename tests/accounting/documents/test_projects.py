"""The project of an order's documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.projects import project_for
from accounting.documents.rules import Policy, Rules
from tests.facts import make_order
from tests.strategies import relaxed

MAPPED = {"71000000001": "KLCC", "POS": "RETAIL", "web": "ONLINE"}


def rules_by(project_by: str, **policy: Any) -> Rules:
    return Rules(
        policy=Policy(
            prefix="SH",
            time_zone="Asia/Kuala_Lumpur",
            currency="MYR",
            project_by=project_by,
            **policy,
        ),
        projects=MAPPED,
    )


@pytest.mark.parametrize(
    ("project_by", "order", "project"),
    [
        ("location", {"location_id": 71000000001}, "KLCC"),
        ("location", {"location_id": 71000000002}, "OTHER"),
        ("location", {"location_id": None}, "OTHER"),
        ("location", {"location_id": None, "source_name": "web"}, "OTHER"),
        ("source", {"source_name": "web", "location_id": 71000000001}, "ONLINE"),
        ("source", {"source_name": "pos"}, "RETAIL"),
        ("source", {"source_name": "iphone"}, "OTHER"),
        ("source", {"source_name": ""}, "OTHER"),
        ("none", {"source_name": "web", "location_id": 71000000001}, ""),
    ],
)
def test_the_project_is_that_of_the_place_or_the_channel(
    project_by: str, order: dict[str, Any], project: str
) -> None:
    rules = rules_by(project_by, project_fallback="OTHER")

    assert project_for(make_order(**order), rules) == project


def test_without_a_fallback_there_is_no_project() -> None:
    assert project_for(make_order(source_name="iphone"), rules_by("source")) == ""


def test_a_project_mapped_to_nothing_is_the_fallback() -> None:
    rules = Rules(policy=rules_by("source", project_fallback="OTHER").policy, projects={"web": ""})

    assert project_for(make_order(source_name="web"), rules) == "OTHER"


@relaxed
@given(
    source=st.sampled_from(["", "web", "WEB", "pos", "Pos", "app"]),
    location=st.sampled_from([None, 71000000001, 9]),
    project_by=st.sampled_from(["none", "location", "source"]),
)
def test_a_project_is_always_one_that_the_merchant_named(
    source: str, location: int | None, project_by: str
) -> None:
    order = make_order(source_name=source, location_id=location)

    project = project_for(order, rules_by(project_by, project_fallback="OTHER"))

    assert project in ({*MAPPED.values(), "OTHER"} if project_by != "none" else {""})
