"""One schedule of faults with each broker that needs nothing but this machine (RabbitMQ: by the
command, docs/reliability.md)."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.processes.bench import bench
from tests.processes.plan import draw
from tests.processes.story import perform

REDIS_SEED, FILES_SEED = 11, 19  # much happens, and nothing stands still for long
LONGEST = 400.0  # seconds, should nothing heal; clean ones take about 40


@pytest.fixture
def _redis_server() -> None:
    if shutil.which("redis-server"):
        return
    missing = "redis-server is not installed (Debian package redis-server)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def hold(broker: str, seed: int) -> None:
    with bench(broker) as ready:
        verdict = perform(ready, draw(seed, broker))

    assert verdict.problems == [], f"{verdict.line}\n{verdict.story}"
    assert verdict.documents > 0


@pytest.mark.timeout(LONGEST)
@pytest.mark.usefixtures("_redis_server")
def test_killed_processes_and_a_failing_broker_leave_the_books_right() -> None:
    hold("redis", seed=REDIS_SEED)


@pytest.mark.timeout(LONGEST)
def test_on_one_machine_without_a_broker_the_books_are_right_too() -> None:
    hold("files", seed=FILES_SEED)
