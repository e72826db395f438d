"""What a seed decides before anything happens: how large the world is, and which faults it has.

Few faults at a time: a world in which everything fails at once shows only the commonest of them.
Small worlds, because many are played: most have one order, which is in the way of itself already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TIED = 0.1  # of all seeds
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
    processes: int  # of workers
    storm: timedelta
    faults: frozenset[str]
    turns: float  # that another worker goes on
    inner_turns: float  # the same between two statements of one transaction
    kills: float
    stops: float
    losses: float
    restarts: float
    clocks: float  # that are set

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
    shops = draw.choice((1, 1, 1, 1, 1, 2, 2, 3))
    ties = draw.random() < TIED
    faults = frozenset(fault for fault in FAULTS if draw.random() < 0.4)
    rate = draw.choice((0.003, 0.01, 0.02))
    return Setup(
        seed=seed,
        shops=shops,
        books=draw.randint(1, min(shops, 2)),
        orders=draw.choice((1, 1, 1, 1, 1, 2)) + shops - 1,
        ties=ties,
        processes=draw.choice((2, 3, 3, 4)),
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
        processes=2,
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
