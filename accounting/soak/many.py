"""Many seeds on all cores, a chunk at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import count as count_from
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from accounting.soak.run import try_seed

CHUNK = 100
ARRIVALS_EVERY = 3  # so many lives are judged for one that is also delivered in another order


@dataclass(frozen=True, slots=True)
class Tally:
    """So far; `failed` are the seeds that failed since the last tally."""

    lived: int = 0
    wrong: int = 0
    failed: tuple[int, ...] = ()


def run_seeds(
    first: int, *, count: int, seconds: float, workers: int, themes: frozenset[str]
) -> Iterator[Tally]:
    """Tallies until `count` seeds (0: no limit) or so many seconds are over."""
    until = time.monotonic() + seconds
    starts = _starts(first, count)
    work = partial(failures, themes=themes)
    tally, cores = Tally(), workers or os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("fork")) as pool:
        running = {pool.submit(work, start, size) for start, size in islice(starts, 2 * cores)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            tally = _added(tally, done)
            yield tally
            if time.monotonic() < until:
                running |= {pool.submit(work, *chunk) for chunk in islice(starts, len(done))}


def kept_seeds(path: Path) -> list[int]:
    """The seeds in a file: one a line, with a remark after #."""
    words = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [int(word) for word in words if word]


def failures(first: int, count: int, *, themes: frozenset[str]) -> tuple[int, list[int]]:
    """How many lives were lived, and the seeds of those that failed."""
    seeds = range(first, first + count)
    return count, [seed for seed in seeds if _fails(seed, themes)]


def _fails(seed: int, themes: frozenset[str]) -> bool:
    return bool(try_seed(seed, themes=themes, with_arrivals=seed % ARRIVALS_EVERY == 0))


def _starts(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in count_from(first, CHUNK):
        left = first + count - start if count else CHUNK
        if left <= 0:
            return
        yield start, min(CHUNK, left)


def _added(tally: Tally, done: set[Future[tuple[int, list[int]]]]) -> Tally:
    results = [future.result() for future in done]
    failed = tuple(seed for _, seeds in results for seed in seeds)
    lived = tally.lived + sum(size for size, _ in results)
    return Tally(lived, tally.wrong + len(failed), failed)
