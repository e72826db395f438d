"""What the fields of a profile can be filled from, by name.

These names are the vocabulary of the `from` key: changing one breaks operators' corrections.
Each value is a text, a date, a Decimal, a bool, or "" for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from accounting.connectors.rows import Row
from accounting.documents.document import Allocation, Debtor, Document

Value = str | date | Decimal | bool | None

ROWS = ("lines", "self")  # an array has a row for each line, or one for the document itself
FOREIGN = ("foreign_currency", "rate")  # empty where the currency is the books' own
ADDRESS_LINES = 4


def _counted(row: Row) -> str:
    """AR lines have no quantity column, so the text says it: "2 x Tee black M"."""
    line = row.line
    return line.description if line.quantity == 1 else f"{line.quantity} x {line.description}"


def _percent(row: Row) -> str:
    """The rate as the books write it, "10%" or "8.5%"; nothing on untaxed lines."""
    line = row.line
    if not line.tax_code or line.tax_rate is None:
        return ""
    return f"{(line.tax_rate * 100).normalize():f}%"


def _bought_by(document: Document) -> str:
    """The description with the buyer's name, for headers that have no field for it."""
    name = _nth(document.buyer, 0)
    known = not name or name in document.description
    return document.description if known else f"{document.description}, {name}"


def _nth(lines: tuple[str, ...], position: int) -> str:
    """The line at this position, blank ones left out. The last line of an address carries what
    has no line of its own."""
    said = [line.strip() for line in lines if line.strip()]
    if position == ADDRESS_LINES - 1:
        return ", ".join(said[position:])
    return said[position] if position < len(said) else ""


def _country(debtor: Debtor) -> str:
    """The two-letter code; a country's name does not fit where codes are kept."""
    return debtor.country.upper() if len(debtor.country) == 2 else ""


def _identified(debtor: Debtor, by: str) -> str:
    """The buyer's number of this kind of identification, "" where they gave another."""
    identity = debtor.identity
    return identity.id_number if identity and identity.id_type == by else ""


DOCUMENT: Mapping[str, Callable[[Document], Value]] = {
    "number": lambda document: document.number,
    "date": lambda document: document.date,
    "due_date": lambda document: document.due_date,
    "currency": lambda document: document.currency,
    "foreign_currency": lambda document: document.currency,
    "rate": lambda document: document.rate,
    "customer": lambda document: document.customer,
    "total": lambda document: document.total,
    "description": lambda document: document.description,
    "description_with_buyer": _bought_by,
    "buyer_name": lambda document: _nth(document.buyer, 0),
    "buyer_address1": lambda document: _nth(document.buyer[1:], 0),
    "buyer_address2": lambda document: _nth(document.buyer[1:], 1),
    "buyer_address3": lambda document: _nth(document.buyer[1:], 2),
    "buyer_address4": lambda document: _nth(document.buyer[1:], 3),
    "order_name": lambda document: document.order_name,
    "order_id": lambda document: str(document.order_id),
    "source_id": lambda document: str(document.key.source_id),
    "account": lambda document: document.account,
    "gateway": lambda document: document.gateway,
    "reference": lambda document: document.reference,
    "corrects": lambda document: document.corrects,
    "project": lambda document: document.project,
    "tax_inclusive": lambda document: document.tax_mode == "inclusive",
    "consolidated": lambda document: document.einvoice == "consolidated",
}

LINE: Mapping[str, Callable[[Row], Value]] = {
    "account": lambda row: row.line.account,
    "description": lambda row: row.line.description,
    "counted_description": _counted,
    "quantity": lambda row: row.quantity,
    "unit_price": lambda row: row.unit_price,
    "net": lambda row: row.line.net,
    "tax_code": lambda row: row.line.tax_code,
    "tax_percent": _percent,
    "tax": lambda row: row.line.tax,
    "tax_adjustment": lambda row: row.adjustment,
    "tariff_code": lambda row: row.line.tariff_code,
    "item_code": lambda row: row.line.item_code,
    "restock": lambda row: row.line.restock,
    "project": lambda row: row.document.project,
}

ALLOCATION: Mapping[str, Callable[[Allocation], Value]] = {
    "source": lambda allocation: allocation.source,
    "date": lambda allocation: allocation.date,
    "target": lambda allocation: allocation.target,
    "target_type": lambda allocation: allocation.target_kind.value,  # translated by docTypes
    "amount": lambda allocation: allocation.amount,
}

CUSTOMER: Mapping[str, Callable[[Debtor], Value]] = {
    "code": lambda debtor: debtor.code,
    "name": lambda debtor: debtor.name or debtor.company or debtor.code,
    "company": lambda debtor: debtor.company,
    "currency": lambda debtor: debtor.currency,
    "foreign_currency": lambda debtor: debtor.currency,
    "email": lambda debtor: debtor.email,
    "phone": lambda debtor: debtor.phone,
    "address1": lambda debtor: _nth(debtor.address, 0),
    "address2": lambda debtor: _nth(debtor.address, 1),
    "address3": lambda debtor: _nth(debtor.address, 2),
    "address4": lambda debtor: _nth(debtor.address, 3),
    "country": _country,
    "tin": lambda debtor: debtor.identity.tin if debtor.identity else "",
    "registration": lambda debtor: _identified(debtor, "registration"),
    "id_number": lambda debtor: debtor.identity.id_number if debtor.identity else "",
    "id_type": lambda debtor: debtor.identity.id_type if debtor.identity else "",  # by idTypes
}
