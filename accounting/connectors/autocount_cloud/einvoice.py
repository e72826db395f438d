"""What documents and debtors say for MyInvois (contract autocount-cloud 14).

The books submit, if at all: whether they do so for documents of the API without a user's step is
not known. An e-invoice of the buyer's own is asked for only together with the buyer's tax entity.
The API that creates one is not published, so it must be in the books already, known by its TIN
(assumed, and so a setting).
"""

from __future__ import annotations

from accounting.connectors.autocount_cloud.limits import Value, one_line
from accounting.connectors.autocount_cloud.options import Options
from accounting.documents.document import BuyerIdentity, Debtor, Document
from accounting.documents.einvoice import CONSOLIDATED, INDIVIDUAL

REGISTRATION = "registration"


def document_fields(document: Document, options: Options) -> dict[str, Value]:
    """Both marks are always said, so that no default of the books decides."""
    identity = document.identity if document.einvoice == INDIVIDUAL else None
    own = identity is not None and options.tax_entity
    marks: dict[str, Value] = {
        "submitEInvoice": own,
        "submitConsolidatedEInvoice": document.einvoice == CONSOLIDATED,
    }
    if identity is None:
        return marks
    named: dict[str, Value] = {
        "debtorName": identity.name,
        "address": _address(identity),
        "email": identity.email,
        "phone1": identity.phone,
    }
    return marks | named | ({"taxEntity": identity.tin} if own else {})


def debtor_fields(debtor: Debtor, options: Options) -> dict[str, Value]:
    """A debtor has one register number, which is a company's."""
    identity = debtor.identity
    if identity is None:
        return {}
    registered = identity.id_number if identity.id_type == REGISTRATION else ""
    return {
        "registerNo": registered,
        "taxRegisterNo": identity.sst_number,
        "taxEntity": identity.tin if options.tax_entity else "",
    }


def _address(identity: BuyerIdentity) -> str:
    town = f"{identity.postcode} {identity.city}".strip()
    return one_line((identity.address1, identity.address2, town, identity.state, identity.country))
