"""Marks orders whose tie-out figures follow from something that has just changed.

The mark is written in the transaction of the change, so that no figure stays behind; `tie_figures`
counts a moment later. A mark holds its row until that transaction ends, so that a count under way
cannot take it away before it sees the change.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

MARK = """
    INSERT INTO accounting_tiedue (store_id, order_id)
    SELECT store_id, id FROM accounting_order WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (order_id) DO UPDATE SET store_id = EXCLUDED.store_id
"""  # the update changes nothing and holds the row


def mark(order_ids: Iterable[int]) -> None:
    """These orders (by our ids) are to be counted anew. Call it in the change's transaction."""
    wanted = sorted(set(order_ids))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(MARK, [wanted])
