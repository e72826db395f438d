"""Schedules of faults from the command line; the exit status is 1 when any of them failed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shopify_app.demo.stage import Stopped, stoppable
from tests.processes import services
from tests.processes.bench import Base, bench, scratch
from tests.processes.plan import BROKERS, draw
from tests.processes.services import Missing
from tests.processes.story import Verdict, perform

MOST_OF = ("longest_until_quiet", "megabytes", "rows")  # the others are summed up


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.processes", description=__doc__)
    parser.add_argument("--schedules", type=int, default=50, help="how many (50)")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--every", type=int, default=1, help="only each so-many-th seed")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--at-once", type=int, default=1, help="side by side, each with its own")
    parser.add_argument("--base", type=Path, help="where `bench.Base.make` was, for lanes")
    parser.add_argument("--show", action="store_true", help="print the plans, start nothing")
    chosen = parser.parse_args(arguments)
    seeds = range(chosen.first, chosen.first + chosen.schedules, chosen.every)
    if chosen.seed is not None:
        seeds = range(chosen.seed, chosen.seed + 1)
    if chosen.show:
        for seed in seeds:
            say(f"seed {seed} {chosen.broker}: {draw(seed, chosen.broker)}")
        return 0
    try:
        with stoppable():
            found = side_by_side(chosen) if chosen.at_once > 1 else run(seeds, chosen)
    except Missing as missing:
        say(f"Not installed: {missing}")
        return 2
    except Stopped:
        return 130
    say(json.dumps(found))
    return 1 if found["failed"] or found["schedules"] < len(seeds) else 0


def run(seeds: Sequence[int], chosen: Namespace) -> dict[str, Any]:
    verdicts: list[Verdict] = []
    started = time.monotonic()
    with bench(chosen.broker, Base.at(chosen.base) if chosen.base else None) as ready:
        for seed in seeds:
            verdicts.append(perform(ready, draw(seed, chosen.broker)))
            say(verdicts[-1].line)
            if verdicts[-1].story:
                say(verdicts[-1].story)
    failed = [verdict.plan.seed for verdict in verdicts if verdict.problems]
    return {
        "broker": chosen.broker,
        "version_before": ready.base.earlier[:12],
        "schedules": len(verdicts),
        "clean": len(verdicts) - len(failed),
        "failed": failed,
        "documents": sum(verdict.documents for verdict in verdicts),
        "calls": sum(verdict.calls for verdict in verdicts),
        "calls_hit": sum(verdict.aimed for verdict in verdicts),
        "calls_cut_off": sum(verdict.cut_off for verdict in verdicts),
        "deliveries_again": sum(verdict.again for verdict in verdicts),
        "deadlocks": sum(verdict.deadlocks for verdict in verdicts),
        "rows": max(verdict.rows for verdict in verdicts),
        "megabytes": max(verdict.megabytes for verdict in verdicts),
        "longest_until_quiet": round(max(verdict.quiet for verdict in verdicts), 1),
        "seconds": round(time.monotonic() - started),
    }


def side_by_side(chosen: Namespace) -> dict[str, Any]:
    """Lanes of processes of their own: each has servers, broker, books and ports, and every
    so-many-th seed."""
    started, lanes = time.monotonic(), min(chosen.at_once, chosen.schedules)
    with scratch() as folder:
        services.BROKERS[chosen.broker](
            folder / "asked"
        )  # Missing is told once, and before the wait
        Base.make(folder)
        ends = _lanes([_lane(chosen, place, lanes, folder) for place in range(lanes)])
    return {**added(ends), "seconds": round(time.monotonic() - started), "at_once": lanes}


def _lanes(running: Sequence[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    """Their figures, once all have ended."""
    ends: list[dict[str, Any]] = []
    readers = [threading.Thread(target=_hear, args=[lane, ends]) for lane in running]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:  # they end what they started themselves
        for lane in running:
            lane.terminate()
        for lane in running:
            lane.wait()
    return ends


def _lane(chosen: Namespace, place: int, lanes: int, base: Path) -> subprocess.Popen[str]:
    command = [
        *(sys.executable, "-m", "tests.processes", "--broker", chosen.broker),
        *("--from", str(chosen.first + place), "--schedules", str(chosen.schedules - place)),
        *("--every", str(lanes), "--base", str(base)),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ourselves


def _hear(lane: subprocess.Popen[str], ends: list[dict[str, Any]]) -> None:
    """Passes on what a lane says; its last line is its figures."""
    assert lane.stdout is not None
    for line in lane.stdout:
        if line.startswith('{"broker"'):
            ends.append(json.loads(line))
        else:
            say(line.rstrip("\n"))


def added(ends: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of several lanes as one; what ended early has told none."""
    found: dict[str, Any] = {"schedules": 0, "failed": []}
    for end in ends:
        for name, figure in end.items():
            if name in MOST_OF:
                found[name] = max(figure, found.get(name, 0))
            elif isinstance(figure, str):
                found[name] = figure
            else:
                found[name] = found[name] + figure if name in found else figure
    return {**found, "failed": sorted(found["failed"])}


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
