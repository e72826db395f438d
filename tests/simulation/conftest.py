"""Keys to seal with."""

from __future__ import annotations

import base64

import pytest
from pytest_django import Settings


@pytest.fixture
def product_keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(range(32))).decode()]
