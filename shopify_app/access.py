"""Who has been shown personal data. A row for each time: Shopify asks for it of whoever keeps names
and addresses (contract shopify.md, 14).

Shown are a buyer on a document and the exports of a data request. Lists of the books' debtors are
not counted: they are the merchant's own books, and a picker asks for them letter by letter.
"""

from __future__ import annotations

from datetime import datetime

from accounting.documents.document import Entry
from accounting.documents.personal import nameless
from shopify_app.models import PersonalDataAccess
from shopify_app.session import Visit


def note(visit: Visit, what: str, subject: str, *, now: datetime) -> None:
    """`what` is where it was shown, `subject` what it is about: "document 17"."""
    PersonalDataAccess.objects.create(
        shop=visit.shop, at=now, who=visit.who, what=what, subject=subject
    )


def note_document(
    visit: Visit, what: str, document_id: int, entry: Entry, *, now: datetime
) -> None:
    """Only where the document says who the buyer is."""
    if nameless(entry) != entry:
        note(visit, what, f"document {document_id}", now=now)
