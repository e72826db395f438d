"""One order from many answers: all of one moment, at the pace Shopify allows, nothing made up."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from accounting.facts import Agreement, Dispute, Fact, Order, Refund, Transaction, merge
from accounting.models import Store
from shopify_app import admin_api, order_reading
from shopify_app.admin_api import Answer, Refused, ShopUnavailable, TryLater
from shopify_app.models import Shop
from shopify_app.order_reading import read_order
from shopify_app.sandbox.answers import Told
from shopify_app.tokens import ReconnectNeeded
from tests.payloads import (
    LINE_ID,
    ORDER_ID,
    REFUND_ID,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_shipping_line,
    make_transaction,
)
from tests.shopify_app.both_forms import ALL_SCOPES, Shopify

Json = dict[str, Any]
Change = Callable[[str, Json], Any]
SCOPES = "read_orders,read_products"
GID = f"gid://shopify/Order/{ORDER_ID}"


class Pretended:
    """Shopify, with a hand on its answers: `change` gets the operation and its data and returns
    other data, an Answer, or an error to raise; None leaves them."""

    def __init__(self, told: Told, change: Change = lambda operation, data: None) -> None:
        self.shopify, self.change = Shopify(told), change
        self.waits: list[float] = []

    @property
    def asked(self) -> list[str]:
        return self.shopify.asked

    def ask(
        self, shop: Shop, operation: str, variables: Mapping[str, Any], *, now: datetime
    ) -> Answer:
        answer = self.shopify.ask(shop, operation, variables, now=now)
        changed = self.change(operation, copy.deepcopy(answer.data))
        if isinstance(changed, Exception):
            raise changed
        return changed if isinstance(changed, Answer) else Answer(changed or answer.data)


Read = Callable[..., tuple[Fact, ...] | None]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Read:
    def reading(
        pretended: Pretended, scopes: str = SCOPES, attributes: Json | None = None
    ) -> tuple[Fact, ...] | None:
        monkeypatch.setattr(admin_api, "ask", pretended.ask)
        shop = Shop(
            id=1, domain="contoh.test", scopes=scopes, store=Store(tax_attributes=attributes or {})
        )
        return read_order(shop, ORDER_ID, now=now, wait=pretended.waits.append)

    return reading


def told(**changes: Any) -> Told:
    return Told(order=make_order(**changes), transactions=[make_transaction()])


def the_order(facts: tuple[Fact, ...] | None) -> Order:
    assert facts is not None
    (order,) = (fact for fact in facts if isinstance(fact, Order))
    return order


def test_a_plain_order_takes_five_calls_and_none_that_is_not_granted(read: Read) -> None:
    shopify = Pretended(told())

    order = the_order(read(shopify))

    assert shopify.asked == [
        "OrderHeader",
        "OrderLines",
        "OrderTransactions",
        "OrderAgreements",
        "OrderBuyer",
    ]
    assert (order.refetched, order.origin) == (True, False)
    assert {"customer", "due_at", "location_id", "tax_details"} <= set(order.unsaid)
    assert shopify.waits == []


def test_what_is_granted_is_asked_for_and_said(read: Read) -> None:
    shopify = Pretended(told())

    order = the_order(read(shopify, ALL_SCOPES, {"tin": "TIN"}))

    assert {"OrderParties", "OrderTerms", "OrderPlaces", "OrderAttributes", "OrderDisputes"} <= set(
        shopify.asked
    )
    assert order.unsaid == ()


def test_pages_of_lines_and_of_shipping_are_joined(read: Read) -> None:
    lines = [make_line(id=LINE_ID + number) for number in range(60)]
    shipping = [make_shipping_line(id=5000 + number) for number in range(40)]
    shopify = Pretended(told(line_items=lines, shipping_lines=shipping))

    order = the_order(read(shopify))

    assert [line.id for line in order.lines] == [line["id"] for line in lines]
    assert [line.id for line in order.shipping_lines] == [line["id"] for line in shipping]
    assert shopify.asked.count("OrderLines") == 3
    assert shopify.asked.count("OrderShippingLines") == 2


def test_the_sales_of_a_large_agreement_are_joined(read: Read) -> None:
    lines = [make_line(id=LINE_ID + number) for number in range(120)]
    shopify = Pretended(told(line_items=lines))

    facts = read(shopify)

    (agreement,) = (fact for fact in facts or () if isinstance(fact, Agreement))
    assert len(agreement.sales) == 121
    assert shopify.asked.count("AgreementSales") == 2


def test_the_second_of_two_large_agreements_is_found_behind_the_first(read: Read) -> None:
    lines = [make_line(id=LINE_ID + number) for number in range(40)]
    back = [make_refund_line(id=900 + n, line_item_id=LINE_ID + n) for n in range(40)]
    shopify = Pretended(told(line_items=lines, refunds=[make_refund(refund_line_items=back)]))

    facts = read(shopify, ALL_SCOPES) or ()

    sales = {fact.kind: len(fact.sales) for fact in facts if isinstance(fact, Agreement)}
    (refund,) = (fact for fact in facts if isinstance(fact, Refund))
    assert sales["order"] == 41
    assert sales["refund"] >= 40
    assert len(refund.lines) == 40


def test_many_transactions_are_asked_for_again_with_fewer_fields(read: Read) -> None:
    paid = [make_transaction(id=7000 + number) for number in range(40)]
    shopify = Pretended(Told(order=make_order(), transactions=paid))

    facts = read(shopify)

    assert len([fact for fact in facts or () if isinstance(fact, Transaction)]) == 40
    assert "OrderManyTransactions" in shopify.asked


def test_more_transactions_than_can_be_asked_for_are_refused(read: Read) -> None:
    paid = [make_transaction(id=7000 + number) for number in range(130)]

    with pytest.raises(Refused, match="TOO_MANY_TRANSACTIONS"):
        read(Pretended(Told(order=make_order(), transactions=paid)))


def test_more_refunds_than_usual_are_all_read(read: Read) -> None:
    refunds = [
        make_refund(id=REFUND_ID + n, refund_line_items=[], transactions=[]) for n in range(60)
    ]
    shopify = Pretended(told(refunds=refunds))

    facts = read(shopify)

    assert len([fact for fact in facts or () if isinstance(fact, Refund)]) == 60
    assert shopify.asked.count("OrderHeader") == 2


def test_more_refunds_than_can_be_listed_are_refused(read: Read) -> None:
    def many(operation: str, data: Json) -> Json | None:
        data["order"]["refunds"] = [{"id": f"gid://shopify/Refund/{n}"} for n in range(1, 251)]
        return data

    with pytest.raises(Refused, match="TOO_MANY_REFUNDS"):
        read(Pretended(told(), lambda o, d: many(o, d) if o == "OrderHeader" else None))


@pytest.mark.parametrize(
    "part", ["OrderLines", "OrderTransactions", "RefundDetail", "OrderAgreements", "OrderBuyer"]
)
def test_an_order_that_changes_meanwhile_is_read_again_from_the_start(
    read: Read, part: str
) -> None:
    seen: list[str] = []

    def once(operation: str, data: Json) -> Json | None:
        if operation != part or seen:
            return None
        seen.append(operation)
        order = data["refund"]["order"] if "refund" in data else data["order"]
        order["updatedAt"] = "2027-01-01T00:00:00Z"
        return data

    shopify = Pretended(told(refunds=[make_refund()]), once)

    assert the_order(read(shopify)).name == "#1001"
    assert shopify.asked.count("OrderHeader") == 2


def test_an_order_that_never_stands_still_is_left_for_later(read: Read) -> None:
    def moving(operation: str, data: Json) -> Json:
        data["order"]["updatedAt"] = f"2027-01-01T00:00:{len(shopify.asked):02d}Z"
        return data

    shopify = Pretended(told(), moving)

    with pytest.raises(TryLater, match="changing"):
        read(shopify)

    assert shopify.asked.count("OrderHeader") == order_reading.MOST_READINGS


def test_a_refund_that_is_gone_since_it_was_listed_makes_the_order_be_read_again(
    read: Read,
) -> None:
    shopify = Pretended(
        told(refunds=[make_refund()]),
        lambda operation, data: {"refund": None} if operation == "RefundDetail" else None,
    )

    with pytest.raises(TryLater):
        read(shopify)


@pytest.mark.parametrize("part", ["OrderHeader", "OrderLines", "OrderBuyer"])
def test_an_order_that_shopify_does_not_show_is_none(read: Read, part: str) -> None:
    gone = Pretended(told(), lambda operation, _: {"order": None} if operation == part else None)

    assert read(gone) is None


@pytest.mark.parametrize("part", ["OrderHeader", "OrderLines", "OrderTransactions"])
def test_an_order_that_is_kept_back_is_not_an_order_that_is_gone(read: Read, part: str) -> None:
    denied = Answer(data={}, denied=("order.lineItems",))

    with pytest.raises(Refused, match="ACCESS_DENIED"):
        read(Pretended(told(), lambda operation, _: denied if operation == part else None))


@pytest.mark.parametrize(
    ("part", "unsaid"),
    [
        ("OrderBuyer", ("customer", "tax_details")),
        ("OrderParties", ("customer", "tax_details")),
        ("OrderTerms", ("due_at",)),
        ("OrderPlaces", ("location_id",)),
        ("OrderAttributes", ("tax_details",)),
        ("OrderAgreements", ("lines.tip",)),
    ],
)
def test_a_part_that_is_kept_back_goes_unsaid(
    read: Read, part: str, unsaid: tuple[str, ...]
) -> None:
    denied = Answer(data={}, denied=("order",))
    shopify = Pretended(told(), lambda operation, _: denied if operation == part else None)

    order = the_order(read(shopify, ALL_SCOPES, {"tin": "TIN"}))

    assert order.unsaid == unsaid


def test_a_product_that_is_kept_back_takes_nothing_from_what_a_webhook_said(read: Read) -> None:
    def without_products(operation: str, data: Json) -> Json | None:
        if operation != "OrderLines":
            return None
        for line in data["order"]["lineItems"]["nodes"]:
            del line["product"], line["variant"]
        return data

    order = the_order(read(Pretended(told(), without_products)))
    sent = the_order(read(Pretended(told())))

    assert {"lines.product_id", "lines.variant_id"} <= set(order.unsaid)
    merged = merge([order, sent]).latest
    assert merged is not None
    assert [line.product_id for line in merged.lines] == [line.product_id for line in sent.lines]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ("OrderHeader", "refunds"),
        ("OrderHeader", "shippingLines"),
        ("OrderHeader", "totalPriceSet"),
        ("OrderLines", "lineItems"),
        ("OrderTransactions", "transactions"),
        ("OrderTransactions", "transactionsCount"),
    ],
)
def test_what_decides_amounts_is_never_read_as_empty(read: Read, part: str, key: str) -> None:
    def without(operation: str, data: Json) -> Json | None:
        if operation == part:
            del data["order"][key]
        return data

    with pytest.raises(Refused):
        read(Pretended(told(), without))


@pytest.mark.parametrize("key", ["taxLines", "discountAllocations", "originalUnitPriceSet"])
def test_a_line_without_what_it_costs_is_refused(read: Read, key: str) -> None:
    def without(operation: str, data: Json) -> Json | None:
        if operation == "OrderLines":
            del data["order"]["lineItems"]["nodes"][0][key]
        return data

    with pytest.raises(Refused, match="BAD_ANSWER"):
        read(Pretended(told(), without))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"order": []},
        {"order": {"id": GID}},
        {"order": {"id": "gid://shopify/Order/1", "updatedAt": "2026-11-20T02:00:03Z"}},
        {"order": {"id": GID, "updatedAt": 5}},
        {"order": {"id": GID, "updatedAt": "2026-11-20T02:00:03Z", "refunds": None}},
        {"order": {"id": GID, "updatedAt": "2026-11-20T02:00:03Z", "refunds": [5]}},
    ],
)
def test_a_head_that_makes_no_sense_is_refused(read: Read, changed: Json) -> None:
    shopify = Pretended(told(), lambda o, _: Answer(changed) if o == "OrderHeader" else None)

    with pytest.raises(Refused):
        read(shopify)


@pytest.mark.parametrize(
    "page",
    [
        None,
        5,
        {},
        {"hasNextPage": "no"},
        {"hasNextPage": True},
        {"hasNextPage": True, "endCursor": 5},
    ],
)
def test_a_page_that_does_not_say_whether_it_is_the_last_is_refused(read: Read, page: Any) -> None:
    def change(operation: str, data: Json) -> Json | None:
        if operation == "OrderLines":
            data["order"]["lineItems"]["pageInfo"] = page
        return data

    with pytest.raises(Refused):
        read(Pretended(told(), change))


def test_pages_without_end_are_refused(read: Read) -> None:
    def endless(operation: str, data: Json) -> Json | None:
        if operation == "OrderShippingLines" or operation == "OrderHeader":
            data["order"]["shippingLines"]["pageInfo"] = {"hasNextPage": True, "endCursor": "MA=="}
        return data

    with pytest.raises(Refused, match="TOO_MANY_PAGES"):
        read(Pretended(told(), endless))


def test_calls_are_made_at_the_pace_of_the_bucket(read: Read) -> None:
    shopify = Pretended(told(), lambda _, data: Answer(data, wait_seconds=2.5))

    assert read(shopify) is not None
    assert shopify.waits == [2.5] * 4  # between five calls


def test_a_throttled_call_is_made_again_when_the_bucket_has_room(read: Read) -> None:
    throttled = [TryLater(5.0, "THROTTLED"), TryLater(3.0, "THROTTLED")]
    shopify = Pretended(
        told(), lambda o, _: throttled.pop(0) if o == "OrderLines" and throttled else None
    )

    assert read(shopify) is not None
    assert shopify.waits == [5.0, 3.0]


def test_a_storm_of_throttling_is_left_for_later_after_two_minutes(read: Read) -> None:
    shopify = Pretended(told(), lambda *_: TryLater(25.0, "THROTTLED"))

    with pytest.raises(TryLater) as raised:
        read(shopify)

    assert raised.value.seconds == 25.0
    assert sum(shopify.waits) <= 120


@pytest.mark.parametrize(
    "error",
    [
        TryLater(4.0, "http_503"),
        TryLater(5.0, "network"),
        Refused("FORBIDDEN"),
        ShopUnavailable("FROZEN"),
        ReconnectNeeded(),
    ],
)
@pytest.mark.parametrize("part", ["OrderHeader", "OrderTransactions", "OrderBuyer"])
def test_any_other_failure_ends_the_reading_at_once(
    read: Read, error: Exception, part: str
) -> None:
    shopify = Pretended(told(), lambda operation, _: error if operation == part else None)

    with pytest.raises(type(error)) as raised:
        read(shopify)

    assert raised.value is error
    assert shopify.waits == []
    assert shopify.asked[-1] == part


def sent_in(parcels: int, lines: int) -> Told:
    items = [make_line(id=LINE_ID + n, quantity=100) for n in range(lines)]
    sent = [
        {
            "id": 800 + n,
            "status": "success",
            "line_items": [{"id": each["id"], "quantity": 1} for each in items],
        }
        for n in range(parcels)
    ]
    return told(line_items=items, fulfillments=sent)


@pytest.mark.parametrize(
    ("parcels", "lines", "calls"), [(1, 1, 1), (1, 100, 2), (40, 2, 3), (7, 25, 1)]
)
def test_units_sent_are_counted_over_all_parcels(
    read: Read, parcels: int, lines: int, calls: int
) -> None:
    shopify = Pretended(sent_in(parcels, lines))

    order = the_order(read(shopify))

    assert {line.fulfilled_quantity for line in order.lines} == {parcels}
    assert shopify.asked.count("OrderFulfillments") == calls
    assert "lines.fulfilled_quantity" not in order.unsaid


def test_units_sent_in_more_parcels_than_can_be_listed_go_unsaid(read: Read) -> None:
    order = the_order(read(Pretended(sent_in(70, 2))))

    assert "lines.fulfilled_quantity" in order.unsaid


def test_a_dispute_is_told_with_its_amount(read: Read) -> None:
    stated = {
        "id": "gid://shopify/ShopifyPaymentsDispute/5601",
        "amount": {"amount": "50.0", "currencyCode": "MYR"},
        "status": "NEEDS_RESPONSE",
        "initiatedAt": "2026-11-28T04:00:00Z",
    }
    about = Told(order=make_order(), transactions=[make_transaction()], disputes=[stated])

    facts = read(Pretended(about), ALL_SCOPES) or ()
    hidden = Pretended(about, lambda o, _: Answer({"dispute": None}) if "Detail" in o else None)

    assert [fact.id for fact in facts if isinstance(fact, Dispute)] == [5601]
    assert not [fact for fact in read(hidden, ALL_SCOPES) or () if isinstance(fact, Dispute)]
