"""Lets orders live, seed after seed, and stops at nothing but the clock.

    manage.py soak --minutes 10 [--from 100000] [--seeds 50000] [--workers 2] [--keep FILE]
    manage.py soak --seed 4711        tells one life and what is made of it

A seed that fails is printed with its whole story and appended to the file of kept seeds, which the
tests run for ever. Exit code 1 when any failed.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounting.soak.generator import THEMES
from accounting.soak.many import Tally, kept_seeds, run_seeds
from accounting.soak.run import told, try_seed

KEPT = Path(settings.BASE_DIR) / "tests" / "accounting" / "soak" / "kept_seeds.txt"


class Command(BaseCommand):
    help = "Let generated orders live, and judge their documents, for so many minutes."
    requires_system_checks = ()  # it needs no shop, no secrets and no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--minutes", type=float, default=1.0)
        parser.add_argument("--from", type=int, default=100_000, dest="first", metavar="SEED")
        parser.add_argument("--seeds", type=int, default=0, help="stop after so many; 0: never")
        parser.add_argument("--workers", type=int, default=0, help="processes; 0: one per core")
        parser.add_argument("--seed", type=int, help="tell this one life, and run no others")
        parser.add_argument("--without", default="", help="themes to leave out, comma-separated")
        parser.add_argument("--keep", type=Path, default=KEPT, help="where failing seeds are kept")

    def handle(
        self,
        *,
        minutes: float,
        first: int,
        seeds: int,
        workers: int,
        seed: int | None,
        without: str,
        keep: Path,
        **_: Any,
    ) -> None:
        themes = _themes(without)
        if seed is not None:
            self._tell(seed, themes)
            return
        started = time.monotonic()
        tally = Tally()
        for tally in run_seeds(
            first, count=seeds, seconds=minutes * 60, workers=workers, themes=themes
        ):
            for failed in tally.failed:
                self._report(failed, themes, keep)
            spent = time.monotonic() - started
            self.stdout.write(f"{tally.lived} life cycles in {spent:.0f} s, {tally.wrong} failed")
            sys.stdout.flush()
        if tally.wrong:
            raise CommandError(f"{tally.wrong} of {tally.lived} life cycles failed.")

    def _tell(self, seed: int, themes: frozenset[str]) -> None:
        self.stdout.write(told(seed, themes))
        if try_seed(seed, themes=themes):
            raise CommandError(f"Seed {seed} fails.")

    def _report(self, seed: int, themes: frozenset[str], keep: Path) -> None:
        self.stdout.write(told(seed, themes))
        if seed not in (kept_seeds(keep) if keep.exists() else []):
            with keep.open("a") as file:
                file.write(f"{seed}\n")


def _themes(without: str) -> frozenset[str]:
    left_out = {name.strip() for name in without.split(",") if name.strip()}
    unknown = left_out - THEMES
    if unknown:
        raise CommandError(
            f"No such theme: {', '.join(sorted(unknown))}; there are {sorted(THEMES)}"
        )
    return THEMES - left_out
