"""The hub of the mapping pages: what is mapped, what is still missing, and where to set it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from accounting import mapping
from accounting.mapping_tables import ITEMS
from accounting.models import ItemMapping, MappingPreview
from shopify_app import ui
from shopify_app.pages import mapping_words
from shopify_app.session import PageRequest, session_required

RECENT = 5
URLS = {
    "items": "mapping-products",
    "taxes": "mapping-taxes",
    "gateways": "mapping-gateways",
    "roles": "mapping-accounts",
    "projects": "mapping-projects",
    "customers": "mapping-customers",
}
MISSING = {
    "items": ("UNMAPPED_ITEM",),
    "taxes": ("UNMAPPED_TAX", "UNMAPPED_TARIFF"),
    "gateways": ("UNMAPPED_GATEWAY",),
    "roles": ("UNMAPPED_ACCOUNT",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One table: how many rows it has, how many things lack one, and how many orders wait."""

    name: Promise
    url: str
    what: str
    rows: int
    missing: int
    orders: int


@session_required
@require_safe
def hub_page(request: PageRequest) -> HttpResponse:
    """Every table with how much is in it and what is still missing."""
    store_id = request.visit.store_id
    rows, missing = mapping.counts(store_id), mapping.lacking(store_id)
    entries = [_entry(what, url, rows[what], missing) for what, url in URLS.items()]
    default = ItemMapping.objects.filter(store=store_id, match="default").first()
    codes = {name: getattr(default, name, "") for name in ITEMS.codes if name != "account"}
    previews = MappingPreview.objects.filter(store=store_id).order_by("-pk")[:RECENT]
    return ui.show(
        request,
        "mapping/hub.html",
        tables=entries,
        orders=sum(entry.orders for entry in entries),
        default=default,
        fixed=json.dumps({"match": "default", "value": "", **codes}),
        previews=[dry_run(each) for each in previews],
    )


def _entry(what: str, url: str, rows: int, missing: dict[str, tuple[int, int]]) -> Entry:
    found = [missing.get(code, (0, 0)) for code in MISSING.get(what, ())]
    return Entry(
        name=mapping_words.KINDS[what],
        url=url,
        what=what,
        rows=rows,
        missing=sum(subjects for subjects, _ in found),
        orders=sum(orders for _, orders in found),
    )


def dry_run(preview: MappingPreview) -> dict[str, object]:
    """One line of a list of dry runs."""
    word, tone = mapping_words.PREVIEW_STATES[preview.state]
    return {
        "pk": preview.pk,
        "table": mapping_words.KINDS[preview.what],
        "changes": len(preview.rows) + len(preview.removed),
        "at": preview.asked_at,
        "word": word,
        "tone": tone,
    }
