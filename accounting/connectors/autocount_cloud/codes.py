"""The lists of codes that the books offer for mapping, read page by page.

There is no list of tax codes or credit terms (contract autocount-cloud 1): a merchant types those.
Projects are departments here, because documents of these books have no project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from accounting.connectors.autocount_cloud import replies
from accounting.connectors.autocount_cloud.api import API, Listed
from accounting.connectors.autocount_cloud.calls import Calls
from accounting.connectors.autocount_cloud.replies import Row
from accounting.connectors.base import Code, CodeList, Misconfigured, Unavailable

PAGES = 1000  # more than any list has


def read(
    calls: Calls, wanted: CodeList, begin: Callable[[], None] = lambda: None
) -> Iterator[Code] | None:
    """All codes of a list, None where the books do not offer it. `begin` is called before every
    page. Raises, also while it is read, Unavailable or Misconfigured."""
    source = API.code_lists.get(wanted)
    if source is None:
        return None
    begin()
    try:
        first = _page(calls, source, 1)
    except Misconfigured as error:
        if error.hint == "endpoint" and source.optional:
            return None
        raise
    return _codes(calls, source, first, begin)


def _codes(
    calls: Calls, source: Listed, found: replies.Listing, begin: Callable[[], None]
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


def _page(calls: Calls, source: Listed, number: int) -> replies.Listing:
    """The page number goes where the rest of the question is: accounts take it in the address,
    products in the body."""
    query, body = dict(source.query), source.body
    if body is not None and "filter" in body:
        body = {"page": number, **body}
    else:
        query["page"] = str(number)
    return replies.listing(calls.read(source.call, query, body))


def _code(source: Listed, row: Row) -> Code:
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
