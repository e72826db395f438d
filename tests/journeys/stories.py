"""The everyday orders: what Shopify sends about them, and what the books must then show.

Amounts were worked out by hand from the accounting treatment. A balance is debit less credit. Ids
are chosen so that document numbers can be read: SH-1001-P1001PAY1 is payment 1 of order 1001.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.journeys.merchant import Webhook
from tests.payloads import (
    make_adjustment,
    make_discount,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_refund_shipping,
    make_shipping_line,
    make_tax_line,
    make_tip_line,
    make_transaction,
)

Json = dict[str, Any]
BOUGHT, PAID = "2026-11-20T10:00:00+08:00", "2026-11-20T10:00:05+08:00"
LATER, REFUNDED = "2026-11-23T09:00:00+08:00", "2026-11-24T15:00:00+08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`documents`: number -> kind, date, total. `balances`: what an account is for -> amount."""

    order_id: int
    webhooks: Sequence[Webhook]
    documents: dict[str, tuple[str, str, Decimal]]
    balances: dict[str, Decimal]
    outstanding: Decimal = Decimal("0.00")


def ident(code: str) -> int:
    """The Shopify id whose number in base 36 is `code`."""
    return int(code, 36)


def document(kind: str, day: str, total: str) -> tuple[str, str, Decimal]:
    return kind, f"2026-11-{day}", Decimal(total)


def amounts(**named: str) -> dict[str, Decimal]:
    return {name.replace("_pay", " Pay"): Decimal(amount) for name, amount in named.items()}


# --- what Shopify sends ---


def order(number: int, **changes: Any) -> Json:
    given: Json = {
        "id": 6200000000000 + number,
        "name": f"#{number}",
        "order_number": number,
        "created_at": BOUGHT,
        "processed_at": BOUGHT,
        "taxes_included": False,
        "shipping_lines": [],
    }
    return make_order(**(given | changes))


def line(number: int, place: int = 1, **changes: Any) -> Json:
    return make_line(id=ident(f"{number}LINE{place}"), **changes)


def payment(number: int, amount: str, place: int = 1, **changes: Any) -> Json:
    given: Json = {
        "id": ident(f"{number}PAY{place}"),
        "order_id": 6200000000000 + number,
        "amount": amount,
        "created_at": PAID,
        "processed_at": PAID,
    }
    return make_transaction(**(given | changes))


def money_back(number: int, amount: str, **changes: Any) -> Json:
    given: Json = {
        "id": ident(f"{number}BACK1"),
        "kind": "refund",
        "parent_id": ident(f"{number}PAY1"),
        "created_at": REFUNDED,
        "processed_at": REFUNDED,
    }
    return payment(number, amount, **(given | changes))


def refund(number: int, back: Json | None, **changes: Any) -> Json:
    given: Json = {
        "id": ident(f"{number}REF1"),
        "order_id": 6200000000000 + number,
        "created_at": REFUNDED,
        "processed_at": REFUNDED,
        "refund_line_items": [],
        "transactions": [back] if back else [],
    }
    return make_refund(**(given | changes))


def refunded_line(number: int, place: int = 1, **changes: Any) -> Json:
    ids = {"id": ident(f"{number}GONE{place}"), "line_item_id": ident(f"{number}LINE{place}")}
    return make_refund_line(**(ids | changes))


def created(payload: Json) -> Webhook:
    return Webhook(topic="orders/create", payload=payload, triggered_at=PAID)


def changed(payload: Json, topic: str = "orders/updated") -> Webhook:
    return Webhook(topic=topic, payload=payload, triggered_at=payload["updated_at"])


def moved(payload: Json) -> Webhook:
    topic = "order_transactions/create"
    return Webhook(topic=topic, payload=payload, triggered_at=payload["created_at"])


def refunded(payload: Json) -> Webhook:
    return Webhook(topic="refunds/create", payload=payload, triggered_at=payload["created_at"])


def taken_back(before: Json, record: Json, **changes: Any) -> list[Webhook]:
    """The refund, its money, and the order as it is after it."""
    kept = {key: before[key] for key in ("id", "name", "order_number", "line_items")}
    kept |= {"shipping_lines": before["shipping_lines"], "taxes_included": before["taxes_included"]}
    kept |= {"created_at": BOUGHT, "processed_at": BOUGHT, "updated_at": REFUNDED}
    after = make_order(**(kept | {"refunds": [record]} | changes))
    return [refunded(record), *(moved(each) for each in record["transactions"]), changed(after)]


def in_dollars(webhook: Webhook) -> Webhook:
    payload = json.loads(webhook.body.decode().replace('"MYR"', '"SGD"'))
    return Webhook(topic=webhook.topic, payload=payload, triggered_at=webhook.triggered_at)


