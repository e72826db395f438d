"""What the books show of a document, compared with the document as it was posted. No database, no
call: figures in, differences out.

A knock-off has no place of its own in most books. It is judged by what it leaves: a document may
have no more open in the books than all knock-offs of it that were posted leave. Less is the
bookkeeper's doing and fine. Where the books list what a document settles, that list counts too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from accounting import codec
from accounting.connectors.base import Receipt
from accounting.currencies import decimals
from accounting.documents.document import ZERO, Document, Kind
from accounting.models import BookDifference

Code = BookDifference.Code
Aspect = BookDifference.Aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was posted: the figure in the `books` and the figure `here`, as
    text with the currency of amounts. `document_id` is our row, None for a document that is not
    ours. `other` are the numbers it is about besides `number`."""

    code: Code
    kind: str
    number: str
    document_id: int | None = None
    aspect: str = ""
    books: str = ""
    here: str = ""
    other: str = ""


@dataclass(slots=True)
class KnockOffs:
    """The knock-offs that were posted of one document: as source by target, and as target by
    source."""

    made: dict[str, Decimal] = field(default_factory=dict)
    received: dict[str, Decimal] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((*self.made.values(), *self.received.values()), ZERO)


def normal(number: str) -> str:
    """A number or code as books compare them: ours have capitals only."""
    return kept(number).strip().upper()


def kept(text: str) -> str:
    """What the books say, without the characters that a database text cannot hold."""
    return text.replace("\0", "").encode(errors="replace").decode()


def money(amount: Decimal, currency: str) -> str:
    """With the currency's decimals, and with more where the books have finer amounts."""
    return f"{figure(amount, decimals(currency))} {currency}"


def figure(amount: Decimal, places: int = 2) -> str:
    """To at least so many decimals, never rounded."""
    exponent = amount.normalize().as_tuple().exponent
    return f"{amount:.{max(places, -int(exponent))}f}"


def known_by(receipt: Receipt) -> str:
    """What tells this document of the books from another of its number: their own id, else what
    does not change while it is settled."""
    if receipt.external_id:
        return kept(f"id {receipt.external_id}")[:100]
    fixed = (receipt.number, receipt.customer, receipt.total, receipt.dated, receipt.marker)
    return codec.sha256([codec.dump(each) for each in fixed])


def changes(entry: Document, receipt: Receipt, document_id: int) -> Iterator[Difference]:
    """What was changed in the books. Of a cancelled document nothing else matters."""
    here, books = money(entry.total, entry.currency), money(receipt.total, entry.currency)
    pairs: list[tuple[bool, Aspect, str, str]] = [
        (receipt.total != entry.total, Aspect.TOTAL, books, here),
        (
            normal(receipt.customer) != normal(entry.customer),
            Aspect.CUSTOMER,
            receipt.customer,
            entry.customer,
        ),
        (
            receipt.dated not in (None, entry.date),
            Aspect.DATE,
            str(receipt.dated),
            str(entry.date),
        ),
    ]
    if receipt.cancelled:
        pairs = [(True, Aspect.CANCELLED, "", here)]
    for differs, aspect, theirs, ours in pairs:
        if differs:
            yield Difference(
                code=Code.CHANGED,
                aspect=aspect,
                kind=entry.kind,
                number=entry.number,
                document_id=document_id,
                books=theirs,
                here=ours,
            )


def still_open(receipt: Receipt) -> Decimal | None:
    """What the books show to be left of it; None where they do not say."""
    return receipt.unapplied if receipt.outstanding is None else receipt.outstanding


def lacking(receipt: Receipt, posted: KnockOffs, *, lists: bool = False) -> Decimal | None:
    """How much of the posted knock-offs the books no longer show; None where they show too little
    to tell. `lists`: these books name all that such a document settles, so that naming nothing
    means that it settles nothing."""
    if not posted.total:
        return ZERO
    found = []
    if posted.made and receipt.settled:
        found.append(_not_listed(receipt, posted))
    if (left := still_open(receipt)) is not None:
        found.append(max(left - max(receipt.total - posted.total, ZERO), ZERO))
    if not found and posted.made and lists:
        found.append(_not_listed(receipt, posted))
    return max(found, default=None)


def _not_listed(receipt: Receipt, posted: KnockOffs) -> Decimal:
    """By how much the books' own list of targets falls short of what was posted."""
    shown: dict[str, Decimal] = {}
    for each in receipt.settled:
        shown[normal(each.number)] = shown.get(normal(each.number), ZERO) + each.amount
    short = (amount - shown.get(target, ZERO) for target, amount in posted.made.items())
    return sum((amount for amount in short if amount > 0), ZERO)


# Some books file a debit note among the invoices, and a refund among the payments.
FILED_AS: Mapping[str, str] = {Kind.DEBIT_NOTE: Kind.INVOICE, Kind.REFUND: Kind.PAYMENT}


def same_list(one: str, other: str) -> bool:
    """Whether books may show documents of both kinds in one list."""
    return FILED_AS.get(one, one) == FILED_AS.get(other, other)
