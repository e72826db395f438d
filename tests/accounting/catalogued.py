"""A catalogue of any size, written by the database itself: a product of four variants, a hundred
products of each vendor, forty types, a tag for every tenth product."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounting.models import Store

VARIANTS = """
    INSERT INTO accounting_variant (store_id, known_as, variant_id, product_id, has_product,
        gift_card, sku, barcode, title, variant_title, vendor, product_type, tags, sku_key,
        title_key, vendor_key, type_key, tag_keys, search, sold_on, told_in, gone, mapped_by,
        examined, suggested_by, suggested_item, suggested_name, suggested_account, likeness)
    SELECT %(store)s, id::text, id, product, true, false, sku, barcode, title, variant, vendor,
        kind, tags, lower(sku), lower(title || ' ' || variant), lower(vendor), lower(kind), tags,
        array_to_tsvector(ARRAY(
            SELECT DISTINCT %(store)s || '/w/' || word FROM regexp_split_to_table(
                lower(title || ' ' || variant || ' ' || sku || ' ' || barcode), '[^a-z0-9]+'
            ) AS word WHERE word <> ''
        )),
        CASE WHEN n %% 50 = 0 THEN %(today)s::date - n %% 30 END, 1, false,
        CASE WHEN n < %(mapped)s THEN 'sku' ELSE '' END, 1,
        CASE WHEN n %% 20 = 0 THEN 'sku' ELSE '' END, '', '', '', 0
    FROM (
        SELECT n, 9000000 + n AS id, 7000000 + n / 4 AS product, 'SKU-' || n AS sku,
            (9550000000000 + n)::text AS barcode,
            (ARRAY['Kopi', 'Teh', 'Batik', 'Sambal', 'Wau'])[1 + n / 4 %% 5] || ' '
                || (ARRAY['Gunung', 'Pantai', 'Rimba'])[1 + n / 4 %% 3] || ' ' || n / 4 AS title,
            (ARRAY['250 g', '500 g', '1 kg', '2 kg'])[1 + n %% 4] AS variant,
            'Vendor ' || n / 400 AS vendor, 'Type ' || n / 4 %% 40 AS kind,
            CASE WHEN n / 4 %% 10 = 0 THEN '["sale"]' ELSE '[]' END::jsonb AS tags
        FROM generate_series(0, %(count)s - 1) n
    ) AS made;
"""
MAPPINGS = """
    INSERT INTO accounting_itemmapping (store_id, match, value, account, item_code, tariff_code,
        returns_account, returns_nostock_account)
    SELECT %(store)s, 'sku', 'sku-' || n, '500-' || n %% 10, '', '', '', ''
    FROM generate_series(0, %(count)s - 1) n;
"""


def fill_catalogue(store: Store, count: int, *, mapped: int = 0) -> None:
    """So many variants, the first `mapped` of which have mappings of their SKUs."""
    values: dict[str, Any] = {
        "store": store.pk,
        "count": count,
        "mapped": mapped,
        "today": "2026-11-22",
    }
    with connection.cursor() as cursor:
        cursor.execute(VARIANTS, values)
        cursor.execute(MAPPINGS, {"store": store.pk, "count": mapped})
        cursor.execute("ANALYZE accounting_variant, accounting_itemmapping")
