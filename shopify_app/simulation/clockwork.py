"""What every part of the simulated world may ask of it: time, a turn, a line of the trace."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clockwork(Protocol):
    """Time stands still while a worker runs. Only `reach` and `pass_time` let others run."""

    def now(self) -> datetime:
        """The time of the world: aware, UTC."""

    def machine_time(self) -> datetime:
        """What the running worker's machine takes the time for."""

    def reach(self, point: str) -> None:
        """The running worker is at a named point ("before send", "after remote commit"): others
        may run before it goes on, and it may be killed or put to sleep here."""

    def pass_time(self, seconds: float) -> None:
        """The running worker waits for so many seconds of the world's time."""

    def tell(self, line: str) -> None:
        """A line of the trace, with the time and the worker's name before it. No secrets, no
        database ids: the same seed tells the same trace in any database."""
