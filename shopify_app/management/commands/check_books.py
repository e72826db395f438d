"""Compare what was posted with what the books hold now.

    manage.py check_books
    manage.py check_books --shop kedai-rimba.myshopify.com

It reads and never writes to the books. Stopped at any moment, it goes on from there when it is run
again. As `diff` does, it ends with 1 where something differs, and with 2 where it could not finish.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from accounting import checking, connections, database_clock
from accounting.connections import NotConnected
from accounting.models import BookCheck, BookDifference
from shopify_app.difference_words import said
from shopify_app.models import Shop

WHO = "manage.py check_books"
DIFFERENT, UNFINISHED = 1, 2


class Command(BaseCommand):
    help = (
        "Compare every document that was posted with what the books hold now. Reads only. Goes on "
        "where it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--shop", metavar="NAME.myshopify.com", help="one shop; else all with connected books"
        )

    def handle(self, *args: Any, shop: str | None, **options: Any) -> None:
        self.stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stop.set())
        ends = [self._checked(each) for each in _shops(shop)]
        if None in ends:
            raise CommandError("Not everything was compared.", returncode=UNFINISHED)
        if standing := sum(end or 0 for end in ends):
            raise CommandError(f"Differences: {standing}.", returncode=DIFFERENT)

    def _checked(self, shop: Shop) -> int | None:
        """How many differences stand; None where the check did not get through."""
        if self.stop.is_set():
            return None
        try:
            check = checking.start(store_id=shop.store_id, who=WHO, now=database_clock.now())
        except (NotConnected, checking.NotReady) as error:
            self.stdout.write(f"{shop.domain}: {error}")
            return None
        check = checking.run(
            check.id,
            connections.connector_for,
            clock=database_clock.now,
            wait=self.stop.wait,
            stopping=self.stop.is_set,
        )
        standing = checking.standing(shop.store_id)
        self._tell(shop, check, standing)
        return standing.count() if check.state == BookCheck.State.FINISHED else None

    def _tell(self, shop: Shop, check: BookCheck, standing: QuerySet[BookDifference]) -> None:
        self.stdout.write(f"{shop.domain}: {_progress(check)}")
        for row in standing.order_by("id").iterator():
            words = said(row)
            self.stdout.write(f"  {words.title}: {words.sentence} {words.next_step}")


def _shops(domain: str | None) -> list[Shop]:
    """The shop asked for, or all installed ones that have books. Raises CommandError."""
    shops = Shop.objects.order_by("id")
    if domain is None:
        return list(shops.filter(state=Shop.State.ACTIVE).exclude(store__book=None))
    found = list(shops.filter(domain=domain))
    if not found:
        raise CommandError(f"There is no shop {domain}.")
    return found


def _progress(check: BookCheck) -> str:
    """How far it came, and what it could not tell."""
    done = check.state == BookCheck.State.FINISHED
    parts = ["compared" if done else f"not through yet: {check.message or 'run it again'}"]
    parts.append(f"{check.listed} listed, {check.looked_up} looked up")
    if check.unproved:
        parts.append(f"{check.unproved} whose knock-offs these books do not show")
    if check.unlisted:
        parts.append(f"not listed in full: {', '.join(check.unlisted)}")
    return "; ".join(parts)
