"""What every page has to be: made of the Polaris tags that Lejar uses, and of nothing else.

`tests/browser/polaris_index.json` says which: names, attributes, keyword values, slots and events,
of `dist/custom-elements.json` in npm's @shopify/polaris-types 1.1.0, narrowed to the vocabulary of
the Shopify contract (10.1) and to what the types of 1.0.1 have too; shorthands such as `gap` are
written out as their keywords. Beyond 10.1 stand `interestFor`, without which nothing can open an
s-tooltip, and `accessibilityLabel` of s-checkbox, which hides its label: 1.0.1 has no
`labelAccessibilityVisibility` there. Slots of s-page and the children of s-app-nav
are those of @shopify/app-bridge-types. The packages state no licence, so only names are kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from shopify_app.api.view import NothingView

INDEX = Path(__file__).parents[2] / "browser/polaris_index.json"
EVERYWHERE = {"id", "slot", "lang"}
PLAIN = {
    "html", "head", "meta", "link", "script", "title", "body", "form", "template", "time", "pre",
    "svg", "g", "path", "rect", "line", "circle", "text", "polyline", "polygon", "desc", "tspan",
}  # fmt: skip
VOID = {"meta", "link"}
FIELDS = re.compile(r"s-(checkbox|switch|select|drop-zone|choice-list|text-area|[a-z]+-field)$")
REFERENCES = ("commandfor", "clickdelegate", "interestfor", "data-submit")
TYPES = {"text", "number", "boolean", "list", "json", "optional", "integer"}
UNKNOWN = "\x00"  # stands for what a template writes only when it is rendered
DYNAMIC = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@cache
def index() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(INDEX.read_text(encoding="utf-8"))
    return found


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: str
    is_in_row: bool = False  # of a table, and not of the rows that may be added to it
    children: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Every element in order, each with the tag it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name.replace(UNKNOWN, ""): value or "" for name, value in attrs}
        said.pop("", None)
        around = [each.tag for each in self.open]
        is_in_row = "s-table-row" in around and "template" not in around
        element = Element(tag, said, around[-1] if around else "", is_in_row)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass


def read(html: str) -> list[Element]:
    reader = _Reader()
    reader.feed(html)
    return reader.elements


def check(html: str) -> None:
    """Fails with everything that is wrong with a rendered page of the admin."""
    elements = read(html)
    found = [*_each(elements), *_together(elements)]
    assert not found, "\n".join(found)


def banners(html: str) -> list[str]:
    """The tones of the banners that a page shows."""
    return [each.attributes.get("tone", "") for each in _banners(read(html))]


def check_template(source: str) -> None:
    """The same of a template, as far as it can be said before it is rendered."""
    elements = read(DYNAMIC.sub(UNKNOWN, source))
    found = list(_each(elements))
    assert not found, "\n".join(found)


def _each(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        for problem in (*_tag(element), *_inline(element), *_api(element)):
            yield f"<{element.tag} {element.attributes}>: {problem}"


def _tag(element: Element) -> Iterator[str]:
    known = index()["tags"].get(element.tag)
    if known is None:
        if element.tag not in PLAIN:
            yield "no tag of ours"
        return
    for name, value in element.attributes.items():
        if name in EVERYWHERE or name.startswith("data-") or name == "aria-current":
            continue
        if name not in known["attributes"]:
            yield f"has no attribute {name}"
        elif UNKNOWN not in value:
            yield from _value(name, value, known["attributes"][name])
    if FIELDS.match(element.tag) and not {"label", "accessibilitylabel"} & set(element.attributes):
        yield "a field without a label"
    if element.is_in_row and element.tag == "s-button" and not _names_its_row(element):
        yield "a button of a row that does not name it"
    yield from _slot(element)


def _names_its_row(button: Element) -> bool:
    """Its words say what it does; which row it does it to is heard in its name only."""
    return "accessibilitylabel" in button.attributes


def _value(name: str, value: str, kind: Any) -> Iterator[str]:
    if kind == "boolean" and value not in ("", name):
        yield f"{name} is there or not, and has no value"
    if kind == "icon" and value not in index()["icons"]:
        yield f"there is no icon {value}"
    if isinstance(kind, list) and value not in kind and not set(value.split()) <= set(kind):
        yield f"{name} cannot be {value!r}"


def _slot(element: Element) -> Iterator[str]:
    name, parent = element.attributes.get("slot"), index()["tags"].get(element.parent)
    if (
        name
        and UNKNOWN not in name
        and element.parent
        and name not in (parent or {}).get("slots", ())
    ):
        yield f"<{element.parent}> has no slot {name}"
    if element.parent == "s-app-nav" and element.tag != "s-link":
        yield "no entry of a menu"


def _inline(element: Element) -> Iterator[str]:
    if element.tag == "style" or (element.tag == "script" and "src" not in element.attributes):
        yield "written into the page; it belongs into a file"
    yield from (
        f"{name} does not belong into a page"
        for name in element.attributes
        if name == "style" or re.fullmatch(r"on[a-z]+", name)
    )


def _api(element: Element) -> Iterator[str]:
    said = element.attributes
    if "data-api" in said and UNKNOWN not in said["data-api"]:
        yield from _route(*said["data-api"].partition(" ")[::2])
    if "data-download" in said and UNKNOWN not in said["data-download"]:
        yield from _route("GET", said["data-download"])
    kind = said.get("data-type", "text")
    if UNKNOWN not in kind and kind not in TYPES:
        yield f"there is no data-type {kind}"


def _route(method: str, address: str) -> Iterator[str]:
    try:
        view = getattr(resolve(urlsplit(address).path).func, "view_class", None)
    except Resolver404:
        view = NothingView
    if view is NothingView:
        yield f"nothing answers at {address}"
    elif not hasattr(view, method.lower()):
        yield f"{address} does not take {method}"


def _together(elements: list[Element]) -> Iterator[str]:
    tags = Counter(element.tag for element in elements)
    if tags["s-page"] != 1:
        yield f"{tags['s-page']} s-page instead of one"
    shown = _banners(elements)
    if len(shown) > 1:
        yield f"{len(shown)} banners at once"
    if sum("data-save-bar" in each.attributes for each in elements) > 1:
        yield "more than one form with a save bar"
    yield from _names(elements)


def _banners(elements: list[Element]) -> list[Element]:
    """Those that can be seen: the one for failures is hidden until there is one."""
    return [each for each in elements if each.tag == "s-banner" and "hidden" not in each.attributes]


def _names(elements: list[Element]) -> Iterator[str]:
    ids = Counter(each.attributes["id"] for each in elements if "id" in each.attributes)
    yield from (f"id {name} is there {count} times" for name, count in ids.items() if count > 1)
    for each in elements:
        if each.tag == "s-modal" and "id" not in each.attributes:
            yield "an s-modal without an id cannot be closed"
        if "data-live" in each.attributes and "id" not in each.attributes:
            yield f"a live <{each.tag}> needs an id"
        for name in REFERENCES:
            if name in each.attributes and each.attributes[name] not in ids:
                yield f"{name} names nothing: {each.attributes[name]}"
