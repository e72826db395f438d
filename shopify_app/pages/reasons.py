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
from shopify_app.hold_words import Words, flag, hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One hold or flag of an order: in words, with its figures and what to do about it."""

    order: Order
    title: Promise
    message: str
    figures: list[tuple[str, str]]
    next_step: Promise


def holds_of(order: Order) -> list[Reason]:
    return [_reason(order, problem, hold(problem["code"])) for problem in order.problems]


def flags_of(order: Order) -> list[Reason]:
    return [_reason(order, each, flag(each["code"])) for each in order.flags]


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*\+00:00")


def _shown(figure: str) -> str:
    """Times to the minute in the shop's time zone; the accounting side keeps them in UTC."""
    return TIME.sub(lambda found: _minute(found[0]), figure)


def _minute(time: str) -> str:
    return timezone.localtime(datetime.fromisoformat(time)).strftime("%Y-%m-%d %H:%M")


def _reason(order: Order, stated: Mapping[str, Any], words: Words) -> Reason:
    title, next_step = words
    return Reason(
        order=order,
        title=title,
        message=stated["message"],
        figures=[(name, _shown(value)) for name, value in stated.get("terms", ()) if value],
        next_step=next_step,
    )
