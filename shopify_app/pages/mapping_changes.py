"""CSV files of mappings with their previews, and what a change would do to orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounting.mapping_csv import MOST_ROWS
from accounting.mapping_preview import DAYS, EXAMPLES, MOST_ORDERS
from accounting.mapping_tables import TABLES
from accounting.models import MappingImport, MappingPreview
from shopify_app import ui
from shopify_app.heard import heard
from shopify_app.hold_words import HOLDS
from shopify_app.pages import mapping_words
from shopify_app.pages.mapping import URLS, dry_run
from shopify_app.session import PageRequest, session_required

RECENT = 20
SHOWN = 20  # examples of each kind of change on a page
UNDER_WAY = (MappingImport.State.READING, MappingImport.State.APPLYING)


@session_required
@require_safe
def changes_page(request: PageRequest) -> HttpResponse:
    """Choose a table, take its file out or put one in; the files and dry runs of late."""
    store_id, asked = request.visit.store_id, request.GET.get("what", "")
    what = asked if asked in TABLES else "items"
    files = MappingImport.objects.filter(store=store_id).defer("content", "examples")
    previews = MappingPreview.objects.filter(store=store_id).order_by("-pk")[:RECENT]
    return ui.show(
        request,
        "mapping/changes.html",
        what=what,
        kinds=list(mapping_words.KINDS.items()),
        columns=", ".join(TABLES[what].fields),
        most_rows=f"{MOST_ROWS:,}",
        files=[_file(each) for each in files.order_by("-pk")[:RECENT]],
        previews=[dry_run(each) for each in previews],
    )


def _file(held: MappingImport) -> dict[str, Any]:
    word, tone = mapping_words.IMPORT_STATES[held.state]
    return {
        "pk": held.pk,
        "name": held.name,
        "table": mapping_words.KINDS[held.what],
        "at": held.asked_at,
        "word": word,
        "tone": tone,
    }


@session_required
@require_safe
def import_page(request: PageRequest, import_id: int) -> HttpResponse:
    """One file: how far it is, and what it changes."""
    rows = MappingImport.objects.filter(store=request.visit.store_id, pk=import_id)
    held = rows.defer("content").first()
    if held is None:
        return ui.show(request, "mapping/missing.html", status=404)
    examples = held.examples
    return ui.show(
        request,
        "mapping/import.html",
        file=held,
        said=_file(held),
        url=URLS[held.what],
        next_step=mapping_words.IMPORT_NEXT[held.state],
        is_under_way=held.state in UNDER_WAY,
        may_apply=held.state == MappingImport.State.READY,
        nothing=not any(held.counts.get(kind) for kind in ("added", "changed", "removed")),
        refused=[
            {**each, "message": heard(each["message"])} for each in examples.get("refused", ())
        ][:SHOWN],
        changed=[_changed(held.what, each) for each in examples.get("changed", ())][:SHOWN],
        added=[_row(held.what, each["row"]) for each in examples.get("added", ())][:SHOWN],
        removed=[_row(held.what, each["row"]) for each in examples.get("removed", ())][:SHOWN],
    )


def _changed(what: str, each: dict[str, Any]) -> dict[str, Any]:
    return {"line": each["line"], "fields": each["fields"].items(), "row": _key(what, each["row"])}


def _key(what: str, row: dict[str, Any]) -> str:
    """What the row is for: its first fields that say anything."""
    return " ".join(_text(row[name]) for name in TABLES[what].key if row[name] not in ("", False))


def _row(what: str, row: dict[str, Any]) -> dict[str, str]:
    codes = (_text(row[name]) for name in TABLES[what].codes if row[name] not in ("", False))
    return {"key": _key(what, row), "codes": " · ".join(codes)}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@session_required
@require_safe
def preview_page(request: PageRequest, preview_id: int) -> HttpResponse:
    """What a change would do to the orders of late, as far as they have been looked at."""
    rows = MappingPreview.objects.filter(store=request.visit.store_id, pk=preview_id)
    preview = rows.first()
    if preview is None:
        return ui.show(request, "mapping/missing.html", status=404)
    found = preview.result
    return ui.show(
        request,
        "mapping/dry_run.html",
        preview=preview,
        said=dry_run(preview),
        url=URLS[preview.what],
        days=DAYS,
        most=f"{MOST_ORDERS:,}",
        examples=EXAMPLES,
        is_running=preview.state == MappingPreview.State.RUNNING,
        has_failed=preview.state == MappingPreview.State.FAILED,
        concerned=found["concerned"],
        released=_summed(found["released"]),
        held=[_held(code, group) for code, group in sorted(found["held"].items())],
        anew=_summed(found["anew"]),
        stay=[_stays(group) for group in found["stay"].values()],
    )


def _summed(group: dict[str, Any]) -> dict[str, Any]:
    totals = [(currency, Decimal(total)) for currency, total in sorted(group["totals"].items())]
    return {**group, "totals": totals}


def _held(code: str, group: dict[str, Any]) -> dict[str, Any]:
    return {**group, "title": HOLDS[code][0] if code in HOLDS else code}


def _stays(group: dict[str, Any]) -> dict[str, Any]:
    words = mapping_words.FIELDS.get(group["field"], group["field"])
    return {**_summed(group), "word": words, "old": group["from"] or "–", "new": group["to"] or "–"}