# --- the orders ---

SST = {"title": "SST", "rate": 0.1}
SERVICE_TAX = {"title": "Service Tax", "rate": 0.08}
GST = {"title": "GST", "rate": 0.09}


def two_tenders() -> Story:
    """Two taxed units with a discount, taxed delivery and a tip; paid by gift card and card."""
    scarves = line(
        1001,
        quantity=2,
        discount_allocations=[make_discount(amount="10.00")],
        tax_lines=[make_tax_line(**SST, price="15.00")],
    )
    delivery = make_shipping_line(tax_lines=[make_tax_line(**SERVICE_TAX, price="0.80")])
    tip = make_tip_line(id=ident("1001LINE2"))
    bought = order(
        1001,
        line_items=[scarves, tip],
        shipping_lines=[delivery],
        discount_applications=[{"code": "HUJAN10"}],
        total_tip_received="5.00",
    )
    return Story(
        order_id=bought["id"],
        webhooks=[
            created(bought),
            moved(payment(1001, "50.00", 1, gateway="gift_card")),
            moved(payment(1001, "130.80", 2)),
            changed(bought, "orders/paid"),
        ],
        documents={
            "SH-1001": document("invoice", "20", "180.80"),
            "SH-1001-P1001PAY1": document("payment", "20", "50.00"),
            "SH-1001-P1001PAY2": document("payment", "20", "130.80"),
        },
        balances=amounts(
            sales="-150.00",
            shipping="-10.00",
            tips="-5.00",
            tax="-15.80",
            gift_card="50.00",
            Contoh_pay="130.80",
        ),
    )


def paid_later() -> Story:
    """Bought on the 20th, paid by bank transfer in two parts on the 23rd."""
    goods = {"line_items": [line(1002)], "shipping_lines": [make_shipping_line()]}
    bought = order(1002, **goods, financial_status="pending")
    settled = order(1002, **goods, updated_at=LATER)
    late = {"gateway": "Bank Deposit", "created_at": LATER, "processed_at": LATER}
    return Story(
        order_id=bought["id"],
        webhooks=[
            created(bought),
            moved(payment(1002, "40.00", 1, **late)),
            moved(payment(1002, "50.00", 2, **late)),
            changed(settled, "orders/paid"),
        ],
        documents={
            "SH-1002": document("invoice", "20", "90.00"),
            "SH-1002-P1002PAY1": document("payment", "23", "40.00"),
            "SH-1002-P1002PAY2": document("payment", "23", "50.00"),
        },
        balances=amounts(sales="-80.00", shipping="-10.00") | {"Bank Deposit": Decimal("90.00")},
    )


def restocked() -> Story:
    """One of two units comes back into stock."""
    bought = order(1003, line_items=[line(1003, quantity=2)], shipping_lines=[make_shipping_line()])
    record = refund(
        1003, money_back(1003, "80.00"), refund_line_items=[refunded_line(1003, subtotal="80.00")]
    )
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), moved(payment(1003, "170.00")), *taken_back(bought, record)],
        documents={
            "SH-1003": document("invoice", "20", "170.00"),
            "SH-1003-P1003PAY1": document("payment", "20", "170.00"),
            "SH-1003-C1003REF1": document("credit_note", "24", "80.00"),
            "SH-1003-F1003BACK1": document("refund", "24", "80.00"),
        },
        balances=amounts(sales="-160.00", shipping="-10.00", returns="80.00", Contoh_pay="90.00"),
    )


def not_restocked() -> Story:
    """A taxed unit is paid back and stays with the customer; its tax goes back with it."""
    vase = line(1004, 1, tax_lines=[make_tax_line(**SST, price="8.00")])
    card = line(1004, 2, price="45.00", title="Card")
    bought = order(1004, line_items=[vase, card])
    gone = refunded_line(1004, subtotal="80.00", total_tax="8.00", restock_type="no_restock")
    record = refund(1004, money_back(1004, "88.00"), refund_line_items=[gone])
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), moved(payment(1004, "133.00")), *taken_back(bought, record)],
        documents={
            "SH-1004": document("invoice", "20", "133.00"),
            "SH-1004-P1004PAY1": document("payment", "20", "133.00"),
            "SH-1004-C1004REF1": document("credit_note", "24", "88.00"),
            "SH-1004-F1004BACK1": document("refund", "24", "88.00"),
        },
        balances=amounts(sales="-125.00", returns_nostock="80.00", Contoh_pay="45.00"),
    )


