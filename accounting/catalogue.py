"""What a store sells: told by its shop, product by product, or seen in its orders before that.

    tell, forget_variants, forget_products   a reading of the shop's products
    see                                      what orders show, in one statement
    settle                                   which match decides, after mappings changed

A store's rows are always locked in the order of `known_as`, so that readings, orders and changes of
mappings never wait for each other in a circle. Nothing here is anybody's personal data: of what has
no product only the SKU is kept, because staff may write a buyer's name into a custom line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F

from accounting import codec
from accounting.facts import Line, Order
from accounting.models import Catalogue, Store, Variant

LONGEST_TEXT = 255
LONGEST_KEY = 765  # folding may lengthen a text
LONGEST_TITLE_KEY = 200
MOST_TAGS = 250  # Shopify's own limit
MOST_WORDS = 80
LONGEST_WORD = 50
WIDE = 5000  # variants that one change of mappings settles at once; more are left to a worker
WORD = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")  # scripts without blanks


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A variant as its shop tells it, or as an order shows it. 0 stands for no id."""

    variant_id: int = 0
    product_id: int = 0
    has_product: bool = True
    gift_card: bool = False
    sku: str = ""
    barcode: str = ""
    title: str = ""
    variant_title: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    sold_on: date | None = None


def known_as(told: Told) -> str:
    """What tells one row of a store from another: the variant, or else the product and the SKU."""
    if told.variant_id:
        return str(told.variant_id)
    return f"{told.product_id} {codec.digest(told.sku.casefold())}"


def key(text: str) -> str:
    """As `documents.rules.item_matches` looks a text up."""
    return text.casefold()[:LONGEST_KEY]


# --- words to search by ----------------------------------------------------------------------


def words(text: str) -> Iterator[str]:
    """The words of a text, folded. Where a script has no blanks a word may begin anywhere."""
    for word in WORD.findall(text.casefold()):
        yield word[:LONGEST_WORD]
        for run in UNSPACED.finditer(word):
            yield from (run[0][at : at + LONGEST_WORD] for at in range(len(run[0])))


def wanted(store_id: int, text: str) -> str:
    """A `tsquery` for variants of the store that have words beginning like each word of `text`;
    "" where it has none."""
    typed = dict.fromkeys(word[:LONGEST_WORD] for word in WORD.findall(text.casefold()))
    return " & ".join(f"{_quoted(_word(store_id, word))}:*" for word in list(typed)[:10])


def _word(store_id: int, word: str) -> str:
    return f"{store_id}/w/{word}"


def _tag(store_id: int, tag: str) -> str:
    return f"{store_id}/t/{tag}"


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


# --- rows ------------------------------------------------------------------------------------

COLUMNS = {
    "known_as": "text",
    "variant_id": "bigint",
    "product_id": "bigint",
    "has_product": "boolean",
    "gift_card": "boolean",
    "sku": "text",
    "barcode": "text",
    "title": "text",
    "variant_title": "text",
    "vendor": "text",
    "product_type": "text",
    "tags": "jsonb",
    "sku_key": "text",
    "title_key": "text",
    "vendor_key": "text",
    "type_key": "text",
    "tag_keys": "jsonb",
    "sold_on": "date",
}
TOLD = [name for name in COLUMNS if name not in ("known_as", "sold_on")]


def _row(store_id: int, told: Told) -> dict[str, Any]:
    said = {name: _kept(value) for name, value in asdict(told).items()}
    tags = list(dict.fromkeys(_kept(tag) for tag in told.tags[:MOST_TAGS]))
    tag_keys = sorted({key(tag) for tag in tags})
    vendor_key, type_key = key(said["vendor"]), key(said["product_type"])
    shown = f"{said['title']} {said['variant_title']}".strip()
    texts = (shown, said["sku"], said["barcode"])
    found = list(dict.fromkeys(word for text in texts for word in words(text)))[:MOST_WORDS]
    lexemes = [_word(store_id, word) for word in found]
    return {
        **said,
        "known_as": known_as(told),
        "sku_key": key(said["sku"]),
        "title_key": " ".join(shown.casefold().split())[:LONGEST_TITLE_KEY],
        "vendor_key": vendor_key,
        "type_key": type_key,
        "tags": tags,
        "tag_keys": tag_keys,
        "lexemes": lexemes + [_tag(store_id, tag) for tag in tag_keys],
        "sold_on": told.sold_on.isoformat() if told.sold_on else None,
    }


