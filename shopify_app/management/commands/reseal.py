"""Seal everything anew under the first of LEJAR_SEAL_KEYS, so that the others can go.

    manage.py reseal

It may run beside everything else, and be stopped and begun again. What no key opens is named by
table and row, and ends it with 1: there the credentials have to be entered again.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounting.sealing import SealKeyMissing
from shopify_app import resealing

BROKEN = 1


class Command(BaseCommand):
    help = "Seal everything anew under the first of LEJAR_SEAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            broken = sum(self._column(column) for column in resealing.COLUMNS)
        except SealKeyMissing as missing:
            raise CommandError(str(missing)) from None
        if broken:
            raise CommandError(f"{broken} could not be opened.", returncode=BROKEN)
        self.stdout.write("Only the first key is needed now.")

    def _column(self, column: resealing.Column) -> int:
        done = resealing.reseal(column)
        said = f"{done.anew} sealed anew, {done.already} already were"
        self.stdout.write(f"{column.table} {column.name}: {said}")
        for row in done.broken:
            self.stderr.write(f"{column.table} {row} {column.name}: no key opens it")
        return len(done.broken)
