"""Payments and refunds, written together with what they knock off (contract 7.3 and 7.6), and the
rows by which any AR document knocks off others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounting.connectors.base import Rejected
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.sales import foreign, marker
from accounting.connectors.sql_account_api.setup import Setup
from accounting.documents.document import Allocation, Document

Row = dict[str, Any]


def body(
    api: Api, setup: Setup, document: Document, settles: Sequence[Allocation], home_currency: str
) -> dict[str, Any]:
    """A payment or refund as `limits.text` takes it; None is left out."""
    return {
        "docno": document.number,
        "code": document.customer,
        "docdate": document.date,
        "postdate": document.date,
        "paymentmethod": document.account,
        **_described(api, document),
        "docamt": document.total,
        "area": setup.area or None,
        "agent": setup.agent or None,
        "project": document.project or None,
        "paymentproject": document.project or None,
        "docref1": marker(document.key),
        "docref2": str(document.order_id),
        **foreign(api, document, home_currency),
        "sdsknockoff": rows(api, setup, settles, home_currency) if settles else None,
    }


def rows(api: Api, setup: Setup, settles: Iterable[Allocation], home_currency: str) -> list[Row]:
    """One row for each document that is settled: several knock-offs of one are one sum to the
    books. Raises Rejected for a target that they cannot knock off."""
    merged: dict[tuple[str, str], Row] = {}
    for each in settles:
        row = _row(api, setup, each, home_currency)
        before = merged.setdefault((row["doctype"], row["docno"]), row)
        if before is not row:
            added = [name for name in AMOUNTS if name in row]
            before.update({name: before[name] + row[name] for name in added})
    return list(merged.values())


AMOUNTS = ("koamt", "localkoamt", "actuallocalkoamt")


def _row(api: Api, setup: Setup, each: Allocation, home_currency: str) -> Row:
    doc_type = setup.doc_type(api, each.target_kind)
    if not doc_type:
        raise Rejected(f"SQL Account knocks off no {each.target_kind.value}: {each.target}")
    own = each.currency in (home_currency, *api.home_currency)
    known: Mapping[str, Any] = {
        "doctype": doc_type,
        "docno": each.target,
        "koamt": each.amount,
        "knockoff": True,
        "outstanding": each.target_open,
        **({"localkoamt": each.amount, "actuallocalkoamt": each.amount} if own else {}),
    }
    wanted = api.knock_off_rows[setup.knockoff_row]
    return {name: known[name] for name in wanted if name in known}


def _described(api: Api, document: Document) -> dict[str, Any]:
    """The gateway's reference as cheque number, or behind the description where it is too long for
    that; nothing of it is lost."""
    longest = api.limits["chequenumber"].max
    if len(document.reference) <= longest:
        return {
            "chequenumber": document.reference or None,
            "description": document.description,
        }
    return {"description": f"{document.description} {document.reference}"}
