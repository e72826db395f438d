"""The judge: what a plan gets wrong about a life, in sentences.

It trusts nothing of the product but the shape of its documents: every amount is compared with the
life's own account, invariant by invariant (treatment, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from accounting.documents.document import Document, Plan
from accounting.soak.hearing import Hearing, key_of
from accounting.soak.judge_account import ACCOUNT_CHECKS
from accounting.soak.judge_books import BOOK_CHECKS
from accounting.soak.judge_lines import LINE_CHECKS
from accounting.soak.lives import Event, Life
from accounting.soak.truth import expected


def faults(life: Life, plan: Plan) -> list[str]:
    """Everything that is wrong with the plan of a whole life; nothing when it is right."""
    if _is_rightly_held(life, plan):
        return []
    found = [f"problem {p.code} {p.subject}: {p.message} {dict(p.terms)}" for p in plan.problems]
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    truth = expected(life)
    hearing = Hearing(life=life, truth=truth, documents=documents, entries=plan.entries)
    if not truth.documents and plan.entries:
        found.append("nothing is due, and something is posted")
    for check in CHECKS:
        found += check(hearing)
    return found


def _is_rightly_held(life: Life, plan: Plan) -> bool:
    """R22: converted amounts miss by some sen that no payment explains. Or the adjustment test has
    several answers, which is a hold by its own words."""
    codes = {problem.code for problem in plan.problems}
    if codes == {"ADJUSTMENT_UNEXPLAINED"}:
        return all(dict(p.terms).get("readings that agree", "0") > "1" for p in plan.problems)
    left = [dict(problem.terms).get("left in the books") for problem in plan.problems]
    return codes == {"I5"} and None not in left and all(abs(Decimal(sen or 0)) < 1 for sen in left)


def documents_are_the_expected(hearing: Hearing) -> Iterator[str]:
    """I1, I6, I11: one document per event, each of its amount, and none besides."""
    got = {key_of(document): document for document in hearing.documents}
    if len(got) != len(hearing.documents):
        yield "I11: two documents have one key"
    for key, event in hearing.truth.documents.items():
        document, worth = got.pop(key, None), hearing.value(event.amount) + event.rounding
        if document is None:
            if abs(worth) > hearing.slack or event.restocked:
                yield f"{key} of {worth} is missing"
        elif _misses(hearing, event, hearing.minor(document.total) - worth):
            yield f"{document.number} is {document.total}, and should be {worth} minor units"
    for document in got.values():
        is_difference = hearing.is_converted and document.key.role.value == "N"
        is_even = document.key.role.value == "C" and not document.total  # row 35: may be posted
        if not (is_difference or is_even):
            yield f"{document.number} of {document.total} should not be there"


def _misses(hearing: Hearing, event: Event, difference: int) -> bool:
    """Money is exact. X also writes off by what rates have moved since the sale, up to 2 %."""
    drift = hearing.life.exchange.sum(hearing.life.paid).shop // 50 if event.role == "X" else 0
    slack = hearing.slack + (drift if hearing.is_converted else 0)
    return abs(difference) > (0 if event.role in "PVF" else slack)


CHECKS: tuple[Callable[[Hearing], Iterator[str]], ...] = (
    documents_are_the_expected,
    *ACCOUNT_CHECKS,
    *LINE_CHECKS,
    *BOOK_CHECKS,
)
