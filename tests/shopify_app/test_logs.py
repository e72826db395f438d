"""The log tells what concerns whoever runs Lejar."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory

from shopify_app.logs import OwnRequests


def record(path: str, level: int) -> logging.LogRecord:
    """As Django tells of an answer of 400 or more."""
    values = {"levelno": level, "request": RequestFactory().get(path)}
    return logging.makeLogRecord(values)


@pytest.mark.parametrize(
    ("path", "level", "told"),
    [
        ("/sandbox/acctbridge/v1/sqlacc/tax", logging.WARNING, False),
        ("/sandbox/acctbridge/v1/sqlacc/tax", logging.ERROR, True),
        ("/webhooks/shopify", logging.WARNING, True),
    ],
)
def test_a_refusal_of_the_sandbox_is_no_news_and_its_failure_is(
    path: str, level: int, told: bool
) -> None:
    assert OwnRequests().filter(record(path, level)) is told


def test_what_no_request_brought_about_is_always_told() -> None:
    assert OwnRequests().filter(logging.makeLogRecord({"levelno": logging.WARNING}))


def test_the_filter_is_where_django_tells_of_refusals() -> None:
    logging_: Any = settings.LOGGING

    assert logging_["loggers"]["django.request"]["filters"] == ["own_requests"]
    assert logging_["filters"]["own_requests"]["()"] == "shopify_app.logs.OwnRequests"
