"""Entries become request bodies: keys in the order of the profile's table, nothing empty.

Codes and numbers that do not fit are refused here, before anything is sent; free text is cut.
Money leaves as a bare JSON number with exactly two decimals, written from Decimal: one server
took `107` for an integer and rounded every amount after it (contract acctbridge 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.connectors import exact_json, rows
from accounting.connectors.acctbridge import sources
from accounting.connectors.acctbridge.shapes import OBJECTS, Field, Profile
from accounting.connectors.base import Rejected
from accounting.documents.document import Allocation, Debtor, Document, Entry

# Written at least, at most.
DECIMALS = {"number2": (2, 2), "quantity": (2, 4), "number": (2, 8), "whole": (0, 0)}


def operation_for(entry: Entry) -> str:
    """The name of the operation that writes `entry`."""
    if isinstance(entry, Allocation):
        return f"{OBJECTS[entry.source_kind]}.knockoff"
    return f"{OBJECTS[entry.kind]}.create"


def body(profile: Profile, entry: Entry, home_currency: str) -> bytes:
    """The JSON body that writes `entry` into books kept in `home_currency`.

    Raises Rejected when the books could not take it.
    """
    operation = operation_for(entry)
    table = profile.objects[operation.removesuffix(".create")]
    if isinstance(entry, Document):
        _require_tariffs(profile, entry)
    return exact_json.written(_Writer(profile, home_currency).row(table, entry, "")).encode()


class _Writer:
    def __init__(self, profile: Profile, home_currency: str) -> None:
        self._profile = profile
        self._home = (home_currency, *profile.home_currency)

    def row(self, table: tuple[Field, ...], subject: Any, path: str) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for field in table:
            value = self._value(field, subject, f"{path}{field.name}")
            if value is not None:
                row[field.name] = value
            elif field.required:
                raise Rejected(
                    f"{path}{field.name} has no value; {self._profile.product} needs one"
                )
        return row

    def _value(self, field: Field, subject: Any, path: str) -> Any:
        if field.type == "array":
            below = self._below(field, subject)
            return [self.row(field.fields, o, f"{path}[{n}].") for n, o in enumerate(below)] or None
        given = self._given(field, subject)
        if given is None or given == "":
            return None
        return self._formatted(field, given, path)

    def _below(self, field: Field, subject: Any) -> Sequence[Any]:
        if field.source == "self":
            return (subject,)
        counted = any(inner.source == "quantity" for inner in field.fields)
        profile = self._profile
        return rows.rows(subject, profile.tax, counted=counted, product=profile.product)

    def _given(self, field: Field, subject: Any) -> Any:
        if field.only_with and not self._known(field.only_with, subject):
            return None
        return self._known(field.source, subject) if field.source else field.value

    def _known(self, source: str, subject: Any) -> Any:
        """The value of a source. The books' own currency is not said, nor a rate for it."""
        if source in sources.FOREIGN and subject.currency in self._home:
            return None
        value = _sources(subject)[source](subject)
        if source == "id_type":
            return self._profile.id_types.get(str(value))
        return self._doc_type(str(value)) if source == "target_type" else value

    def _doc_type(self, kind: str) -> str:
        names = {kind.value: name for kind, name in OBJECTS.items()}
        code = self._profile.doc_types.get(names[kind])
        if code is None:
            raise Rejected(
                f"{self._profile.product} has no document type for knocking off a {kind}"
            )
        return code

    def _formatted(self, field: Field, value: Any, path: str) -> Any:
        if field.type in DECIMALS:
            return _number(value, *DECIMALS[field.type], path)
        if field.type == "boolean":
            return value if self._profile.boolean == "json" else "FT"[bool(value)]
        written = value.isoformat() if isinstance(value, date) else str(value)
        return self._fitted(field, written, path)

    def _fitted(self, field: Field, value: str, path: str) -> str:
        if field.cut:
            return " ".join(value.split())[: field.max].rstrip()
        if field.max and len(value) > field.max:
            raise Rejected(
                f"{path} has {len(value)} characters; {self._profile.product} takes {field.max}"
            )
        return value


def _sources(subject: Any) -> Mapping[str, Callable[[Any], Any]]:
    if isinstance(subject, Allocation):
        return sources.ALLOCATION
    if isinstance(subject, Debtor):
        return sources.CUSTOMER
    return sources.DOCUMENT if isinstance(subject, Document) else sources.LINE


def _number(value: Any, least: int, most: int, path: str) -> Decimal:
    """`value` with as few decimals as it needs, between `least` and `most`, unchanged in worth."""
    exact = Decimal(value)
    for places in range(least, most + 1):
        rounded = exact.quantize(Decimal(1).scaleb(-places))
        if rounded == exact:
            return rounded or abs(rounded)  # never -0.00
    raise Rejected(f"{path} {exact:f} has more than {most} decimals")


def _require_tariffs(profile: Profile, document: Document) -> None:
    for line in document.lines:
        taxed = line.tax_code.startswith(profile.tariff_prefixes) if line.tax_code else False
        if taxed and not line.tariff_code:
            raise Rejected(
                f"AR lines with sales or service tax need a tariff code: {line.tax_code} on "
                f"{line.description}"
            )
