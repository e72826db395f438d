"""What a comparison with the books found, in a bookkeeper's words: what it is, the sentence with
both figures, and what to do about it. Pages, the API and the command say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.documents.document import Kind
from accounting.models import BookDifference
from shopify_app.words import KINDS

Code, Aspect = BookDifference.Code, BookDifference.Aspect
TITLES: dict[str, Promise] = {
    Code.MISSING: _("Missing in the books"),
    Code.CHANGED: _("Changed in the books"),
    Code.DUPLICATED: _("More than once in the books"),
    Code.UNALLOCATED: _("No longer knocked off"),
    Code.FOREIGN: _("Not written by Lejar"),
}
NEXT_STEPS: dict[str, Promise] = {
    Code.MISSING: _(
        "Find out who removed it from the books, and enter it there again under the same number."
    ),
    Code.CHANGED: _(
        "Compare it with the order in Shopify, and put back in the books what should not have "
        "changed."
    ),
    Code.DUPLICATED: _("Keep the one that is knocked off, and cancel the other in the books."),
    Code.UNALLOCATED: _("Knock it off again in the books."),
    Code.FOREIGN: _(
        "Give it a number without your store's prefix, or cancel it if nobody needs it: an order "
        "may come to need the number."
    ),
}
SENTENCES: dict[tuple[str, str], Promise] = {
    (Code.MISSING, ""): _("The books hold no %(number)s; here it was posted with %(here)s."),
    (Code.CHANGED, ""): _(
        "%(number)s is not in the books as it was posted: %(books)s. Here it is %(here)s."
    ),
    (Code.CHANGED, Aspect.TOTAL): _(
        "The total of %(number)s is %(books)s in the books, %(here)s here."
    ),
    (Code.CHANGED, Aspect.CUSTOMER): _(
        "The customer of %(number)s is %(books)s in the books, %(here)s here."
    ),
    (Code.CHANGED, Aspect.CANCELLED): _(
        "%(number)s is cancelled in the books; here it stands with %(here)s."
    ),
    (Code.CHANGED, Aspect.DATE): _(
        "The date of %(number)s is %(books)s in the books, %(here)s here."
    ),
    (Code.DUPLICATED, Aspect.NUMBER): _(
        "The books hold more than one %(number)s (%(books)s); here there is one of %(here)s."
    ),
    (Code.DUPLICATED, Aspect.MARKER): _(
        "The books hold %(other)s of %(books)s with the Shopify id of %(number)s, which is "
        "%(here)s here."
    ),
    (Code.UNALLOCATED, ""): _(
        "The knock-offs of %(number)s with %(other)s come to %(books)s in the books, %(here)s here."
    ),
    (Code.FOREIGN, ""): _(
        "The books hold %(number)s of %(books)s under your store's prefix; here there is none."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One difference in the language of whoever reads it."""

    title: str
    kind_name: str
    sentence: str
    next_step: str


def said(row: BookDifference) -> Said:
    figures = {name: getattr(row, name) for name in ("number", "other", "books", "here")}
    return Said(
        title=str(TITLES[row.code]),
        kind_name=str(KINDS[Kind(row.kind)]),
        sentence=str(SENTENCES[row.code, row.aspect]) % figures,
        next_step=str(NEXT_STEPS[row.code]),
    )
