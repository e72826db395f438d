"""The products of the shop, each with the code that decides for it, to be edited in place.

static/mapping.js sends what was changed in the table; what is done to many products at once is sent
by forms of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as said_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounting import products, suggestions
from accounting.mapping_tables import ITEMS, storable
from accounting.models import ItemMapping, Variant
from accounting.products import Line, Rules, Show, Wanted
from shopify_app import product_reading, ui
from shopify_app.models import ProductReading
from shopify_app.pages.paging import KeyPage, by_key
from shopify_app.said import in_words
from shopify_app.session import PageRequest, session_required

PAGE = 50
LONGEST = 255
SHOWN: dict[str, Promise] = {
    Show.ALL: _("All products"),
    Show.WITHOUT_OWN: _("Without a code of their own"),
    Show.UNMAPPED: _("Without any code"),
    Show.SOLD: _("Sold in the last 60 days"),
    Show.SUGGESTED: _("With a suggestion"),
}
LEVELS: dict[str, Promise] = {
    "variant": _("This product only"),
    "sku": _("Everything with this SKU"),
    "product": _("All its variants"),
    "vendor": _("The whole vendor"),
    "type": _("The whole product type"),
    "tag": _("Everything with this tag"),
}
EACH_LEVEL: dict[str, Promise] = {
    "variant": _("Each product only"),
    "sku": _("Everything with their SKUs"),
    "product": _("All variants of each"),
    "vendor": _("Their whole vendors"),
    "type": _("Their whole product types"),
}
REST: tuple[tuple[str, Promise, Promise], ...] = (
    (
        "default",
        _("Everything else"),
        _("Products that nothing below has a code for."),
    ),
    (
        "no_product",
        _("Custom lines and deleted products"),
        _("What is sold without being a product of the shop."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One row of the table. `levels` is what a code could be for; `source` says where the one that
    decides comes from, `kept` is the id of a mapping of its own."""

    line: Line
    codes: Mapping[str, str]
    levels: Mapping[str, Promise]
    level: str
    targets: str
    source: str
    reason: str
    kept: int | None

    @property
    def variant(self) -> Variant:
        return self.line.variant

    @property
    def label(self) -> str:
        shown = " ".join(filter(None, (self.variant.title, self.variant.variant_title)))
        return shown or self.variant.sku or said_now("Custom lines")


@session_required
@require_safe
def products_page(request: PageRequest) -> HttpResponse:
    """One page of the products that the filter in the address lets through, by their titles."""
    store_id, wanted = request.visit.store_id, _wanted(request)
    for_rest = products.rest(store_id)
    rows = products.matching(store_id, wanted, for_rest=for_rest, today=timezone.localdate())
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    kept: KeyPage[Variant] = by_key(rows, products.KEY, after=after, before=before, size=PAGE)
    there = products.lines(store_id, kept.rows, for_rest=for_rest)
    is_suggested = wanted.show == Show.SUGGESTED
    values: dict[str, Any] = {
        "rows": [_cells(line) for line in there],
        "kept": kept,
        "wanted": wanted,
        "filter": json.dumps({"filter": _as_sent(wanted)}),
        "filtered": wanted != Wanted(),
        "shown": SHOWN,
        "each_level": EACH_LEVEL,
        "most": products.MOST,
        "rest": [_rest(row, for_rest) for row in REST],
        "facets": products.facets(store_id),
        "reading": product_reading.newest(request.visit.shop.pk),
        "kinds": _kinds(store_id) if is_suggested else [],
        "on_page": json.dumps({"ids": [line.variant.pk for line in there]}),
    }
    values["reading_words"] = _reading_words(values["reading"])
    return ui.show(request, "mapping/products.html", **values)


def _wanted(request: PageRequest) -> Wanted:
    """The filter; what cannot be one, as anybody may type it, lets everything through."""
    show = request.GET.get("show", "")
    texts = {name: request.GET.get(name, "")[:LONGEST] for name in ("q", "vendor", "type")}
    texts = {name: text if storable(text) else "" for name, text in texts.items()}
    return Wanted(
        search=texts["q"],
        show=Show(show) if show in SHOWN else Show.ALL,
        vendor=texts["vendor"],
        product_type=texts["type"],
    )


