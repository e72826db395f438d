"""A worker whose queue was deleted under it while it was at work ends when it is asked to."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shopify_app.demo.processes import Process
from tests.processes.services import Missing, RabbitMQ

SECONDS = 30.0  # for anything to happen; it takes about ten

# The product's own settings, but tasks that last: eight at work when the queue goes.
WORKER = """
import os, time
from shopify_app.celery import app, broker
from pathlib import Path

app.conf.update(broker(os.environ["CELERY_BROKER_URL"], Path(".")))
app.conf.beat_schedule = {
    str(each): {"task": "last", "schedule": 0.5, "options": {"expires": 10.0}} for each in range(8)
}

@app.task(name="last")
def last():
    os.write(2, b"began\\n")
    time.sleep(2)
    os.write(2, b"finished\\n")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="lejar-") as name:  # short: sockets lie in it
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    try:
        broker = RabbitMQ(folder / "broker")
    except Missing as missing:
        pytest.skip(f"not installed: {missing}")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def workers(folder: Path, rabbitmq: RabbitMQ) -> Iterator[tuple[Process, Process]]:
    """The first one runs."""
    (folder / "lasting.py").write_text(WORKER)
    first, second = (make_worker(folder, rabbitmq, name) for name in ("first", "second"))
    first.start()
    yield first, second
    for worker in (first, second):
        worker.signal_all(signal.SIGKILL)
        worker.wait(0)


def make_worker(folder: Path, rabbitmq: RabbitMQ, name: str) -> Process:
    options = "worker --beat --pool threads --concurrency 8 --loglevel INFO --schedule"
    return Process(
        name=name,
        command=[
            *(sys.executable, "-m", "celery", "-A", "lasting"),
            *(*options.split(), str(folder / f"beat-{name}")),
        ],
        environment={
            **os.environ,
            "CELERY_BROKER_URL": rabbitmq.url,
            "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)]),
        },
        log=folder / "logs" / f"{name}.log",
    )


@pytest.mark.timeout(200)
def test_a_worker_whose_queue_was_deleted_ends_when_asked(
    rabbitmq: RabbitMQ, workers: tuple[Process, Process], folder: Path
) -> None:
    worker, beside = workers
    # The second eight: in the first tenth of a second Celery hears of it and says nothing
    # (`celery.worker.loops._quick_drain`).
    until(worker, lambda log: log.count("began") >= 16)
    rabbitmq.wipe(folder)
    beside.start()  # what it says is read by the first one, too
    until(worker, lambda log: log.count("Connected to") >= 2)
    until(beside, lambda log: log.count("finished") >= 8)

    worker.ask_to_stop()

    assert ended(worker), worker.last_lines(60)


def until(worker: Process, is_so: object) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + SECONDS
    while not is_so(worker.log.read_text()):
        assert time.monotonic() < deadline, worker.last_lines(60)
        assert not worker.has_died, worker.last_lines(60)
        time.sleep(0.1)


def ended(worker: Process) -> bool:
    deadline = time.monotonic() + SECONDS
    while not worker.has_died and time.monotonic() < deadline:
        time.sleep(0.1)
    return worker.has_died
