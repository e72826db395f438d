"""What assistive technology hears of a page: Chromium's own accessibility tree, walked whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

NAMED = {
    "Date", "button", "checkbox", "combobox", "dialog", "figure", "heading", "image", "img", "link",
    "listbox", "menuitem", "progressbar", "radio", "radiogroup", "region", "searchbox", "slider",
    "spinbutton", "switch", "tab", "table", "textbox",
}  # fmt: skip
OF_A_ROW = {"button", "checkbox", "combobox", "searchbox", "spinbutton", "switch", "textbox"}
# Said when they come or change; the components see to it, and a page must not take it away.
BANNERS = """() => [...document.querySelectorAll("s-banner")].filter(e => e.checkVisibility())
    .map(e => [e.getAttribute("heading"), e.getAttribute("role")])"""


@dataclass
class Node:
    role: str
    name: str
    level: int = 0
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def read(session: CDPSession) -> list[Node]:
    """The top of each tree there is, without what is only there for layout."""
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    made = {each["nodeId"]: _made(each) for each in nodes}
    for each in nodes:
        made[each["nodeId"]].children = [made[i] for i in each["childIds"] if i in made]
    return [made[each["nodeId"]] for each in nodes if "parentId" not in each]


def _made(node: dict[str, Any]) -> Node:
    if node["ignored"]:
        return Node("", "")
    said = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
    name = str(node.get("name", {}).get("value", "")).strip()
    return Node(node["role"]["value"], name, int(said.get("level") or 0))


def faults(page: Page) -> list[str]:
    """What somebody who hears the page cannot know, a line for each."""
    session = page.context.new_cdp_session(page)
    every = [node for top in read(session) for node in top.walk()]
    session.detach()
    found = [f"a {node.role} without a name" for node in every if _is_nameless(node)]
    mains = [node for node in every if node.role == "main"]
    first = [node.name for node in every if node.role == "heading" and node.level == 1]
    if len(mains) != 1 or len(first) != 1:
        found.append(f"{len(mains)} main parts, first headings: {first}")
    tables = [node for node in every if node.role == "table"]
    found += [said for table in tables for said in _alike(table)]
    for heading, role in page.evaluate(BANNERS):
        if role not in ("alert", "status"):
            found.append(f"the banner {heading!r} is not said when it comes")
    return found


def _is_nameless(node: Node) -> bool:
    return node.role in NAMED and not node.name


def _alike(table: Node) -> list[str]:
    """Controls of several rows that are called the same: which row each is for is not heard."""
    rows = [node for node in table.walk() if node.role == "row"]
    called = [
        {(node.role, node.name) for node in row.walk() if node.role in OF_A_ROW} for row in rows
    ]
    counted = Counter(each for row in called for each in row)
    return [
        f"{count} rows have a {role} called {name!r}"
        for (role, name), count in counted.items()
        if count > 1
    ]
