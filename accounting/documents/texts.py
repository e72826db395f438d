"""Free text short enough for the books, before the document is frozen and can be read.

Codes, numbers and amounts are never touched: a connector refuses those that do not fit. A product's
title or a buyer's name only tells a person something, and nobody could make it shorter any more in
an order that exists; so it ends after the last word that fits.
"""

from __future__ import annotations

from dataclasses import replace

from accounting.documents.document import Allocation, Debtor, Entry
from accounting.documents.rules import TextLengths


def fitted(entry: Entry, longest: TextLengths) -> Entry:
    """The entry with its free texts shortened; 0 in `longest` is any length."""
    if isinstance(entry, Allocation):
        return entry
    if isinstance(entry, Debtor):
        return replace(
            entry,
            name=shortened(entry.name, longest.name),
            company=shortened(entry.company, longest.name),
            email=_whole(entry.email, longest.email),
            phone=_whole(entry.phone, longest.phone),
            address=tuple(shortened(line, longest.address) for line in entry.address),
        )
    return replace(
        entry,
        description=shortened(entry.description, longest.description),
        reference=shortened(entry.reference, longest.reference),
        gateway=shortened(entry.gateway, longest.gateway),
        buyer=tuple(shortened(line, longest.address) for line in entry.buyer),
        lines=tuple(
            replace(line, description=shortened(line.description, longest.line))
            for line in entry.lines
        ),
    )


def _whole(text: str, longest: int) -> str:
    """Half an address or number leads nowhere."""
    return "" if longest and len(text) > longest else text


def shortened(text: str, longest: int) -> str:
    """As many whole words as fit, or the beginning of a first word that does not."""
    if not longest or len(text) <= longest:
        return text
    words = text[: longest + 1].rpartition(" ")[0]
    return (words or text[:longest]).rstrip()
