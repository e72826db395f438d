"""Returns without a refund record: goods that came back before anything was said of money (row T).

Only a refetch lists them, as return agreements. A record made until the return and the settle time
after it credits the goods itself; one made later finds them credited (treatment 2.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.facts import Agreement, Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Units by line that came back, and the fee the shop kept for it."""

    key: Key
    at: datetime
    units: tuple[tuple[int, int], ...]
    fee: Decimal = ZERO


def returns(case: Case) -> list[Return]:
    """What returned without a refund record, oldest first."""
    agreements = [each for each in case.facts.agreements if each.kind == "return"]
    found, seen = [], set()
    for agreement in sorted(agreements, key=lambda each: (each.happened_at, each.id)):
        first = agreement.return_id is not None and agreement.return_id not in seen
        seen.add(agreement.return_id)
        source_id = agreement.return_id if first and agreement.return_id else agreement.id
        units = _without_record(case, agreement)
        if units:
            key = Key(role=Role.RETURN, source_id=source_id)
            at = agreement.happened_at
            fee = ZERO if _records(case, agreement) else fees([agreement])
            found.append(Return(key=key, at=at, units=units, fee=fee))
    return found


def fees(agreements: Iterable[Agreement]) -> Decimal:
    """What the shop keeps of a return by agreement: return and restocking fees (R25)."""
    sales = (sale for agreement in agreements for sale in agreement.sales)
    return sum((sale.total.shop for sale in sales if sale.line_type == "fee"), ZERO)


def fees_of(case: Case, refund: Refund) -> Decimal:
    """The fees agreed for a refund record, or for the return of which it is the first to settle
    something in time: a fee is kept once."""
    return fees(
        agreement
        for agreement in case.facts.agreements
        if agreement.refund_id == refund.id
        or (agreement.kind == "return" and _records(case, agreement)[:1] == [refund])
    )


def _records(case: Case, agreement: Agreement) -> list[Refund]:
    """The records that settle a return, oldest first."""
    settling = [refund for refund in case.facts.refunds if _settles(case, refund, agreement)]
    return sorted(settling, key=lambda refund: (refund.created_at, refund.id))


def _without_record(case: Case, agreement: Agreement) -> tuple[tuple[int, int], ...]:
    gone: dict[int, int] = {}
    for sale in agreement.sales:
        if sale.line_id is not None and sale.quantity < 0:
            gone[sale.line_id] = gone.get(sale.line_id, 0) - sale.quantity
    for refund in _records(case, agreement):
        for line in refund.lines:
            gone[line.line_id] = gone.get(line.line_id, 0) - line.quantity
    return tuple((line_id, units) for line_id, units in gone.items() if units > 0)


def _settles(case: Case, refund: Refund, agreement: Agreement) -> bool:
    """Whether the record is the return's own: by its id where it names one, else by its time. One
    that came late is, too, where it was credited before anybody told of the return."""
    if refund.created_at > agreement.happened_at + case.policy.settle:
        return refund.return_id == agreement.return_id and _was_first(case, refund, agreement)
    if refund.return_id is not None:
        return refund.return_id == agreement.return_id
    return abs(refund.created_at - agreement.happened_at) <= case.policy.settle


def _was_first(case: Case, refund: Refund, agreement: Agreement) -> bool:
    """A record of the return is in the books, and the return itself is not."""
    ids = {agreement.return_id, agreement.id}
    returned = any(d.key.role is Role.RETURN and d.key.source_id in ids for d in case.documents)
    credited = case.sealed(Key(role=Role.CREDIT, source_id=refund.id)) is not None
    return agreement.return_id is not None and credited and not returned


def waits(case: Case, found: Iterable[Return]) -> list[Problem]:
    """G7: the credit of a return rests on the absence of a refund record."""
    return [
        case.incomplete(
            f"return {each.key.source_id}",
            "Goods were returned; a refund record for them may still arrive. Lejar credits them by "
            "itself once it has read the order anew from Shopify and found none.",
            ("units returned", str(sum(units for _, units in each.units))),
            blocks=(each.key,),
        )
        for each in found
        if not case.was_read_since(each.at) and not case.sealed(each.key)
    ]
