"""Templates and scripts use what Polaris and App Bridge have; the lint sees when they do not."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.urls import resolve, reverse

from shopify_app.navigation import entries
from tests.shopify_app.pages import lint

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted(
    path
    for path in (ROOT / "templates").rglob("*.html")
    if path.name == "page.html" or re.search(r"<s-|page\.html", path.read_text(encoding="utf-8"))
)
DRAWN = {"local", "components"}  # what stands in for Polaris and App Bridge
SCRIPTS = sorted(path for path in (ROOT / "static").rglob("*.js") if not DRAWN & set(path.parts))
MOST_BYTES = 50 * 1024  # gzipped
# window.shopify as far as Lejar uses it (contract 9.2).
MEMBERS = {
    "config", "ready", "environment", "idToken", "toast.show", "toast.hide", "loading",
    "modal.show", "modal.hide", "modal.toggle", "saveBar.leaveConfirmation", "picker",
    "resourcePicker", "scopes.query", "scopes.request", "scopes.revoke", "support.registerHandler",
    "reviews.request",
}  # fmt: skip
DOM_EVENTS = {
    "click", "submit", "reset", "change", "input", "popstate", "visibilitychange", "keydown",
    "focusin",
}  # fmt: skip
OTHER_EVENTS = {"shopify:navigate", "lejar:shown", "lejar:renewed"}
PAGE = '<s-page heading="A">{}</s-page>'


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_uses_what_polaris_has(path: Path) -> None:
    lint.check_template(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("<s-carousel></s-carousel>", "no tag of ours"),
        ("<div></div>", "no tag of ours"),
        ('<s-text color="red"></s-text>', "color cannot be 'red'"),
        ('<s-text size="large"></s-text>', "has no attribute size"),
        ('<s-button disabled="false">A</s-button>', "disabled is there or not"),
        ('<s-button icon="lighthouse">A</s-button>', "no icon lighthouse"),
        ('<s-button slot="footer">A</s-button>', "<s-page> has no slot footer"),
        ('<s-text-field name="a"></s-text-field>', "a field without a label"),
        ('<s-box style="color: red"></s-box>', "style does not belong"),
        ('<s-button onclick="a()">A</s-button>', "onclick does not belong"),
        ("<script>a()</script>", "belongs into a file"),
        ("<style>a {}</style>", "belongs into a file"),
        ('<s-button data-api="POST /api/v1/nothing">A</s-button>', "nothing answers"),
        ('<s-button data-api="PUT /api/v1/store">A</s-button>', "does not take PUT"),
        ('<s-button data-download="/api/v1/nothing.csv">A</s-button>', "nothing answers"),
        ('<s-button commandFor="a">A</s-button>', "commandfor names nothing"),
        ('<s-text-field label="A" data-type="money"></s-text-field>', "no data-type money"),
        ('<s-modal heading="A"></s-modal>', "cannot be closed"),
        ('<s-banner heading="A"></s-banner>' * 2, "2 banners at once"),
        ('<form data-save-bar></form><form data-save-bar=""></form>', "more than one form"),
        ("<s-box data-live></s-box>", "needs an id"),
        ('<s-box id="a"></s-box><s-box id="a"></s-box>', "id a is there 2 times"),
        ("<s-page></s-page>", "2 s-page instead of one"),
    ],
)
def test_the_lint_sees_what_is_wrong(inside: str, problem: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(problem)):
        lint.check(PAGE.format(inside))


def test_what_is_right_passes() -> None:
    lint.check(
        PAGE.format(
            '<s-link slot="breadcrumb-actions" href="/">Back</s-link>'
            '<form data-api="PATCH /api/v1/store" data-save-bar><s-stack gap="base">'
            '<s-text-field label="A" name="a" data-type="optional" readOnly></s-text-field>'
            '<s-button type="submit" icon="check">Save</s-button></s-stack></form>'
            '<s-button commandFor="m" command="--show">Ask</s-button>'
            '<s-modal id="m" heading="A"><s-button slot="primary-action">Yes</s-button></s-modal>'
        )
    )


def test_scripts_use_the_members_of_app_bridge_that_the_stand_in_has() -> None:
    used: set[str] = set()
    for path in SCRIPTS:
        used |= set(re.findall(r"\bshopify\.([\w.]+)", path.read_text(encoding="utf-8")))

    assert used
    assert used <= MEMBERS


def test_scripts_listen_to_events_that_exist() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    polaris = {event for tag in lint.index()["tags"].values() for event in tag["events"]}

    heard = set(re.findall(r'addEventListener\(\s*"([^"]+)"', said))

    assert heard
    assert heard <= polaris | DOM_EVENTS | OTHER_EVENTS


def test_scripts_stay_small() -> None:
    packed = sum(len(gzip.compress(path.read_bytes())) for path in SCRIPTS)

    assert packed <= MOST_BYTES


def test_every_word_of_the_scripts_is_on_the_page_and_no_other() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    (by_status,) = re.findall(r"word\(\{(.*?)\}", said)
    page = (ROOT / "templates/words.html").read_text(encoding="utf-8")

    used = {*re.findall(r'word\("(\w+)"\)', said), *re.findall(r'"(\w+)"', by_status)}
    used |= set(re.findall(r'\|\| "(\w+)"\)', said))

    assert used == set(re.findall(r"data-(\w+)=", page))


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/documents", "documents"),
        ("/orders/5", "documents"),
        ("/attention", "attention"),
        ("/x", ""),
    ],
)
def test_a_page_is_marked_under_the_entry_it_belongs_to(path: str, current: str) -> None:
    assert [entry["name"] for entry in entries(path) if entry["is_current"]] == [current][
        : bool(current)
    ]


def test_the_entries_of_the_menu_lead_somewhere() -> None:
    for entry in entries("/"):
        match = resolve(reverse(entry["name"]))

        assert match.url_name == entry["name"]
