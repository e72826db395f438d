"""What must stay true of the checkout itself."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

import shopify_app

ROOT = Path(__file__).resolve().parent.parent
SETTING = re.compile(r"""_(?:text|on|list)\(\s*"([A-Z_]+)\"""")
EXAMPLE = re.compile(r"^([A-Z_]+)=", re.MULTILINE)
NAMED_IN_PROSE = re.compile(r"`((?:SHOPIFY|LEJAR|ACCTBRIDGE)_[A-Z_]+)`")


def settings_read() -> set[str]:
    return set(SETTING.findall((ROOT / "shopify_app/settings.py").read_text()))


def test_shopifys_package_of_the_same_name_is_not_installed() -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("shopifyapp")


def test_shopify_app_is_the_folder_of_this_checkout() -> None:
    assert shopify_app.__file__ is not None
    assert Path(shopify_app.__file__).is_relative_to(ROOT)


def test_the_stand_in_for_shopify_is_kept_from_every_module_of_the_product() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (kept,) = [
        one for one in contracts["contracts"] if "stand-in for Shopify shares" in one["name"]
    ]

    modules = {path.stem for path in (ROOT / "shopify_app").glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "shopify_app").glob("*/__init__.py")}

    product = (modules | packages) - {"__init__", "sandbox"}
    assert {f"shopify_app.{name}" for name in product} <= set(kept["forbidden_modules"])


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    assert set(EXAMPLE.findall((ROOT / ".env.example").read_text())) == settings_read()


def test_every_setting_of_the_example_has_a_line_that_explains_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    for number, line in enumerate(lines):
        if EXAMPLE.match(line):
            assert re.match(r"# [A-Z0-9].{10,}", lines[number - 1]), line


def test_the_pages_about_the_project_name_only_settings_that_exist() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]

    named = {name for page in pages for name in NAMED_IN_PROSE.findall(page.read_text())}

    assert named - settings_read() == set()


def test_no_file_for_deployment_names_a_package_registry() -> None:
    names = ["Dockerfile", "compose.yaml", "Procfile", "bin/demo", "bin/test", ".ci/setup.sh"]

    for name in names:
        assert not re.search(r"pypi|pythonhosted|--index-url", (ROOT / name).read_text()), name


def test_the_image_and_the_scripts_pin_the_same_uv() -> None:
    (in_script,) = re.findall(r"UV_VERSION=([\d.]+)", (ROOT / ".ci/setup.sh").read_text())
    (in_image,) = re.findall(r"uv==([\d.]+)", (ROOT / "Dockerfile").read_text())

    assert in_script == in_image
