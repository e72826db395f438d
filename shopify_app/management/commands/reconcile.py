"""Look now for orders whose deliveries never came.

    manage.py reconcile --shop kedai-rimba.myshopify.com

Stopped at any moment, the sweep goes on from there, here or in the worker. What is missing is read
by the worker, or by `send_due`.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounting import database_clock
from shopify_app import reconcile
from shopify_app.models import Reconciliation, Shop
from shopify_app.tasks import SHOPIFY


class Command(BaseCommand):
    help = "Compare the orders that a shop has changed with those that are known here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", metavar="NAME.myshopify.com", required=True)

    def handle(self, *args: Any, shop: str, **options: Any) -> None:
        found = Shop.objects.filter(domain=shop).first()
        if found is None:
            raise CommandError(f"There is no shop {shop}.")
        if settings.SHOPIFY_FETCH == "never":
            raise CommandError("Reading from Shopify is switched off (SHOPIFY_FETCH).")
        who = "manage.py reconcile"
        sweep = reconcile.start(shop_id=found.pk, who=who, now=database_clock.now())
        sweep.state = Reconciliation.State.RUNNING  # one that was stopped is tried again
        while sweep.state == Reconciliation.State.RUNNING:
            moved = reconcile.run(clock=database_clock.now, shopify=SHOPIFY)
            sweep.refresh_from_db()
            if not moved and sweep.state == Reconciliation.State.RUNNING:
                time.sleep(1)  # the shop's points come back, or a worker is at it
        counts = f"{sweep.listed} listed, {sweep.missing} missing, {sweep.stale} stale"
        self.stdout.write(f"{shop}: {sweep.state}, {counts}")
        if sweep.state != Reconciliation.State.FINISHED:
            raise CommandError(sweep.message or "It goes on when the shop may be asked again.")
