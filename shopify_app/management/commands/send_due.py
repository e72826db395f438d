"""`manage.py send_due`: do all the work that waits, without Celery and without a broker."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection

from accounting import (
    audit_chain,
    checking,
    connections,
    database_clock,
    mapping_import,
    mapping_preview,
    outbox,
    posting,
    sender,
)
from shopify_app import (
    backfill,
    billing,
    inbox,
    privacy,
    raw_bodies,
    reconcile,
    refetch,
    shop_details,
    tokens,
)
from shopify_app.backfill_source import AdminApi
from shopify_app.mail import episodes, sending
from shopify_app.tasks import SHOPIFY


class Command(BaseCommand):
    help = (
        "Process deliveries, plan orders, send documents, read from Shopify, go on comparing with "
        "the books and backfilling, tell people by e-mail, and act on what Shopify asks about "
        "personal data, until nothing is due."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--watch",
            type=float,
            metavar="SECONDS",
            help="do not stop when nothing is due: look again every so many seconds",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stop = threading.Event()
        self.kept_at: datetime | None = None
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stop.set())
        if options["watch"] is None:
            while not self.stop.is_set() and self.round():
                pass
        while options["watch"] is not None and not self.stop.is_set():
            if not self.round_despite_the_database():
                self.stop.wait(options["watch"])

    def round_despite_the_database(self) -> int:
        """A database that restarts is waited for; what was under way is found again."""
        try:
            return self.round()
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(f"The database does not answer ({type(error).__name__}).")
            connection.close()
            return 0

    def round(self) -> int:
        deliveries = inbox.process(now=database_clock.now())
        orders = posting.plan(now=database_clock.now())
        outbox.wake_forgotten(now=database_clock.now())
        documents = sender.send_due(
            connections.connector_for, clock=database_clock.now, stopping=self.stop.is_set
        )
        checked = checking.go_on(
            connections.connector_for, clock=database_clock.now, stopping=self.stop.is_set
        )
        read = self.read()
        backfilled = backfill.go_on(AdminApi(), clock=database_clock.now, stopping=self.stop.is_set)
        looked = mapping_import.go_on(clock=database_clock.now, stopping=self.stop.is_set)
        looked += mapping_preview.go_on(clock=database_clock.now, stopping=self.stop.is_set)
        shops = self.keep_shops()
        private = privacy.run(now=database_clock.now()) + raw_bodies.erase_old(
            now=database_clock.now()
        )
        if deliveries or orders or documents:
            self.stdout.write(f"{deliveries} deliveries, {orders} orders, {documents} documents")
        told = self.tell()
        asides = checked + read + backfilled + looked + private + shops + told
        return deliveries + orders + documents + asides

    def tell(self) -> int:
        """Looking finds the same again each time, so only what was sent counts as work."""
        episodes.run(now=database_clock.now(), stopping=self.stop.is_set)
        return sending.run(clock=database_clock.now, stopping=self.stop.is_set)

    def keep_shops(self) -> int:
        """Settings, plans and, once in each hour, the tokens that would die and the chains of who
        changed what."""
        now = database_clock.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self.kept_at:
            tokens.keep_alive(now=now, stopping=self.stop.is_set)
            audit_chain.check_slices(now=now, stopping=self.stop.is_set)
            self.kept_at = hour
        billing.enrol(now=now)
        return shop_details.run(now=now) + billing.run(now=now)

    def read(self) -> int:
        """A turn of sweeping and one of reading anew: here everything else waits meanwhile."""
        reconcile.enrol(now=database_clock.now())
        how: dict[str, Any] = {"clock": database_clock.now, "stopping": self.stop.is_set, "most": 1}
        shopify = replace(SHOPIFY, wait=self.stop.wait)
        return reconcile.run(shopify=shopify, **how) + refetch.run(shopify=shopify, **how)
