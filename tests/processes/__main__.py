"""Schedules of faults from the command line; the exit status is 1 when any of them failed."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence

from shopify_app.demo.stage import Stopped, stoppable
from tests.processes.plan import BROKERS, draw
from tests.processes.services import Missing
from tests.processes.story import Verdict, bench, perform


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.processes", description=__doc__)
    parser.add_argument("--schedules", type=int, default=50, help="how many (50)")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--show", action="store_true", help="print the plans, start nothing")
    chosen = parser.parse_args(arguments)
    seeds = range(chosen.first, chosen.first + chosen.schedules)
    if chosen.seed is not None:
        seeds = range(chosen.seed, chosen.seed + 1)
    if chosen.show:
        for seed in seeds:
            say(f"seed {seed} {chosen.broker}: {draw(seed, chosen.broker)}")
        return 0
    try:
        with stoppable():
            return run(seeds, chosen.broker)
    except Missing as missing:
        say(f"Not installed: {missing}")
        return 2
    except Stopped:
        return 130


def run(seeds: Sequence[int], broker: str) -> int:
    verdicts: list[Verdict] = []
    started = time.monotonic()
    with bench(broker) as ready:
        for seed in seeds:
            verdicts.append(perform(ready, draw(seed, broker)))
            say(verdicts[-1].line)
            if verdicts[-1].story:
                say(verdicts[-1].story)
    failed = [verdict.plan.seed for verdict in verdicts if verdict.problems]
    say(
        json.dumps(
            {
                "broker": broker,
                "schedules": len(verdicts),
                "clean": len(verdicts) - len(failed),
                "failed": failed,
                "documents": sum(verdict.documents for verdict in verdicts),
                "deliveries_again": sum(verdict.again for verdict in verdicts),
                "calls_cut_off": sum(verdict.cut_off for verdict in verdicts),
                "deadlocks": sum(verdict.deadlocks for verdict in verdicts),
                "longest_until_quiet": round(max(v.quiet for v in verdicts), 1),
                "seconds": round(time.monotonic() - started),
            }
        )
    )
    return 1 if failed else 0


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
