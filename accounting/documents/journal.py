"""What a document posts: the debits and credits a ledger makes of it (treatment 1.1).

This is said once, here, for the checks, the page of cases and the exported journal. A knock-off and
a customer post nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from accounting.documents.codes import LIABILITY_GATEWAYS
from accounting.documents.document import Document, DocumentLine, Kind
from accounting.documents.rules import gateway_key


class Place(StrEnum):
    """Which list of the books a posting's code is from: the same code may stand in two of them."""

    RECEIVABLE = "receivable"  # debtor codes
    LEDGER = "ledger"  # accounts and payment methods
    TAX = "tax"  # tax codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One side of a document: a debit where `amount`, in the document's currency, is positive.

    `role` is the account role (treatment 1.1) of a ledger account, "" elsewhere; `line` is the
    document line behind it, None for the receivable and for money.
    """

    place: Place
    code: str
    amount: Decimal
    currency: str
    role: str = ""
    line: DocumentLine | None = None

    @property
    def account(self) -> str:
        """The account as the treatment writes it: AR, tax:S10, or the code itself."""
        if self.place is Place.RECEIVABLE:
            return "AR"
        return f"tax:{self.code}" if self.place is Place.TAX else self.code


def postings(document: Document) -> tuple[Posting, ...]:
    """Every side of the document, the receivable first; they sum to zero when it balances.

    Invoices and debit notes debit the receivable and credit lines and taxes, credit notes mirror
    them; a payment debits its account and credits the receivable, a refund or a reversed payment
    mirrors it. A line keeps its posting when its net is zero; a tax of zero has none.
    """
    sign = 1 if document.is_debit else -1
    receivable = Posting(
        place=Place.RECEIVABLE,
        code=document.customer,
        amount=sign * document.total,
        currency=document.currency,
    )
    if document.kind in (Kind.PAYMENT, Kind.REFUND):
        return receivable, _money(document, -sign)
    return receivable, *_lines(document, -sign)


def _money(document: Document, sign: int) -> Posting:
    return Posting(
        place=Place.LEDGER,
        code=document.account,
        amount=sign * document.total,
        currency=document.currency,
        role=LIABILITY_GATEWAYS.get(gateway_key(document.gateway), "clearing"),
    )


def _lines(document: Document, sign: int) -> Iterator[Posting]:
    for line in document.lines:
        yield Posting(
            place=Place.LEDGER,
            code=line.account,
            amount=sign * line.net,
            currency=document.currency,
            role=line.role,
            line=line,
        )
        if line.tax:
            yield Posting(
                place=Place.TAX,
                code=line.tax_code,
                amount=sign * line.tax,
                currency=document.currency,
                line=line,
            )
