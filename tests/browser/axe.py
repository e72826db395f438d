"""What axe-core, the judge of accessibility, finds on a page: WCAG 2.1, levels A and AA."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
OPTIONS = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}

# It is there to its end, and the scripts, where it has any, have drawn it.
DRAWN = """() => document.readyState === "complete" && (
    !document.querySelector('script[src*="/app.js"]')
    || document.documentElement.dataset.scripts === "ready")"""


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule: the rule, where, and what is wrong with it."""
    page.wait_for_function(DRAWN)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options)", OPTIONS)["violations"]
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
