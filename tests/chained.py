"""The trail as a committed transaction leaves it, inside the transaction of a test."""

from __future__ import annotations

from django.db import connection


def chain() -> None:
    """Chain what was noted so far, as its commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
