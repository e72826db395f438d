"""Count the tie-out of orders that were changed, or of all anew.

    manage.py tie_out
    manage.py tie_out --rebuild [--shop NAME.myshopify.com]

The worker does the same in the background. Rebuilding changes no facts and no documents; until it
is done, pages say so. Stopped at any moment, it goes on from there.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounting import tie_figures
from shopify_app.models import Shop


class Command(BaseCommand):
    help = "Count the figures of the tie-out that are due; with --rebuild, all of them anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="forget all figures first")
        parser.add_argument("--shop", metavar="NAME.myshopify.com", help="rebuild one shop's only")

    def handle(self, *args: Any, rebuild: bool, shop: str | None, **options: Any) -> None:
        if shop and not rebuild:
            raise CommandError("--shop goes with --rebuild.")
        if rebuild:
            for store_id in _stores(shop):
                tie_figures.recount(store_id=store_id)
        counted = 0
        while done := tie_figures.count():
            counted += done
        self.stdout.write(f"Steps counted: {counted}.")


def _stores(domain: str | None) -> list[int]:
    shops = Shop.objects.filter(domain=domain) if domain else Shop.objects.all()
    found = list(shops.order_by("pk").values_list("store_id", flat=True))
    if domain and not found:
        raise CommandError(f"There is no shop {domain}.")
    return found
