"""The lists of codes that the books offer for mapping, read page by page.

There is no list of tax codes or credit terms (contract autocount-cloud 1): a merchant types those.
Projects are departments here, because documents of these books have no project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounting.connectors.autocount_cloud import endpoints, replies
from accounting.connectors.autocount_cloud.calls import Calls
from accounting.connectors.autocount_cloud.endpoints import Call
from accounting.connectors.autocount_cloud.replies import Row
from accounting.connectors.base import Code, CodeList, Misconfigured, Unavailable

PAGES = 1000  # more than any list has


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a list is read. `query` is of a GET, `body` of a POST; `code` and `name` are the fields
    tried in this order (those of locations and departments are assumed), `detail` maps what else is
    shown to its field."""

    call: Call
    code: tuple[str, ...]
    name: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


SOURCES: Mapping[CodeList, Source] = {
    CodeList.ACCOUNTS: Source(
        call=endpoints.ACCOUNTS,
        code=("accNo",),
        name=("description", "accountName"),
        query={"leafOnly": "true"},
        body={"filterByAccTypes": False, "filterBySpecialAccTypes": False},
        detail={"type": "accType"},
    ),
    CodeList.PAYMENT_METHODS: Source(
        call=endpoints.METHODS,
        code=("paymentMethod",),
        name=("paymentBy", "paymentMethod"),
        query={"activeOnly": "true"},
        detail={"account": "bankAccount", "journal": "journalType", "charges": "bankChargeAccount"},
    ),
    CodeList.ITEMS: Source(
        call=endpoints.PRODUCTS,
        code=("productCode",),
        name=("productName", "description"),
        body={"filter": {"statuses": {"active": True, "inactive": False, "discontinued": False}}},
        detail={"unit": "unit", "classification": "classificationCode"},
    ),
    CodeList.DEBTORS: Source(
        call=endpoints.DEBTOR.listing,
        code=("accNo",),
        name=("companyName",),
        query={"activeOnly": "true"},
        detail={"currency": "currencyCode", "term": "creditTerm"},
    ),
    CodeList.LOCATIONS: Source(
        call=endpoints.LOCATIONS,
        code=("location", "locationCode", "code"),
        name=("description", "name"),
    ),
    CodeList.PROJECTS: Source(
        call=endpoints.DEPARTMENTS,
        code=("deptNo", "department", "code"),
        name=("description", "name"),
    ),
}


def read(
    calls: Calls, wanted: CodeList, begin: Callable[[], None] = lambda: None
) -> Iterator[Code] | None:
    """All codes of a list, None where the books do not offer it. `begin` is called before every
    page. Raises, also while it is read, Unavailable or Misconfigured."""
    source = SOURCES.get(wanted)
    if source is None:
        return None
    begin()
    try:
        first = _page(calls, source, 1)
    except Misconfigured as error:
        if error.hint == "endpoint" and wanted is CodeList.PROJECTS:
            return None  # its path is assumed
        raise
    return _codes(calls, source, first, begin)


def _codes(
    calls: Calls, source: Source, found: replies.Listing, begin: Callable[[], None]
) -> Iterator[Code]:
    """Each code once: a row may move to a later page while the list is read. Raises Unavailable for
    a page of nothing but codes seen before: it may stand for all that follow."""
    seen: set[str] = set()
    read_so_far = 0
    for number in range(2, PAGES):
        before = len(seen)
        for code in (_code(source, replies.inner(row)) for row in found.rows):
            if code.code not in seen:
                seen.add(code.code)
                yield code
        if found.rows and len(seen) == before:
            raise Unavailable(f"AutoCount Cloud shows the same {source.call.path} again and again")
        read_so_far += len(found.rows)
        if not found.rows or (found.total is not None and read_so_far >= found.total):
            return
        begin()
        found = _page(calls, source, number)


def _page(calls: Calls, source: Source, number: int) -> replies.Listing:
    """The page number goes where the rest of the question is: accounts take it in the address,
    products in the body."""
    query, body = dict(source.query), source.body
    if body is not None and "filter" in body:
        body = {"page": number, **body}
    else:
        query["page"] = str(number)
    return replies.listing(calls.read(source.call, query, body))


def _code(source: Source, row: Row) -> Code:
    code = replies.first_word(row, source.code)
    if not code:
        raise Unavailable(f"AutoCount Cloud answered {source.call.path} with a row without a code")
    detail = {name: replies.word(row, key) for name, key in source.detail.items()}
    active = row.get("isActive")
    return Code(
        code=code,
        name=replies.first_word(row, source.name),
        active=active is None or replies.is_true(active),
        detail={name: value for name, value in detail.items() if value},
    )
