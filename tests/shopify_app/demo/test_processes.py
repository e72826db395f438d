"""Processes are kept alive while the demo runs, and none outlives it."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import pytest

from shopify_app.demo.processes import NotReady, Process, Supervisor, lejar, wait_until_ready

MakeProcess = Callable[[str], Process]
PATIENCE = 20  # seconds until a test that waits gives up
FOR_EVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOR_EVER[15:]


@pytest.fixture
def make_process(tmp_path: Path) -> MakeProcess:
    def make(program: str) -> Process:
        return Process(
            name="worker",
            command=[sys.executable, "-c", program],
            environment=os.environ,
            log=tmp_path / "logs" / "worker.log",
        )

    return make


def pid_of(process: Process) -> int:
    assert process.running is not None
    return process.running.pid


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_killed_process_is_started_again(make_process: MakeProcess) -> None:
    said: Queue[str] = Queue()
    process = make_process(FOR_EVER)

    with Supervisor([process], said.put) as supervisor:
        first = pid_of(process)
        os.kill(first, signal.SIGKILL)
        message = said.get(timeout=PATIENCE)

    assert message == "The worker died (status -9); starting it again"
    assert pid_of(process) != first
    assert supervisor.restarts == 1


def test_nothing_is_left_when_the_supervisor_ends(make_process: MakeProcess) -> None:
    process = make_process(FOR_EVER)

    with Supervisor([process], print):
        pid = pid_of(process)

    assert is_gone(pid)


def test_a_process_that_will_not_stop_is_ended(
    make_process: MakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopify_app.demo.processes.STOP_SECONDS", 0.2)
    process = make_process(STUBBORN)

    with Supervisor([process], print):
        pid = pid_of(process)

    assert is_gone(pid)


def test_a_web_server_that_never_answers_shows_the_end_of_its_log(
    make_process: MakeProcess,
) -> None:
    process = make_process("print('no database')")
    process.start()
    assert process.running is not None
    process.running.wait(PATIENCE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]

    with pytest.raises(NotReady, match=r"(?s)did not answer.*no database"):
        wait_until_ready(f"http://127.0.0.1:{closed}/healthz", [process], seconds=0.1)


def test_the_demo_needs_a_web_server_and_one_worker_with_its_beat(tmp_path: Path) -> None:
    web, worker = lejar(tmp_path, 8123, {})

    assert "127.0.0.1:8123" in web.command
    assert "--beat" in worker.command
    assert str(tmp_path / "beat-schedule") in worker.command
    assert {web.log.parent, worker.log.parent} == {tmp_path / "logs"}
