"""The products of the shop, each with the code that decides for it, to be edited in place.

static/mapping.js sends what was changed in the table; what is done to many products at once is sent
by forms of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
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
HIDDEN = ("returns_account", "returns_nostock_account")  # unless they are asked for
LEVELS: dict[str, Promise] = {
    "variant": _("This product"),
    "sku": _("Its SKU"),
    "product": _("All variants"),
    "vendor": _("Its vendor"),
    "type": _("Its type"),
    "tag": _("Its tag"),
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


SOURCES: dict[str, Promise] = {
    "product": _("from all variants of this product"),
    "vendor": _("from vendor %(name)s"),
    "type": _("from type %(name)s"),
    "tag": _("from tag %(name)s"),
    "default": _("from everything else"),
    "no_product": _("from custom lines and deleted products"),
}
REASONS: dict[str, Promise] = {
    "sku": _("same SKU"),
    "barcode": _("same barcode"),
    "name": _("name %(percent)s %% alike"),
    "vendor": _("as other products of %(vendor)s"),
    "type": _("as other products of type %(type)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One row of the table. `levels` is what a code could be for, `targets` the keys of such
    mappings; `source` says where the one that decides comes from, `kept` is the id of a mapping of
    its own."""

    line: Line
    codes: Mapping[str, str]
    levels: Mapping[str, str]
    level: str
    targets: str
    label: str
    source: str
    badge: str
    reason: str
    kept: int | None

    @property
    def variant(self) -> Variant:
        return self.line.variant

    @property
    def detail(self) -> str:
        return " · ".join(filter(None, (self.variant.sku, self.variant.vendor)))

    @property
    def tone(self) -> str:
        return "success" if self.line.rule else "warning"


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
        "rows": _rows(there),
        "more": "1" if request.GET.get("more") else "",
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


def _rows(there: Iterable[Line]) -> list[Cells]:
    """Words that stand in every row are translated once."""
    levels = {match: str(words) for match, words in LEVELS.items()}
    badges = (
        gettext("Own code"),
        gettext("No code: orders with it are held"),
        gettext("Custom lines"),
    )
    return [_cells(line, levels, badges) for line in there]


def _cells(line: Line, levels: Mapping[str, str], badges: tuple[str, str, str]) -> Cells:
    possible = {m: v for m, v in products.levels(line.variant).items() if m in LEVELS}
    rule, variant, (own_code, no_code, custom) = line.rule, line.variant, badges
    own = rule.match if rule is not None and rule.match in possible and line.is_own else ""
    codes = {name: getattr(rule, name) if rule else "" for name in ITEMS.codes}
    shown = " ".join(filter(None, (variant.title, variant.variant_title)))
    lacks = rule is None and not variant.gift_card
    return Cells(
        line=line,
        codes=codes,
        levels={match: levels[match] for match in possible},
        level=own or next(iter(possible), ""),
        targets=_targets(possible, codes),
        label=shown or variant.sku or custom,
        source=_source(line),
        badge=no_code if lacks else own_code if own else "",
        reason=_reason(variant) if variant.suggested_by and not line.is_own else "",
        kept=rule.pk if rule is not None and own else None,
    )


def _targets(possible: Mapping[str, str], codes: Mapping[str, str]) -> str:
    """The key of a mapping at each level, with what is not shown and has to stay."""
    hidden = {name: codes[name] for name in HIDDEN if codes[name]}
    targets = {match: {"match": match, "value": value} for match, value in possible.items()}
    return json.dumps({match: {**target, **hidden} for match, target in targets.items()})


def _source(line: Line) -> str:
    """Where the code comes from that is not the product's own."""
    rule, variant = line.rule, line.variant
    if rule is None:
        return "" if not variant.gift_card else gettext("from the account of gift cards")
    names = {"vendor": variant.vendor, "type": variant.product_type, "tag": rule.value}
    words = SOURCES.get(rule.match)
    return str(words) % {"name": names.get(rule.match, "")} if words else ""


def _reason(variant: Variant) -> str:
    """Why something is suggested."""
    named = {"percent": variant.likeness, "vendor": variant.vendor, "type": variant.product_type}
    return str(REASONS[variant.suggested_by]) % named


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRow:
    match: str
    label: Promise
    hint: Promise
    rule: ItemMapping | None

    @property
    def key(self) -> str:
        kept = {name: getattr(self.rule, name) for name in HIDDEN} if self.rule else {}
        return json.dumps({"match": self.match, "value": "", **kept})


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
        "sku": gettext("Accept all with the same SKU (%(count)s)"),
        "barcode": gettext("Accept all with the same barcode (%(count)s)"),
        "name": gettext("Accept all with a similar name (%(count)s)"),
        "vendor": gettext("Accept all accounts from vendors (%(count)s)"),
        "type": gettext("Accept all accounts from product types (%(count)s)"),
    }
    for kind, text in words.items():
        yield kind, text % {"count": counted.get(kind, 0)}


def _reading_words(reading: ProductReading | None) -> str:
    """How far the reading of products is; nothing once it is through."""
    if reading is None:
        return gettext(
            "Lejar has not read your products yet; it does so by itself in a minute. Until then "
            "you see what orders have shown."
        )
    if reading.state == ProductReading.State.STOPPED:
        return in_words(reading.message)
    if reading.state == ProductReading.State.RUNNING and reading.since is None:
        words = gettext("Lejar is reading your products from Shopify: %(count)s so far.")
        return words % {"count": reading.variants}
    return ""
