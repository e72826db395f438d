"""JSON that cannot be kept is refused; bodies about shops and privacy are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shopify_app.payloads import (
    BadPayload,
    granted_scopes,
    parse,
    privacy_request,
    uninstalled_domain,
)
from tests.payloads import as_body


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"\xff\xfe{}", ""),
        (b"\xef\xbb\xbf{}", ""),
        ('{"a": "é"}'.encode("latin-1"), ""),
        (b"[]", ""),
        (b"null", ""),
        (b"{}{}", ""),
        (b'{"id": 1', ""),
        (b'{"a": {"b": NaN}}', "a.b"),
        (b'{"a": [1, -Infinity]}', "a[1]"),
        (b'{"a": [{"b": 1, "b": 1}]}', "a[0].b"),
        (b'{"a": 1e400}', "a"),
        (b'{"a": 1e-99999999999999999999}', "a"),
        (b'{"a": ' + b"9" * 31 + b"}", "a"),
        (b'{"a": ' + b"9" * 9999 + b"}", "a"),
        (b'{"a": 0.' + b"1" * 31 + b"}", "a"),
        (rb'{"a": "x\u0000y"}', "a"),
        (rb'{"a": ["\ud83d"]}', "a[0]"),
        (rb'{"a\u0000": 1}', ""),
        (rb'{"mei@customer.test": NaN}', "?"),
        (b'{"a":' * 61 + b"1" + b"}" * 61, ".".join(["a"] * 61)),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    ],
)
def test_json_that_cannot_be_kept_is_refused_where_it_stands(body: bytes, path: str) -> None:
    with pytest.raises(BadPayload) as caught:
        parse(body)

    assert caught.value.path == path
    assert caught.value.message.endswith(".")


def test_numbers_are_read_exactly() -> None:
    value = parse(b'{"i": 9007199254740993, "d": 0.1, "e": 1e2, "n": -3}')

    assert value == {"i": 9007199254740993, "d": Decimal("0.1"), "e": Decimal(100), "n": -3}
    assert not any(isinstance(number, float) for number in value.values())


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(rb'{"a": "\ud83d\ude00"}') == {"a": "😀"}


def test_the_uninstalled_shop_is_named_by_its_permanent_domain() -> None:
    body = {"domain": "www.angsana.test", "myshopify_domain": "Angsana.myshopify.com"}

    assert uninstalled_domain(as_body(body)) == "angsana.myshopify.com"


@pytest.mark.parametrize("domain", [None, "", "www.angsana.test", "a.myshopify.com.evil.test", 5])
def test_a_storefront_domain_does_not_uninstall_a_shop(domain: Any) -> None:
    with pytest.raises(BadPayload) as caught:
        uninstalled_domain(as_body({"domain": "x.test", "myshopify_domain": domain}))

    assert caught.value.path == "myshopify_domain"


def test_granted_scopes_are_the_current_ones() -> None:
    body = as_body({"previous": ["read_all_orders"], "current": ["read_products", "read_orders"]})

    assert granted_scopes(body) == ["read_orders", "read_products"]


def test_scopes_that_are_not_listed_are_refused() -> None:
    with pytest.raises(BadPayload, match="current"):
        granted_scopes(as_body({"current": None}))


@pytest.mark.parametrize("key", ["orders_requested", "orders_to_redact"])
def test_a_privacy_request_names_shop_customer_and_orders(key: str) -> None:
    body = {"shop_domain": "angsana.myshopify.com", "customer": {"id": 9}, key: [3, 1]}

    request = privacy_request(as_body(body))

    assert request.shop_domain == "angsana.myshopify.com"
    assert (request.customer_id, request.order_ids) == (9, (1, 3))


def test_a_shop_redaction_names_nobody() -> None:
    request = privacy_request(as_body({"shop_id": 1, "shop_domain": "angsana.myshopify.com"}))

    assert (request.customer_id, request.order_ids) == (None, ())
