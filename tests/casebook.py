"""Writes `docs/cases.md` from `tests/cases/`: every case as a story with its journal entries.

    python -m tests.casebook

A test keeps the page equal to the cases, so what an accountant reads there is what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, Plan, Problem
from accounting.facts import Edit, Fact, Line, Order, Refund, ShippingLine, TaxLine, Transaction
from accounting.facts import merge as picture_of
from tests import casefiles
from tests.casefiles import CaseFile

PAGE = Path(__file__).parent.parent / "docs" / "cases.md"

HEAD = """\
# Cases

What Lejar posts, or holds, for {count} situations. This page is written by
`python -m tests.casebook` from `tests/cases/`; every case is a test. Accounts are named by their
role. AR is the debtor “online sales”. A hold posts nothing of what it touches and says why.
"""


def page() -> str:
    """The whole page, as it should stand in `docs/`."""
    parts = [HEAD.format(count=len(casefiles.NAMES))]
    parts += ["\n".join(_case(casefiles.load(name))) for name in casefiles.NAMES]
    return "\n".join(parts)


def _case(case: CaseFile) -> Iterator[str]:
    yield f"## {_title(case.name)}\n"
    zone = ZoneInfo(case.rules.policy.time_zone)
    known: list[str] = []
    for fact in case.facts:
        told = [f"- {sentence}" for sentence in _told(fact, zone)]
        yield from (sentence for sentence in told if sentence not in known)
        known += told
    plan = build(picture_of(case.facts), case.rules, (), stem="", settled=True)
    yield ""
    if plan.excluded:
        yield f"**Nothing is posted:** {plan.excluded}\n"
    for problem in plan.problems:
        yield _hold(problem)
    yield from _entries(plan)


def _title(name: str) -> str:
    first, _, rest = name.partition("-")
    example = first[:1] == "e" and first[1:2].isdigit()
    words = (rest if example else name).replace("-", " ")
    title = words[:1].upper() + words[1:]
    return f"{title} ({first.upper()} of the treatment)" if example else title


# --- what Shopify said -----------------------------------------------------------------------


def _told(fact: Fact, zone: ZoneInfo) -> Iterator[str]:
    if isinstance(fact, Order):
        yield from _order(fact, zone)
    elif isinstance(fact, Transaction):
        rounding = f", rounded by {fact.rounding}" if fact.rounding else ""
        test = " (test)" if fact.test else ""
        yield (
            f"{_day(fact.processed_at, zone)}: {fact.kind} {fact.status}, {fact.gateway}, "
            f"{fact.currency} {fact.amount}{rounding}{test}"
        )
    elif isinstance(fact, Refund):
        at = fact.processed_at or fact.created_at
        yield f"{_day(at, zone)}: refund of {', '.join(_refunded(fact)) or 'nothing'}"
    elif isinstance(fact, Edit):
        yield f"{_day(fact.committed_at, zone)}: the order was edited"


def _order(order: Order, zone: ZoneInfo) -> Iterator[str]:
    prices = "prices with tax" if order.taxes_included else "prices without tax"
    what = "order" if order.origin else "later version of order"
    yield (
        f"{_day(order.processed_at, zone)}: {what} {order.name or order.id} of {order.currency} "
        f"{order.total_price.shop}, {prices}, outstanding {order.total_outstanding}"
    )
    if order.cancelled_at:
        yield f"{_day(order.cancelled_at, zone)}: cancelled"
    for line in order.lines:
        yield f"for {line.quantity} × {line.title} at {line.price.shop}{_extras(line)}"
    for shipping in order.shipping_lines:
        yield f"for shipping, {shipping.title}, {shipping.price.shop}{_extras(shipping)}"


def _extras(line: Line | ShippingLine) -> str:
    less = [f"less {d.amount.shop} {d.label}".strip() for d in line.discounts]
    flags = ["gift card"] if isinstance(line, Line) and line.gift_card else []
    flags += ["tip"] if isinstance(line, Line) and line.tip else []
    said = [*flags, *less, *(_tax(tax) for tax in line.taxes)]
    return f" ({', '.join(said)})" if said else ""


def _tax(tax: TaxLine) -> str:
    return f"{tax.title} {(tax.rate * 100).normalize():f} % {tax.amount.shop}"


def _refunded(refund: Refund) -> Iterator[str]:
    for line in refund.lines:
        restock = line.restock_type.replace("_", " ")
        yield f"{line.quantity} unit(s) {line.subtotal.shop}, tax {line.tax.shop}, {restock}"
    for shipping in refund.shipping:
        yield f"shipping {shipping.subtotal.shop}"
    for adjustment in refund.adjustments:
        yield f"{adjustment.kind.replace('_', ' ')} {adjustment.amount.shop}"


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


# --- what Lejar does -------------------------------------------------------------------------


def _hold(problem: Problem) -> str:
    terms = "".join(f"\n  - {name}: {value}" for name, value in problem.terms)
    return f"**Held, {problem.code}:** {problem.message}{terms}\n"


def _entries(plan: Plan) -> Iterator[str]:
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    if not documents:
        return
    yield "| Document | Date | Account | Debit | Credit |"
    yield "|---|---|---|--:|--:|"
    for document in documents:
        yield from _journal(document)
    yield ""
    for entry in plan.entries:
        if isinstance(entry, Allocation):
            yield f"- {entry.amount} of {entry.source} settles {entry.target}"
    yield f"- In the end AR is {casefiles.balances(plan.entries)['AR']}\n"


def _journal(document: Document) -> Iterator[str]:
    head = f"{document.kind.replace('_', ' ')} {document.number} | {document.date}"
    for account, amount in _together(casefiles.postings(document)):
        debit, credit = (amount, "") if amount >= 0 else ("", -amount)
        yield f"| {head} | {account} | {debit} | {credit} |"
        head = " | "


def _together(postings: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    totals: dict[str, Decimal] = {}
    for account, amount in postings:
        totals[account] = totals.get(account, Decimal("0.00")) + amount
    return list(totals.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
