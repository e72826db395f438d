"""The page of cases tells also what no case of today shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounting.documents.document import Document, Flag, Key, Kind, Plan, Role
from accounting.facts import Agreement, Deletion, Dispute, Fact, Sale
from tests import casebook, casefiles
from tests.casefiles import Delivery
from tests.casestory import Story
from tests.facts import ORDER_ID, make_order, make_paid_order, money

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # past midnight in Kuala Lumpur


def told(*facts: Fact, topic: str = "orders/updated") -> list[str]:
    return list(Story(ZONE).tell(Delivery(topic=topic, triggered_at=AT, facts=facts)))


def test_a_later_version_of_an_order_tells_only_what_it_changes() -> None:
    lines = told(make_order(), make_paid_order(origin=False, updated_at=AT))

    assert lines[-1] == "- 2026-11-23: the order changed: outstanding 0.00"


def test_payment_terms_are_told_in_the_shops_time_zone() -> None:
    lines = told(make_order(due_at=AT))

    assert lines[-1] == "  - payment due on 2026-11-23"


def test_what_was_told_is_not_told_again() -> None:
    deletion = Deletion(id=ORDER_ID, order_id=ORDER_ID, deleted_at=AT)

    assert told(deletion, deletion) == ["- 2026-11-23: the order was deleted in Shopify"]


def test_agreements_and_disputes_are_told_with_their_amounts() -> None:
    sale = Sale(line_type="gift_card", action="order", total=money("-8.00"))
    agreement = Agreement(
        id=1, order_id=ORDER_ID, kind="edit", happened_at=AT, sales=(sale,), refund_id=None
    )
    dispute = Dispute(
        id=2,
        order_id=ORDER_ID,
        as_of=AT,
        status="needs_response",
        amount=Decimal("50.00"),
        currency="MYR",
        opened_at=AT,
    )

    assert told(agreement, dispute, topic="refetch") == [
        "- 2026-11-23: edit agreed (gift card -8.00) (read anew)",
        "- 2026-11-23: dispute over MYR 50.00, needs response (read anew)",
    ]


def test_flags_and_the_fold_window_are_shown() -> None:
    flag = Flag(code="BOUNCED", message="The payment came back.", terms=(("payment", "50.00"),))

    shown = list(casebook.outcome(Plan(flags=(flag,), not_before=AT), ZONE))

    assert shown == [
        "**Nothing is posted before 2026-11-23 01:00:** the invoice may still change.\n",
        "**Flag, BOUNCED:** The payment came back.\n  - payment: 50.00\n",
    ]


def test_a_document_names_its_debtor_due_date_and_rate() -> None:
    document = Document(
        kind=Kind.DEBIT_NOTE,
        key=Key(role=Role.SUPPLEMENTARY, source_id=1),
        number="SH-1001-S1",
        date=date(2026, 11, 23),
        currency="USD",
        customer="300-A0001",
        total=Decimal("5.00"),
        description="",
        order_name="#1001",
        order_id=ORDER_ID,
        account="clearing:paypal",
        due_date=date(2026, 12, 23),
        rate=Decimal("4.38600000"),
    )

    rows = list(casebook.outcome(Plan(entries=(document,)), ZONE))

    named = "debit note SH-1001-S1, debtor 300-A0001, due 2026-12-23, USD at 4.38600000"
    assert rows[2] == f"| {named} | 2026-11-23 | AR | 5.00 |  |"


def test_what_a_case_expects_includes_flags_and_waiting() -> None:
    flag = Flag(code="BOUNCED", message="The payment came back.")

    shown = casefiles.shown(Plan(flags=(flag,), not_before=AT))

    assert shown["flags"] == ["BOUNCED"]
    assert shown["not_before"] == "2026-11-22T17:00:00+00:00"
