"""One thing a merchant is told until it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

TONES = ("critical", "warning", "info")  # as Polaris calls them, the worst first
Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`code` is for programs and never changes; the rest is in the reader's language. With a
    `link`, `next_step` is where it leads."""

    code: str
    tone: str
    title: Words
    text: Words = ""
    next_step: Words = ""
    link: str = ""


def worst_first(given: Iterable[Notice]) -> list[Notice]:
    return sorted(given, key=lambda notice: TONES.index(notice.tone))
