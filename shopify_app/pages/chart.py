"""The chart of shop and books day by day, as places for the template to draw at. Pure.

Across, everything is a share of the width, so that the chart fits a phone and a desk alike; down,
it is pixels, so that its words keep their size. A day is a bar for the books and a line for the
shop: where both agree the line lies on the end of the bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

LEFT, RIGHT = Decimal(13), Decimal(100)  # per cent; the figures of the scale stand before it
TOP, BOTTOM, HEIGHT = Decimal(24), Decimal(204), 232  # pixels; the days stand below
BAR, MARK = Decimal("0.62"), Decimal("0.86")  # of a day's width
STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
THINNEST = Decimal(1)  # pixels of a bar that stands for anything
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the figures, in the currency of the shop."""

    date: date
    shop: Decimal
    books: Decimal

    @property
    def difference(self) -> Decimal:
        return self.books - self.shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One day of the chart: shares of the width with their %, pixels without a unit."""

    day: Day
    middle: str
    bar_x: str
    bar_width: str
    bar_y: str
    bar_height: str
    mark_from: str
    mark_to: str
    mark_y: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the scale, with the amount it stands for."""

    y: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    zero: str
    height: int
    shop: Decimal
    books: Decimal
    differing: int  # days

    @property
    def difference(self) -> Decimal:
        return self.books - self.shop


def chart(days: Sequence[Day]) -> Chart | None:
    """None where there is nothing to show: no day, or only zeros."""
    amounts = [amount for day in days for amount in (day.shop, day.books)]
    if not any(amounts):
        return None
    step = _step(max(amounts), min(amounts))
    above, below = _steps(max(amounts), step), _steps(-min(amounts), step)
    scale = _Scale(above * step, below * step)
    width = (RIGHT - LEFT) / len(days)
    return Chart(
        columns=tuple(_column(day, LEFT + width * n, width, scale) for n, day in enumerate(days)),
        lines=tuple(Line(_text(scale.y(n * step)), n * step) for n in range(-below, above + 1)),
        zero=_text(scale.y(Decimal(0))),
        height=HEIGHT,
        shop=sum((day.shop for day in days), Decimal(0)),
        books=sum((day.books for day in days), Decimal(0)),
        differing=sum(day.difference != 0 for day in days),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    above: Decimal
    below: Decimal

    def y(self, amount: Decimal) -> Decimal:
        return TOP + (self.above - amount) * (BOTTOM - TOP) / (self.above + self.below)


def _step(most: Decimal, least: Decimal) -> Decimal:
    """A round amount of which two to four steps span everything, zero among it."""
    rough = (max(most, Decimal(0)) - min(least, Decimal(0))) / 3
    power = Decimal(10) ** rough.adjusted()
    return next(step * power for step in STEPS if step * power >= rough)


def _steps(amount: Decimal, step: Decimal) -> int:
    """How many steps reach beyond the amount; none where it is not above zero."""
    return max(int((amount / step).to_integral_value(ROUND_CEILING)), 0)


def _column(day: Day, left: Decimal, width: Decimal, scale: _Scale) -> Column:
    middle = left + width / 2
    zero, end = scale.y(Decimal(0)), scale.y(day.books)
    tall = max(abs(end - zero), THINNEST) if day.books else Decimal(0)
    mark = scale.y(day.shop)
    return Column(
        day=day,
        middle=_share(middle),
        bar_x=_share(middle - width * BAR / 2),
        bar_width=_share(width * BAR),
        bar_y=_text(min(end, zero) if tall > THINNEST else zero - tall),
        bar_height=_text(tall),
        mark_from=_share(middle - width * MARK / 2),
        mark_to=_share(middle + width * MARK / 2),
        mark_y=_text(mark),
    )


def _share(value: Decimal) -> str:
    return f"{_text(value)}%"


def _text(value: Decimal) -> str:
    """Two decimals with a point, whatever the language of the page."""
    return str(value.quantize(CENT, ROUND_HALF_UP))
