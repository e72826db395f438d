"""What every test may rely on: nothing leaves this machine, and time is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import emptying


@pytest.fixture(scope="session", autouse=True)
def _emptied_by_what_was_written() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DatabaseOperations, "sql_flush", emptying.flush)
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_once() -> Iterator[None]:
    """Each test client makes the middleware anew, which would then look at every file again."""
    found: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def look_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(autouse=True)
def _no_shopify() -> Iterator[None]:
    """Shopify does not answer, and is not looked for, until a test stands in for it."""
    with override_settings(SHOPIFY_ADMIN_URL="http://127.0.0.1:9/{shop}"):
        yield


@pytest.fixture(autouse=True)
def _no_share() -> Iterator[None]:
    """Tests ask more in a minute than a shop's people do."""
    with override_settings(
        LEJAR_REQUESTS_PER_MINUTE=0, LEJAR_REQUESTS_AT_ONCE=0, LEJAR_WEB_THREADS=0
    ):
        yield


@pytest.fixture(autouse=True)
def _no_language_left() -> Iterator[None]:
    """A client's request is answered in the test's own thread, where its language stays active."""
    yield
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


# They wait for processes and leases more than they work: begun last, they would keep one worker
# busy when the others have nothing left.
BEGUN_FIRST = ("test_killed_worker.py", "test_schedules.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in BEGUN_FIRST)
