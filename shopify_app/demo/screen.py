"""What the person at the terminal sees: lines, one progress bar, and tables. No dependency."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import TextIO

BAR = 30
NARROWEST, WIDEST, OF_A_LOG = 60, 120, 100  # columns of text
NARROWEST_CELL = 12
STEPS_WITHOUT_TERMINAL = 4  # a log wants a few lines, not hundreds


class Screen:
    """Writes to `out`; the bar redraws itself on a terminal and is a few lines elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        columns = shutil.get_terminal_size((OF_A_LOG, 24)).columns
        self._room = min(max(columns, NARROWEST), WIDEST) - 2
        self._bar = ""
        self._step = -1

    def say(self, text: str = "") -> None:
        """A line of its own, above the bar if there is one."""
        if self._bar and self._terminal:
            self._write("\r" + " " * len(self._bar) + "\r")
        self._write(text + "\n")
        if self._bar and self._terminal:
            self._write(self._bar)

    def progress(self, what: str, done: int, of: int) -> None:
        """Draw the bar at `done` of `of`."""
        share = min(done / of, 1.0) if of else 1.0
        full = round(BAR * share)
        bar = f"  [{'#' * full}{'.' * (BAR - full)}] {done}/{of} {what}"
        if self._terminal:
            self._write("\r" + bar.ljust(len(self._bar)))
            self._bar = bar
        elif int(share * STEPS_WITHOUT_TERMINAL) > self._step:
            self._step = int(share * STEPS_WITHOUT_TERMINAL)
            self._write(bar + "\n")

    def end_progress(self) -> None:
        if self._bar and self._terminal:
            self._write("\n")
        self._bar, self._step = "", -1

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Columns as wide as they need to be, words wrapped where the terminal ends; amounts stand
        to the right. A table without rows says so."""
        self.say()
        self.say(f"  {title}" if rows else f"  {title}: none")
        if not rows:
            return
        texts = [[_text(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
        widths = _fitted(widths, self._room - 2 * (len(widths) - 1))
        right = [all(_is_figure(cell) for cell in column) for column in zip(*rows, strict=True)]
        self.say("  " + "-" * (sum(widths) + 2 * (len(widths) - 1)))
        for row in [list(header), *texts]:
            for line in _lines(row, widths, right):
                self.say("  " + line)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _text(cell: object) -> str:
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else str(cell)


def _is_figure(cell: object) -> bool:
    return isinstance(cell, (int, Decimal)) or cell == ""


def _fitted(widths: Sequence[int], room: int) -> list[int]:
    """The widest columns give way until all fit, or none can give more."""
    fitted = list(widths)
    while sum(fitted) > room and max(fitted) > NARROWEST_CELL:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    cells = [textwrap.wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        aligned = (
            part.rjust(width) if to_right else part.ljust(width)
            for part, width, to_right in zip(parts, widths, right, strict=True)
        )
        yield "  ".join(aligned).rstrip()
