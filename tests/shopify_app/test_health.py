"""Whoever watches the processes is told which one cannot work."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_a_process_that_reaches_its_database_is_healthy(db: None) -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_without_a_database_this_process_is_not_healthy(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("the address of a server")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (503, b"database")
