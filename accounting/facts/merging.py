"""From any pile of facts, in any order and with any repetition, to the one picture of an order that
documents are built from (accounting treatment 2.1: every rule is a set union or a maximum)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from accounting import codec
from accounting.facts.told import (
    PERSONAL,
    Agreement,
    Customer,
    CustomerTotals,
    Deletion,
    Dispute,
    Edit,
    Fact,
    Order,
    Reading,
    Refund,
    Transaction,
)

UNDECIDED = frozenset({"pending", "awaiting_response", "unknown"})
FAILED = frozenset({"failure", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known about one order. `origin` is None until `orders/create` was seen.

    `succeeded` holds the transactions that ever were successful: a success that later failed
    stays a payment and gets a reversal (treatment R1), dated by `failed_at`, when the failure was
    first told (R9). `read_at` is when the whole order was last read from Shopify.
    """

    origin: Order | None
    latest: Order | None
    cancelled_at: datetime | None
    transactions: tuple[Transaction, ...]
    succeeded: frozenset[int]
    refunds: tuple[Refund, ...]
    edits: tuple[Edit, ...]
    agreements: tuple[Agreement, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    failed_at: Mapping[int, datetime] = field(default_factory=dict)
    deleted_at: datetime | None = None
    read_at: datetime | None = None


def merge(facts: Iterable[Fact]) -> Facts:
    """The one picture of an order that these facts show, whatever their order or repetition.

    Copies of a transaction or refund are laid over each other field by field, the newest on top;
    a copy that is silent about a field (it is empty, or named in `unsaid`) erases nothing. A
    version of an order stays as it was said; only what it is silent about is taken from the newest
    version that says it. The order as created is the oldest version that came as such: there is
    only one, and the topic that says so is not signed.
    """
    seen = {codec.text(fact): fact for fact in facts}.values()
    orders = [fact for fact in seen if isinstance(fact, Order)]
    transactions = [fact for fact in seen if isinstance(fact, Transaction)]
    return Facts(
        origin=_filled(_origin(orders), orders),
        latest=_with_buyer(_with_totals(_filled(_latest(orders), orders), seen), orders),
        cancelled_at=min((o.cancelled_at for o in orders if o.cancelled_at), default=None),
        transactions=_newest(transactions, _transaction_rank),
        succeeded=frozenset(t.id for t in transactions if t.status == "success"),
        refunds=_newest([fact for fact in seen if isinstance(fact, Refund)], _refund_rank),
        edits=_newest([fact for fact in seen if isinstance(fact, Edit)], _edit_rank),
        agreements=_newest([f for f in seen if isinstance(f, Agreement)], _agreement_rank),
        disputes=_newest([fact for fact in seen if isinstance(fact, Dispute)], _refund_rank),
        failed_at=_failed_at(transactions),
        deleted_at=min((f.deleted_at for f in seen if isinstance(f, Deletion)), default=None),
        read_at=max((fact.as_of for fact in seen if isinstance(fact, Reading)), default=None),
    )


def _with_totals(latest: Order | None, seen: Iterable[Fact]) -> Order | None:
    """The newest version, with what it comes to in the customer's currency where that was told
    apart."""
    if latest is None or latest.presentment_totals is not None:
        return latest
    told = [fact for fact in seen if isinstance(fact, CustomerTotals)]
    same = [fact.totals for fact in told if fact.as_of == latest.updated_at]
    totals = max(same, key=codec.text, default=None)
    return replace(latest, presentment_totals=totals)


def _with_buyer(latest: Order | None, versions: Iterable[Order]) -> Order | None:
    """The newest version, with what only older ones say of the same buyer: a shop may stop passing
    personal data on, and what is not said erases nothing (contract shopify.md, 14)."""
    if latest is None:
        return None
    known = latest.customer
    for older in _tellers(known, versions):
        known = _told(known, older.customer)
    return replace(latest, customer=known)


def _tellers(known: Customer | None, versions: Iterable[Order]) -> Iterator[Order]:
    """The versions that say something more of the buyer which no newer one does, newest first."""
    if known and not _gaps(known):
        return
    for older in sorted((each for each in versions if each.customer), key=_version_rank)[::-1]:
        told = _told(known, older.customer)
        if told != known:
            known = told
            yield older


def _told(newer: Customer | None, older: Customer | None) -> Customer | None:
    """What both say of one buyer; another buyer's data are not mixed in."""
    if newer is None or older is None:
        return newer or older
    if newer.id != older.id and newer.id is not None:
        return newer
    return replace(newer, **{name: getattr(older, name) for name in _gaps(newer)})


def _gaps(customer: Customer) -> list[str]:
    return [name for name in PERSONAL if not getattr(customer, name)]


def _failed_at(copies: Iterable[Transaction]) -> dict[int, datetime]:
    """When each transaction was first said to have failed."""
    failed: dict[int, datetime] = {}
    for copy in copies:
        if copy.status in FAILED:
            failed[copy.id] = min(copy.as_of, failed.get(copy.id, copy.as_of))
    return dict(sorted(failed.items()))


def superseded(orders: Iterable[Order]) -> list[Order]:
    """The versions that no longer decide anything and need not be kept."""
    versions = list(orders)
    if len(versions) < 2:
        return []
    versions.sort(key=_version_rank, reverse=True)
    names = {name for version in versions for name in _unsaid(version)}
    newest = _latest(versions)
    needed = {_origin(versions), newest, *(_sayer(name, versions) for name in names)}
    # The next version may name any of the buyers so far, an unknown one or none.
    buyers = {version.customer.id for version in versions if version.customer} | {None}
    for known in (None, *(Customer(id=buyer) for buyer in buyers)):
        needed |= {*_tellers(known, versions)}
    cancelled_at = min((v.cancelled_at for v in versions if v.cancelled_at), default=None)
    if cancelled_at not in {order.cancelled_at for order in needed if order}:
        needed.add(next((o for o in versions if o.cancelled_at == cancelled_at), None))
    return [version for version in versions if version not in needed]


# Webhooks never say these of a product; what they leave in their places is not "none".
NEVER_SENT = frozenset({"lines.product_type", "lines.tags"})


def _unsaid(order: Order) -> frozenset[str]:
    return frozenset(order.unsaid) | (frozenset() if order.refetched else NEVER_SENT)


def _sayer(name: str, versions: Iterable[Order]) -> Order | None:
    """The newest version that says this field."""
    saying = (version for version in versions if name not in _unsaid(version))
    return max(saying, key=_version_rank, default=None)


def _filled(order: Order | None, versions: Sequence[Order]) -> Order | None:
    """The version with what it is silent about (R7, for orders)."""
    for name in sorted(_unsaid(order)) if order else ():
        sayer = _sayer(name, versions)
        if order is not None and sayer is not None:
            left = tuple(each for each in order.unsaid if each != name)
            order = replace(_with_field(order, name, sayer), unsaid=left)
    return order


def _with_field(order: Order, name: str, sayer: Order) -> Order:
    of_lines = name.removeprefix("lines.")
    if of_lines == name:
        return replace(order, **{name: getattr(sayer, name)})
    said = {line.id: {of_lines: getattr(line, of_lines)} for line in sayer.lines}
    return replace(
        order, lines=tuple(replace(line, **said.get(line.id, {})) for line in order.lines)
    )


Keyed = TypeVar("Keyed", Transaction, Refund, Edit, Agreement, Dispute)


def _newest(copies: list[Keyed], rank: Callable[[Any], Any]) -> tuple[Keyed, ...]:
    by_id: dict[int, list[Keyed]] = {}
    for copy in copies:
        by_id.setdefault(copy.id, []).append(copy)
    return tuple(_fold(sorted(by_id[key], key=rank)) for key in sorted(by_id))


def _fold(copies: list[Keyed]) -> Keyed:
    """Field by field the newest copy that says anything wins; silence erases nothing (R7)."""
    folded = copies[-1]
    for older in reversed(copies[:-1]):
        gaps = _silent(folded)
        said = {name: getattr(older, name) for name in gaps - _silent(older)}
        if isinstance(folded, (Transaction, Refund)):
            said["unsaid"] = tuple(sorted(set(folded.unsaid) - said.keys()))
        folded = replace(folded, **said)
    return _with_shipping_taxes(folded, copies) if isinstance(folded, Refund) else folded


def _with_shipping_taxes(refund: Refund, copies: Iterable[Refund]) -> Refund:
    """What a refetch said of the tax on refunded shipping stands when a webhook, which never says
    it, repeats the refund later (R7)."""
    told = {row.id: row.tax for copy in copies for row in copy.shipping if row.tax is not None}
    rows = (replace(row, tax=row.tax or told.get(row.id)) for row in refund.shipping)
    return replace(refund, shipping=tuple(rows))


def _silent(copy: Transaction | Refund | Edit | Agreement | Dispute) -> set[str]:
    unsaid = copy.unsaid if isinstance(copy, (Transaction, Refund)) else ()
    return {f.name for f in fields(copy) if getattr(copy, f.name) in (None, "") or f.name in unsaid}


def _origin(versions: Iterable[Order]) -> Order | None:
    return min((order for order in versions if order.origin), key=_version_rank, default=None)


def _latest(versions: list[Order]) -> Order | None:
    return max(versions, key=_version_rank, default=None)


def _age(order: Order) -> Any:
    """Newest last; of one second (Shopify's times are no finer) what was fetched beats what was
    sent, and any version the one sent at the order's creation."""
    return (order.updated_at, order.refetched, not order.origin)


def _version_rank(order: Order) -> Any:
    return (_age(order), _Digest(order))


class _Digest:
    """Of an order's text. Most orders are told apart by their age, and it takes as long as all the
    rest of a plan, so it is worked out only where it decides."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def __lt__(self, other: _Digest) -> bool:
        return self._text < other._text

    @cached_property
    def _text(self) -> str:
        return codec.sha256(self._order)


def _transaction_rank(transaction: Transaction) -> Any:
    return (transaction.as_of, transaction.status not in UNDECIDED, codec.text(transaction))


def _refund_rank(fact: Refund | Dispute) -> Any:
    return (fact.as_of, codec.text(fact))


def _edit_rank(edit: Edit) -> Any:
    return (edit.committed_at, codec.text(edit))


def _agreement_rank(agreement: Agreement) -> Any:
    return (agreement.happened_at, codec.text(agreement))
