"""The OpenAPI document against the API, with generated requests and the tokens of two tenants.

Each operation gets requests that fit its description and requests that do not; ids are those of
either shop. No answer may be a server's error, break its own description or show the other shop.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from schemathesis import checks

from shopify_app.models import Shop
from tests.shopify_app.conftest import bearer, make_token
from tests.shopify_app.filled import SEAL_KEYS, Filled, fill

CANARY = "CANARY7F3"
EXAMPLES = 8

# Rules between fields and of state are told by the answer; 503 says that the books are away.
NOT_DESCRIBED = [checks.positive_data_acceptance, checks.not_a_server_error]

generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # the library has no types
described = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
schema = schemathesis.openapi.from_dict(described)
schema.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def connection() -> Iterator[None]:
    """The test's own transaction stays open when a request is over, as with Django's client."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tenants(shop: Shop, other: Shop, now: datetime, settings: Settings) -> tuple[Filled, Filled]:
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS
    return fill(shop, now), fill(other, now, canary=CANARY, order_id=6001)


def of_either(parameters: dict[str, Any], tenants: tuple[Filled, Filled]) -> dict[str, Any]:
    """Of every three ids that fit one is the shop's own, and one the other shop's."""
    ids = (tenants[0].ids, tenants[1].ids, parameters)
    return {
        name: ids[value % 3].get(name, value) if type(value) is int else value
        for name, value in (parameters or {}).items()
    }


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described_and_shows_no_other_shop(
    case: schemathesis.Case[Any], tenants: tuple[Filled, Filled], shop: Shop
) -> None:
    token = bearer(make_token(shop.domain))
    case.path_parameters = of_either(case.path_parameters, tenants)

    answer = case.call_and_validate(headers=token, excluded_checks=NOT_DESCRIBED)

    assert answer.status_code not in (500, 502, 504)
    assert CANARY not in answer.text
