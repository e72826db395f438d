"""What the story leaves for whoever looks at the pages afterwards, beside the orders that are held.

A document that the books have refused, an import that was read and not posted, the lists of codes
that a person picks from, and a shop that has everything before it. It comes after the books were
checked and counted: the figures of `--once` know nothing of it, but it fails where this does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from shopify_app.demo import send
from shopify_app.demo.books import ROLES
from shopify_app.demo.checkout import Checkout
from shopify_app.demo.client import DemoFailed, ShopClient
from shopify_app.demo.lives import Stage, bought_just_now, bought_long_ago, paid_at_once
from shopify_app.demo.pretended import PretendedShop
from shopify_app.demo.records import OpenShop
from shopify_app.demo.run import Branch, Run
from shopify_app.demo.shops import MALAYSIA

LISTS = ("accounts", "tax_codes", "payment_methods", "items", "debtors", "projects")
SHIPPING = ROLES["shipping"]
NEW = replace(MALAYSIA, handle="kedai-baru", name="Kedai Baru", prefix="KB")
NEW_ORDERS = 12
LONGEST_WAIT, PAUSE = 90.0, 0.5
FORMER_ORDERS = 6
IMPORTED = tuple(timedelta(days=days) for days in (50, 31))  # ago: before Lejar, and yet readable


def leave(run: Run, branches: Sequence[Branch]) -> None:
    """For every shop its lists and an import; in the first one also what the books refuse."""
    for branch in branches:
        read_lists(branch.client)
        start_import(run, branch)
    refuse_one(run, branches[0])
    open_new_shop(run)
    clients = [branch.client for branch in branches]
    _wait_until("Imports were to be read", lambda: all(map(_is_read, clients)))


def read_lists(client: ShopClient) -> None:
    """As a person who is about to map would; then products have suggestions."""
    for name in LISTS:
        client.post(f"codes/{name}")


def start_import(run: Run, branch: Branch) -> None:
    """A dry run of what was sold before Lejar came; nobody has said that it may be posted."""
    branch.shopify.keep([bought_long_ago(branch.stage) for _ in range(FORMER_ORDERS)])
    first, last = ((run.clock() - ago).date().isoformat() for ago in IMPORTED)
    branch.client.post("backfills", {"first_date": first, "last_date": last})


def refuse_one(run: Run, branch: Branch) -> None:
    """Somebody deletes the account for shipping in the books, an order comes, its invoice is
    refused; then the account is there again, and the invoice waits for a person to retry it."""
    shipping = branch.plan.account(SHIPPING)
    usual = branch.plan.connection.switches
    branch.books.switch({**usual, "deleted": [shipping]})
    life = bought_just_now(branch.stage)
    branch.shopify.keep([life])
    parcels = send.parcels(branch.client.domain, life.heard, branch.stage.random)
    send.deliver_all(parcels, run.url, run.credentials.api_secret, lambda _done: None)
    _wait_until("The books were to refuse a document", lambda: _is_refused(branch.client))
    branch.books.switch(usual)


def open_new_shop(run: Run) -> ShopClient:
    """One with products and orders at Shopify that has just installed Lejar: no books, no codes."""
    domain = f"{NEW.handle}-{run.name}.myshopify.com"
    shop = OpenShop(profile=NEW, domain=domain, id=run.ids())
    checkout = Checkout(shop=shop, ids=run.ids)
    chance = Random(f"{run.seed} {NEW.handle}")  # noqa: S311  # a story, no secret
    stage = Stage(shop=shop, checkout=checkout, ids=run.ids, random=chance, now=run.clock())
    pretended = PretendedShop(url=run.stand_ins, domain=domain)
    pretended.open(shop)
    pretended.keep_products(checkout)
    pretended.keep([paid_at_once(stage) for _ in range(NEW_ORDERS)])
    client = ShopClient(url=run.url, domain=domain, credentials=run.credentials, clock=run.clock)
    client.get("summary")  # its first visit installs it
    return client


def _is_refused(client: ShopClient) -> bool:
    return bool(client.get("documents", state="rejected")["results"])


def _is_read(client: ShopClient) -> bool:
    newest = client.get("backfills", limit=1)["results"]
    return bool(newest) and newest[0]["state"] == "previewed"


def _wait_until(what: str, is_so: Callable[[], bool]) -> None:
    """Raises DemoFailed when nothing comes of it."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_so():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what}, and that did not happen")
        time.sleep(PAUSE)
