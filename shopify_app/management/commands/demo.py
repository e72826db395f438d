"""`bin/demo` ends here: the whole product on one machine, with fictional shops."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from shopify_app.demo import stage
from shopify_app.demo.client import DemoFailed
from shopify_app.demo.connections import AUTOCOUNT, SQL_ACCOUNTING
from shopify_app.demo.processes import NotReady

BOOKS = {"sql-accounting": SQL_ACCOUNTING, "autocount": AUTOCOUNT}
FEWEST_ORDERS = 14  # so that every shop has its troubled ones and its lost ones


class Command(BaseCommand):
    help = "Run web server and worker, send fictional shops' webhooks, and check the books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="check and exit; 0 only if the books are right"
        )
        parser.add_argument("--book", choices=BOOKS, help="one accounting system, not both")
        parser.add_argument("--orders", type=int, default=60, help="per accounting system (60)")
        parser.add_argument("--port", type=int, default=0, help="default: 8000, or a free one")
        parser.add_argument("--seed", type=int, default=None, help="tells the same story again")

    def handle(self, *, orders: int, book: str | None, seed: int | None, **options: Any) -> None:
        if orders < FEWEST_ORDERS:
            raise CommandError(f"--orders must be at least {FEWEST_ORDERS}")
        call_command("migrate", verbosity=0, interactive=False)
        request = stage.Request(
            systems=[BOOKS[book]] if book else list(BOOKS.values()),
            orders=orders,
            once=options["once"],
            port=options["port"],
            seed=secrets.randbelow(10**6) if seed is None else seed,
        )
        try:
            status = stage.perform(request, sys.stdout)
        except (DemoFailed, NotReady) as failure:
            raise CommandError(str(failure)) from failure
        raise SystemExit(status)
