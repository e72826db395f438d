"""A shop's documents, or a sandbox company's book, as a journal in Beancount's plain text.

    manage.py export_journal --shop kedai-rimba.myshopify.com --posted --from 2026-11-01
    manage.py export_journal --sandbox 3 --url http://127.0.0.1:8000

Any tool that reads Beancount can check the text and add it up; `bean-check` is the nearest. The
sandbox is asked over HTTP like everybody asks it, and writes its journal itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounting.journals import store_journal
from shopify_app.models import Shop

TIMEOUT_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Print a journal in Beancount's plain text: a shop's own documents, or a sandbox "
        "company's book. Documents that are not in the books yet are flagged with !, skipped "
        "ones are left out. Dates are those of the documents."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--shop", metavar="NAME.myshopify.com", help="the shop's own documents")
        whose.add_argument("--sandbox", type=int, metavar="COMPANY", help="a sandbox company's id")
        parser.add_argument("--posted", action="store_true", help="only what is in the books")
        parser.add_argument("--from", type=_day, dest="first", metavar="DAY", help="2026-11-01")
        parser.add_argument("--to", type=_day, dest="last", metavar="DAY", help="2026-11-30")
        parser.add_argument(
            "--url", default="http://127.0.0.1:8000", help="where the sandbox is served"
        )

    def handle(self, *args: Any, shop: str | None, sandbox: int | None, **options: Any) -> None:
        if shop is None:
            if options["posted"] or options["first"] or options["last"]:
                raise CommandError("--posted, --from and --to go with --shop.")
            text = _of_sandbox(f"{options['url']}/sandbox/companies/{sandbox}/journal.beancount")
        else:
            text = _of_shop(shop, options)
        self.stdout.write(text, ending="")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _of_shop(domain: str, options: dict[str, Any]) -> str:
    store_id = Shop.objects.filter(domain=domain).values_list("store_id", flat=True).first()
    if store_id is None:
        raise CommandError(f"There is no shop {domain}.")
    return store_journal(
        store_id=store_id,
        only_posted=options["posted"],
        first=options["first"],
        last=options["last"],
    )


def _of_sandbox(url: str) -> str:
    try:
        answer = requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as failure:
        raise CommandError(f"{url} does not answer: {failure}") from failure
    if answer.status_code != 200:
        raise CommandError(f"{url} answers {answer.status_code}. Is LEJAR_SANDBOX on there?")
    return answer.content.decode()
