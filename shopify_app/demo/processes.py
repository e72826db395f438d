"""The processes of one running Lejar: started, watched, restarted when they die, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import requests

WATCH_SECONDS = 0.5
STOP_SECONDS = 20.0


class NotReady(Exception):
    """A process did not come up; its log says why."""


@dataclass(kw_only=True)
class Process:
    """A command that is kept running in a process group of its own, so that nothing it started
    outlives it. It starts in `folder`, or where we are."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path | None = None
    running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self._open_log() as output:
            self.running = subprocess.Popen(  # noqa: S603  # commands written in this package
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def has_died(self) -> bool:
        return self.running is not None and self.running.poll() is not None

    def signal_all(self, number: signal.Signals) -> None:
        """To the process and to everything it started; what has gone already is no error."""
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, number)

    def ask_to_stop(self) -> None:
        """Only the process itself: it ends its own children in its own order."""
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()

    def wait(self, seconds: float) -> None:
        """Gives it that long, then ends whatever is left of its group."""
        if self.running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(seconds)
            self.signal_all(signal.SIGKILL)
            self.running.wait()

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def _open_log(self) -> IO[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return self.log.open("ab")


class Supervisor:
    """Keeps processes alive until told to stop; `say` is told of every restart."""

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None]) -> None:
        self.processes = processes
        self.restarts = 0
        self._say = say
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Supervisor:
        for process in self.processes:
            process.start()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._watcher.join()
        try:
            self._stop_politely()
        finally:  # also when a second Ctrl-C comes
            for process in self.processes:
                process.signal_all(signal.SIGKILL)

    def _stop_politely(self) -> None:
        for process in self.processes:
            process.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes:
            process.wait(max(0.0, deadline - time.monotonic()))

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            for process in self.processes:
                if process.has_died:
                    self._restart(process)

    def _restart(self, process: Process) -> None:
        assert process.running is not None
        code = process.running.returncode
        self._say(f"The {process.name} died (status {code}); starting it again")
        process.signal_all(signal.SIGKILL)  # what it left behind
        process.start()
        self.restarts += 1


def wait_until_ready(url: str, processes: Sequence[Process], seconds: float = 60.0) -> None:
    """Until `url` answers 200. Raises NotReady with the end of the logs."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2, allow_redirects=False).status_code == 200:
                return
        time.sleep(0.2)
    logs = "\n".join(f"--- {p.name}: {p.log}\n{p.last_lines()}" for p in processes)
    raise NotReady(f"{url} did not answer within {seconds:.0f} s.\n{logs}")


def lejar(home: Path, port: int, environment: Mapping[str, str]) -> list[Process]:
    """The web server on `port`, and one worker with the beat that wakes it."""
    python, logs = sys.executable, home / "logs"
    web = (
        f"-m gunicorn shopify_app.wsgi --worker-class shopify_app.web.Worker --threads 8 "
        f"--graceful-timeout 10 --no-control-socket --bind 127.0.0.1:{port}"
    )
    worker = "-m celery -A shopify_app worker --beat --pool threads --concurrency 8 --loglevel INFO"
    schedule = ["--schedule", str(home / "beat-schedule")]
    return [
        Process(
            name="web server",
            command=[python, *web.split()],
            environment=environment,
            log=logs / "web.log",
        ),
        Process(
            name="worker",
            command=[python, *worker.split(), *schedule],
            environment=environment,
            log=logs / "worker.log",
        ),
    ]
