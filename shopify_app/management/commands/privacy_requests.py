"""What Shopify asked about personal data and is not done; and the operator's word on a held one.

    manage.py privacy_requests
    manage.py privacy_requests --erase 17

A shop's erasure is held when the shop has Lejar installed: it cannot be undone.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shopify_app import privacy
from shopify_app.models import PrivacyRequest


class Command(BaseCommand):
    help = "List the requests about personal data that are not done; release one that is held."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--erase", type=int, metavar="ID", help="carry out this request although it is held"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["erase"] is not None and not privacy.release(
            options["erase"], now=timezone.now()
        ):
            raise CommandError(f"Request {options['erase']} is not held.")
        for row in PrivacyRequest.objects.exclude(state="done").order_by("id"):
            known = f"{row.pk} {row.shop_domain} {row.topic} {row.state}"
            self.stdout.write(f"{known}, due {row.due_at:%Y-%m-%d} {row.error}")
