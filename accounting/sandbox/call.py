"""One call that reached an instance, and what the two systems answer it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from accounting.sandbox.fields import Words
from accounting.sandbox.models import Company, Voucher

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`tail` is the record named in the path, as in `/customer/{code}`."""

    company: Company
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    tail: str = ""

    def filter_value(self, key: str) -> str | None:
        """The wanted number or code; None when not asked for, or when filters are ignored."""
        return None if self.company.switches.get("filter_ignored") else self.query.get(key)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is written as JSON, unless it is text of another `content_type`."""

    status: int
    body: Any
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]
Resources = Mapping[str, Mapping[str, Handler]]  # path -> method -> handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What the gateway offers for one accounting system. `refund` starts the assumed paths;
    `debit_note` is a path whose POST is assumed."""

    system: str
    resources: Resources
    refund: str
    words: Words
    debit_note: str = ""


def page(call: Call, rows: QuerySet[Any], show: Callable[[Any], Any]) -> Answer:
    """The first rows and how many there are. No way to ask for the rest is published."""
    size = call.company.switches.get("page_rows", PAGE)
    shown: list[Model] = list(rows.order_by("id")[: size + 1])
    total = len(shown) if len(shown) <= size else rows.count()
    return Answer(200, {"data": [show(row) for row in shown[:size]], "totalRecords": total})


def vouchers(call: Call, kind: Voucher.Kind, key: str) -> QuerySet[Voucher]:
    rows = Voucher.objects.filter(company=call.company, kind=kind).select_related("debtor")
    number = call.filter_value(key)
    return rows if number is None else rows.filter(number__iexact=number)
