"""Builders of facts whose totals agree, so that a test states only what it is about.

Amounts may be given as text. All people, shops and goods are fictional.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting.documents.rules import GatewayCode, ItemCode, Policy, Rules, TaxCode
from accounting.facts import (
    Adjustment,
    Discount,
    Edit,
    Line,
    MoneyBag,
    Order,
    Reading,
    Refund,
    RefundLine,
    RefundShipping,
    ShippingLine,
    TaxLine,
    Transaction,
)

ORDER_ID = 6100000001001
ORDERED_AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Kuala Lumpur and Singapore
REFUNDED_AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def money(amount: str | Decimal) -> MoneyBag:
    """The same amount for the shop and the customer."""
    return MoneyBag(shop=Decimal(amount), presentment=Decimal(amount))


def make_tax(amount: str | Decimal, *, title: str = "SST", rate: str = "0.1") -> TaxLine:
    return TaxLine(title=title, rate=Decimal(rate), amount=money(amount))


def make_discount(amount: str | Decimal, label: str = "") -> Discount:
    return Discount(label=label, amount=money(amount))


def make_line(**changes: Any) -> Line:
    """One tee at 50.00, untaxed. `price` may be text."""
    values: dict[str, Any] = {
        "id": 15200000000001,
        "title": "TEE",
        "sku": "TEE",
        "product_id": 8300000000001,
        "variant_id": 45100000000001,
        "quantity": 1,
        "price": "50.00",
    } | changes
    return Line(**_with_money(values, "price"))


def make_shipping_line(**changes: Any) -> ShippingLine:
    values: dict[str, Any] = {
        "id": 5300000000001,
        "title": "Standard",
        "code": "STD",
        "price": "8.00",
    } | changes
    return ShippingLine(**_with_money(values, "price"))


def make_order(**changes: Any) -> Order:
    """The order as Shopify sent it when it was created: unpaid, one tee, no shipping.

    `total_price`, `total_tax`, `current_total_price` and `total_outstanding` follow from the
    lines unless they are given.
    """
    values: dict[str, Any] = {
        "id": ORDER_ID,
        "name": "#1001",
        "number": 1001,
        "created_at": ORDERED_AT,
        "processed_at": ORDERED_AT,
        "updated_at": ORDERED_AT,
        "origin": True,
        "currency": "MYR",
        "presentment_currency": "MYR",
        "taxes_included": False,
        "financial_status": "pending",
        "source_name": "web",
        "lines": (make_line(),),
        "shipping_lines": (),
    } | changes
    values.setdefault("total_tax", sum((t.amount.shop for t in _taxes(values)), Decimal(0)))
    values.setdefault("total_price", _total(values))
    values = _with_money(values, "total_price", "duties", "additional_fees")
    values.setdefault("current_total_price", values["total_price"].shop)
    values.setdefault("total_outstanding", values["current_total_price"])
    return Order(**_with_decimals(values, "current_total_price", "total_outstanding", "total_tax"))


def make_paid_order(**changes: Any) -> Order:
    """The same order as `make_order`, paid in full at once."""
    changes = {"total_outstanding": "0.00", "financial_status": "paid"} | changes
    return make_order(**changes)


def make_transaction(**changes: Any) -> Transaction:
    """A successful sale of 50.00 through stripe."""
    values: dict[str, Any] = {
        "id": 8200000000101,
        "order_id": ORDER_ID,
        "processed_at": ORDERED_AT,
        "kind": "sale",
        "status": "success",
        "gateway": "stripe",
        "amount": "50.00",
        "currency": "MYR",
    } | changes
    values.setdefault("as_of", values["processed_at"])
    return Transaction(**_with_decimals(values, "amount", "shop_amount", "rounding"))


def make_refund_line(**changes: Any) -> RefundLine:
    """One tee at 50.00 back into stock."""
    values: dict[str, Any] = {
        "id": 630000000001,
        "line_id": 15200000000001,
        "quantity": 1,
        "restock_type": "return",
        "subtotal": "50.00",
        "tax": "0.00",
    } | changes
    return RefundLine(**_with_money(values, "subtotal", "tax"))


def make_refund_shipping(**changes: Any) -> RefundShipping:
    values: dict[str, Any] = {
        "id": 620000000001,
        "shipping_line_id": 5300000000001,
        "subtotal": "8.00",
    } | changes
    return RefundShipping(**_with_money(values, "subtotal", "tax"))


def make_adjustment(amount: str, **changes: Any) -> Adjustment:
    """A refund discrepancy: negative is goodwill, positive is kept back."""
    values: dict[str, Any] = {
        "id": 240000000001,
        "kind": "refund_discrepancy",
        "reason": "Refund discrepancy",
        "amount": amount,
        "tax": "0.00",
    } | changes
    return Adjustment(**_with_money(values, "amount", "tax"))


def make_refund(**changes: Any) -> Refund:
    """A refund record of one tee; its money is a transaction of its own."""
    values: dict[str, Any] = {
        "id": 1020000000101,
        "order_id": ORDER_ID,
        "created_at": REFUNDED_AT,
        "lines": (make_refund_line(),),
    } | changes
    values.setdefault("as_of", values["created_at"])
    values.setdefault("processed_at", values["created_at"])
    return Refund(**_with_money(values, "duties", "additional_fees"))


def make_refund_transaction(**changes: Any) -> Transaction:
    """50.00 returned through stripe."""
    values: dict[str, Any] = {
        "id": 8200000000102,
        "kind": "refund",
        "processed_at": REFUNDED_AT,
        "parent_id": 8200000000101,
    } | changes
    return make_transaction(**values)


def make_edit(**changes: Any) -> Edit:
    values: dict[str, Any] = {
        "id": 77000000001,
        "order_id": ORDER_ID,
        "committed_at": REFUNDED_AT,
    } | changes
    return Edit(**values)


ACCOUNTS = {
    "shipping": "shipping",
    "discount": "discount",
    "tips": "tips",
    "duties": "duties",
    "fees": "fees",
    "gift_card": "gift_card",
    "store_credit": "store_credit",
    "allowance": "allowance",
    "restock_fee": "restock_fee",
}
GATEWAYS = ("stripe", "paypal", "ipay88", "hitpay", "billplz", "cash")


SALES = ItemCode(
    account="sales", returns_account="returns", returns_nostock_account="returns_nostock"
)


def make_reading(**changes: Any) -> Reading:
    """The order as read from Shopify long after all that happens in the tests (G7)."""
    late = ORDERED_AT + timedelta(days=90)
    values: dict[str, Any] = {"id": ORDER_ID, "order_id": ORDER_ID, "as_of": late}
    return Reading(**(values | changes))


def make_rules(**changes: Any) -> Rules:
    """Rules under which every account is called like its role; policy changes by name."""
    policy: dict[str, Any] = {
        "prefix": "SH",
        "time_zone": "Asia/Kuala_Lumpur",
        "currency": "MYR",
        "cash_debtors": {"MYR": "300-C0001", "SGD": "300-C0002"},
    }
    parts: dict[str, Any] = {
        "items": {("default", ""): SALES, ("no_product", ""): SALES},
        "taxes": {
            ("sst", Decimal("0.1"), False): TaxCode(code="S10"),
            ("gst", Decimal("0.09"), False): TaxCode(code="SR9"),
            ("gst", Decimal("0"), False): TaxCode(code="ZR"),
        },
        "gateways": {name: GatewayCode(account=f"clearing:{name}") for name in GATEWAYS}
        | {
            "shopifypayments": GatewayCode(account="clearing:shopify_payments"),
            "cashondeliverycod": GatewayCode(account="clearing:cod"),
            "bankdeposit": GatewayCode(account="clearing:bank_deposit"),
        },
        "accounts": ACCOUNTS,
    }
    for name, value in changes.items():
        (parts if name in ("items", "taxes", "gateways", "accounts", "ledger") else policy)[
            name
        ] = value
    return Rules(policy=Policy(**policy), **parts)


def _taxes(values: dict[str, Any]) -> list[TaxLine]:
    shipping: Sequence[ShippingLine] = values["shipping_lines"]
    charged = (*values["lines"], *(line for line in shipping if not line.removed))
    return [tax for line in charged for tax in line.taxes]


def _total(values: dict[str, Any]) -> Decimal:
    total = Decimal(0)
    for line in values["lines"]:
        total += line.price.shop * line.quantity
        total -= sum(discount.amount.shop for discount in line.discounts)
    for line in values["shipping_lines"]:
        if not line.removed:
            total += line.price.shop - sum(discount.amount.shop for discount in line.discounts)
    for name in ("duties", "additional_fees"):
        value = values.get(name, "0.00")
        total += value.shop if isinstance(value, MoneyBag) else Decimal(value)
    if not values["taxes_included"]:
        total += sum((tax.amount.shop for tax in _taxes(values)), Decimal(0))
    return total


def _with_money(values: dict[str, Any], *names: str) -> dict[str, Any]:
    texts = {n: money(values[n]) for n in names if isinstance(values.get(n), (str, Decimal))}
    return values | texts


def _with_decimals(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {n: Decimal(values[n]) for n in names if isinstance(values.get(n), str)}
