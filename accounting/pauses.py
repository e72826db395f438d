"""How long to leave alone whoever could not answer: longer each time, up to a limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

Span = TypeVar("Span", float, timedelta)
MOST_DOUBLINGS = 20  # every limit is reached long before


def doubling(first: Span, tries: int, *, most: Span) -> Span:
    """The pause after `tries` others in vain: `first` after none, then twice as long each time."""
    longer: Span = first * 2 ** min(tries, MOST_DOUBLINGS)
    return min(longer, most)
