"""What every test may rely on: nothing leaves this machine, and time is given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
