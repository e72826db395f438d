"""What must hold after a storm, read from the sandbox's own books and from our tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from accounting import outbox
from accounting.models import Book, Document, Order
from shopify_app.demo.figures import ZERO
from shopify_app.demo.life import Life
from shopify_app.models import Delivery
from tests.journeys.storm import Storm


def wrongs(storm: Storm) -> list[str]:
    """Sentences about everything that is not as it must be."""
    return [*_unquiet(storm), *_books(storm), *_orders(storm)]


def _unquiet(storm: Storm) -> Iterator[str]:
    for delivery in Delivery.objects.exclude(state=Delivery.State.DONE):
        yield f"delivery {delivery.topic} is {delivery.state}: {delivery.error}"
    ends = (Document.State.POSTED, Document.State.SKIPPED)
    for row in Document.objects.exclude(state__in=ends):
        yield f"document {row.number} is {row.state}: {row.message}"
    for order in Order.objects.filter(plan_at__lte=storm.now):
        yield f"order {order.name} is still to be planned"
    for book in Book.objects.exclude(state="active", trouble_count=0, leased_until=None):
        yield f"book is {book.state}, trouble {book.trouble_count}, {book.leased_until}"


def _books(storm: Storm) -> Iterator[str]:
    rows = storm.merchant.documents()
    numbers = [row["number"].upper() for row in rows]
    yield from (f"{n} twice in the books" for n in set(numbers) if numbers.count(n) > 1)
    documents = Document.objects.exclude(kind="allocation")
    ours = {row.number: row for row in documents}
    shown = {row["number"]: row for row in rows}
    for number, row in shown.items():
        if number not in ours:
            yield f"{number} is in the books and not ours"
        elif ours[number].total != row["total"]:
            yield f"{number} is {row['total']} in the books and {ours[number].total} here"
    for number, document in ours.items():
        if document.state == Document.State.POSTED and number not in shown:
            yield f"{number} is posted, and not in the books"
    balance = storm.merchant._get("trial-balance")
    if balance["debit"] != balance["credit"]:
        yield "the trial balance does not balance"
    calls = storm.merchant._get("calls")
    if calls["concurrent_max"] > 1:
        yield f"{calls['concurrent_max']} calls at once"


def _orders(storm: Storm) -> Iterator[str]:
    shown = {row["number"]: row for row in storm.merchant.documents()}
    for life in storm.lives:
        yield from _order(storm, life, shown)


def _order(storm: Storm, life: Life, shown: dict[str, Any]) -> Iterator[str]:
    record, name = life.record, f"{life.record.name} ({life.cycle})"
    row = Order.objects.get(order_id=record.id)
    documents = Document.objects.filter(order=row)
    if life.cycle == "never_mapped":
        if row.state != Order.State.HELD or not row.problems:
            yield f"{name} is {row.state} without a reason"
        return
    if row.state == Order.State.HELD:
        yield f"{name} is held: {row.problems}"
        return
    if documents.filter(state=Document.State.SKIPPED).exclude(message=outbox.NOT_NEEDED):
        return
    found = [shown[d.number] for d in documents.order_by("id") if d.number in shown]
    if [each["id"] for each in found] != sorted(each["id"] for each in found):
        yield f"{name} was written in another order: {[each['number'] for each in found]}"
    if not documents.exists():
        in_scope = record.paid > 0 or record.sale.total == 0
        in_scope |= storm.merchant.store.trigger == "created" and not record.cancelled_at
        if row.state != Order.State.EXCLUDED or in_scope:
            yield f"{name} has no documents: {row.state} {row.note}"
        return
    yield from _sums(name, life, found)


def _sums(name: str, life: Life, found: Sequence[dict[str, Any]]) -> Iterator[str]:
    def total(*kinds: str) -> Decimal:
        return sum((row["total"] for row in found if row["kind"] in kinds), ZERO)

    record = life.record
    paid_back = record.paid - record.net_payments
    invoiced, credited = total("invoice"), total("credit_note") - total("debit_note")
    wanted = {
        "charged": (invoiced - credited, record.sale.total - record.credited),
        "paid": (total("payment"), record.paid),
        "refunded": (total("refund"), paid_back),
        "receivable": (
            invoiced - credited - total("payment") + total("refund"),
            record.outstanding,
        ),
        "open": (
            sum((row["outstanding"] or ZERO for row in found), ZERO)
            - sum((row["unapplied"] or ZERO for row in found), ZERO),
            record.outstanding,
        ),
        "not knocked off": (
            min(
                sum((row["outstanding"] or ZERO for row in found), ZERO),
                sum((row["unapplied"] or ZERO for row in found), ZERO),
            ),
            ZERO,
        ),
    }
    for what, (have, want) in wanted.items():
        if have != want:
            yield f"{name}: {what} is {have} in the books and {want} in Shopify"
