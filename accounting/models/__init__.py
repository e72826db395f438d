"""The tables: books, the stores that sell into them, mappings, facts, documents and their trail.

Integrity lives here. Every tenant table names its store; migration 0002 adds the composite
foreign keys that make a row of one store unable to point at a row of another.

Who writes: facts, orders and new documents `posting`, mappings `mapping`, policies `policy`, a
book's connection `connections`, its lists of codes `code_lists`, what a comparison with the books
found `checking`, what a store sells `catalogue` and `suggestions`, what has no code yet `seen`,
files and dry runs of mappings `mapping_import` and `mapping_preview`, backfills `backfills` and its
neighbours, the tie-out `tie_figures`, approvals of its statements `tie_out`. `Document.state`,
leases and fences of books are `outbox`'s alone; a book's trouble is noted by `sender`, and
forgotten when a person pauses or resumes the book.
"""

from __future__ import annotations

from accounting.models.audit import Audit, AuditChain
from accounting.models.backfills import Backfill, BackfillOrder
from accounting.models.books import Book, Code, CodeList
from accounting.models.catalogue import Catalogue, Variant
from accounting.models.changes import MappingImport, MappingPreview
from accounting.models.checks import BookCheck, BookDifference, BookSighting
from accounting.models.documents import Attempt, Document
from accounting.models.mappings import (
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    RoleMapping,
    TaxMapping,
)
from accounting.models.orders import Fact, Order
from accounting.models.seen import SeenGateway, SeenTax
from accounting.models.stores import Debtor, DebtorCode, Store, marketplaces
from accounting.models.ties import (
    StatementApproval,
    TieDay,
    TieDifference,
    TieDue,
    TieFigure,
    TieRecount,
)

__all__ = [
    "Attempt",
    "Audit",
    "AuditChain",
    "Backfill",
    "BackfillOrder",
    "Book",
    "BookCheck",
    "BookDifference",
    "BookSighting",
    "Catalogue",
    "Code",
    "CodeList",
    "Debtor",
    "DebtorCode",
    "Document",
    "Fact",
    "GatewayMapping",
    "ItemMapping",
    "MappingImport",
    "MappingPreview",
    "Order",
    "ProjectMapping",
    "RoleMapping",
    "SeenGateway",
    "SeenTax",
    "StatementApproval",
    "Store",
    "TaxMapping",
    "TieDay",
    "TieDifference",
    "TieDue",
    "TieFigure",
    "TieRecount",
    "Variant",
    "marketplaces",
]
