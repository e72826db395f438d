"""The worker without Celery: it outlives a database that restarts."""

from __future__ import annotations

import threading
from datetime import datetime
from io import StringIO

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from shopify_app.management.commands.send_due import Command
from shopify_app.models import Delivery
from tests.books import make_book
from tests.deliveries import make_delivery, make_shop


def cut() -> None:
    """What a restart does to a connection that is open."""
    given = connection.get_connection_params()
    known = {name: given[name] for name in ("user", "password", "host", "port") if name in given}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    with psycopg.connect(make_conninfo(dbname="postgres", **known), autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [own])


@pytest.mark.django_db(transaction=True)
def test_a_database_that_restarts_is_waited_for_and_the_work_goes_on(now: datetime) -> None:
    shop = make_shop("kedai-angsana.myshopify.com", now, make_book(now))
    delivery = make_delivery(shop.domain, "1", now)
    said = StringIO()
    worker = Command(stdout=StringIO(), stderr=said)
    worker.stop, worker.kept_at = threading.Event(), None

    cut()
    first = worker.round_despite_the_database()
    worker.round_despite_the_database()

    assert first == 0
    assert "does not answer" in said.getvalue()
    assert Delivery.objects.get(id=delivery.id).state == Delivery.State.DONE
