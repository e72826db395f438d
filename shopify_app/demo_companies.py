"""The demo companies: books for whoever has no accounting system at hand, such as a reviewer.

An installation that serves the sandbox offers one for each way (docs/connectors.md). What opens
them is no secret and opens nothing else.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from shopify_app.demo.books import DemoCompany
from shopify_app.demo.connections import CONNECTIONS, Connection

NAMES = tuple(connection.name for connection in CONNECTIONS)


def offered() -> tuple[Connection, ...]:
    """The connections that have one here."""
    return CONNECTIONS if settings.LEJAR_SANDBOX else ()


def chosen(name: str) -> dict[str, Any]:
    """What a merchant would fill in to connect it, as `connections.connect` takes it."""
    connection = next(each for each in CONNECTIONS if each.name == name)
    return DemoCompany(connection=connection).plan.chosen
