"""Lejar's own processes of one schedule: supervised as an operator would, and ill-treated."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import psycopg

from shopify_app.demo.processes import Process, Supervisor, lejar, wait_until_ready

LEAVE_SECONDS = 30.0  # for a generation that was asked to end
READY_SECONDS = 40.0
KILL_WITHIN = 4.0  # seconds until a worker is killed though it makes no call
PAUSE = 0.005
SENDING = "SELECT count(*) FROM accounting_document WHERE state = 'sending'"


class Product:
    """Web servers and workers on one port, kept alive; generations share the port, the schedule of
    the beat and everything else, as they would on one machine."""

    def __init__(
        self, home: Path, port: int, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.late: list[str] = []  # who did not end when asked to
        self._home, self._port, self._environment, self._say = home, port, environment, say
        self._generations = 0
        self._lock = threading.Lock()
        self._running: list[Process] = self._generation()
        self._supervisor = Supervisor(self._running, say)

    def __enter__(self) -> Product:
        self._supervisor.__enter__()
        try:
            wait_until_ready(f"{self.url}/healthz", self._running)
            self._until_working(self._running)
        except BaseException:
            self._supervisor.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.signal_all(signal.SIGCONT)
        self._supervisor.__exit__()

    def _generation(self) -> list[Process]:
        self._generations += 1
        name = f"generation-{self._generations}"
        environment = {
            **self._environment,
            "GUNICORN_CMD_ARGS": "--reuse-port",
            "LEJAR_GENERATION": name,
        }
        made = lejar(self._home / name, self._port, environment)
        for process in made:
            if process.name == "worker":
                process.command = [*process.command[:-1], str(self._home / "beat-schedule")]
            process.name = f"{process.name} of {name}"
        return made

    # --- what is done to them ---------------------------------------------------------------

    def kill(self, kind: str) -> None:
        """The newest of its kind and all it started."""
        self._newest(kind).signal_all(signal.SIGKILL)

    def kill_in_a_call(self, kind: str, *, alone: bool = False) -> None:
        """Where there is a call to be killed in; `alone` what it started goes on until somebody
        sees to it."""
        self.until_sending(KILL_WITHIN)
        if alone:
            _signal(self._newest(kind), signal.SIGKILL)
        else:
            self.kill(kind)

    def kill_children(self, kind: str) -> None:
        """A web server's worker; a worker's beat."""
        running = self._newest(kind).running
        assert running is not None
        for child in psutil.Process(running.pid).children():
            child.kill()

    def stand_still(self, seconds: float) -> None:
        """A second worker is there before the first one stands still in the middle of a call."""
        first = self._newest("worker")
        second = [p for p in self._generation() if p.name.startswith("worker")]
        self._add(second)
        self._until_working(second)
        self.until_sending(2.0)
        first.signal_all(signal.SIGSTOP)
        time.sleep(seconds)
        first.signal_all(signal.SIGCONT)

    def deploy(self) -> None:
        """The old generation is asked to end when the new one is there."""
        with self._lock:
            old = list(self._running)
        new = self._generation()
        self._add(new)
        self._until_working(new)
        with self._lock:
            for process in old:
                self._running.remove(process)
        for process in old:
            process.ask_to_stop()
        for process in old:
            self._see_off(process)

    def _see_off(self, process: Process) -> None:
        since = time.monotonic()
        while not process.has_died and time.monotonic() < since + LEAVE_SECONDS:
            time.sleep(0.05)
        if not process.has_died:
            self.late.append(f"{process.name} did not end within {LEAVE_SECONDS:.0f} s when asked")
            _signal(process, signal.SIGUSR1)  # Celery writes down where each thread stands
            time.sleep(1)
        process.wait(0)
        self._say(f"The {process.name} left after {time.monotonic() - since:.1f} s")

    def until_sending(self, seconds: float) -> None:
        """Until a document is on its way to the books, and not longer than that."""
        until = time.monotonic() + seconds
        with psycopg.connect(self._environment["DATABASE_URL"], autocommit=True) as connection:
            while time.monotonic() < until:
                row = connection.execute(SENDING).fetchone()
                if row is not None and row[0]:
                    return
                time.sleep(PAUSE)

    # --- how they are -----------------------------------------------------------------------

    def tails(self, lines: int = 80) -> str:
        """The end of every log."""
        logs = sorted(self._home.glob("generation-*/logs/*.log"))
        return "\n".join(f"--- {log.relative_to(self._home)}\n{_tail(log, lines)}" for log in logs)

    def logs(self) -> str:
        logs = self._home.glob("generation-*/logs/*.log")
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def _newest(self, kind: str) -> Process:
        with self._lock:
            return [p for p in self._running if p.name.startswith(kind)][-1]

    def _add(self, processes: list[Process]) -> None:
        for process in processes:
            process.start()
        with self._lock:
            self._running.extend(processes)

    def _until_working(self, processes: list[Process]) -> None:
        """Each says so in its log."""
        until = time.monotonic() + READY_SECONDS
        for process in processes:
            said = " ready." if process.name.startswith("worker") else "Booting worker"
            while said not in process.log.read_text(errors="replace"):
                if time.monotonic() > until:
                    self.late.append(f"{process.name} was not ready in {READY_SECONDS:.0f} s")
                    return
                time.sleep(0.1)


def _tail(log: Path, lines: int) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _signal(process: Process, number: signal.Signals) -> None:
    if process.running is not None and process.running.poll() is None:
        os.kill(process.running.pid, number)
