"""Documents put into the outbox, and what has become of them."""

from __future__ import annotations

from django.db import transaction

from accounting import outbox
from accounting.models import Document, Order
from tests.books import Clock, make_invoice, make_rows


def queue(order: Order, clock: Clock, *numbers: str) -> None:
    """Invoices of these numbers, or one called SH-1001, one after the other."""
    entries = [make_invoice(number) for number in numbers or ("SH-1001",)]
    with transaction.atomic():
        Order.objects.select_for_update().get(id=order.id)
        outbox.enqueue(make_rows(order, entries, clock()), now=clock())


def only() -> Document:
    return Document.objects.get()


def states() -> dict[str, str]:
    return dict(Document.objects.values_list("number", "state"))
