"""Files that people open in a spreadsheet: in the reader's language, and with nothing in them that
the spreadsheet would compute. Files of mappings come back, so they have `accounting.mapping_csv`.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.utils import translation

FORMULA = "=+-@"  # how a cell begins that would be computed
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # which a spreadsheet may drop before it looks
MARK = "\ufeff"  # tells a spreadsheet that it is UTF-8


def harmless(text: str) -> str:
    """A text that people typed, as one that stays a text. Also where what makes it a formula is
    written full width, as Chinese and Japanese keyboards do, or stands behind what is not seen."""
    seen = next((each for each in text if unicodedata.category(each) not in INVISIBLE), "")
    begins = unicodedata.normalize("NFKC", seen)[:1]
    starts_unseen = unicodedata.category(text[0]) == "Cc" if text else False
    return f"'{text}" if starts_unseen or (begins and begins in FORMULA) else text


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
