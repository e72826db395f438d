"""Knocking off by the rows that come with a payment, a refund or an AR credit note.

A row that finds no open document of its type and number at the same customer has no effect and no
word is said (contract 7.3); one that asks for more than is open is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounting.sandbox import ledger
from accounting.sandbox.models import ZERO, Voucher
from accounting.sandbox.sql_account_tables import WORDS

Rows = Sequence[Mapping[str, Any]]
Targets = Mapping[str, Voucher.Kind]


def apply(source: Voucher, rows: Rows, targets: Targets) -> None:
    """Make these the knock-offs of `source`: those that are not among them are undone."""
    wanted = _wanted(source, rows, targets)
    for knocked in source.knocks.select_related("source", "target").order_by("id"):
        if wanted.get(knocked.target_id) == knocked.amount:
            del wanted[knocked.target_id]
        else:
            ledger.release(knocked)
    for target in Voucher.objects.filter(pk__in=wanted).order_by("pk"):
        if target.open_amount:
            ledger.knock_off(source, target, wanted[target.pk])


def _wanted(source: Voucher, rows: Rows, targets: Targets) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for row in rows:
        if row["koamt"] <= 0:
            raise WORDS.refusal("bad_number", "7.3 O", field="koamt", given=row["koamt"])
        target = _target(source, row, targets)
        if target is not None and row["knockoff"]:
            found[target.pk] = found.get(target.pk, ZERO) + row["koamt"]
    return found


def _target(source: Voucher, row: Mapping[str, Any], targets: Targets) -> Voucher | None:
    if row["doctype"] not in targets:
        return None
    found = ledger.find(source.company, targets[row["doctype"]], row["docno"])
    return found if found and found.debtor_id == source.debtor_id else None
