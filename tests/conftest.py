"""What every test may rely on: nothing leaves this machine, and time is given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _no_shopify(settings: Settings) -> None:
    """Shopify does not answer, and is not looked for, until a test stands in for it."""
    settings.SHOPIFY_ADMIN_URL = "http://127.0.0.1:9/{shop}"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
