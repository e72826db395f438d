"""What is known of the API is data, and a mistake in it is found before it can be used."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounting.connectors.autocount_cloud import api
from accounting.connectors.reading import ProfileError

MISSING = object()


def changed(path: tuple[Any, ...], value: object) -> str:
    """The shipped data with another value, or none, at `path`."""
    data = json.loads(api.FILE.read_text(encoding="utf-8"))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("pace", "reserve"), "5", "pace.reserve: must be a whole number"),
        (("pace", "minutes"), 1, "pace.minutes: is not a known key"),
        (("limits", "line"), MISSING, "limits.line: is missing"),
        (("limits", "lines"), {}, "limits.lines: is not a known key"),
        (("limits", "line", "taxCode"), MISSING, "limits.line.taxCode: is missing"),
        (("limits", "line", "taxCode", "max"), -1, "limits.line.taxCode.max: must be"),
        (("limits", "line", "taxCode", "status"), "guessed", "limits.line.taxCode.status: must be"),
        (("records", "invoice", "path"), MISSING, "records.invoice.path: is missing"),
        (("open_items", "method"), "PUT", "open_items.method: must be one of GET, POST"),
        (("company", "name"), "name", "company.name: must be a list of texts"),
        (("code_lists", "locations"), MISSING, "code_lists.locations: is missing"),
        (("code_lists", "terms"), {}, "code_lists.terms: is not a known key"),
        (("code_lists", "items", "body"), [], "code_lists.items.body: must be an object"),
        (("answers", 0, "outcome"), "retry", "answers[0].outcome: must be one of"),
        (("answers", 2, "phrase"), "(", "answers[2].phrase: "),
        (("answers", 2, "phrase"), MISSING, "answers[2]: needs an HTTP status or a phrase"),
    ],
)
def test_a_mistake_in_the_data_is_named_by_file_and_key(
    tmp_path: Path, path: tuple[Any, ...], value: object, message: str
) -> None:
    file = tmp_path / "autocount_cloud" / "api.json"
    file.parent.mkdir()
    file.write_text(changed(path, value))

    with pytest.raises(ProfileError) as caught:
        api.load(file)

    assert str(caught.value).startswith(f"autocount_cloud/api.json: {message}")


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text("{")

    with pytest.raises(ProfileError, match=r"/api\.json: Expecting"):
        api.load(file)


def test_the_data_is_delivered_with_the_code() -> None:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())

    delivered = project["tool"]["setuptools"]["package-data"]

    assert delivered["accounting.connectors.autocount_cloud"] == [api.FILE.name]
