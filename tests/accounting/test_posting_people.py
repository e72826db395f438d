"""What people may do with a document: retry it, skip it, and when not."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounting import outbox, posting, sender
from accounting.documents.document import Key, Plan, Role
from accounting.models import Audit, Document, Order, Store
from tests.accounting.conftest import Plans
from tests.accounting.orders import invoice, order_facts, problem, tell
from tests.books import Books, Clock

pytestmark = pytest.mark.django_db


def refused(store: Store, now: datetime) -> Document:
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    held = outbox.claim(now=now)
    assert held is not None
    document = Document.objects.get(number="SH-1001")
    outbox.move(held, document, Document.State.REJECTED, message="No record found: 500-000")
    outbox.release(held, now=now)
    return document


def test_retrying_a_refused_document_builds_it_anew_under_its_number(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan(entries=(invoice(description="after the fix"),)))
    document = refused(store, now)

    done = posting.retry(store_id=store.id, document_id=document.id, who="staff 1", now=now)

    document.refresh_from_db()
    assert done
    assert calls[1]["sealed"] == []
    assert document.state == "queued"
    assert document.payload["description"] == "after the fix"
    assert Document.objects.count() == 1
    assert Audit.objects.get().action == "document retried"


def test_retrying_while_something_is_still_unmapped_leaves_the_document_refused(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),)), Plan(problems=(problem(),)))
    document = refused(store, now)

    posting.retry(store_id=store.id, document_id=document.id, who="staff 1", now=now)

    document.refresh_from_db()
    assert document.state == "rejected"
    assert Order.objects.get().state == "held"


def test_another_store_can_neither_retry_nor_skip(
    store: Store, other: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),)))
    document = refused(store, now)

    retried = posting.retry(store_id=other.id, document_id=document.id, who="x", now=now)
    skipped = posting.skip(store_id=other.id, document_id=document.id, reason="x", who="x", now=now)

    document.refresh_from_db()
    assert (retried, skipped) == (False, False)
    assert document.state == "rejected"


def test_skipping_a_document_says_why_and_lets_the_next_one_go(
    store: Store, now: datetime, plans: Plans
) -> None:
    second = invoice(key=Key(role=Role.PAYMENT, source_id=1), number="SH-1001-P1")
    plans(Plan(entries=(invoice(), second)))
    document = refused(store, now)

    done = posting.skip(
        store_id=store.id, document_id=document.id, reason="typed in by hand", who="a", now=now
    )

    document.refresh_from_db()
    assert done
    assert (document.state, document.message) == ("skipped", "typed in by hand")
    assert Document.objects.get(number="SH-1001-P1").state == "queued"


def test_a_posted_document_can_be_neither_retried_nor_skipped(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    books = Books()
    sender.send_due(lambda _: books, clock=Clock(now))
    document = Document.objects.get()

    retried = posting.retry(store_id=store.id, document_id=document.id, who="x", now=now)
    skipped = posting.skip(store_id=store.id, document_id=document.id, reason="x", who="x", now=now)

    assert document.state == "posted"
    assert (retried, skipped) == (False, False)


def test_the_knock_offs_of_a_document_that_cannot_be_skipped_stay(
    store: Store, now: datetime, plans: Plans
) -> None:
    key = Key(role=Role.ALLOCATION, source_id=1, source="SH-1001-P1", target="SH-1001")
    plans(Plan(entries=(invoice(), invoice(key=key, number="SH-1001-K1"))))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    Document.objects.filter(number="SH-1001").update(state="unknown")
    document = Document.objects.get(number="SH-1001")

    done = posting.skip(store_id=store.id, document_id=document.id, reason="x", who="x", now=now)

    assert not done
    assert Document.objects.get(number="SH-1001-K1").state == "waiting"
    assert not Audit.objects.exists()
