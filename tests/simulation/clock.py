"""A world of one worker: time passes only when told, and nothing interrupts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class LoneWorker:
    """A `Clockwork`. `at` holds what happens at a named point."""

    time: datetime = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
    points: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    at: dict[str, Callable[[], None]] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.time

    machine_time = now

    def reach(self, point: str) -> None:
        self.points.append(point)
        self.at.get(point, lambda: None)()

    def pass_time(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def tell(self, line: str) -> None:
        self.trace.append(line)
