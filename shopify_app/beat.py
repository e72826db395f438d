"""The beat of a worker that was started with `--beat`: a process of its own, and nobody else's.

Everything the worker does it does when the beat wakes it. When the system ends the beat alone, for
want of memory for instance, Celery says nothing, and the worker would idle for ever. So the worker
looks after it: without its beat it ends as if it had been asked to, but with a status that says
failure, and whoever keeps it running starts both again.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import bootsteps
from celery.worker import state

from accounting import tasks

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
FAILED = 1  # the worker's exit status


class Watch(bootsteps.StartStopStep):
    """Looks after the beat while the worker runs."""

    requires = ("celery.worker.components:Timer", "celery.worker.components:Beat")

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._looking: Any = None

    def start(self, worker: Any) -> None:
        if worker.beat is not None:
            self._looking = worker.timer.call_repeatedly(LOOK_SECONDS, look, (worker.beat,))

    def stop(self, worker: Any) -> None:  # noqa: ARG002  # as Celery calls it
        """Before the beat is ended in order."""
        if self._looking is not None:
            self._looking.cancel()


def look(beat: Any) -> None:
    """Ends the worker when the beat has died: no further document is begun, the call under way is
    finished."""
    if not beat.is_alive() and not state.should_stop:
        log.error("the beat has died, and nothing would wake this worker any more; it ends")
        tasks.stop()
        state.should_stop = FAILED  # type: ignore[assignment]  # typed by its first value
