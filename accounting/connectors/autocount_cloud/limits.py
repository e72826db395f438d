"""Values as AutoCount Cloud takes them, held against the table of their object in `api.json`.

Contract autocount-cloud 3 and 7 to 10. A value that does not fit is refused with its field's name
before anything is sent, never shortened: free text was made to fit when the document was planned,
by `TEXTS`. The books round what is finer than their own settings, which cannot be read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.connectors.autocount_cloud.api import API, Limit
from accounting.connectors.base import Rejected
from accounting.documents.rules import TextLengths
from accounting.documents.texts import shortened

PRODUCT = "AutoCount Cloud"
LEAST_DECIMALS = 2

Value = str | bool | date | Decimal | None

MASTER, LINE = API.limits["master"], API.limits["line"]

# A buyer's lines are one field here, so each may be as long as a name.
TEXTS = TextLengths(
    description=MASTER["description"].max,
    line=LINE["description"].max,
    name=MASTER["debtorName"].max,
    address=MASTER["debtorName"].max,
    email=MASTER["email"].max,
    phone=MASTER["phone1"].max,
)


def one_line(address: Iterable[str]) -> str:
    """The lines of an address, which these books keep in one field, as many words as it takes."""
    lines = (line.strip() for line in address)
    return shortened(", ".join(line for line in lines if line), MASTER["address"].max)


def fitted(table: str, given: Mapping[str, Value], path: str) -> dict[str, Any]:
    """`given` as it is written by that table of `api.json`, what is empty left out. Raises
    Rejected naming the field."""
    limits = API.limits[table]
    written = {
        name: _written(limits[name], value, f"{path}.{name}")
        for name, value in given.items()
        if value is not None
    }
    row = {name: value for name, value in written.items() if value != ""}
    for name, limit in limits.items():
        if limit.required and name not in row:
            raise Rejected(f"{path}.{name} has no value; {PRODUCT} needs one")
    return row


def _written(limit: Limit, value: Value, path: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, date):
        return value.isoformat()  # yyyy-MM-dd
    if isinstance(value, Decimal):
        return _number(value, limit.decimals, path)
    text = _clean(str(value), path)
    if limit.max and len(text) > limit.max:
        raise Rejected(f"{path} has {len(text)} characters; {PRODUCT} takes {limit.max}")
    return text


def _clean(value: str, path: str) -> str:
    """Any letters of any script; blanks and line breaks as one blank."""
    text = " ".join(value.split())
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in text):
        raise Rejected(f"{path} has characters that cannot be written")
    return text


def _number(value: Decimal, most: int, path: str) -> Decimal:
    """`value` with as few decimals as it needs, two at least, unchanged in worth."""
    for places in range(min(LEAST_DECIMALS, most), most + 1):
        rounded = value.quantize(Decimal(1).scaleb(-places))
        if rounded == value:
            return rounded
    raise Rejected(f"{path} {value:f} has more than {most} decimals; {PRODUCT} would round it")
