"""Books that list what they hold, page by page, and posted rows that say what they should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from accounting.connectors.base import Page, Receipt, Rejected
from accounting.documents.document import Allocation, Document, Entry, Key, Kind, Role
from accounting.models import BookDifference, Order
from accounting.models import Document as Row
from tests.books import Books, make_invoice, make_row

ZERO = Decimal(0)


class Killed(BaseException):
    """The process is gone: no handler of ours runs."""


@dataclass
class Shelf(Books):
    """`listed` are the books' lists, which may lag behind `held`, which `find` reads. The read
    after `kill_at` others is never answered; `during` happens in each."""

    company: str = "300-C0001 Online customers"
    page_size: int = 3
    listed: dict[Kind, list[Receipt]] = field(default_factory=dict)
    unlistable: frozenset[Kind] = frozenset()
    partly: frozenset[Kind] = frozenset()
    several: dict[str, str] = field(default_factory=dict)
    kill_at: int | None = None
    during: Callable[[], None] | None = None

    def hold(self, kind: Kind, *receipts: Receipt) -> None:
        self.listed.setdefault(kind, []).extend(receipts)
        self.held |= {receipt.number: receipt for receipt in receipts}

    def drop(self, number: str) -> None:
        """Deleted in the books."""
        del self.held[number]
        for kind, rows in self.listed.items():
            self.listed[kind] = [row for row in rows if row.number != number]

    def change(self, number: str, **changes: object) -> None:
        """Changed in the books."""
        self.held[number] = replace(self.held[number], **changes)  # type: ignore[arg-type]
        for kind, rows in self.listed.items():
            self.listed[kind] = [self.held[number] if row.number == number else row for row in rows]

    def identity(self) -> str:
        self._read()
        return super().identity()

    def documents(self, kind: Kind, after: str = "") -> Page:
        self._read()
        self.calls.append(f"list {kind} {after}".strip())
        self._fail_before("documents")
        if kind in self.unlistable:
            raise Rejected(f"cannot list a {kind}")
        start = int(after or 0)
        rows = self.listed.get(kind, [])
        end = start + self.page_size
        following = str(end) if end < len(rows) else ""
        return Page(
            receipts=tuple(rows[start:end]), after=following, complete=kind not in self.partly
        )

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        self._read()
        if entry.number in self.several:
            self.calls.append(f"find {entry.number}")
            raise Rejected(self.several[entry.number])
        return super().find(entry)

    def post(self, *given: object) -> Receipt | None:
        raise AssertionError("a check never writes")

    def _read(self) -> None:
        if self.during is not None:
            self.during()
        if self.kill_at is not None:
            self.kill_at -= 1
            if self.kill_at < 0:
                raise Killed


def posted(order: Order, entry: Entry, now: datetime) -> Row:
    row = make_row(order, entry, now, state=Row.State.POSTED, posted_at=now, receipt={})
    row.save()
    return row


def shown(entry: Document, **changes: object) -> Receipt:
    """What honest books show of a document, with nothing knocked off."""
    is_owed = entry.kind in (Kind.INVOICE, Kind.DEBIT_NOTE)
    usual = Receipt(
        number=entry.number,
        customer=entry.customer,
        total=entry.total,
        outstanding=entry.total if is_owed else None,
        unapplied=None if is_owed else entry.total,
        external_id=f"doc {entry.kind} {entry.number}",
        marker=str(entry.key.source_id),
        dated=entry.date,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # a builder of one shape


def make_payment(number: str, **changes: object) -> Document:
    key = Key(role=Role.PAYMENT, source_id=int(number.split("-")[1]) + 100_000)
    return make_invoice(number, **{"kind": Kind.PAYMENT, "key": key, **changes})


def knock(source: Document, target: Document, amount: str | Decimal | None = None) -> Allocation:
    """`source` settles this much of `target`, by default as much as the smaller has."""
    settled = min(source.total, target.total) if amount is None else Decimal(amount)
    return Allocation(
        key=Key(role=Role.ALLOCATION, source_id=1, source=source.number, target=target.number),
        number=f"{source.number}_{target.number}",
        date=source.date,
        currency=source.currency,
        customer=source.customer,
        source_kind=source.kind,
        source=source.number,
        target_kind=target.kind,
        target=target.number,
        amount=settled,
        source_open=source.total,
        target_open=target.total,
        order_name=source.order_name,
        order_id=source.order_id,
    )


def stands(resolved: bool = False) -> list[tuple[str, str, str]]:
    """(code, aspect, number) of the differences, as they were found."""
    rows = BookDifference.objects.filter(resolved_at__isnull=not resolved).order_by("id")
    return list(rows.values_list("code", "aspect", "number"))


def sell(
    shelf: Shelf, order: Order, numbers: Sequence[int], now: datetime
) -> Iterator[tuple[Document, Document]]:
    """So many orders' invoice and payment, posted, in the books and settled there."""
    for number in numbers:
        bought = make_invoice(f"SH-{number}")
        paid = make_payment(f"SH-{number}-P1")
        for entry in (bought, paid, knock(paid, bought)):
            posted(order, entry, now)
        shelf.hold(Kind.INVOICE, shown(bought, outstanding=ZERO))
        shelf.hold(Kind.PAYMENT, shown(paid, unapplied=ZERO))
        yield bought, paid


def kinds_called(shelf: Shelf) -> Counter[str]:
    return Counter(call.split()[0] for call in shelf.calls)
