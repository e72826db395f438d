"""Every case of `tests/cases/` in the two forms Shopify tells it: webhooks, and the Admin API.

The bodies of a case become the trees that Shopify's own schema is answered from (the stand-in's
`answers`), the product's documents are executed over them, and `order_reading` joins what comes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from accounting.facts import Fact
from accounting.models import Store
from shopify_app import admin_api, order_reading
from shopify_app.admin_api import Answer
from shopify_app.models import Shop
from shopify_app.payloads import parse
from shopify_app.sandbox import schema
from shopify_app.sandbox.answers import Told, order_answer, refund_answer
from shopify_app.sandbox.telling import told_by
from tests.casefiles import ASKED, FOLDER

NOW = datetime(2027, 6, 1, tzinfo=UTC)
ALL_SCOPES = ",".join(
    sorted(
        {
            *("read_orders", "read_products", "read_returns", "read_customers", "read_locations"),
            *("read_payment_terms", "read_shopify_payments_disputes"),
        }
    )
)
ORDERS = ("orders/create", "orders/updated", "orders/paid", "orders/cancelled")
SALES = {
    "PRODUCT": "ProductSale",
    "SHIPPING": "ShippingLineSale",
    "TIP": "TipSale",
    "GIFT_CARD": "GiftCardSale",
    "DUTY": "DutySale",
    "FEE": "FeeSale",
    "ADDITIONAL_FEE": "AdditionalFeeSale",
    "ADJUSTMENT": "AdjustmentSale",
}
Json = dict[str, Any]


def bodies_of(name: str) -> list[tuple[str, Json]]:
    """Topic and body of every delivery of a case; a refetch is told under its own topic."""
    stated = json.loads((FOLDER / name / "deliveries.json").read_text(encoding="utf-8"))
    found: list[tuple[str, Json]] = []
    for one in stated:
        body = one["body"] if "body" in one else found[one["same_as"]][1] | one["changes"]
        found.append((one["topic"], body))
    return found


def has_an_order(name: str) -> bool:
    return any(topic in ORDERS for topic, _ in bodies_of(name))


def told(name: str) -> Told:
    """The state after the last delivery. What a case has as an answer of the Admin API (agreements,
    disputes) is answered as it stands."""
    bodies = bodies_of(name)
    more: Json = {}
    paid: Json = {}
    for topic, body in bodies:
        if topic == "refetch":
            more |= _stated(body["order"])
            paid |= {x["id"]: x["amountSet"] for x in body["order"].get("transactions", ())}
    versions = [each for each in bodies if each[0] in ORDERS]
    others = [_paid(*each, paid) for each in bodies if each[0] not in (*ORDERS, "refetch")]
    return told_by([*reversed(versions), *others], **more)  # of one second, the last counts


def _paid(topic: str, body: Json, paid: Mapping[str, Json]) -> tuple[str, Json]:
    """The body; its transactions with their amounts in both currencies, where the case has them."""
    if topic == "refunds/create":
        inside = [_in_both(each, paid) for each in body.get("transactions", ())]
        return topic, {**body, "transactions": inside}
    return topic, _in_both(body, paid) if topic == "order_transactions/create" else body


def _in_both(transaction: Json, paid: Mapping[str, Json]) -> Json:
    known = paid.get(f"gid://shopify/OrderTransaction/{transaction['id']}")
    if known is None:
        return transaction
    sides = {"shop_money": known["shopMoney"], "presentment_money": known["presentmentMoney"]}
    both = {
        side: {"amount": money["amount"], "currency_code": money["currencyCode"]}
        for side, money in sides.items()
    }
    return {**transaction, "amount_set": both}


def _stated(order: Json) -> Json:
    found: Json = {}
    if "agreements" in order:
        found["agreements"] = [_agreement(each) for each in order["agreements"]["nodes"]]
    if "disputes" in order:
        found["disputes"] = order["disputes"]
    return found


def _agreement(node: Json) -> Json:
    return {"refund": None, "return": None, **node, "sales": [_sale(x) for x in _nodes(node)]}


def _nodes(node: Json) -> list[Json]:
    found: list[Json] = node["sales"]["nodes"]
    return found


def _sale(sale: Json) -> Json:
    nothing = {"shopMoney": None, "presentmentMoney": None}
    return {"__typename": SALES[sale["lineType"]], "totalTaxAmount": nothing, **sale}


class Shopify:
    """Answers the product's operations about one order; counts them."""

    def __init__(self, about: Told) -> None:
        order = order_answer(about)
        disputes = {each["id"]: each for each in about.disputes}
        self.asked: list[str] = []
        self.tree: Json = {
            "order": lambda **_: order,
            "refund": lambda id: refund_answer(order, int(id.rsplit("/", 1)[1])),
            "dispute": lambda id: disputes[id],
        }

    def ask(
        self, shop: Shop, operation: str, variables: Mapping[str, Any], *, now: datetime
    ) -> Answer:
        self.asked.append(operation)
        outcome = schema.run(admin_api.document(operation), self.tree, variables)
        assert outcome.errors == []
        return Answer(data=parse(json.dumps(outcome.data).encode()))


def make_shop(name: str = "", scopes: str = ALL_SCOPES) -> Shop:
    """Not stored: the reading needs its scopes and what its checkout asks the buyer for."""
    asked: Json = {}
    if name:
        asked = json.loads((FOLDER / name / "rules.json").read_text(encoding="utf-8")).get(
            ASKED, {}
        )
    return Shop(id=1, domain="contoh.test", scopes=scopes, store=Store(tax_attributes=asked))


def refetched(
    name: str, monkeypatch: pytest.MonkeyPatch, *, scopes: str = ALL_SCOPES
) -> tuple[Fact, ...]:
    """What reading the order of a case from the Admin API gives."""
    about = told(name)
    monkeypatch.setattr(admin_api, "ask", Shopify(about).ask)
    shop = make_shop(name, scopes)
    found = order_reading.read_order(shop, about.order["id"], now=NOW, wait=_no_wait)
    assert found is not None
    return found


def _no_wait(seconds: float) -> None:
    raise AssertionError(f"nothing asks to wait {seconds} seconds")
