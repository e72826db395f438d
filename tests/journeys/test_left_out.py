"""What people and newer plans do to a queue: nothing leans on what was left out, and knock-offs
say what is open when their turn comes."""

from __future__ import annotations

from accounting import mapping, posting
from accounting.models import Document, GatewayMapping
from shopify_app.demo.connections import ACCTBRIDGE_TO_SQL
from tests.journeys.conftest import MakeMerchant
from tests.journeys.merchant import Merchant, payment_method
from tests.journeys.stories import (
    LATER,
    REFUNDED,
    cancelled_unpaid,
    changed,
    ident,
    money_back,
    paid_later,
    refund,
    refunded,
    refunded_line,
    restocked,
    taken_back,
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
    story, merchant = paid_later(), make_merchant(ACCTBRIDGE_TO_SQL, trigger="created")
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
    story, merchant = cancelled_unpaid(), make_merchant(ACCTBRIDGE_TO_SQL, trigger="created")
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


def test_knock_offs_that_keep_their_place_know_what_is_open_by_then(
    make_merchant: MakeMerchant,
) -> None:
    story, merchant = restocked(), make_merchant(ACCTBRIDGE_TO_SQL)
    bought, paid, *_ = story.webhooks
    merchant.tell_all([bought, paid])
    merchant.work_until_quiet()
    by_bank = money_back(1003, "50.00", gateway="Bank Deposit")
    by_card = money_back(1003, "30.00", id=ident("1003BACK2"))
    gone = refunded_line(1003, subtotal="80.00")
    record = refund(1003, by_bank, refund_line_items=[gone], transactions=[by_bank, by_card])
    unmap_gateway(merchant, "bankdeposit")
    merchant.throw_switches(closed_until="2026-11-24")
    merchant.tell_all(taken_back(bought.payload, record))
    merchant.work_until_quiet()
    merchant.throw_switches()

    map_gateway(merchant, "Bank Deposit")
    merchant.retry(merchant.rejected()[0])
    merchant.work_until_quiet()

    assert merchant.unfinished() == []
    assert merchant.still_open() == {}


def unmap_gateway(merchant: Merchant, gateway: str) -> None:
    store_id, now = merchant.store.id, merchant.clock()
    row = GatewayMapping.objects.get(store_id=store_id, gateway=gateway)
    mapping.unmap(store_id=store_id, what="gateways", ids=[row.id], who="merchant", now=now)


def map_gateway(merchant: Merchant, gateway: str) -> None:
    account = payment_method(merchant.connection, gateway)
    rows = [{"gateway": gateway, "account": account}]
    store_id, now = merchant.store.id, merchant.clock()
    mapping.map_gateways(store_id=store_id, rows=rows, who="merchant", now=now)
