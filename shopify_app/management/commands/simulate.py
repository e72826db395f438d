"""Plays simulated worlds, seed after seed: the real code over real databases, and chance.

    manage.py simulate --seeds 20000 --from 100000 [--workers 2] [--keep FILE]
    manage.py simulate --seed 4711        plays one world and tells its whole story

Uses databases of its own beside the one that DATABASE_URL names, and never that one. A seed that
fails is printed with its story and appended to the file of kept seeds, which the tests play for
ever. Exit code 1 when any failed.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopify_app.simulation.many import CHUNK, Tally, kept_seeds, play_one, run_seeds
from shopify_app.simulation.stage import Played

KEPT = Path(settings.BASE_DIR) / "tests" / "simulation" / "kept_seeds.txt"
TOLD_EVERY = 10  # seconds


class Command(BaseCommand):
    help = "Play simulated worlds in which workers die, answers get lost and orders happen."
    requires_system_checks = ()  # it needs no shop and no secrets

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seeds", type=int, default=200, metavar="N")
        parser.add_argument("--from", type=int, default=100_000, dest="first", metavar="SEED")
        parser.add_argument("--workers", type=int, default=0, help="processes; 0: one per core")
        parser.add_argument("--until-failure", action="store_true", help="one that fails is enough")
        parser.add_argument(
            "--database", type=int, default=0, metavar="N", help="the first's number"
        )
        parser.add_argument("--seed", type=int, help="tell this one world, and play no others")
        parser.add_argument("--keep", type=Path, default=KEPT, help="where failing seeds are kept")

    def handle(
        self,
        *,
        seeds: int,
        first: int,
        workers: int,
        until_failure: bool,
        database: int,
        seed: int | None,
        keep: Path,
        **_: Any,
    ) -> None:
        if seed is not None:
            self._tell(seed)
            return
        started = time.monotonic()
        told, tally = started, Tally()
        few = 1 if until_failure else CHUNK
        playing = {"count": seeds, "workers": workers, "database": database, "at_a_time": few}
        for tally in run_seeds(first, **playing):
            for failed in tally.failed:
                self._report(failed, keep)
            if time.monotonic() - told > TOLD_EVERY or tally.failed:
                told = time.monotonic()
                self._sum_up(tally, told - started)
            if tally.wrong and until_failure:
                break
        self._sum_up(tally, time.monotonic() - started)
        if tally.wrong:
            raise CommandError(f"{tally.wrong} of {tally.played} worlds went wrong.")

    def _sum_up(self, tally: Tally, spent: float) -> None:
        self.stdout.write(
            f"{tally.played} worlds in {spent:.0f} s ({tally.played / max(spent, 0.001):.2f} a "
            f"second), {tally.calls} calls to their books, {tally.wrong} went wrong"
        )
        sys.stdout.flush()

    def _tell(self, seed: int) -> None:
        played = play_one(seed)
        self.stdout.write(told(played))
        if played.wrong:
            raise CommandError(f"Seed {seed} goes wrong.")

    def _report(self, played: Played, keep: Path) -> None:
        self.stdout.write(told(played))
        if played.seed not in (kept_seeds(keep) if keep.exists() else []):
            with keep.open("a") as file:
                file.write(f"{played.seed}  # {played.wrong[0]}\n")


def told(played: Played) -> str:
    """The whole story of a seed, and what was wrong."""
    lines = [f"== seed {played.seed}", played.story, "--", *played.wrong, f"trace {played.digest}"]
    return "\n".join(lines)
