"""How an AutoCount Cloud book is told to behave where the contract only assumes (its section 18).

unknown_docno        404, 400 or "empty200": what a read of an unknown number answers (404)
rate_limit           calls a minute (100)
rate_scope           "key" or "book": whose calls are counted together (book)
document_cap         documents the plan allows (as many as wanted)
length_policy        "refuse" or "truncate": what happens to a text that is too long (refuse)
unique_creditnote    "on" or "off": whether credit notes are numbered once (on)
rounding             "document" or "line": over what tax is rounded (document)
number_rounding      "halfup" or "bankers" (halfup)
five_sen             "off", "tick" or "enforced": rounding of totals to 5 sen (off)
negative_price       "refuse" or "accept" (refuse)
local_tax_adjustment "required" or "ignored": beside `taxAdjustment`, the same value (required)
save_approve         "accept" or "refuse": what a book without approval does with it (accept)
omitted_bank_charge  "percent" or "zero": the charge of a tender that names none (percent)
or_debtor_open_item  "on" or "off": whether money on a debtor becomes an open item (on)
ko_date_check        "on" or "off": no knock-off before its documents (on)
ko_type_codes        five codes, for invoice, receipt, payout, credit note and journal entry
outstanding_shape    "array" or "data": bare, or in an envelope (array)
listing_order        "creation" or "shuffled" (creation)
reorder_between_pages true: rows stand elsewhere whenever the next page is asked for
profile_missing      true: there is no company profile
queued_writes        true: creations are only queued, and done when the command is asked after
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ON_OFF = ("on", "off")
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "unknown_docno": (404, 400, "empty200"),
    "rate_scope": ("key", "book"),
    "length_policy": ("refuse", "truncate"),
    "unique_creditnote": ON_OFF,
    "rounding": ("document", "line"),
    "number_rounding": ("halfup", "bankers"),
    "five_sen": ("off", "tick", "enforced"),
    "negative_price": ("refuse", "accept"),
    "local_tax_adjustment": ("required", "ignored"),
    "save_approve": ("accept", "refuse"),
    "omitted_bank_charge": ("percent", "zero"),
    "or_debtor_open_item": ON_OFF,
    "ko_date_check": ON_OFF,
    "outstanding_shape": ("array", "data"),
    "listing_order": ("creation", "shuffled"),
}
NUMBERS = ("rate_limit", "document_cap")
FLAGS = ("reorder_between_pages", "profile_missing")


def is_type_codes(value: Any) -> bool:
    """Five codes of at most two characters, none of them twice."""
    codes = value if isinstance(value, list) else []
    texts = [code for code in codes if isinstance(code, str) and 0 < len(code) <= 2]
    return len(texts) == len(codes) == len(set(texts)) == 5
