"""Whatever the bytes are: facts, or an error that says what is wrong. Nothing else, ever."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting import codec
from accounting.facts import Fact, merge
from shopify_app.payloads import TOPICS, BadPayload, facts_from
from tests import payloads
from tests.payloads import as_body, make_line, make_order, make_refund, make_transaction
from tests.refetched import (
    make_agreement,
    make_answer,
    make_page,
    make_paid,
    make_paid_back,
    make_refunded,
    seen_in,
)
from tests.shopify_app.reading import SENT
from tests.strategies import relaxed

SAMPLES = Path(os.environ.get("LEJAR_SAMPLES") or Path(__file__).parents[3] / "shared/samples")
SAMPLE_TOPICS = {
    "order": "orders/updated",
    "refund": "refunds/create",
    "transaction": "order_transactions/create",
}


RICH = make_order(
    line_items=[
        make_line(
            tax_lines=[payloads.make_tax_line()],
            discount_allocations=[payloads.make_discount()],
            duties=[payloads.make_duty(tax_lines=[payloads.make_tax_line(price="0.80")])],
        ),
        payloads.make_tip_line(),
    ],
    discount_applications=[{"code": "HUJAN5"}],
    additional_fees=[payloads.make_fee(tax_lines=[payloads.make_tax_line(price="0.25")])],
    company={"id": 55, "name": "Syarikat Contoh"},
    fulfillments=[payloads.make_fulfillment((payloads.LINE_ID, 1))],
    payment_terms=payloads.make_terms("2026-12-20T12:00:00+08:00"),
    tags="B2B, Raya",
    total_tip_received="5.00",
    total_tip_received_set=payloads.make_set("5.00"),
    refunds=[
        make_refund(
            order_adjustments=[payloads.make_adjustment()],
            refund_shipping_lines=[payloads.make_refund_shipping()],
            **{"return": {"id": 88}},
        )
    ],
)
ANSWER = make_answer(
    transactions=[make_paid(), make_paid_back()],
    transactionsCount={"count": 2},
    refunds=[make_refunded()],
    agreements=make_page(make_agreement()),
)
VALID = {
    "orders/create": RICH,
    "orders/updated": payloads.presented_in("SGD", "0.3", RICH),
    "refunds/create": RICH["refunds"][0],
    "order_transactions/create": make_transaction(),
    "orders/edited": payloads.make_edit(),
    "orders/delete": {"id": payloads.ORDER_ID},
    "refetch": seen_in("SGD", "0.3", ANSWER),
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "MYR", "-1.00", "1e400", "0001-01-01T00:00:00+14:00", "\x00", "\ud800"]),
    st.sampled_from([0, -1, 2**63, 10**40, 1e308]),
)
WRONG: tuple[Any, ...] = (None, -1, "x", [None])
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["id", "shop_money", "amount", "currency_code", "line_items", "nodes", "shopMoney"]
            ),
            inner,
        ),
    ),
    max_leaves=8,
)


def facts_or_refusal(topic: str, body: bytes) -> None:
    """Any other exception fails the test; facts must be keepable."""
    facts: tuple[Fact, ...] = ()
    path = ""
    try:
        facts = facts_from(topic, body, triggered_at=SENT)
    except BadPayload as refusal:
        path = refusal.path
    assert len(path.encode()) <= 200
    for fact in facts:
        assert codec.load(type(fact), json.loads(codec.text(fact))) == fact
    merge(facts)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in it with each of its keys."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    inner = [place for key in keys for place in places(value[key])]
    return [(value, key) for key in keys] + inner


@relaxed
@given(topic=st.sampled_from(sorted(TOPICS)), body=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(topic: str, body: bytes) -> None:
    facts_or_refusal(topic, body)


@relaxed
@given(topic=st.sampled_from(sorted(TOPICS)), value=ANY_JSON)
def test_any_json_is_read_or_refused(topic: str, value: Any) -> None:
    facts_or_refusal(topic, json.dumps(value).encode())
    nested = {"order_edit": value, "line_items": [value], "order": value}
    facts_or_refusal(topic, json.dumps(nested).encode())


@relaxed
@given(topic=st.sampled_from(sorted(VALID)), data=st.data())
def test_any_change_to_a_valid_body_is_read_or_refused(topic: str, data: st.DataObject) -> None:
    payload = copy.deepcopy(VALID[topic])
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(payload)))
        container[key] = data.draw(ANY_JSON)

    facts_or_refusal(topic, json.dumps(payload).encode())


@pytest.mark.parametrize("topic", sorted(VALID))
def test_every_field_of_a_valid_body_may_be_null_or_wrong(topic: str) -> None:
    payload = copy.deepcopy(VALID[topic])
    for container, key in places(payload):
        right = container[key]
        for wrong in WRONG:
            container[key] = wrong
            facts_or_refusal(topic, json.dumps(payload).encode())
        container[key] = right


@relaxed
@given(topic=st.sampled_from(sorted(VALID)), data=st.data())
def test_any_flipped_byte_is_read_or_refused(topic: str, data: st.DataObject) -> None:
    body = bytearray(as_body(VALID[topic]))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    facts_or_refusal(topic, bytes(body))


@pytest.mark.parametrize("topic", sorted(VALID))
def test_all_times_are_utc_and_no_figure_is_a_float(topic: str) -> None:
    elsewhere = SENT.astimezone(timezone(timedelta(hours=8)))

    facts = facts_from(topic, as_body(VALID[topic]), triggered_at=elsewhere)

    for value in scalars(facts):
        assert not isinstance(value, datetime) or value.tzinfo is UTC
        assert not isinstance(value, float)


def scalars(value: Any) -> list[Any]:
    if is_dataclass(value):
        return [item for f in fields(value) for item in scalars(getattr(value, f.name))]
    if isinstance(value, tuple):
        return [item for inner in value for item in scalars(inner)]
    return [value]


def test_every_official_sample_is_read() -> None:
    folder = SAMPLES / "shopify"
    if not folder.is_dir():
        pytest.skip(f"no official samples at {folder}")

    files = sorted(folder.glob("*.json"))

    assert files
    for file in files:
        topic = SAMPLE_TOPICS[file.name.partition("-")[0]]
        assert facts_from(topic, file.read_bytes(), triggered_at=SENT), file.name
