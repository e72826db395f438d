"""Every file that a page loads is served, also where nobody has collected static files."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import join, normpath

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR) / "static"
FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
ADDRESS = re.compile(r"""static '([^']+)'""")


def imports(name: str) -> list[str]:
    """What a module asks a browser to load beside it, as names under `static/`."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [normpath(join(name, "..", found)) for found in IMPORTED.findall(text)]


@pytest.mark.parametrize("name", FILES)
def test_a_static_file_is_served_as_what_it_is_and_asked_for_again_after_an_update(
    name: str, client: Client
) -> None:
    answer = client.get(f"/static/{name}")
    assert b"".join(answer)  # and lets the file go

    kinds = {".js": "text/javascript", ".css": "text/css"}
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(kinds[Path(name).suffix])
    assert answer["Cache-Control"] == "max-age=60, public"
    assert answer["Last-Modified"]


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_all_that_a_module_imports_is_served_under_the_name_it_says(name: str) -> None:
    assert set(imports(name)) <= set(FILES)


def test_modules_import_each_other_at_all() -> None:
    assert len(imports("app.js")) > 1


def test_pages_name_only_static_files_that_are_there() -> None:
    pages = (Path(settings.BASE_DIR) / "templates").rglob("*.html")

    named = {name for page in pages for name in ADDRESS.findall(page.read_text(encoding="utf-8"))}

    assert named
    assert named <= set(FILES)
