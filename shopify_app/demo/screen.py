"""What the person at the terminal sees: lines, one progress bar, and tables. No dependency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TextIO

BAR = 30
STEPS_WITHOUT_TERMINAL = 4  # a log wants a few lines, not hundreds


class Screen:
    """Writes to `out`; the bar redraws itself on a terminal and is a few lines elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
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
        """Columns as wide as they need to be; amounts stand to the right."""
        texts = [[_text(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
        right = [
            bool(rows) and all(isinstance(row[i], (int, Decimal)) for row in rows)
            for i in range(len(header))
        ]
        self.say()
        self.say(f"  {title}")
        self.say("  " + "-" * (sum(widths) + 2 * (len(widths) - 1)))
        for line in [list(header), *texts]:
            cells = (
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(line, widths, right, strict=True)
            )
            self.say("  " + "  ".join(cells).rstrip())

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _text(cell: object) -> str:
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else str(cell)
