"""Photographs every page for docs/screens, of a shop of the demo that runs beside it:

    bin/demo
    python -m tests.browser.screens "http://127.0.0.1:8000/local/admin?shop=..."

with the address that the demo prints. What a page needs to have something to show (an import of
past orders, a file of mappings, a dry run, people to tell) is made there first, over the API.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.every_page import with_query

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
DESK, PHONE = 1280, 390
TALLEST = 1600  # what is further down looks like what is above it
QUALITY = 0.7
PATIENCE = 60  # seconds for what the worker does
SCALED = """([data, quality]) => new Promise(done => {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    done(canvas.toDataURL("image/webp", quality).split(",")[1]);
  };
  image.src = "data:image/png;base64," + data;
})"""
TITLES = {  # in the order a merchant meets them
    "home": ("Home: what happened, what needs somebody", "/"),
    "connection": ("Connection to the books", "/connection"),
    "mapping": ("Mapping: what is mapped, what is missing", "/mapping"),
    "mapping-taxes": ("Tax codes", "/mapping/taxes"),
    "mapping-gateways": ("Payment methods", "/mapping/gateways"),
    "mapping-accounts": ("Accounts and customers", "/mapping/accounts"),
    "mapping-projects": ("Projects", "/mapping/projects"),
    "mapping-customers": ("Codes of customers", "/mapping/customers"),
    "mapping-products": ("Products, with suggestions", "/mapping/products"),
    "mapping-import": ("A file of mappings", "/mapping/import"),
    "mapping-import-check": ("The file, checked before it is used", "/mapping/import/{file}"),
    "mapping-dry-run": ("A dry run: what a change would do", "/mapping/dry-run/{preview}"),
    "documents": ("Documents", "/documents"),
    "document": (
        "An invoice: its lines, and where each figure comes from",
        "/documents/{document}",
    ),
    "orders": ("Orders", "/orders"),
    "order": ("An order and its documents", "/orders/{order}"),
    "order-held": ("An order that waits for somebody", "/orders/{held}"),
    "attention": ("Needs you", "/attention"),
    "attention-kind": ("All that waits for one reason", "/attention?kind={kind}"),
    "tie-out": ("Tie-out: Shopify and the books by day", "/tie-out"),
    "tie-out-day": ("A day of the tie-out", "/tie-out/{day}"),
    "statement": (
        "The statement of a month, to print and approve",
        "/tie-out/statement?month={month}",
    ),
    "imports": ("Past orders", "/imports"),
    "import": ("Past orders, judged before anything is posted", "/imports/{backfill}"),
    "settings": ("Settings", "/settings"),
    "settings-notifications": ("Who is told what by e-mail", "/settings/notifications"),
    "settings-privacy": ("Privacy requests", "/settings/privacy"),
    "settings-plan": ("The plan", "/settings/plan"),
    "settings-accountant": ("Links for accountants", "/settings/accountant"),
    "activity": ("Activity: who did what", "/activity"),
    "missing": ("A page of something that is not there", "/documents/987654"),
}
ON_A_PHONE = (
    "home",
    "mapping",
    "mapping-products",
    "documents",
    "document",
    "order-held",
    "attention",
    "tie-out",
    "settings",
)
ELSEWHERE = {"ms": ("home", "attention", "documents"), "zh-CN": ("home", "attention", "documents")}
WORDS = {"ms": "in Malay", "zh-CN": "in Chinese"}
OUTSIDE = ("home", "documents", "statement")


@dataclass(kw_only=True)
class Shop:
    """A shop of the demo, asked as its pages ask."""

    url: str
    domain: str

    def token(self) -> str:
        answer = requests.get(f"{self.url}/local/id-token", {"shop": self.domain}, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["token"])

    def ask(self, method: str, path: str, **said: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token()}"}
        where = f"{self.url}/api/v1/{path}"
        answer = requests.request(method, where, headers=headers, timeout=30, **said)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def wait(self, path: str, *states: str) -> None:
        for _ in range(PATIENCE):
            if self.ask("GET", path)["state"] in states:
                return
            time.sleep(1)
        raise SystemExit(f"{path} did not come to {' or '.join(states)}")


def prepare(shop: Shop) -> dict[str, Any]:
    """Makes what the demo has not, and finds what the addresses name."""
    today = datetime.now(UTC).date()
    days = {"first_date": str(today - timedelta(days=30)), "last_date": str(today)}
    known = shop.ask("GET", "backfills")["results"]  # of an earlier time
    backfill = (known[0] if known else shop.ask("POST", "backfills", json=days))["id"]
    rows = [{"role": "tips", "account": "540-000"}]
    table = "role,account\r\ntips,540-000\r\nroundings,\r\n"
    files = {"file": ("accounts.csv", table, "text/csv")}
    file = shop.ask("POST", "mappings/roles/import", files=files)["id"]
    preview = shop.ask("POST", "mappings/preview", json={"what": "roles", "rows": rows})["id"]
    if not shop.ask("GET", "notifications")["addresses"]:
        shop.ask("POST", "notifications/addresses", json={"address": "akaun@kedai.test"})
    shop.wait(f"backfills/{backfill}", "previewed", "stopped")
    shop.wait(f"mappings/preview/{preview}", "done", "failed")
    shop.wait(f"mappings/imports/{file}", "ready", "failed", "refused")
    return {"backfill": backfill, "file": file, "preview": preview, **_found(shop)}


def _found(shop: Shop) -> dict[str, Any]:
    invoice = shop.ask("GET", "documents", params={"kind": "invoice"})["results"][0]
    order = shop.ask("GET", "orders", params={"state": "planned"})["results"][0]
    held = shop.ask("GET", "orders", params={"state": "held"})["results"][0]
    return {
        "document": invoice["id"],
        "order": order["order_id"],
        "held": held["order_id"],
        "kind": held["problems"][0]["code"],
        "day": invoice["date"],
        "month": invoice["date"][:7],
    }


def photographs(language: str) -> Iterator[tuple[str, int]]:
    """Which pages of the admin are taken in a language, and how wide."""
    if language == "en":
        yield from ((name, DESK) for name in TITLES)
        yield from ((name, PHONE) for name in ON_A_PHONE)
    else:
        yield from ((name, DESK) for name in ELSEWHERE[language])


def take(page: Page, address: str, width: int) -> bytes:
    """The page at this address as a PNG, from its top."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.locator("s-page").wait_for()
    page.evaluate("document.fonts.ready")
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = FloatRect(x=0, y=0, width=width, height=min(height, TALLEST))
    return page.screenshot(full_page=True, clip=clip)


