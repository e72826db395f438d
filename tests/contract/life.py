"""The life of one order, as the entries that are written of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from accounting.documents.document import Allocation, Document, Entry, Key, Role
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
    shipping,
)

CUSTOMER = "300-S0042"


def amount(text: str, **changes: Any) -> dict[str, Any]:
    """One untaxed line of this amount."""
    one = shipping(unit_price=Decimal(text), net=Decimal(text), **changes)
    return {"total": Decimal(text), "lines": (one,)}


def knock(source: Document, target: Document, text: str, **opened: str) -> Allocation:
    """`source` settles this much of `target`; both are still whole unless `opened` says."""
    return allocation(
        key=Key(role=Role.ALLOCATION, source_id=1, source=source.number, target=target.number),
        number=f"{source.number}_{target.number}",
        date=max(source.date, target.date),
        customer=source.customer,
        currency=source.currency,
        source_kind=source.kind,
        source=source.number,
        target_kind=target.kind,
        target=target.number,
        amount=Decimal(text),
        source_open=Decimal(opened.get("source_open", str(source.total))),
        target_open=Decimal(opened.get("target_open", str(target.total))),
    )


def paid_order(number: str = "SH-1001") -> tuple[Document, Document, Allocation]:
    """107.00, paid at once."""
    bought, paid = invoice(number=number), payment(number=f"{number}-P1")
    return bought, paid, knock(paid, bought, "107.00")


def returned_order(number: str = "SH-1001") -> list[Entry]:
    """Paid by a customer of its own; one of two comes back and its money is returned."""
    bought, paid, settled = paid_order(number)
    credit = credit_note(number=f"{number}-C1", corrects=number)
    back = refund(number=f"{number}-F1")
    entries: list[Document | Allocation] = [bought, paid, settled, credit, back]
    entries.append(knock(back, credit, "49.50"))
    return [customer(), *(_of_its_own_customer(entry) for entry in entries)]


def _of_its_own_customer(entry: Document | Allocation) -> Entry:
    return replace(entry, customer=CUSTOMER)


def whole_life() -> list[Entry]:
    """A customer of its own, an invoice, what an edit added, an exchange gain, a payment for all;
    a refund of more than was credited; a payment that bounced; a fee kept from a credit."""
    bought, paid = invoice(), payment(total=Decimal("115.05"))
    added = invoice(number="SH-1001-S7", key=Key(role=Role.SUPPLEMENTARY, source_id=7))
    added = replace(added, **amount("8.00"))
    gained = debit_note(**amount("0.05"))
    credit, lost = credit_note(), credit_note(number="SH-1001-N8", **amount("0.50"))
    returned = refund(total=Decimal("50.00"))
    bounced = payment(number="SH-1001-P9", total=Decimal("10.00"))
    key = Key(role=Role.REVERSAL, source_id=9)
    reversal = refund(key=key, number="SH-1001-V9", total=Decimal("10.00"))
    given_back = credit_note(number="SH-1001-C5", **amount("8.00"))
    kept = debit_note(number="SH-1001-D5", key=Key(role=Role.FEE, source_id=5), **amount("8.00"))
    documents = [bought, added, gained, paid, credit, lost, returned]
    documents += [bounced, reversal, given_back, kept]
    own = [replace(document, customer=CUSTOMER) for document in documents]
    bought, added, gained, paid, credit, lost, returned = own[:7]
    bounced, reversal, given_back, kept = own[7:]
    return [
        customer(),
        *own,
        knock(paid, bought, "107.00"),
        knock(paid, added, "8.00", source_open="8.05"),
        knock(paid, gained, "0.05", source_open="0.05"),
        knock(returned, credit, "49.50"),
        knock(returned, lost, "0.50", source_open="0.50"),
        knock(reversal, bounced, "10.00"),
        knock(given_back, kept, "8.00"),
    ]
