"""A backfill as pages and the API show it: how far it is and what it comes to, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounting import backfill_totals, backfills
from accounting.documents.document import Kind
from accounting.models import Backfill, BackfillOrder
from shopify_app import words
from shopify_app.backfill_words import NEXT_STEPS, OUTCOMES, REASONS, TITLES, remedy
from shopify_app.csv_files import harmless
from shopify_app.hold_words import hold
from shopify_app.said import in_words

FORESEEN = ("number", "kind", "date", "total", "currency")
CSV_PAGE = 500  # orders read at a time


def shown(found: Backfill) -> dict[str, Any]:
    """The row itself, with its state in words."""
    said = {"title": TITLES[found.state], "next_step": NEXT_STEPS[found.state]}
    return {**vars(found), **said, "message": in_words(found.message)}


def detail(found: Backfill, *, now: datetime) -> dict[str, Any]:
    """The same with its counts, how far it is, and what the dry run comes to."""
    counted = backfills.counts(found)
    done, of = backfills.share_done(found, counted) or (None, None)
    left = backfills.seconds_left(found, counted, now=now)
    totals = found.totals or backfill_totals.nothing()
    more = {"counts": counted, "done": done, "of": of, "seconds_left": left}
    return {**shown(found), **more, "preview": preview(totals)}


def documents_foreseen(found: Backfill) -> int:
    """How many documents posting would write, as the dry run says."""
    kinds = (found.totals or backfill_totals.nothing())["documents"]
    return sum(made["documents"] for made in kinds.values())


def preview(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts are text, in the currency beside them."""
    balances = backfill_totals.balance(totals["accounts"])
    return {
        "documents": [
            {**_keyed("kind", key), **made} for key, made in sorted(totals["documents"].items())
        ],
        "accounts": [
            {**_keyed("account", key), **totals["accounts"][key], "balance": f"{balances[key]:f}"}
            for key in balances
        ],
        "held": [
            {**group, "code": code, "message": in_words(group["message"])}
            for code, group in sorted(totals["problems"].items())
        ],
        "skipped": [
            {**group, "reason": in_words(reason), "remedy": remedy(reason)}
            for reason, group in sorted(totals["skipped"].items())
        ],
        "moved": totals["moved"],
    }


def _keyed(name: str, key: str) -> dict[str, str]:
    currency, _sep, named = key.partition(" ")
    return {"currency": currency, name: named}


def order(row: BackfillOrder) -> dict[str, Any]:
    """One order of it: what was foreseen, and what came out differently."""
    return {
        "id": row.id,
        "order_id": row.shopify_id,
        "name": row.order.name if row.order else "",
        "outcome": row.outcome,
        "note": in_words(row.note),
        "problems": row.problems,
        "documents": [dict(zip(FORESEEN, each, strict=False)) for each in row.documents],
        "differences": [{**each, "sentence": REASONS[each["reason"]]} for each in row.differences],
        "reversed_at": row.reversed_at,
    }


# --- as a file -------------------------------------------------------------------------------


def lines(found: Backfill) -> Iterator[list[str]]:
    """A line for each document foreseen, and one for each order without any; first the heading."""
    yield [
        _("Order"), _("Shopify order id"), _("What the preview says"), _("Why"), _("Number"),
        _("Document"), _("Date"), _("Total"), _("Currency"), _("Came out differently"),
    ]  # fmt: skip
    for row in _rows(found):
        said = order(row)
        head = [said["name"], str(said["order_id"]), str(OUTCOMES[row.outcome]), why(said)]
        for each in said["documents"] or [dict.fromkeys(FORESEEN, "")]:
            kind = str(words.KINDS[Kind(each["kind"])]) if each["kind"] else ""
            tail = [each["number"], kind, each["date"], each["total"], each["currency"]]
            cells = [*head, *tail, _changed(said, each["number"])]
            yield [*map(harmless, cells[:4]), *cells[4:]]


def _rows(found: Backfill) -> Iterator[BackfillOrder]:
    rows = BackfillOrder.objects.filter(backfill=found).select_related("order").order_by("id")
    last = 0
    while page := list(rows.filter(id__gt=last)[:CSV_PAGE]):
        yield from page
        last = page[-1].id


def why(said: Mapping[str, Any]) -> str:
    """Why an order is held or left out; nothing where it is simply posted."""
    reasons = [str(hold(code)[0]) for code in said["problems"]]
    return " · ".join(filter(None, [said["note"], *reasons]))


def _changed(said: Mapping[str, Any], number: str) -> str:
    return " ".join(str(e["sentence"]) for e in said["differences"] if e["number"] == number)
