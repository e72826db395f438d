"""Right books raise no objection; every kind of wrong books is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shopify_app.demo import checks
from shopify_app.demo.checks import Seen
from shopify_app.demo.expected import Expected, ExpectedOrder, expect
from shopify_app.demo.lives import (
    deposit_only,
    goodwill,
    live,
    never_paid,
    never_to_be_mapped,
    never_told,
    paid_at_once,
    refund_never_told,
    restocking_fee,
)
from shopify_app.demo.shops import MALAYSIA, SINGAPORE

from .conftest import MakeStage

HUNDRED, THIRTY = Decimal("100.00"), Decimal("30.00")
CLEARING = "310-001"


def make_document(kind: str, number: str, total: Decimal, **changes: Any) -> dict[str, Any]:
    owed = kind == "invoice"
    document = {
        "kind": kind,
        "number": number,
        "total": total,
        "cancelled": False,
        "outstanding": Decimal("0.00") if owed else None,
        "unapplied": None if owed else Decimal("0.00"),
    }
    return document | changes


def make_entry(number: str, kind: str, account: str, amount: Decimal) -> dict[str, Any]:
    """A debit when positive, a credit when negative."""
    return {
        "number": number,
        "kind": kind,
        "account": account,
        "debit": max(amount, Decimal(0)),
        "credit": max(-amount, Decimal(0)),
    }


EXPECTED = Expected(
    orders=(
        ExpectedOrder(
            stem="KR-1001",
            name="#1001",
            invoiced=HUNDRED,
            paid=HUNDRED,
            credited=THIRTY,
            refunded=THIRTY,
            documents=4,
        ),
    ),
    held=frozenset({"#1002"}),
    lost=frozenset({"#1001"}),
    clearing={"Billplz": HUNDRED - THIRTY},
)
DOCUMENTS = [
    make_document("invoice", "KR-1001", HUNDRED),
    make_document("payment", "KR-1001-P1", HUNDRED),
    make_document("credit_note", "KR-1001-C1", THIRTY),
    make_document("refund", "KR-1001-F1", THIRTY),
]
JOURNAL = [
    make_entry("KR-1001", "invoice", "300-000", HUNDRED),
    make_entry("KR-1001", "invoice", "500-000", -HUNDRED),
    make_entry("KR-1001-P1", "payment", CLEARING, HUNDRED),
    make_entry("KR-1001-P1", "payment", "300-000", -HUNDRED),
    make_entry("KR-1001-C1", "credit_note", "510-000", THIRTY),
    make_entry("KR-1001-C1", "credit_note", "300-000", -THIRTY),
    make_entry("KR-1001-F1", "refund", "300-000", THIRTY),
    make_entry("KR-1001-F1", "refund", CLEARING, -THIRTY),
]
SEEN = Seen(
    documents=DOCUMENTS,
    journal=JOURNAL,
    trial_balance={
        "rows": [{"account": CLEARING, "debit": HUNDRED - THIRTY, "credit": Decimal(0)}],
        "debit": HUNDRED,
        "credit": HUNDRED,
    },
    calls={"count": 9, "concurrent_max": 1},
    clearing={"Billplz": CLEARING},
    sweeps=[
        {"state": "finished", "message": "", "missing": 1, "stale": 0},
        {"state": "finished", "message": "", "missing": 0, "stale": 2},
    ],
    orders={"held": 1, "planned": 1},
    held=[{"name": "#1002", "problems": [{"code": "UNMAPPED_ITEM"}]}],
    failed_deliveries=[
        {"topic": "orders/create", "error": "not JSON"},
        {"topic": "carts/update", "error": "unknown topic"},
    ],
    statuses={"invoice": {"posted": 1}, "payment": {"posted": 1}},
)


def test_right_books_raise_no_objection() -> None:
    assert checks.problems(SEEN, EXPECTED) == []


def changed_document(index: int, **changes: Any) -> Callable[[], Seen]:
    documents = [*DOCUMENTS]
    documents[index] = {**documents[index], **changes}
    return lambda: replace(SEEN, documents=documents)


WRONG: dict[str, tuple[Callable[[], Seen], str]] = {
    "twice": (
        lambda: replace(SEEN, documents=[*DOCUMENTS, DOCUMENTS[1]]),
        "1 documents share their number",
    ),
    "a stranger": (
        lambda: replace(SEEN, documents=[*DOCUMENTS, make_document("invoice", "ZZ-9", THIRTY)]),
        "ZZ-9 belongs to no order",
    ),
    "a held order's": (
        lambda: replace(SEEN, documents=[*DOCUMENTS, make_document("invoice", "KR-1002", THIRTY)]),
        "KR-1002 belongs to no order",
    ),
    "a sen off": (
        changed_document(0, total=HUNDRED + Decimal("0.01")),
        "#1001: invoiced is 100.01 in the books and 100.00 in Shopify",
    ),
    "missing": (
        lambda: replace(SEEN, documents=DOCUMENTS[:3]),
        "#1001: refunded is 0.00 in the books and 30.00 in Shopify",
    ),
    "cancelled": (changed_document(1, cancelled=True), "#1001: 100.00 is open in the books"),
    "not applied": (changed_document(2, unapplied=THIRTY), "KR-1001-C1 has 30.00 left"),
    "still open": (changed_document(0, outstanding=THIRTY), "#1001: invoices show 30.00 open"),
    "wrong account": (
        lambda: replace(SEEN, clearing={"Billplz": "310-002"}),
        "Clearing Billplz stands at 0.00",
    ),
    "unbalanced": (lambda: replace(SEEN, journal=JOURNAL[:-1]), "1 entries of the books"),
    "side by side": (
        lambda: replace(SEEN, calls={"count": 9, "concurrent_max": 2}),
        "2 calls ran side by side",
    ),
    "held too": (
        lambda: replace(SEEN, held=[*SEEN.held, {"name": "#1001", "problems": [{}]}]),
        "#1001 is held",
    ),
    "not held": (lambda: replace(SEEN, held=[]), "#1002 should be held and is not"),
    "held for nothing": (
        lambda: replace(SEEN, held=[{"name": "#1002", "problems": []}]),
        "#1002 is held without a reason",
    ),
    "unsent": (
        lambda: replace(SEEN, statuses={"credit_note": {"posted": 1, "unknown": 2}}),
        "2 credit note documents are unknown",
    ),
    "lost for good": (
        lambda: replace(SEEN, documents=[]),
        "#1001 is not in the books: its webhooks got lost",
    ),
    "overlooked": (
        lambda: replace(SEEN, sweeps=SEEN.sweeps[1:]),
        "Sweeps found 0 unknown orders, 1 were lost",
    ),
    "not looked for": (
        lambda: replace(SEEN, sweeps=[{**SEEN.sweeps[0], "state": "stopped", "message": "Busy."}]),
        "A sweep for lost orders is stopped: Busy.",
    ),
    "swallowed": (
        lambda: replace(SEEN, failed_deliveries=SEEN.failed_deliveries[:1]),
        "Failed deliveries: orders/create",
    ),
    "speechless": (
        lambda: replace(
            SEEN, failed_deliveries=[{**row, "error": ""} for row in SEEN.failed_deliveries]
        ),
        "The failed orders/create says no reason",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_books_are_noticed(name: str) -> None:
    make_seen, sentence = WRONG[name]

    found = checks.problems(make_seen(), EXPECTED)

    assert any(sentence in problem for problem in found), found


@pytest.mark.parametrize("kind", ["debit_note", "invoice"])
def test_a_fee_beside_a_credit_note_takes_from_what_is_credited(kind: str) -> None:
    credit = make_document("credit_note", "KR-1001-C1", THIRTY + 3)
    fee = make_document(kind, "KR-1001-D1", Decimal(3))
    documents = [checks.as_meant(each) for each in [*DOCUMENTS[:2], credit, fee, DOCUMENTS[3]]]

    assert checks.sums_of_every_order(replace(SEEN, documents=documents), EXPECTED) == []


def test_found_is_what_was_unknown_and_what_was_known_only_in_part() -> None:
    assert SEEN.found == 3


def test_orders_of_which_nothing_was_told_are_expected_to_be_found(make_stage: MakeStage) -> None:
    stage = make_stage(MALAYSIA)
    lives = [paid_at_once(stage), never_told(stage), refund_never_told(stage)]

    expected = expect(lives, [], "paid")

    assert expected.lost == {"#1002"}
    assert [order.documents for order in expected.orders] == [2, 2, 4]


def test_what_the_customer_owes_is_what_shopify_says_is_outstanding(make_stage: MakeStage) -> None:
    for profile in (MALAYSIA, SINGAPORE):
        lives = live(make_stage(profile), 30)

        expected = expect(lives, never_to_be_mapped(lives), profile.trigger)

        outstanding = {life.record.name: life.record.outstanding for life in lives}
        assert {o.name: o.receivable for o in expected.orders} == {
            o.name: outstanding[o.name] for o in expected.orders
        }
        assert len(expected.held) == 1


def test_an_order_nobody_paid_has_documents_only_when_invoices_follow_the_order(
    make_stage: MakeStage,
) -> None:
    unpaid = [never_paid(make_stage(MALAYSIA))]

    assert expect(unpaid, [], "paid").orders == ()
    assert expect(unpaid, [], "created").documents == 1


def test_payments_credits_and_refunds_are_each_a_document(make_stage: MakeStage) -> None:
    stage = make_stage(MALAYSIA)
    lives = [paid_at_once(stage), goodwill(stage), deposit_only(stage)]

    expected = expect(lives, [], "paid")

    assert [order.documents for order in expected.orders] == [2, 4, 2]


def test_a_fee_kept_from_a_refund_is_a_document_where_books_take_no_lines_below_zero(
    make_stage: MakeStage,
) -> None:
    stage = make_stage(MALAYSIA)
    lives = [restocking_fee(stage), goodwill(stage)]

    counted = [expect(lives, [], "paid", fees_apart=apart).documents for apart in (False, True)]

    assert counted == [8, 9]
