"""Transactions as the Admin API shows them, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from shopify_app.sandbox.money import Currencies, Json, Pair, money, total
from shopify_app.sandbox.words import constant, gid, text, utc


def known_transactions(body: Mapping[str, Any], given: Iterable[Json]) -> list[Json]:
    """Those given and those inside refunds, each once, in the order they were made."""
    found = {one["id"]: one for refund in body.get("refunds") or [] for one in _inside(refund)}
    found |= {one["id"]: one for one in given}
    return sorted(found.values(), key=lambda one: (utc(_made_at(one)) or "", one["id"]))


def _inside(refund: Json) -> list[Json]:
    return refund.get("transactions") or []


def _made_at(body: Json) -> str | None:
    return body.get("created_at") or body.get("processed_at")


def transactions(bodies: Iterable[Json], currencies: Currencies, order: Json) -> dict[int, Json]:
    """By id; a parent is the whole transaction it names, or its id alone where it is unknown."""
    bodies = list(bodies)
    shown = {body["id"]: _transaction(body, currencies, order) for body in bodies}
    for body in bodies:
        parent = body.get("parent_id")
        shown[body["id"]]["parentTransaction"] = (
            None if parent is None else shown.get(parent, {"id": gid("OrderTransaction", parent)})
        )
    return shown


def _transaction(body: Json, currencies: Currencies, order: Json) -> Json:
    place = body.get("location_id")
    gateway = body.get("gateway")
    return {
        "id": gid("OrderTransaction", body["id"]),
        "order": order,
        "kind": constant(body["kind"]),
        "status": constant(body["status"]),
        "test": bool(body.get("test")),
        "gateway": gateway,
        "formattedGateway": gateway,
        "manualPaymentGateway": bool(body.get("manual_payment_gateway")),
        "createdAt": utc(_made_at(body)),
        "processedAt": utc(body.get("processed_at")),
        "paymentId": text(body.get("payment_id")),
        "errorCode": constant(body.get("error_code")),
        "settlementCurrency": None,
        "settlementCurrencyRate": None,
        "amountSet": currencies.bag(amount(body, currencies)),
        "amountRoundingSet": _rounding(body, currencies),
        "currencyExchangeAdjustment": _exchange(body.get("currency_exchange_adjustment")),
        "fees": [],
        "paymentDetails": _card(body.get("payment_details")),
        "location": None if place is None else {"id": gid("Location", place)},
    }


def amount(body: Json, currencies: Currencies) -> Pair:
    """`amount` is in the currency of the payment, which may be the customer's (contract 6.4);
    `amount_set`, which no webhook has, may say both."""
    if body.get("amount_set"):
        return currencies.read_bag(body["amount_set"])
    paid = Decimal(str(body["amount"]))
    seen = body.get("currency") == currencies.seen
    return currencies.of_customer(paid) if seen else currencies.of_shop(paid)


def _rounding(body: Json, currencies: Currencies) -> Json | None:
    """Of cash; it is rounded in the shop's currency."""
    said = body.get("amount_rounding")
    return None if said is None else currencies.bag(currencies.of_shop(Decimal(str(said))))


def _exchange(told: Json | None) -> Json | None:
    if told is None:
        return None
    sides = ("adjustment", "original_amount", "final_amount")
    change, before, after = (
        money(Decimal(str(told.get(side) or 0)), told.get("currency") or "MYR") for side in sides
    )
    return {
        "id": gid("CurrencyExchangeAdjustment", told.get("id", 1)),
        "adjustment": change,
        "originalAmountSet": before,
        "finalAmountSet": after,
    }


def _card(told: Json | None) -> Json | None:
    if not told or not told.get("credit_card_company"):
        return None
    return {"__typename": "CardPaymentDetails", "company": told["credit_card_company"]}


def moved(bodies: Iterable[Json], currencies: Currencies, *kinds: str) -> Pair:
    """What successful transactions of these kinds come to."""
    return total(
        amount(body, currencies)
        for body in bodies
        if body["kind"] in kinds and body["status"] == "success"
    )