def _as_sent(wanted: Wanted) -> dict[str, str]:
    return {
        "q": wanted.search,
        "show": wanted.show.value,
        "vendor": wanted.vendor,
        "type": wanted.product_type,
    }


# --- rows ------------------------------------------------------------------------------------


def _cells(line: Line) -> Cells:
    possible = {m: v for m, v in products.levels(line.variant).items() if m in LEVELS}
    rule = line.rule
    own = rule.match if rule is not None and rule.match in possible and line.is_own else ""
    level = own or next(iter(possible), "")
    targets = {match: {"match": match, "value": value} for match, value in possible.items()}
    return Cells(
        line=line,
        codes={name: getattr(rule, name) if rule else "" for name in ITEMS.codes},
        levels={match: LEVELS[match] for match in possible},
        level=level,
        targets=json.dumps(targets),
        source=_source(line),
        reason=_reason(line.variant) if not line.is_own else "",
        kept=rule.pk if rule is not None and own else None,
    )


def _source(line: Line) -> str:
    """Where the code comes from that is not the product's own."""
    rule, variant = line.rule, line.variant
    if rule is None:
        return "" if not variant.gift_card else said_now("from the account of gift cards")
    words = {
        ItemMapping.Match.PRODUCT: said_now("from all variants of this product"),
        ItemMapping.Match.VENDOR: said_now("from vendor %(name)s") % {"name": variant.vendor},
        ItemMapping.Match.TYPE: said_now("from type %(name)s") % {"name": variant.product_type},
        ItemMapping.Match.TAG: said_now("from tag %(name)s") % {"name": rule.value},
        ItemMapping.Match.DEFAULT: said_now("from everything else"),
        ItemMapping.Match.NO_PRODUCT: said_now("from custom lines and deleted products"),
    }
    return words.get(ItemMapping.Match(rule.match), "")


def _reason(variant: Variant) -> str:
    """Why something is suggested, "" where nothing is."""
    by = Variant.SuggestedBy(variant.suggested_by)
    named = {"percent": variant.likeness, "vendor": variant.vendor, "type": variant.product_type}
    words = {
        Variant.SuggestedBy.NOTHING: "",
        Variant.SuggestedBy.SKU: said_now("same SKU"),
        Variant.SuggestedBy.BARCODE: said_now("same barcode"),
        Variant.SuggestedBy.NAME: said_now("name %(percent)s %% alike"),
        Variant.SuggestedBy.VENDOR: said_now("as other products of %(vendor)s"),
        Variant.SuggestedBy.TYPE: said_now("as other products of type %(type)s"),
    }
    return words[by] % named if words[by] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRow:
    match: str
    label: Promise
    hint: Promise
    rule: ItemMapping | None

    @property
    def key(self) -> str:
        return json.dumps({"match": self.match, "value": ""})


def _rest(row: tuple[str, Promise, Promise], for_rest: Rules) -> RestRow:
    match, label, hint = row
    return RestRow(match=match, label=label, hint=hint, rule=for_rest.get((match, "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All suggestions of one kind. `ask` is the button, with their number."""

    name: str
    ask: str
    body: str


def _kinds(store_id: int) -> list[Kind]:
    counted = suggestions.kinds(store_id)
    return [
        Kind(name=kind, ask=words, body=json.dumps({"kind": kind}))
        for kind, words in _asked(counted)
        if counted.get(kind)
    ]


def _asked(counted: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    words = {
        "sku": said_now("Accept all with the same SKU (%(count)s)"),
        "barcode": said_now("Accept all with the same barcode (%(count)s)"),
        "name": said_now("Accept all with a similar name (%(count)s)"),
        "vendor": said_now("Accept all accounts from vendors (%(count)s)"),
        "type": said_now("Accept all accounts from product types (%(count)s)"),
    }
    for kind, text in words.items():
        yield kind, text % {"count": counted.get(kind, 0)}


def _reading_words(reading: ProductReading | None) -> str:
    """How far the reading of products is; nothing once it is through."""
    if reading is None:
        return said_now(
            "Lejar has not read your products yet; it does so by itself in a minute. Until then "
            "you see what orders have shown."
        )
    if reading.state == ProductReading.State.STOPPED:
        return in_words(reading.message)
    if reading.state == ProductReading.State.RUNNING and reading.since is None:
        words = said_now("Lejar is reading your products from Shopify: %(count)s so far.")
        return words % {"count": reading.variants}
    return ""
