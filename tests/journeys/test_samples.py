"""Shopify's own sample payloads end in documents that balance, or in a hold with the figures.

The samples are reference data that lies beside a checkout, not in it (LEJAR_SAMPLES may name the
folder). They name the gateway "bogus", whose money is never posted, so each also goes through with
a real gateway's name in its place. Many do not agree with themselves, and then nothing is guessed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command

from accounting.models import Order
from shopify_app.demo.connections import (
    ACCTBRIDGE_TO_SQL,
    AUTOCOUNT_CLOUD,
    CONNECTIONS,
    Connection,
)
from shopify_app.management.commands.replay import guess_topic
from tests.journeys.conftest import MakeMerchant
from tests.journeys.merchant import Merchant

SAMPLES = Path(os.environ.get("LEJAR_SAMPLES") or Path(__file__).parents[3] / "shared/samples")
FOLDER = SAMPLES / "shopify"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no official samples at {FOLDER}")

NOT_PAID, TEST = "Not paid yet.", "A test order: nothing is posted."
NO_ORDER, NO_MONEY = ["order"], ["paid without transactions"]
SILENT = ["refund 509562969"]  # inside an order it does not say whether delivery was refunded
# Sample -> why nothing is posted with a test gateway, and with a real one: a note, or the subjects
# of the hold.
ALONE: dict[str, tuple[str | list[str], str | list[str]]] = {
    "order-1001-authorized": (TEST, ["G3", *SILENT]),
    "order-1001-cancelled-refunded": (TEST, TEST),  # its only money is marked as a test
    "order-1001-partially-refunded": (TEST, ["G3", "G4", *SILENT]),
    "order-1002-discounted-paid": (["G3", *NO_MONEY], ["G3", *NO_MONEY]),
    "order-1002-paid": (NO_MONEY, NO_MONEY),
    "order-1002-partially-paid": (["G3", *NO_MONEY], ["G3", *NO_MONEY]),
    "order-1002-pending": (NOT_PAID, NOT_PAID),
    "refund-one-line": (NO_ORDER, NO_ORDER),
    "refund-two-lines": (NO_ORDER, NO_ORDER),
    "transaction-authorization": (NO_ORDER, NO_ORDER),
    "transaction-capture": (NO_ORDER, NO_ORDER),
    "transaction-refund": (NO_ORDER, NO_ORDER),
    "transaction-void": (NO_ORDER, NO_ORDER),
}
MONEY = ("transaction-authorization", "transaction-capture", "transaction-refund")
TOGETHER = {  # several about one order -> received less returned, and what Shopify says was paid
    ("order-1001-partially-refunded", "refund-two-lines", *MONEY): ("41.94", "199.65"),
    ("order-1001-cancelled-refunded", "refund-one-line", *MONEY): ("41.94", "0.00"),
    (
        "order-1001-authorized",
        "order-1001-partially-refunded",
        "refund-two-lines",
        "refund-one-line",
        *MONEY,
        "transaction-void",
    ): ("41.94", "199.65"),
}


def sample(name: str) -> str:
    """Its text, for the door to get it byte for byte."""
    return (FOLDER / f"{name}.json").read_text()


def bring(merchant: Merchant, folder: Path, bodies: Sequence[str]) -> Order:
    """The bodies through the door, in this order; then the order they are about, settled."""
    topics = [guess_topic(json.loads(body), "") for body in bodies]
    envelopes = zip(topics, bodies, strict=True)
    lines = [json.dumps({"topic": topic, "body": body}) for topic, body in envelopes]
    file = folder / "captured.jsonl"
    file.write_text("\n".join(lines))
    call_command("replay", str(file), shop=merchant.domain, verbosity=0)
    merchant.work_until_quiet()
    return Order.objects.get(store=merchant.store)


def really_paid(body: str) -> str:
    return body.replace('"bogus"', '"Contoh Pay"')


def reason(order: Order) -> str | list[str]:
    """The note of an excluded order, or what its hold is about: each a sentence with figures."""
    if order.state == Order.State.EXCLUDED:
        assert order.problems == []
        return order.note
    assert order.state == Order.State.HELD
    for problem in order.problems:
        assert problem["message"].endswith(".")
        assert problem["terms"]
        assert all(name and value for name, value in problem["terms"])
    return [problem["subject"] for problem in order.problems]


def figures(order: Order, subject: str) -> dict[str, str]:
    return dict(next(p["terms"] for p in order.problems if p["subject"] == subject))


def test_every_sample_is_tried() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(ALONE)


@pytest.mark.parametrize("gateway", ["test gateway", "real gateway"])
@pytest.mark.parametrize("name", ALONE)
def test_a_sample_alone_posts_nothing_and_says_why(
    name: str, gateway: str, make_merchant: MakeMerchant, tmp_path: Path
) -> None:
    merchant = make_merchant(ACCTBRIDGE_TO_SQL, currency="USD")
    real = gateway == "real gateway"
    body = really_paid(sample(name)) if real else sample(name)

    order = bring(merchant, tmp_path, [body])

    assert merchant.failed_deliveries() == []
    assert reason(order) == ALONE[name][real]
    assert merchant.documents() == []


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_samples_of_one_order_are_held_with_the_figures_whatever_comes_first(
    names: tuple[str, ...], seed: int, make_merchant: MakeMerchant, tmp_path: Path
) -> None:
    merchant = make_merchant(AUTOCOUNT_CLOUD, currency="USD")
    bodies = [really_paid(sample(name)) for name in names]
    Random(seed).shuffle(bodies)

    order = bring(merchant, tmp_path, bodies)

    known, said = TOGETHER[names]
    assert merchant.failed_deliveries() == []
    assert "G3" in reason(order)
    assert figures(order, "G3")["received - returned"] == known
    assert figures(order, "G3")["current total - outstanding"] == said
    assert merchant.documents() == []


# Sample -> the payment that it leaves out, and what the books then show as owed.
COMPLETED = {
    "order-1002-partially-paid": ("50.00", "149.00"),
    "order-1002-discounted-paid": ("50.00", "131.09"),
}


@pytest.mark.parametrize("connection", CONNECTIONS, ids=str)
@pytest.mark.parametrize("name", COMPLETED)
def test_a_sample_with_the_payment_that_it_leaves_out_is_posted(
    name: str, connection: Connection, make_merchant: MakeMerchant, tmp_path: Path
) -> None:
    merchant, bought = make_merchant(connection, currency="USD"), json.loads(sample(name))
    paid, owed = COMPLETED[name]
    left_out = {"order_id": bought["id"], "amount": paid, "gateway": "Contoh Pay"}
    capture = json.dumps(json.loads(sample("transaction-capture")) | left_out)

    order = bring(merchant, tmp_path, [capture, sample(name)])

    assert (order.state, order.problems) == (Order.State.PLANNED, [])
    assert merchant.unfinished() == []
    assert merchant.still_open() == {"SH-1002": Decimal(owed)}
    assert merchant.balances() == {
        "debtors": Decimal(owed),
        "Contoh Pay": Decimal(paid),
        "sales": -Decimal(bought["total_price"]),
    }
    assert Decimal(owed) == Decimal(bought["total_outstanding"])


def test_a_sample_that_is_not_paid_is_owed_where_invoices_are_due_at_once(
    make_merchant: MakeMerchant, tmp_path: Path
) -> None:
    merchant = make_merchant(ACCTBRIDGE_TO_SQL, currency="USD", trigger="created")
    pending = json.loads(sample("order-1002-pending"))

    order = bring(merchant, tmp_path, [sample("order-1002-pending")])

    assert (order.state, order.problems) == (Order.State.PLANNED, [])
    assert merchant.unfinished() == []
    assert merchant.still_open() == {"SH-1002": Decimal(pending["total_outstanding"])}
    assert merchant.balances()["sales"] == -Decimal(pending["total_price"])


def test_a_sample_in_another_currency_fails_with_the_field_named(
    make_merchant: MakeMerchant, tmp_path: Path
) -> None:
    merchant = make_merchant(ACCTBRIDGE_TO_SQL, currency="MYR")
    file = FOLDER / "order-1002-paid.json"

    call_command("replay", str(file), shop=merchant.domain, verbosity=0)
    merchant.work_until_quiet()

    message = "is USD, but this shop keeps its books in MYR"
    assert merchant.failed_deliveries() == [("orders/create", "currency", message)]
    assert not Order.objects.exists()
    assert merchant.documents() == []
