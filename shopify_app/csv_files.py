"""Files that people open in a spreadsheet: in the reader's language, and with nothing in them that
the spreadsheet would compute. Files of mappings come back, so they have `accounting.mapping_csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.utils import translation

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that would be computed
MARK = "\ufeff"  # tells a spreadsheet that it is UTF-8


def harmless(text: str) -> str:
    """A text that people typed, as one that stays a text."""
    return f"'{text}" if text.startswith(FORMULA) else text


def file(rows: Iterable[Iterable[object]], *, name: str) -> StreamingHttpResponse:
    """The answer that saves the rows under this name. Each is asked for only when it is sent."""
    language = translation.get_language() or "en"
    return StreamingHttpResponse(
        _lines(iter(rows), language),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterator[Iterable[object]], language: str) -> Iterator[str]:
    """Written after the view has returned: the language of its request may be gone by then."""
    writer = csv.writer(_Echo())
    yield MARK
    while True:
        with translation.override(language):
            row = next(rows, None)
        if row is None:
            return
        yield writer.writerow(row)


class _Echo:
    """What `csv` writes into: every line is handed on at once."""

    def write(self, line: str) -> str:
        return line
