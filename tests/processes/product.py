"""Lejar's own processes of one schedule: supervised as an operator would, and ill-treated."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from shopify_app.demo.processes import Process, Supervisor, lejar, wait_until_ready
from tests.processes.patience import scaled
from tests.processes.proxy import Call, Moment, Proxy

LEAVE_SECONDS = 30.0  # for a generation that was asked to end
READY_SECONDS = 40.0
CALL_WITHIN = 8.0  # seconds until a worker is killed though it makes no call
LOOK_SECONDS = 0.05
EARLIER = "version before"  # its mistakes are told, not judged: they are corrected


class Product:
    """Web servers and workers on one port, kept alive; generations share the port, the schedule of
    the beat and everything else, as they would on one machine.

    The first generation runs the code in `old`, which knows less of the database, when there is
    one; `upgrade` is what a deploy does to the database before the next is started. `proxy` stands
    before the books.
    """

    def __init__(
        self,
        home: Path,
        port: int,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        proxy: Proxy,
        *,
        old: Path | None = None,
        upgrade: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.late: list[str] = []  # who was not ready, or did not end when asked to
        self.cut_off = 0  # calls whose worker was killed or stopped in the middle
        self._home, self._port, self._environment, self._say = home, port, environment, say
        self._proxy, self._old, self._upgrade = proxy, old, upgrade
        self._generations = 0
        self._lock = threading.Lock()
        self._running: list[Process] = self._generation()
        self._supervisor = Supervisor(self._running, say)

    def __enter__(self) -> Product:
        self._supervisor.__enter__()
        try:
            wait_until_ready(f"{self.url}/healthz", self._running, scaled(READY_SECONDS))
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
            "PGAPPNAME": EARLIER if self._old else name,
        }
        made = lejar(self._home / name, self._port, environment)
        for process in made:
            process.folder = self._old
            if process.name == "worker":
                process.command = [*process.command[:-1], str(self._home / "beat-schedule")]
            process.name = f"{process.name} of {name}" + f" ({EARLIER})" * bool(self._old)
        return made

    # --- what is done to them ---------------------------------------------------------------

    def kill(self, kind: str) -> None:
        """The newest of its kind and all it started."""
        self._newest(kind).signal_all(signal.SIGKILL)

    def kill_in_a_call(self, moment: Moment, *, alone: bool = False) -> None:
        """The worker that makes the next call; `alone` what it started goes on until somebody sees
        to it. The newest, should nobody call."""
        with self._proxy.hold(moment, scaled(CALL_WITHIN)) as call:
            worker = self._caller(call)
            if alone:
                _signal(worker, signal.SIGKILL)
            else:
                worker.signal_all(signal.SIGKILL)

    def kill_children(self, kind: str) -> None:
        """A web server's worker; a worker's beat."""
        running = self._newest(kind).running
        assert running is not None
        for child in psutil.Process(running.pid).children():
            child.kill()

    def stand_still(self, moment: Moment, seconds: float) -> None:
        """A second worker is there before one of them stands still in the middle of a call."""
        self._add([p for p in self._generation() if p.name.startswith("worker")])
        with self._proxy.hold(moment, scaled(CALL_WITHIN)) as call:
            worker = self._caller(call)
            worker.signal_all(signal.SIGSTOP)
        time.sleep(seconds)
        worker.signal_all(signal.SIGCONT)

    def deploy(self) -> None:
        """The database is changed while the old generation works, which is asked to end when the
        new one is there."""
        self._upgrade()
        with self._lock:
            old = list(self._running)
        judged, self._old = self._old is None, None
        self._add(self._generation())
        with self._lock:
            for process in old:
                self._running.remove(process)
        for process in old:
            process.ask_to_stop()
        for process in old:
            self._see_off(process, judged=judged)

    def _see_off(self, process: Process, *, judged: bool) -> None:
        """What the version before this one does when it is asked to end is told, not judged."""
        since = time.monotonic()
        while not process.has_died and time.monotonic() < since + scaled(LEAVE_SECONDS):
            time.sleep(LOOK_SECONDS)
        if not process.has_died:
            words = f"{process.name} did not end within {time.monotonic() - since:.0f} s when asked"
            self._say(words)
            self.late += [words] * judged
            _signal(process, signal.SIGUSR1)  # Celery writes down where each thread stands
            time.sleep(1)
        process.wait(0)
        self._say(f"The {process.name} left after {time.monotonic() - since:.1f} s")

    def _caller(self, call: Call | None) -> Process:
        """Whose process has the other end of the connection."""
        with self._lock:
            running = list(self._running)
        for process in running:
            if call is not None and process.running is not None and _has(process, call.port):
                self.cut_off += 1
                return process
        return self._newest("worker")

    # --- how they are -----------------------------------------------------------------------

    def memory(self) -> dict[str, int]:
        """Resident megabytes of each process that runs, and of what it started."""
        with self._lock:
            running = [process for process in self._running if process.running is not None]
        return {process.name: _megabytes(process) for process in running}

    def tails(self, lines: int = 80) -> str:
        """The end of every log."""
        return "\n".join(
            f"--- {log.relative_to(self._home)}\n{_tail(log, lines)}" for log in self.logs
        )

    @property
    def logs(self) -> Sequence[Path]:
        return sorted(self._home.glob("generation-*/logs/*.log"))

    def _newest(self, kind: str) -> Process:
        with self._lock:
            return [p for p in self._running if p.name.startswith(kind)][-1]

    def _add(self, processes: list[Process]) -> None:
        for process in processes:
            process.start()
        with self._lock:
            self._running.extend(processes)
        self._until_working(processes)

    def _until_working(self, processes: list[Process]) -> None:
        """Each says so in its log."""
        since = time.monotonic()
        for process in processes:
            said = " ready." if process.name.startswith("worker") else "Booting worker"
            while said not in process.log.read_text(errors="replace"):
                if time.monotonic() > since + scaled(READY_SECONDS):
                    words = f"{process.name} was not ready in {time.monotonic() - since:.0f} s"
                    self._say(words)
                    self.late += [words] * (process.folder is None)
                    return
                time.sleep(LOOK_SECONDS)


def _tail(log: Path, lines: int) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _signal(process: Process, number: signal.Signals) -> None:
    if process.running is not None and process.running.poll() is None:
        os.kill(process.running.pid, number)


def _family(process: Process) -> list[psutil.Process]:
    assert process.running is not None
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.running.pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _has(process: Process, port: int) -> bool:
    """Whether a connection of its begins at this port."""
    for one in _family(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            if any(c.laddr and c.laddr.port == port for c in one.net_connections("tcp4")):
                return True
    return False


def _megabytes(process: Process) -> int:
    most = 0
    for one in _family(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            most = max(most, one.memory_info().rss)
    return most // 2**20
