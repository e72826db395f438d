"""What is left out of the books, by a person or by a newer plan, is leaned on by nothing."""

from __future__ import annotations

from accounting import posting
from accounting.models import Document
from tests.journeys.conftest import MakeMerchant
from tests.journeys.merchant import Merchant
from tests.journeys.stories import (
    LATER,
    REFUNDED,
    cancelled_unpaid,
    changed,
    paid_later,
    refund,
    refunded,
    refunded_line,
)

EVEN_LATER = "2026-11-24T18:00:00+08:00"


def leave_out(merchant: Merchant, number: str) -> None:
    document = Document.objects.get(number=number)
    who, now = "merchant", merchant.clock()
    store_id = merchant.store.id
    done = posting.skip(
        store_id=store_id, document_id=document.id, reason="Entered by hand", who=who, now=now
    )
    assert done


def test_payments_after_a_skipped_invoice_are_posted_without_knocking_it_off(
    make_merchant: MakeMerchant,
) -> None:
    story, merchant = paid_later(), make_merchant("sql_accounting", trigger="created")
    bought, *paid = story.webhooks
    merchant.throw_switches(closed_until="2026-11-21")
    merchant.tell(bought)
    merchant.work_until_quiet()

    leave_out(merchant, "SH-1002")
    merchant.tell_all(paid)
    merchant.work_until_quiet()

    assert [row[:2] for row in merchant.unfinished()] == [("SH-1002", "skipped")]
    assert set(merchant.totals()) == {"SH-1002-P1002PAY1", "SH-1002-P1002PAY2"}


def test_what_a_newer_plan_left_out_does_not_count_as_written(
    make_merchant: MakeMerchant,
) -> None:
    story, merchant = cancelled_unpaid(), make_merchant("sql_accounting", trigger="created")
    bought, cancelled = story.webhooks
    merchant.tell(bought)
    merchant.work_until_quiet()
    merchant.throw_switches(closed_until="2026-11-23")
    merchant.tell(cancelled)
    merchant.work_until_quiet()
    (refused,) = merchant.rejected()
    gone = refunded_line(1007, subtotal="80.00", restock_type="cancel")
    record = refund(1007, None, refund_line_items=[gone], created_at=LATER, processed_at=LATER)
    after = cancelled.payload | {"updated_at": REFUNDED, "refunds": [record]}
    merchant.tell_all([refunded(record), changed(after)])
    merchant.work_until_quiet()

    merchant.throw_switches()
    merchant.retry(refused)
    merchant.work_until_quiet()
    merchant.tell(changed(after | {"updated_at": EVEN_LATER}))
    merchant.work_until_quiet()

    assert merchant.order(story.order_id).problems == []
    assert merchant.still_open() == {}
    assert set(merchant.totals()) == {"SH-1007", "SH-1007-C1007REF1"}