def delivery_refunded() -> Story:
    """Taxed delivery is paid back; the adjustment that says its tax is not money once more."""
    taxed = make_shipping_line(tax_lines=[make_tax_line(**SERVICE_TAX, price="0.80")])
    bought = order(1005, line_items=[line(1005)], shipping_lines=[taxed])
    record = refund(
        1005,
        money_back(1005, "10.80"),
        refund_shipping_lines=[make_refund_shipping(subtotal_amount="10.00")],
        order_adjustments=[
            make_adjustment(
                kind="shipping_refund",
                amount="-10.00",
                tax_amount="-0.80",
                reason="Shipping refund",
            )
        ],
    )
    after = taken_back(bought, record, current_total_price="80.00")
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), moved(payment(1005, "90.80")), *after],
        documents={
            "SH-1005": document("invoice", "20", "90.80"),
            "SH-1005-P1005PAY1": document("payment", "20", "90.80"),
            "SH-1005-C1005REF1": document("credit_note", "24", "10.80"),
            "SH-1005-F1005BACK1": document("refund", "24", "10.80"),
        },
        balances=amounts(sales="-80.00", Contoh_pay="80.00"),
    )


def cancelled() -> Story:
    """Paid, cancelled four days later, everything paid back."""
    bought = order(1006, line_items=[line(1006, price="60.00")])
    gone = refunded_line(1006, subtotal="60.00", restock_type="cancel")
    record = refund(1006, money_back(1006, "60.00"), refund_line_items=[gone])
    after = taken_back(
        bought,
        record,
        cancelled_at=REFUNDED,
        cancel_reason="customer",
        financial_status="refunded",
    )
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), moved(payment(1006, "60.00")), *after],
        documents={
            "SH-1006": document("invoice", "20", "60.00"),
            "SH-1006-P1006PAY1": document("payment", "20", "60.00"),
            "SH-1006-C1006REF1": document("credit_note", "24", "60.00"),
            "SH-1006-F1006BACK1": document("refund", "24", "60.00"),
        },
        balances=amounts(sales="-60.00", returns="60.00"),
    )


def cancelled_unpaid() -> Story:
    """Never paid and cancelled: nothing may reach the books."""
    goods = {"line_items": [line(1007)], "financial_status": "pending"}
    bought = order(1007, **goods)
    after = order(
        1007,
        **goods | {"financial_status": "voided"},
        cancelled_at=LATER,
        updated_at=LATER,
        total_outstanding="0.00",
        current_total_price="0.00",
    )
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), changed(after, "orders/cancelled")],
        documents={},
        balances={},
    )


def gift_card_sold() -> Story:
    """A gift card is no revenue: it is owed to whoever brings it."""
    bought = order(1008, line_items=[line(1008, price="100.00", gift_card=True, sku="GIFT")])
    return Story(
        order_id=bought["id"],
        webhooks=[created(bought), moved(payment(1008, "100.00"))],
        documents={
            "SH-1008": document("invoice", "20", "100.00"),
            "SH-1008-P1008PAY1": document("payment", "20", "100.00"),
        },
        balances=amounts(gift_card="-100.00", Contoh_pay="100.00"),
    )


def in_singapore() -> Story:
    """Prices with GST inside: 30.00 and 5.00 are what is paid; one of three mugs comes back."""
    mugs = line(1009, price="10.00", quantity=3, tax_lines=[make_tax_line(**GST, price="2.48")])
    delivery = make_shipping_line(
        price="5.00", tax_lines=[make_tax_line(**GST, price="0.41")], title="Courier"
    )
    bought = order(1009, line_items=[mugs], shipping_lines=[delivery], taxes_included=True)
    gone = refunded_line(1009, subtotal="10.00", total_tax="0.83")
    record = refund(1009, money_back(1009, "10.00"), refund_line_items=[gone])
    said = [created(bought), moved(payment(1009, "35.00")), *taken_back(bought, record)]
    return Story(
        order_id=bought["id"],
        webhooks=[in_dollars(webhook) for webhook in said],
        documents={
            "SH-1009": document("invoice", "20", "35.00"),
            "SH-1009-P1009PAY1": document("payment", "20", "35.00"),
            "SH-1009-C1009REF1": document("credit_note", "24", "10.00"),
            "SH-1009-F1009BACK1": document("refund", "24", "10.00"),
        },
        balances=amounts(
            sales="-27.52", shipping="-4.59", tax="-2.06", returns="9.17", Contoh_pay="25.00"
        ),
    )


IN_MALAYSIA = (
    two_tenders,
    paid_later,
    restocked,
    not_restocked,
    delivery_refunded,
    cancelled,
    cancelled_unpaid,
    gift_card_sold,
)
