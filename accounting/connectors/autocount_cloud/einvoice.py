"""What documents and debtors say for MyInvois (contract autocount-cloud 14).

The books submit, if at all: whether they do so for documents of the API without a user's step is
not known. An e-invoice of the buyer's own is asked for only together with the buyer's tax entity,
which the books must know already: the API that would create one is not published.
"""

from __future__ import annotations

from accounting.connectors.autocount_cloud.limits import Value
from accounting.connectors.autocount_cloud.options import Options
from accounting.documents.document import Debtor, Document
from accounting.documents.einvoice import CONSOLIDATED


def document_fields(document: Document, options: Options) -> dict[str, Value]:
    """Both marks are always said, so that no default of the books decides."""
    entity = _tax_entity(document) if options.tax_entity else ""
    return {
        "submitEInvoice": bool(entity),
        "submitConsolidatedEInvoice": document.einvoice == CONSOLIDATED,
        "taxEntity": entity,
    }


def debtor_fields(debtor: Debtor, options: Options) -> dict[str, Value]:
    """Nothing yet."""
    return {}


def _tax_entity(document: Document) -> str:
    return ""
