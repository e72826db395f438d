"""Invoices, debit notes and credit notes as sales documents: with items, and e-invoiceable.

AR documents are not (contract 1), so they are never written here. Tax is always told on lines
without tax in their prices (contract 8.2). Keys stand in the order of the contract's tables:
books that compute on the way depend on it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounting.connectors.sql_account_api import buyers
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.setup import Setup
from accounting.documents.document import Document, DocumentLine, Key, Kind, Role

# Roles whose Shopify id alone tells a document from the others of its kind (contract 7.2: docref1).
PLAIN = frozenset({Role.INVOICE, Role.CREDIT, Role.PAYMENT, Role.REFUND})


def marker(key: Key) -> str:
    """The second key of a document in the books: its Shopify id, which is never given twice within
    one kind of document."""
    if key.role in PLAIN:
        return str(key.source_id)
    undone = key.source if key.role is Role.CONTRA else ""  # ids repeat from role to role
    return f"{key.role.value}{undone}{key.source_id}"


def body(api: Api, setup: Setup, document: Document, home_currency: str) -> dict[str, Any]:
    """The document as `limits.text` takes it; None is left out."""
    return {
        "docno": document.number,
        "docnoex": document.corrects or None,
        "docdate": document.date,
        "postdate": document.date,
        "taxdate": document.date,
        "code": document.customer,
        **buyers.shown(document, api.limits),
        "terms": setup.terms or None,
        "area": setup.area or None,
        "agent": setup.agent or None,
        "project": document.project or None,
        "description": document.description,
        "docref1": marker(document.key),
        **foreign(api, document, home_currency),
        **buyers.reported(api, setup, document.einvoice, document.identity),
        "sdsdocdetail": [
            _line(api, setup, document, line, position)
            for position, line in enumerate(document.lines, start=1)
        ],
    }


def foreign(api: Api, document: Document, home_currency: str) -> dict[str, Any]:
    """Currency and rate; nothing for the books' own currency (contract 8.5)."""
    if document.currency in (home_currency, *api.home_currency):
        return {}
    return {"currencycode": document.currency, "currencyrate": document.rate}


def _line(
    api: Api, setup: Setup, document: Document, line: DocumentLine, position: int
) -> dict[str, Any]:
    return {
        "seq": position * api.line_step,
        "itemcode": item_code(api, setup, document, line),
        "account": line.account or None,
        "description": line.description,
        "remark1": document.corrects or None,
        "location": setup.location or None,
        "project": document.project or None,
        "uom": setup.uom or None,
        "qty": Decimal(line.quantity),
        "unitprice": line.unit_price,
        "tax": line.tax_code,
        "taxrate": _percent(line),
        "taxamt": line.tax,
        "taxinclusive": False,
        "amount": line.net,
        "tariff": line.tariff_code or None,
        "irbm_classification": setup.classification or None,
    }


def item_code(api: Api, setup: Setup, document: Document, line: DocumentLine) -> str:
    """The product's item, else the connection's own for what the line is. Goods that do not come
    back to the shelf are credited with an item that moves no stock (contract 7.4), and so is that
    credit taken back."""
    moves_back = document.kind is Kind.CREDIT_NOTE or document.key.role is Role.CONTRA
    stays_out = moves_back and not line.restock and line.role in api.stock_roles
    if line.item_code and not stays_out:
        return line.item_code
    name = "item_no_return" if stays_out else api.items.get(line.role, "item_other")
    while name and not setup.items.get(name):
        name = api.item_fallback.get(name, "")
    return setup.items.get(name, "")


def _percent(line: DocumentLine) -> str | None:
    """The rate as text, "10%" or "8.5%": the books' own may be out of date (contract 8.2)."""
    if not line.tax_code or line.tax_rate is None:
        return None
    return f"{(line.tax_rate * 100).normalize():f}%"
