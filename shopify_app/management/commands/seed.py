"""Set up a shop from a file: policy, debtors, mappings and the connection to the books.

    manage.py seed --shop kedai-rimba.myshopify.com --file mappings.json

The file is one JSON object; every part may be left out:

    {"policy": {"prefix": "KR"}, "debtors": [...], "items": [...], "taxes": [...],
     "gateways": [...], "roles": [...], "projects": [...], "customers": [...],
     "connection": {"system": "sql_accounting", "home_currency": "MYR",
                     "credentials": {"key": "..."}}}

All of it is kept or none. A connection waits in `setup` until it is resumed; with
`"resume": true` in the connection it starts at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounting import connections, mapping, policy, ways
from accounting.connectors.guide import WrongSettings
from accounting.mapping_tables import Invalid
from accounting.models import Book
from accounting.sealing import SealKeyMissing
from shopify_app.install import first_contact
from shopify_app.session import clean_shop

ROWS = {
    "debtors": mapping.set_debtors,
    "items": mapping.map_items,
    "taxes": mapping.map_taxes,
    "gateways": mapping.map_gateways,
    "roles": mapping.map_roles,
    "projects": mapping.map_projects,
    "customers": mapping.map_customers,
}
WHO = "manage.py seed"


class Command(BaseCommand):
    help = "Set up a shop from a JSON file: policy, debtors, mappings, connection."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", required=True, help="kedai-rimba.myshopify.com")
        parser.add_argument("--file", required=True, help="the JSON file, or - for stdin")

    def handle(self, *args: Any, shop: str, file: str, **options: Any) -> None:
        domain = clean_shop(shop)
        if domain is None:
            raise CommandError(f"{shop!r} is not the domain of a shop (….myshopify.com).")
        wanted = _read(file)
        with transaction.atomic():
            counts = _apply(domain, wanted)
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"{domain}: {said or 'nothing to set up'}")


def _read(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        wanted = json.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as wrong:
        raise CommandError(f"{file} cannot be read as JSON: {wrong}") from None
    if not isinstance(wanted, dict):
        raise CommandError(f"{file}: one JSON object is expected.")
    unknown = sorted(set(wanted) - {*ROWS, "policy", "connection"})
    if unknown:
        raise CommandError(f"{file}: there is no part {', '.join(unknown)}.")
    return wanted


def _apply(domain: str, wanted: dict[str, Any]) -> dict[str, int]:
    now = timezone.now()
    by: dict[str, Any] = {
        "store_id": first_contact(domain, now=now).store_id,
        "who": WHO,
        "now": now,
    }
    counts = {}
    if "connection" in wanted:
        _connect(_object(wanted, "connection"), by)
        counts["connection"] = 1
    if "policy" in wanted:
        changes = _object(wanted, "policy")
        with _naming("policy"):
            policy.change_policy(changes=changes, **by)
        counts["policies"] = len(changes)
    for part in (part for part in ROWS if part in wanted):
        rows = wanted[part]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CommandError(f"{part}: a list of objects is expected.")
        with _naming(part):
            ROWS[part](rows=rows, **by)
        counts[part] = len(rows)
    return counts


def _connect(wanted: dict[str, Any], by: dict[str, Any]) -> None:
    resume = wanted.pop("resume", False)
    nothing: dict[str, Any] = {"credentials": {}, "settings": {}}
    asked = {"way": "acctbridge", "home_currency": "MYR", **nothing, **wanted}
    known = {"system": Book.System.values, "way": list(ways.WAYS)}
    if set(asked) != {"system", "way", "home_currency", "credentials", "settings"}:
        raise CommandError(
            "connection: system, way, home_currency, credentials, settings and resume are expected."
        )
    for name, values in known.items():
        if asked[name] not in values:
            raise CommandError(f"connection.{name}: one of {', '.join(values)}.")
    try:
        connections.connect(**asked, **by)
    except WrongSettings as wrong:
        raise CommandError(f"connection.{wrong}") from None
    except SealKeyMissing as missing:
        raise CommandError(str(missing)) from None
    if resume:
        connections.resume(**by)


def _object(wanted: dict[str, Any], part: str) -> dict[str, Any]:
    if not isinstance(wanted[part], dict):
        raise CommandError(f"{part}: an object is expected.")
    return dict(wanted[part])


@contextmanager
def _naming(part: str) -> Iterator[None]:
    try:
        yield
    except Invalid as refused:
        said = [
            f"{part}[{index}].{field}: {message}"
            for index, fields in sorted(refused.errors.items())
            for field, message in fields.items()
        ]
        raise CommandError("\n".join(said)) from None
