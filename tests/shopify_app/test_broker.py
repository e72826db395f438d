"""The file broker of one machine carries wake-ups, and a broken one hurts nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from shopify_app.celery import app, broker


@pytest.fixture
def queue(tmp_path: Path) -> Any:
    app = Celery("test")
    app.conf.update(broker("", tmp_path))
    with app.connection_for_write() as connection:
        # Kombu remembers the bindings of a name for as long as the process lives.
        yield connection.SimpleQueue(tmp_path.name)


def test_a_message_arrives(queue: Any) -> None:
    queue.put({"wake": "up"})

    assert queue.get(block=False).payload == {"wake": "up"}


@pytest.mark.parametrize("half", [b"", b'{"body": "e3'])
def test_a_message_that_is_still_being_written_is_no_message(
    queue: Any, tmp_path: Path, half: bytes
) -> None:
    # Messages are named by the clock and read in the order of their names: this one comes first.
    (tmp_path / "broker" / "queue" / f"0_half.{tmp_path.name}.msg").write_bytes(half)
    queue.put({"wake": "up"})

    with pytest.raises(queue.Empty):
        queue.get(block=False)
    assert queue.get(block=False).payload == {"wake": "up"}


def test_a_broker_that_is_named_is_used() -> None:
    assert broker("redis://redis/0", Path("unused"))["broker_url"] == "redis://redis/0"


def test_no_worker_has_a_queue_that_another_one_of_its_host_would_find_locked() -> None:
    assert app.conf.worker_enable_remote_control is False


@pytest.mark.parametrize(
    ("url", "limited"),
    [
        ("redis://redis/0", {"socket_timeout"}),
        ("amqp://rabbit//", {"read_timeout", "write_timeout"}),
        ("amqps://rabbit//", {"read_timeout", "write_timeout"}),
    ],
)
def test_no_broker_is_waited_for_without_end(url: str, limited: set[str]) -> None:
    options = broker(url, Path("unused"))["broker_transport_options"]

    assert options.keys() == limited
    assert all(0 < seconds <= 10 for seconds in options.values())


def test_only_the_workers_own_thread_reads_from_the_broker_after_a_lost_connection() -> None:
    """What `tests/processes/test_lost_queue.py` shows with RabbitMQ, where that is installed."""
    assert app.conf.worker_enable_prefetch_count_reduction is False
