"""Opens the demo companies of an installation that serves the sandbox, such as a reviewer's.

`bin/demo` opens its own. The web server must run, and takes this from its own machine alone.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopify_app.demo.client import DemoFailed
from shopify_app.demo.stage import open_demo_companies


class Command(BaseCommand):
    help = "Open the demo companies anew, with empty books; what they held is gone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the web server")

    def handle(self, *, url: str, **options: Any) -> None:
        try:
            opened = open_demo_companies(url.rstrip("/"))
        except DemoFailed as failure:
            raise CommandError(str(failure)) from failure
        for title, books in opened:
            self.stdout.write(f"{books.page}  {title}")
