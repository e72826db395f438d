"""Run once after the database was restored from a dump, before the worker is started.

    manage.py after_restore

Documents that were written after the dump stand in the books, and are not known here any more. So
every book is asked whether it holds a document before that is written, for `--days` (30); and every
shop's orders are swept as soon as the worker runs, from 48 hours before the last sweep that the
dump knows to be finished. Run again it changes nothing but how long books are asked. The whole
procedure is in docs/reliability.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounting import restored
from shopify_app import reconcile
from shopify_app.models import Shop

WHO = "manage.py after_restore"


class Command(BaseCommand):
    help = "After a restore: ask all books before writing to them, and sweep all shops."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=30, help="how long books are asked first (30)"
        )

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        now = timezone.now()
        until = now + timedelta(days=days)
        books = restored.look_first(until=until)
        shops = Shop.objects.filter(state__in=Shop.HERE).order_by("id")
        for shop in shops:
            reconcile.start(shop_id=shop.pk, who=WHO, now=now)
        self.stdout.write(f"{books} books are asked before every write until {until:%Y-%m-%d}.")
        self.stdout.write(f"{len(shops)} shops are swept as soon as the worker runs.")
        self.stdout.write("When the sweeps are through, run: manage.py check_books")