def keep(page: Page, name: str, png: bytes) -> None:
    """As WebP, which Chromium itself can write."""
    data = page.evaluate(SCALED, [base64.b64encode(png).decode(), QUALITY])
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(data))


def photograph(browser: Browser, shop: Shop, values: Mapping[str, Any], also: Path | None) -> None:
    page = browser.new_page()
    darkroom = browser.new_page()  # of its own: no page's policy reaches it
    for language in ("en", *ELSEWHERE):
        for name, width in photographs(language):
            address = with_query(
                shop.url + TITLES[name][1].format(**values), shop=shop.domain, locale=language
            )
            png = take(page, f"{address}&id_token={shop.token()}", width)
            _store(darkroom, name, language, width, png, also)
    link = shop.ask("POST", "accountant-links", json={"name": "Teh & Co"})
    page.goto(link["address"])
    page.locator("header.outside").wait_for()
    for name in OUTSIDE:
        where = f"{shop.url}/accountant/{link['id']}{TITLES[name][1].format(**values)}"
        _store(darkroom, f"accountant-{name}", "en", DESK, take(page, where, DESK), also)


def _store(page: Page, name: str, language: str, width: int, png: bytes, also: Path | None) -> None:
    whole = file_name(name, language, width)
    keep(page, whole, png)
    if also:
        (also / f"{whole}.png").write_bytes(png)


def file_name(name: str, language: str, width: int) -> str:
    parts = [name, "" if language == "en" else language[:2], "phone" if width == PHONE else ""]
    return "-".join(part for part in parts if part)


def index() -> str:
    """The README of the folder."""
    lines = [f"- **{title}** (`{path}`): {_links(name)}" for name, (title, path) in TITLES.items()]
    said = "A fictional shop of `bin/demo`; `tests/browser/screens.py` says how these are made."
    return "\n".join(["# Every page", "", said, "", *lines, ""])


def _links(name: str) -> str:
    found = []
    for language in ("en", *ELSEWHERE):
        for each, width in photographs(language):
            said = WORDS.get(language, "on a phone" if width == PHONE else "on a desk")
            if each == name:
                found.append(f"[{said}]({file_name(name, language, width)}.webp)")
    if name in OUTSIDE:
        found.append(f"[as an accountant sees it](accountant-{name}.webp)")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of a shop's admin, as the demo prints it")
    parser.add_argument("--png", type=Path, help="a folder for PNGs as well")
    asked = parser.parse_args()
    parts = urlsplit(asked.address)
    (domain,) = parse_qs(parts.query)["shop"]
    shop = Shop(url=f"{parts.scheme}://{parts.netloc}", domain=domain)
    FOLDER.mkdir(exist_ok=True)
    values = prepare(shop)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        photograph(browser, shop, values, asked.png)
        browser.close()
    (FOLDER / "README.md").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main()
