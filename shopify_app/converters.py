"""Days and months in addresses: 2026-11-20, 2026-11. Registered where they stand, once."""

from __future__ import annotations

from datetime import date

from django.urls import register_converter

FIRST_YEAR = 2000


class Day:
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Raises ValueError where there is no such day: the address is then not found."""
        return _sensible(date.fromisoformat(value))

    def to_url(self, value: date) -> str:
        return value.isoformat()


class Month:
    regex = "20[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        return month_of(value)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


def month_of(text: str) -> date:
    """The first day of a month written 2026-11. Raises ValueError."""
    if len(text) != len("2026-11"):
        raise ValueError(text)
    return _sensible(date.fromisoformat(f"{text}-01"))


def _sensible(day: date) -> date:
    if not FIRST_YEAR <= day.year < date.max.year:
        raise ValueError(day)
    return day


register_converter(Day, "day")
register_converter(Month, "month")
