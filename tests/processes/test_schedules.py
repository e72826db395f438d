"""One schedule of faults with each broker that needs nothing but this machine (RabbitMQ: by the
command, docs/reliability.md)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.processes.bench import Base, bench, scratch
from tests.processes.plan import draw
from tests.processes.story import perform

# Somebody is killed in a call and with it what else there is, and nothing stands still for long.
REDIS_SEED, FILES_SEED = 366, 95
LONGEST = 600.0  # seconds, should nothing heal; clean ones take about 20


@pytest.fixture
def _redis_server() -> None:
    if shutil.which("redis-server"):
        return
    missing = "redis-server is not installed (Debian package redis-server)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def base() -> Iterator[Base]:
    with scratch() as folder:
        yield Base.make(folder, deploys=False)


def hold(base: Base, broker: str, seed: int) -> None:
    with bench(broker, base) as ready:
        verdict = perform(ready, draw(seed, broker))

    assert verdict.problems == [], f"{verdict.line}\n{verdict.story}"
    assert verdict.documents > 0


@pytest.mark.timeout(LONGEST)
@pytest.mark.usefixtures("_redis_server")
def test_killed_processes_and_a_failing_broker_leave_the_books_right(base: Base) -> None:
    hold(base, "redis", seed=REDIS_SEED)


@pytest.mark.timeout(LONGEST)
def test_on_one_machine_without_a_broker_the_books_are_right_too(base: Base) -> None:
    hold(base, "files", seed=FILES_SEED)
