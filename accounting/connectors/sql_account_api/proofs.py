"""What an answer proves: whose books they are, and whether they hold what was sent.

A figure proves something only where the books arrived at it: the total of a sales document, which
is never sent, and what a payment has left to apply.
"""

from __future__ import annotations

from collections.abc import Sequence

from accounting.connectors.base import Receipt, Rejected, Unavailable
from accounting.connectors.sql_account_api import knock_offs, replies
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.setup import MONEY
from accounting.documents.document import Allocation, Document

LONGEST_FINGERPRINT = 200
ROUNDING = (
    "Untick Perform Tax / Local Amount Rounding and 5 Cents Rounding under Options, Customer, in "
    "SQL Account: they change documents after they were sent."
)


def fingerprint(api: Api, profile: replies.Row) -> str:
    """Name and registration number: what tells one company file from another, "" without them."""
    parts = [replies.first_word(profile, api.profile[key]) for key in ("name", "registration")]
    return " ".join(filter(None, parts))[:LONGEST_FINGERPRINT]


def compare(document: Document, row: replies.Row, own: Sequence[str]) -> None:
    """Raises Rejected with both figures where the books hold another currency, total or tax than
    ours for our customer: they may have rounded it on their own, or taken the customer's currency.
    `own` are the names of the books' own currency."""
    found, known = replies.receipt(row), replies.taxes(row)
    if not replies.same(found.customer, document.customer) or found.cancelled:
        return  # it is another document
    _compare_currency(document, replies.word(row, "currencycode"), own)
    if found.total != document.total:
        pair = f"total is {found.total} in the books, {document.total} here"
    elif document.lines and known is not None and known != (document.net, document.tax):
        pair = f"tax is {known[1]} in the books, {document.tax} here"
    else:
        return
    raise Rejected(f"{document.number}: {pair}. {ROUNDING}" if document.lines else pair)


def _compare_currency(document: Document, found: str, own: Sequence[str]) -> None:
    at_home = any(replies.same(found, name) for name in own)
    theirs = own[0] if at_home else found
    ours = own[0] if document.currency in own else document.currency
    if found and not replies.same(theirs, ours):
        raise Rejected(f"{document.number} is in {theirs} in the books, {ours} here")


def proved(document: Document, row: replies.Row, own: Sequence[str]) -> Receipt | None:
    """The receipt in the answer to a write, None where it must be read back: it states too little,
    or something else than was sent."""
    try:
        found = replies.receipt(row)
        compare(document, row, own)
    except (Unavailable, Rejected):
        return None
    stated = document.kind not in MONEY or found.unapplied is not None
    ours = replies.same(found.number, document.number) and found.customer
    return found if stated and ours else None


def applied(entry: Allocation, row: replies.Row) -> Receipt | None:
    """The receipt of a knock-off's source in the answer to its write, None where it says too
    little. Raises Rejected where it says that nothing was applied (contract 7.3)."""
    try:
        found = replies.receipt(row)
        made = knock_offs.is_made(entry, found)
    except (Unavailable, Rejected):
        return None
    if not made:
        raise Rejected(
            f"{entry.source} is in SQL Account, but was not applied to {entry.target}: it has "
            f"{found.unapplied:.2f} left. See whether {entry.target} is open there for this "
            "customer, then retry."
        )
    return found
