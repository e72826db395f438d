"""Document numbers: a pure function of the document's key, so that nothing can arrive first.

Accounting treatment 1.3. The `stem` is the invoice number of an order, which the numbers of its
other documents begin with. `posting` pins it with the order's first document: two orders of one
shop may carry the same order number, and the later one takes the long form.
"""

from __future__ import annotations

import re

from accounting.documents.document import Key, Role
from accounting.documents.money import base36
from accounting.facts import Order

LONGEST = 20
PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,3}")
NUMBER = re.compile(
    r"[A-Z][A-Z0-9]{0,3}(-[0-9]+|-O[0-9A-Z]+)?"
    r"(-[PVFCTSQENDJB][0-9A-Z]+|-X[0-9A-Z]*|-Z[IPVFCTSQENDX][0-9A-Z]+)?"
)


def stem_for(prefix: str, order: Order) -> str:
    """The invoice number of `order`: prefix and order number, or the long form without one."""
    if order.number is None or order.number < 0:
        return long_stem(prefix, order.id)
    stem = f"{prefix}-{order.number}"
    return stem if len(stem) <= LONGEST else long_stem(prefix, order.id)


def long_stem(prefix: str, order_id: int) -> str:
    """The invoice number when the short one is missing, too long or taken by another order."""
    return f"{prefix}-O{base36(order_id)}"


def prefix_of(stem: str) -> str:
    """The prefix pinned with a stem; a changed setting counts for later orders only."""
    return stem.partition("-")[0]


def number(stem: str, prefix: str, key: Key) -> str:
    """The number of the document `key` belongs to, at most 20 characters."""
    if key.role is Role.INVOICE:
        return stem
    token = f"{_letters(key)}{base36(key.source_id)}"
    short = f"{prefix}-{token}"
    if key.role is Role.CANCELLATION:
        full = short if stem.startswith(f"{prefix}-O") else f"{stem}-X"
    else:
        full = f"{stem}-{token}"
    return full if len(full) <= LONGEST else short


def _letters(key: Key) -> str:
    """Of a contra, its own letter and that of the document it takes back; one letter each, so that
    every id fits."""
    if key.role is not Role.CONTRA:
        return key.role.value
    return key.role.value + key.source[:1]


def allocation_number(source: str, target: str, running: int) -> str:
    """`{source}_{target}`, from the second knock-off of a pair on with `_2`, `_3` …"""
    return f"{source}_{target}" + (f"_{running}" if running > 1 else "")
