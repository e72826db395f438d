"""The products of a store as a table to map: which rows, what each one's code is and where it comes
from, and changes of many at once.

Whatever is shown is looked up as orders are: by `documents.rules.item_matches`. Everything that
writes goes through `mapping.map_items`: its checks, its trail, its new plans of held orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounting import catalogue, mapping
from accounting.documents.rules import item_matches
from accounting.facts import NOTHING
from accounting.facts import Line as SoldLine
from accounting.mapping_tables import ITEMS, ROWS_AT_ONCE, Invalid
from accounting.models import ItemMapping, Store, Variant
from accounting.models.catalogue import OWN

Rules = Mapping[tuple[str, str], ItemMapping]

MOST = 5000  # products that one change of many takes; the answer says how many are left
LATELY = timedelta(days=60)
MOST_FACETS = 200
REST = (ItemMapping.Match.DEFAULT, ItemMapping.Match.NO_PRODUCT)
LEVELS = ("variant", "sku", "product", "vendor", "type")
NO_ACCOUNT = "Say the account: some of these products have none yet."
NOTHING_TO_MAP = "None of these products can be mapped so: they have no {level}."
KEY = ("title_key", "id")  # by which the table is paged


class Show(StrEnum):
    """Which products are wanted."""

    ALL = ""
    WITHOUT_OWN = "without_own"  # no code for the variant or its SKU alone
    UNMAPPED = "unmapped"  # no mapping applies: their orders are held
    SOLD = "sold"  # lately
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter of the table. `search` are beginnings of words of title, SKU or barcode."""

    search: str = ""
    show: Show = Show.ALL
    vendor: str = ""
    product_type: str = ""


def rest(store_id: int) -> Rules:
    """The mappings for everything else: of products, and of what is none."""
    rows = ItemMapping.objects.filter(store=store_id, match__in=REST, value="")
    return {(row.match, row.value): row for row in rows.order_by("match")}


def matching(store_id: int, wanted: Wanted, *, for_rest: Rules, today: date) -> QuerySet[Variant]:
    """The store's products that the filter lets through."""
    rows = Variant.objects.filter(store=store_id, gone=False).defer("search", "tag_keys")
    if wanted.vendor:
        rows = rows.filter(vendor_key=catalogue.key(wanted.vendor))
    if wanted.product_type:
        rows = rows.filter(type_key=catalogue.key(wanted.product_type))
    rows = _shown(rows, wanted.show, for_rest, today)
    if wanted.search.strip():
        query = catalogue.wanted(store_id, wanted.search)
        found = RawSQL("search @@ %s::tsquery", [query], output_field=BooleanField())
        return rows.filter(found) if query else rows.none()
    return rows


def _shown(rows: QuerySet[Variant], show: Show, for_rest: Rules, today: date) -> QuerySet[Variant]:
    if show == Show.WITHOUT_OWN:
        return rows.exclude(mapped_by__in=OWN)
    if show == Show.UNMAPPED:
        return _unmapped(rows, {match for match, _ in for_rest})
    if show == Show.SOLD:
        return rows.filter(sold_on__gte=today - LATELY)
    if show == Show.SUGGESTED:
        return rows.exclude(mapped_by__in=OWN).exclude(suggested_by="")
    return rows


def _unmapped(rows: QuerySet[Variant], there: set[str]) -> QuerySet[Variant]:
    """Gift cards are booked to the account of their role unless they are mapped."""
    rows = rows.filter(mapped_by="", gift_card=False)
    if there == {match.value for match in REST}:
        return rows.none()
    for match, has_product in zip(REST, (True, False), strict=True):
        if match in there:
            rows = rows.filter(has_product=not has_product)
    return rows


FACET = """
    (WITH RECURSIVE found AS (
        (SELECT {key}, {text} FROM accounting_variant
         WHERE store_id = %(store)s AND NOT gone AND {key} > '' ORDER BY {key} LIMIT 1)
        UNION ALL
        SELECT following.* FROM found, LATERAL (
            SELECT {key}, {text} FROM accounting_variant
            WHERE store_id = %(store)s AND NOT gone AND {key} > found.{key}
            ORDER BY {key} LIMIT 1
        ) AS following
    ) SELECT '{text}', {text} FROM found LIMIT %(most)s)
"""
FACETS = " UNION ALL ".join(
    FACET.format(key=key, text=text)
    for key, text in (("vendor_key", "vendor"), ("type_key", "product_type"))
)


def facets(store_id: int) -> dict[str, list[str]]:
    """The vendors and product types there are, in the order of the alphabet, some hundred of each:
    one step of an index for each, in one statement."""
    found: dict[str, list[str]] = {"vendor": [], "product_type": []}
    with connection.cursor() as cursor:
        cursor.execute(FACETS, {"store": store_id, "most": MOST_FACETS})
        for which, text in cursor.fetchall():
            found[which].append(text)
    return found


# --- what decides ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product with the mapping that decides for it, None where none does."""

    variant: Variant
    rule: ItemMapping | None

    @property
    def is_own(self) -> bool:
        return self.rule is not None and self.rule.match in OWN


def as_sold(variant: Variant) -> SoldLine:
    """The product as a line of an order shows it."""
    return SoldLine(
        id=variant.pk or 0,
        title=variant.title,
        sku=variant.sku,
        product_id=variant.product_id or None,
        variant_id=variant.variant_id or None,
        vendor=variant.vendor,
        product_type=variant.product_type,
        tags=tuple(variant.tags),
        product_exists=variant.has_product,
        quantity=1,
        price=NOTHING,
    )


