"""Why an order is held and what to know about it, ready to be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from accounting.models import Order
from shopify_app.hold_words import flag, hold
from shopify_app.pages import reading
from shopify_app.pages.next_steps import FIXES, NEXT_OPEN_DAY, Fix
from shopify_app.said import figures_in_words, in_words

Obstacle = tuple[reading.Words, reading.Words] | None  # see `reading.obstacle`


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One hold or flag of an order: in words, with its figures, what to do about it and where."""

    order: Order
    code: str
    subject: str
    title: Promise
    message: str
    figures: list[tuple[str, str]]
    next_step: reading.Words
    fix: Fix | None = None

    @property
    def takes_next_open_day(self) -> bool:
        return self.code in NEXT_OPEN_DAY

    @property
    def searched(self) -> str:
        """What the page that puts it right is searched for."""
        if self.fix is None or not self.fix.by_subject:
            return ""
        # A tax is named with its rate, which no page is searched for.
        return self.subject.rpartition(" ")[0] if self.code == "UNMAPPED_TAX" else self.subject


def holds_of(order: Order, why_not: Obstacle = None) -> list[Reason]:
    """`why_not` is the obstacle to reading from Shopify, where there is one."""
    return [_hold(order, problem, why_not) for problem in order.problems]


def flags_of(order: Order) -> list[Reason]:
    return [_reason(order, each, flag(each["code"])) for each in order.flags]


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]{0,10}\+00:00")


def _shown(figure: str) -> str:
    """Times to the minute in the shop's time zone; the accounting side keeps them in UTC."""
    return TIME.sub(lambda found: _minute(found[0]), figure)


def _minute(time: str) -> str:
    return timezone.localtime(datetime.fromisoformat(time)).strftime("%Y-%m-%d %H:%M")


def _figures(stated: Mapping[str, Any]) -> list[tuple[str, str]]:
    return figures_in_words(stated.get("terms", ()))


def _hold(order: Order, stated: Mapping[str, Any], why_not: Obstacle) -> Reason:
    title, usual = hold(stated["code"])
    kept = reading.truthful(stated["message"], stated["code"], order, why_not)
    step = reading.next_step(stated["code"], order, why_not) or usual
    return _reason(order, {**stated, "message": kept}, (title, step))


def _reason(order: Order, stated: Mapping[str, Any], words: tuple[Any, Any]) -> Reason:
    title, next_step = words
    return Reason(
        order=order,
        code=stated["code"],
        subject=stated.get("subject", ""),
        title=title,
        message=in_words(stated["message"]),
        figures=[(name, _shown(value)) for name, value in _figures(stated) if value],
        next_step=next_step,
        fix=FIXES.get(stated["code"]),
    )
