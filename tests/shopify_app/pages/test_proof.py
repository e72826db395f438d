"""The proof of a document: every sum with its figures, and every comparison with both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from accounting import posting
from accounting.documents.document import Document, DocumentLine, Role
from accounting.models import Document as Row
from accounting.models import Order
from shopify_app.models import Delivery, Shop
from shopify_app.pages.proof import Step, proof
from tests.facts import make_order, make_transaction
from tests.shopify_app.filled import Filled, entries, fill

from .test_documents import get, text


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


@pytest.fixture
def invoice(filled: Filled) -> Document:
    found = entries(filled.order, "")[0]
    assert isinstance(found, Document)
    return found


def step(steps: list[Step], what: str) -> Step:
    return next(each for each in steps if str(each.what) == what)


def verdict(steps: list[Step], what: str) -> str:
    said = step(steps, what).verdict
    assert said is not None
    return str(said[0])


def test_the_lines_make_the_total(invoice: Document) -> None:
    steps = proof(invoice, (), None)

    assert (step(steps, "Net of all lines").figures, verdict(steps, "Net of all lines")) == (
        "90.00 + 10.00",
        "Equal",
    )
    assert step(steps, "Tax of all lines").result == Decimal("7.20")
    assert step(steps, "Net and tax").figures == "100.00 + 7.20"
    assert verdict(steps, "Net and tax") == "Equal"


def test_a_sum_that_does_not_add_up_shows_both_figures(invoice: Document) -> None:
    steps = proof(replace(invoice, total=Decimal("107.30")), (), None)

    found = step(steps, "Net and tax")
    assert verdict(steps, "Net and tax") == "Differs"
    assert (found.result, found.stated) == (Decimal("107.20"), "107.30")


def test_a_line_that_does_not_multiply_out_is_seen(invoice: Document) -> None:
    wrong = replace(invoice.lines[0], quantity=3)

    steps = proof(replace(invoice, lines=(wrong, invoice.lines[1])), (), None)

    assert verdict(steps, "Net of all lines") == "Differs"


def test_a_long_sum_is_cut_and_taken_off_reads_as_such(invoice: Document) -> None:
    line = DocumentLine(
        role="sales",
        account="5",
        description="x",
        quantity=1,
        unit_price=Decimal(-1),
        net=Decimal(-1),
    )

    figures = step(proof(replace(invoice, lines=(line,) * 20), (), None), "Net of all lines")

    assert figures.figures.count("1.00") == 7
    assert "… − 1.00" in figures.figures
    assert figures.result == -20


@pytest.mark.parametrize(
    ("total", "said"), [("107.20", "Equal"), ("90.00", "Changed since"), ("0.00", "Changed since")]
)
def test_what_shopify_said_of_the_order_stands_beside_the_invoice(
    invoice: Document, total: str, said: str
) -> None:
    order = make_order(total_price=total)

    steps = proof(invoice, (order,), None)

    assert verdict(steps, "Shopify: total of the order") == said
    assert step(steps, "Shopify: total of the order").result == Decimal(total)


@pytest.mark.parametrize(("amount", "said"), [("107.20", "Equal"), ("100.00", "Differs")])
def test_the_money_that_moved_stands_beside_the_payment(
    filled: Filled, amount: str, said: str
) -> None:
    payment = entries(filled.order, "")[1]
    moved = replace(make_transaction(), id=payment.key.source_id, amount=Decimal(amount))

    steps = proof(payment, (moved,), None)

    assert verdict(steps, "Shopify: the money that moved") == said


@pytest.mark.parametrize(
    ("receipt", "total", "customer"),
    [
        ({"total": "107.20", "customer": "300-W001", "outstanding": "0.00"}, "Equal", "Equal"),
        ({"total": "107.00", "customer": "300-X", "unapplied": "1.00"}, "Differs", "Differs"),
    ],
)
def test_what_the_books_answered_is_compared(
    invoice: Document, receipt: dict[str, Any], total: str, customer: str
) -> None:
    steps = proof(invoice, (), receipt)

    assert verdict(steps, "The books: total") == total
    assert step(steps, "The books: total").stated == "107.20"
    assert verdict(steps, "The books: customer") == customer
    assert ("Open there" in map(str, (each.what for each in steps))) is ("outstanding" in receipt)


def test_a_knock_off_settles_no_more_than_both_have_open(filled: Filled) -> None:
    knock_off = entries(filled.order, "")[2]

    steps = proof(knock_off, (), None)

    assert knock_off.key.role is Role.ALLOCATION
    assert verdict(steps, "Open before it") == "Equal"


# --- on the page -----------------------------------------------------------------------------


def told(filled: Filled, now: datetime) -> Delivery:
    """The order of the page, told by a webhook and read anew."""
    order = filled.order
    delivery = Delivery.objects.create(
        shop_domain=filled.delivery.shop_domain,
        webhook_id="told",
        topic="orders/paid",
        body=b"secret",
        received_at=now,
        state="done",
    )
    fact = make_order(id=order.order_id, total_price="107.20")
    posting.record_facts(
        store_id=order.store_id, facts=(fact,), told_by=f"delivery {delivery.pk}", now=now
    )
    moved = replace(make_transaction(), order_id=order.order_id)
    posting.record_facts(
        store_id=order.store_id, facts=(moved,), told_by="reading", now=now, read_anew=True
    )
    return delivery


def test_the_page_shows_the_chain_from_shopify_to_the_books(filled: Filled, now: datetime) -> None:
    told(filled, now)
    receipt = {"number": "KR-1001", "total": "107.20", "customer": "300-W001"}
    Row.objects.filter(pk=filled.rows[0].pk).update(receipt=receipt)

    html = text(get(f"/documents/{filled.rows[0].pk}"))

    for shown in (
        "Shopify: total of the order",
        "The books: total",
        "Shopify sent orders/paid",
        "Read from Shopify",
        "Planned on",
        "As it was frozen",
        "&quot;number&quot;: &quot;KR-1001&quot;",
        "The books could not be reached",
        "Taken by the books",
        "shopify://admin/orders/5001",
    ):
        assert shown in html
    assert "secret" not in html


def test_another_shops_webhook_is_not_shown_in_the_chain(
    filled: Filled, other: Shop, now: datetime
) -> None:
    delivery = told(filled, now)
    Delivery.objects.filter(pk=delivery.pk).update(shop_domain=other.domain)

    assert "orders/paid" not in text(get(f"/documents/{filled.rows[0].pk}"))


def test_the_frozen_document_does_not_say_who_bought(filled: Filled) -> None:
    row = filled.rows[0]
    row.payload["buyer"] = ["Puan Melur", "1 Jalan Rimba"]
    row.save()

    html = text(get(f"/documents/{row.pk}"))

    assert "Puan Melur" not in html
    assert "Who bought is left out here." in html


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_document_costs_the_same_whatever_it_rests_on(
    filled: Filled, now: datetime, which: int, django_assert_max_num_queries: Any
) -> None:
    told(filled, now)
    facts = tuple(replace(make_transaction(), order_id=5001, id=n) for n in range(100, 130))
    posting.record_facts(store_id=filled.order.store_id, facts=facts, told_by="reading", now=now)

    for where in (f"/documents/{filled.rows[which].pk}", "/orders/5001"):
        with django_assert_max_num_queries(8):
            get(where)
    assert Order.objects.count() == 1
