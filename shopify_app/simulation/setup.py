"""What a seed decides before anything happens: how large the world is, and which faults it has.

Few faults at a time: a world in which everything fails at once shows only the commonest of them.
Small worlds, because many are played: most have one order, which is in the way of itself already.
And few parts of the product at a time: the way from a delivery to the books is in every world, the
other parts only in some, where what they are for happens the more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TIED, ASKING, READING = 0.05, 0.4, 0.25  # of all seeds
SHOPS = (1,) * 13 + (2, 2, 3)
FAULTS = (
    "kills",
    "stops",
    "losses",
    "broker",
    "restarts",
    "clocks",
    "errors",
    "people",
    "moves",
)
SHOPIFY, PERSON = "shopify", "person"  # workers of the web


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Rates are for each named point that a worker passes; they are nothing where the seed has not
    drawn the fault."""

    seed: int
    shops: int
    books: int
    orders: int
    ties: bool  # whether the tie-out is counted too: it is slow, and harms nobody's documents
    sweeps: bool  # whether orders are read from Shopify: without, it tells of every one
    reads: bool  # whether settings and plans of shops are read: without, neither ever changes
    processes: int  # of workers
    lag: timedelta  # from the moment a task has something to do until beat wakes it
    storm: timedelta
    faults: frozenset[str]
    turns: float  # that another worker goes on
    inner_turns: float  # the same between two statements of one transaction
    kills: float
    stops: float
    losses: float
    restarts: float
    clocks: float  # that are set

    @property
    def without(self) -> frozenset[str]:
        """Tasks that nobody is woken for."""
        parts = {"tie": self.ties, "sweep": self.sweeps, "enrol": self.sweeps, "read": self.sweeps}
        parts |= {"shops": self.reads, "plans": self.reads}
        return frozenset(name for name, takes_part in parts.items() if not takes_part)

    @property
    def settings(self) -> dict[str, Any]:
        """What the operator has set. Were sweeps to overlap for long, none would need to know of
        the last one; but they do for longer than any clock is wrong."""
        overlap = {"SHOPIFY_SWEEP_OVERLAP_HOURS": 4 if "clocks" in self.faults else 0.5}
        return overlap if self.sweeps else overlap | {"SHOPIFY_FETCH": "never"}

    def __str__(self) -> str:
        return (
            f"{self.shops} shops, {self.books} books, {self.orders} orders, {self.processes} "
            f"workers, {self.storm} of {', '.join(sorted(self.faults)) or 'peace'}"
        )


def chance(seed: int, part: str) -> Random:
    """Randomness of one part of the world: what one part draws moves no other."""
    return Random(f"{seed} {part}")  # noqa: S311  # a world is drawn, nothing is kept secret


def setup_of(seed: int) -> Setup:
    draw = chance(seed, "setup")
    shops = draw.choice(SHOPS)
    ties, sweeps, reads = (draw.random() < share for share in (TIED, ASKING, READING))
    faults = frozenset(fault for fault in FAULTS if draw.random() < 0.4)
    rate = draw.choice((0.005, 0.015, 0.03))
    return Setup(
        seed=seed,
        shops=shops,
        books=draw.randint(1, min(shops, 2)),
        orders=draw.choice((1,) * 9 + (2,)) + shops - 1,
        ties=ties,
        sweeps=sweeps,
        reads=reads,
        processes=draw.choice((2, 3, 3, 4)),
        lag=timedelta(seconds=draw.choice((0, 5, 5))),
        storm=timedelta(minutes=draw.choice((10, 30, 60, 90))),
        faults=faults,
        turns=draw.choice((0.02, 0.1, 0.3)),
        inner_turns=draw.choice((0.0, 0.02, 0.05)),
        kills=rate if "kills" in faults else 0.0,
        stops=rate if "stops" in faults else 0.0,
        losses=rate if "losses" in faults else 0.0,
        restarts=rate / 2 if "restarts" in faults else 0.0,
        clocks=rate / 2 if "clocks" in faults else 0.0,
    )


def peaceful(seed: int) -> Setup:
    """One shop, one book, one order, and nothing goes wrong."""
    return Setup(
        seed=seed,
        shops=1,
        books=1,
        orders=1,
        ties=True,
        sweeps=True,
        reads=True,
        processes=2,
        lag=timedelta(),
        storm=timedelta(minutes=30),
        faults=frozenset(),
        turns=0.1,
        inner_turns=0.0,
        kills=0.0,
        stops=0.0,
        losses=0.0,
        restarts=0.0,
        clocks=0.0,
    )