def lines(store_id: int, variants: Sequence[Variant], *, for_rest: Rules) -> list[Line]:
    """What decides for each product, in one statement for all of them."""
    matches = {variant.pk: item_matches(as_sold(variant)) for variant in variants}
    rules = {**_rules(store_id, [pair for pairs in matches.values() for pair in pairs]), **for_rest}
    return [
        Line(variant=each, rule=next((rules[m] for m in matches[each.pk] if m in rules), None))
        for each in variants
    ]


def _rules(store_id: int, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ItemMapping]:
    wanted: dict[str, set[str]] = {}
    for match, value in pairs:
        if match not in REST:
            wanted.setdefault(match, set()).add(value)
    if not wanted:
        return {}
    any_match = reduce(or_, (Q(match=m, value__in=sorted(v)) for m, v in wanted.items()))
    rows = ItemMapping.objects.filter(any_match, store=store_id)
    return {(row.match, row.value): row for row in rows.order_by("match", "value")}


def levels(variant: Variant) -> dict[str, str]:
    """What a mapping could be for, the narrowest first: match -> value. Tags: the first one."""
    found = dict(reversed(item_matches(as_sold(variant))))
    return dict(reversed(found.items()))


# --- changes of many -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Products by id, or all that a filter lets through."""

    ids: Sequence[int] = ()
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`rows` mappings were made or changed; `left` products are still to be taken, because one
    request takes `MOST`; `without_account` were passed over: nobody said an account for them."""

    rows: int
    left: int = 0
    without_account: int = 0


@transaction.atomic
def map_many(
    *,
    store_id: int,
    picked: Picked,
    level: str,
    codes: Mapping[str, str],
    who: str,
    now: datetime,
) -> Done:
    """Give the products these codes at one of `LEVELS`; codes that are not named stay what they
    are, also where they were those of a vendor or of everything else. Raises Invalid by field."""
    for_rest = rest(store_id)
    found, left = _take(_of(store_id, picked, for_rest, now))
    there = lines(store_id, found, for_rest=for_rest)
    rows = _given(store_id, there, level, codes)
    if found and not rows:
        raise Invalid({0: {"level": NOTHING_TO_MAP.format(level=level)}})
    if not all(row["account"] for row in rows):
        raise Invalid({0: {"account": NO_ACCOUNT}})
    return Done(rows=_map(store_id, rows, who, now), left=left)


def _of(store_id: int, picked: Picked, for_rest: Rules, now: datetime) -> QuerySet[Variant]:
    if picked.wanted is None:
        return Variant.objects.filter(store=store_id, pk__in=picked.ids, gone=False)
    zone = Store.objects.values_list("time_zone", flat=True).get(pk=store_id)
    today = now.astimezone(ZoneInfo(zone)).date()  # the shop's, as on the page it was picked from
    return matching(store_id, picked.wanted, for_rest=for_rest, today=today)


def _take(rows: QuerySet[Variant]) -> tuple[list[Variant], int]:
    """The first that one request takes, and how many are left."""
    found = list(rows.defer("search").order_by(*KEY)[:MOST])
    return found, max(rows.count() - MOST, 0) if len(found) == MOST else 0


def _given(
    store_id: int, there: Sequence[Line], level: str, codes: Mapping[str, str]
) -> list[dict[str, str]]:
    values = [(line, levels(line.variant).get(level)) for line in there]
    kept = _rules(store_id, [(level, value) for _, value in values if value])
    given: dict[str, dict[str, str]] = {}
    for line, value in values:
        if value and value not in given:
            before = kept.get((level, value)) or line.rule
            given[value] = {"match": level, "value": value, **_codes(before), **codes}
    return list(given.values())


def _codes(rule: ItemMapping | None) -> dict[str, str]:
    return {name: getattr(rule, name) if rule else "" for name in ITEMS.codes}


def _map(store_id: int, rows: Sequence[dict[str, str]], who: str, now: datetime) -> int:
    """As many rows at once as mappings take; each part has its own line in the trail."""
    parts = range(0, len(rows), ROWS_AT_ONCE)
    return sum(
        mapping.map_items(
            store_id=store_id, rows=rows[start : start + ROWS_AT_ONCE], who=who, now=now
        )
        for start in parts
    )


@transaction.atomic
def accept(
    *, store_id: int, ids: Sequence[int] = (), kind: str = "", who: str, now: datetime
) -> Done:
    """Take what was suggested for these products, or everything of one kind
    (`Variant.SuggestedBy`). An item gets the account that decides for the product now, or the one
    of its sisters; where there is neither the product is passed over. Raises Invalid."""
    picked = Variant.objects.filter(store=store_id, gone=False).exclude(mapped_by__in=OWN)
    suggested = picked.filter(suggested_by=kind) if kind else picked.filter(pk__in=ids)
    found, left = _take(suggested.exclude(suggested_by=""))
    there = lines(store_id, found, for_rest=rest(store_id))
    rows = {(row["match"], row["value"]): row for row in _accepted(there)}
    ready = [row for row in rows.values() if row["account"]]
    return Done(
        rows=_map(store_id, ready, who, now), left=left, without_account=len(rows) - len(ready)
    )


def _accepted(there: Sequence[Line]) -> Iterator[dict[str, str]]:
    for line in there:
        variant, possible = line.variant, levels(line.variant)
        by_sku = variant.suggested_by == Variant.SuggestedBy.SKU or not variant.variant_id
        level = "sku" if by_sku and "sku" in possible else "variant"
        if level in possible:
            codes = _codes(line.rule)
            codes["item_code"] = variant.suggested_item or codes["item_code"]
            codes["account"] = codes["account"] or variant.suggested_account
            if variant.suggested_by in ("vendor", "type"):
                codes["account"] = variant.suggested_account
            yield {"match": level, "value": possible[level], **codes}