def _kept(value: Any) -> Any:
    """A text as a database can keep it, no longer than Shopify lets it be."""
    return codec.plain(value)[:LONGEST_TEXT] if isinstance(value, str) else value


ADD = f"""
    INSERT INTO accounting_variant ({", ".join(COLUMNS)}, store_id, search, told_in, gone,
        mapped_by, examined, suggested_by, suggested_item, suggested_name, suggested_account,
        likeness)
    SELECT {", ".join(COLUMNS)}, %(store)s, array_to_tsvector(lexemes), %(reading)s, false,
        '', 0, '', '', '', '', 0
    FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS told({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}, lexemes text[])
    ORDER BY known_as
    ON CONFLICT (store_id, known_as) DO UPDATE SET
"""  # noqa: S608 (constants)
SEEN = f"""
    {ADD} sold_on = EXCLUDED.sold_on
    WHERE accounting_variant.sold_on IS NULL OR accounting_variant.sold_on < EXCLUDED.sold_on
"""
LEARNT = f"""
    {ADD} {", ".join(f"{name} = EXCLUDED.{name}" for name in TOLD)},
    search = EXCLUDED.search, told_in = EXCLUDED.told_in, gone = false,
    examined = CASE
        WHEN accounting_variant.gone
          OR ({", ".join(f"accounting_variant.{name}" for name in TOLD)})
             IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in TOLD)}) THEN 0
        ELSE accounting_variant.examined END
"""


def _add(how: str, store_id: int, told: Iterable[Told], reading: int) -> None:
    rows = {row["known_as"]: row for row in (_row(store_id, each) for each in told)}
    if rows:
        values: dict[str, Any] = {"store": store_id, "reading": reading}
        values["rows"] = json.dumps(list(rows.values()))
        with connection.cursor() as cursor:
            cursor.execute(how, values)


# --- what orders show ------------------------------------------------------------------------


def see(store: Store, orders: Iterable[Order]) -> None:
    """Keep what the orders sold, so that it can be mapped before the products have been read: one
    statement, which adds what is new and notes the day of the newest sale."""
    zone = ZoneInfo(store.time_zone)
    sold: dict[str, Told] = {}
    for order in orders:
        day = order.processed_at.astimezone(zone).date()
        for told in (_sold(line, day) for line in order.lines if not line.tip):
            before = sold.get(known_as(told))
            if before is None or before.sold_on is None or before.sold_on <= day:
                sold[known_as(told)] = told
    _add(SEEN, store.pk, sold.values(), reading=0)


def _sold(line: Line, day: date) -> Told:
    if line.product_id is None or not line.product_exists:
        return Told(
            has_product=False,
            gift_card=line.gift_card,
            sku=line.sku,
            vendor=line.vendor,
            sold_on=day,
        )
    return Told(
        variant_id=line.variant_id or 0,
        product_id=line.product_id,
        gift_card=line.gift_card,
        sku=line.sku,
        title=line.title,
        variant_title=line.variant_title,
        vendor=line.vendor,
        product_type=line.product_type,
        tags=line.tags,
        sold_on=day,
    )


# --- what the shop tells ---------------------------------------------------------------------


def tell(*, store_id: int, told: Sequence[Told], reading: int) -> None:
    """Keep variants as the shop shows them; those that are new or changed are examined again."""
    _add(LEARNT, store_id, told, reading)


GONE = """
    UPDATE accounting_variant SET gone = true WHERE id IN (
        SELECT id FROM accounting_variant v
        WHERE store_id = %(store)s AND has_product AND NOT gone AND told_in <> %(reading)s
          AND {which}
        ORDER BY known_as FOR NO KEY UPDATE
    )
"""
GONE_VARIANTS = GONE.format(which="product_id = ANY(%(products)s)")
GONE_PRODUCTS = GONE.format(
    which="""product_id NOT IN (
        SELECT product_id FROM accounting_variant
        WHERE store_id = %(store)s AND told_in = %(reading)s
    )"""
)


