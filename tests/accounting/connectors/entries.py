"""Entries to post, with everything a test does not care about filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.documents.document import (
    Allocation,
    Debtor,
    Document,
    DocumentLine,
    Key,
    Kind,
    Role,
)

DAY = date(2026, 11, 20)


def line(**changes: Any) -> DocumentLine:
    """2 x 45.00 net, taxed 10 %."""
    usual = DocumentLine(
        role="sales",
        account="500-000",
        description="Tee black M",
        quantity=2,
        unit_price=Decimal("45.00"),
        net=Decimal("90.00"),
        tax_code="ST",
        tax_rate=Decimal("0.1"),
        tax=Decimal("9.00"),
        tariff_code="6109",
    )
    return replace(usual, **changes)


def shipping(**changes: Any) -> DocumentLine:
    """1 x 8.00, untaxed."""
    usual = DocumentLine(
        role="shipping",
        account="500-100",
        description="Standard shipping",
        quantity=1,
        unit_price=Decimal("8.00"),
        net=Decimal("8.00"),
    )
    return replace(usual, **changes)


def invoice(**changes: Any) -> Document:
    """107.00 = 90.00 + 9.00 tax + 8.00 shipping."""
    usual = Document(
        kind=Kind.INVOICE,
        key=Key(role=Role.INVOICE, source_id=5501),
        number="SH-1001",
        date=DAY,
        currency="MYR",
        customer="300-C0001",
        total=Decimal("107.00"),
        description="Shopify order #1001",
        order_name="#1001",
        order_id=5501,
        lines=(line(), shipping()),
    )
    return replace(usual, **changes)


def credit_note(**changes: Any) -> Document:
    """49.50 = 45.00 + 4.50 tax, goods back in stock."""
    usual = Document(
        kind=Kind.CREDIT_NOTE,
        key=Key(role=Role.CREDIT, source_id=7701),
        number="SH-1001-C5XX",
        date=date(2026, 11, 22),
        currency="MYR",
        customer="300-C0001",
        total=Decimal("49.50"),
        description="Refund #1001",
        order_name="#1001",
        order_id=5501,
        corrects="SH-1001",
        lines=(
            line(
                role="returns",
                account="510-000",
                quantity=1,
                net=Decimal("45.00"),
                tax=Decimal("4.50"),
                restock=True,
            ),
        ),
    )
    return replace(usual, **changes)


def debit_note(**changes: Any) -> Document:
    """0.05 gained on the payment of an order in another currency."""
    gain = shipping(
        role="fx",
        account="530-000",
        description="FX gain on payment",
        unit_price=Decimal("0.05"),
        net=Decimal("0.05"),
    )
    usual = invoice(
        kind=Kind.DEBIT_NOTE,
        key=Key(role=Role.DIFFERENCE, source_id=6601),
        number="SH-1001-N533D",
        total=Decimal("0.05"),
        description="FX gain #1001",
        corrects="SH-1001",
        lines=(gain,),
    )
    return replace(usual, **changes)


def customer(**changes: Any) -> Debtor:
    """A person; a company when `company` is given."""
    usual = Debtor(
        key=Key(role=Role.CUSTOMER, source_id=8801),
        code="300-S0042",
        name="Nur Aisyah binti Rahman",
        date=DAY,
        currency="MYR",
        order_name="#1001",
        order_id=5501,
        email="aisyah@contoh.test",
        phone="+60123456789",
        address=("12 Jalan Teratai", "", "50480 Kuala Lumpur"),
        country="my",
    )
    return replace(usual, **changes)


def payment(**changes: Any) -> Document:
    usual = Document(
        kind=Kind.PAYMENT,
        key=Key(role=Role.PAYMENT, source_id=6601),
        number="SH-1001-P533D",
        date=DAY,
        currency="MYR",
        customer="300-C0001",
        total=Decimal("107.00"),
        description="Shopify Payments #1001",
        order_name="#1001",
        order_id=5501,
        account="310-005",
        gateway="shopify_payments",
        reference="ch_3Qx9",
    )
    return replace(usual, **changes)


def refund(**changes: Any) -> Document:
    usual = payment(
        kind=Kind.REFUND,
        key=Key(role=Role.REFUND, source_id=6602),
        number="SH-1001-F533E",
        date=date(2026, 11, 22),
        total=Decimal("49.50"),
        description="Refund Shopify #1001",
        reference="re_3Qx9",
    )
    return replace(usual, **changes)


def allocation(**changes: Any) -> Allocation:
    """The payment of 107.00 settles the invoice of 107.00."""
    usual = Allocation(
        key=Key(role=Role.ALLOCATION, source_id=1, target="SH-1001"),
        number="SH-1001-P533D_SH-1001",
        date=DAY,
        currency="MYR",
        customer="300-C0001",
        source_kind=Kind.PAYMENT,
        source="SH-1001-P533D",
        target_kind=Kind.INVOICE,
        target="SH-1001",
        amount=Decimal("107.00"),
        source_open=Decimal("107.00"),
        target_open=Decimal("107.00"),
        order_name="#1001",
        order_id=5501,
    )
    return replace(usual, **changes)