def forget_variants(*, store_id: int, products: Sequence[int], reading: int) -> None:
    """Of products that the reading has told whole, hide the variants that were not among it."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"store": store_id, "reading": reading}
        values["products"] = list(products)
        cursor.execute(GONE_VARIANTS, values)


def forget_products(*, store_id: int, reading: int) -> None:
    """After a reading of all products, hide those it did not show. Their mappings stay: orders of
    the past may still be corrected."""
    with connection.cursor() as cursor:
        cursor.execute(GONE_PRODUCTS, {"store": store_id, "reading": reading})


def is_whole(*, store_id: int, now: datetime) -> None:
    """The catalogue is as the shop has it now. Accounts are suggested anew: they depend on what
    other products have."""
    Catalogue.objects.get_or_create(store_id=store_id)
    Catalogue.objects.filter(store_id=store_id).update(read_at=now)
    examine_again(store_id)


def products_told(store_id: int) -> int:
    """How many products the shop has shown and not deleted."""
    rows = Variant.objects.filter(store_id=store_id, gone=False, told_in__gt=0)
    return int(rows.aggregate(n=Count("product_id", distinct=True))["n"])


def examine_again(store_id: int) -> None:
    """Have every variant of the store looked at again, slice by slice: see `suggestions`."""
    Catalogue.objects.get_or_create(store_id=store_id)
    rows = Catalogue.objects.filter(store_id=store_id)
    rows.update(generation=F("generation") + 1, is_due=True)


def items_changed(book_id: int) -> None:
    """The books' items were read: what they suggest to the stores that use them may differ."""
    for store in Store.objects.filter(book=book_id).order_by("id"):
        examine_again(store.pk)


# --- which match decides ---------------------------------------------------------------------

MAPPED = """(SELECT m.match FROM accounting_itemmapping m WHERE m.store_id = v.store_id
    AND m.match = '{match}' AND m.value {equals} LIMIT 1)"""
# As `documents.rules.item_matches`, without what is for everything else: the most specific first.
DECIDES = "COALESCE({}, '')".format(
    ", ".join(
        f"CASE WHEN {there} THEN {MAPPED.format(match=match, equals=equals)} END"
        for match, there, equals in (
            ("variant", "v.variant_id > 0", "= v.variant_id::text"),
            ("sku", "v.sku_key <> ''", "= v.sku_key"),
            ("product", "v.product_id > 0", "= v.product_id::text"),
            ("vendor", "v.vendor_key <> ''", "= v.vendor_key"),
            ("type", "v.type_key <> ''", "= v.type_key"),
            (
                "tag",
                "v.tag_keys <> '[]'::jsonb",
                "IN (SELECT jsonb_array_elements_text(v.tag_keys))",
            ),
        )
    )
)
SETTLE = f"""
    UPDATE accounting_variant old SET mapped_by = new.decides, suggested_by = CASE
        WHEN new.decides <> '' AND old.suggested_by IN ('vendor', 'type') THEN ''
        ELSE old.suggested_by END
    FROM (
        SELECT id, {DECIDES} AS decides FROM accounting_variant v
        WHERE id = ANY(%s) ORDER BY known_as FOR NO KEY UPDATE
    ) AS new WHERE old.id = new.id AND old.mapped_by <> new.decides
"""  # noqa: S608 (constants)
TOUCHED = """
    SELECT id FROM accounting_variant WHERE store_id = %(store)s AND NOT gone AND {which}
"""
WHICH = {
    "variant": "known_as = ANY(%(variant)s)",
    "sku": "sku_key = ANY(%(sku)s)",
    "product": "product_id = ANY(%(product)s)",
    "vendor": "vendor_key = ANY(%(vendor)s)",
    "type": "type_key = ANY(%(type)s)",
    "tag": "search @@ %(tag)s::tsquery",
}


def settle(store_id: int, matches: Iterable[tuple[str, str]]) -> None:
    """Mappings of these (match, value) came or went: note which match decides for the variants
    concerned. More of them than `WIDE` are left to a worker, within seconds.

    Call it in the transaction of the change, while no order is planned (`mapping.changing`).
    """
    by_match: dict[str, list[Any]] = {}
    for match, value in matches:
        if match in WHICH:
            by_match.setdefault(match, []).append(int(value) if match == "product" else value)
    if not by_match:
        return
    touched = _touched(store_id, by_match)
    if len(touched) > WIDE:
        examine_again(store_id)
    elif touched:
        decide(touched)


def _touched(store_id: int, by_match: dict[str, list[Any]]) -> list[int]:
    values: dict[str, Any] = {"store": store_id, **by_match}
    if "tag" in by_match:
        tags = by_match["tag"]
        values["tag"] = " | ".join(_quoted(_tag(store_id, tag)) for tag in tags)
    parts = " UNION ".join(TOUCHED.format(which=WHICH[match]) for match in by_match)
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} LIMIT {WIDE + 1}", values)
        return [row[0] for row in cursor.fetchall()]


def decide(ids: Sequence[int]) -> None:
    """Note which match decides for these variants as the mappings are now."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(ids)])
