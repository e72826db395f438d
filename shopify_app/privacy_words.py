"""What a compliance request says about itself, in the language of whoever reads it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopify_app.models import PrivacyRequest

TOPICS: dict[str, Promise] = {
    "customers/data_request": _("A customer wants to know what is kept about them"),
    "customers/redact": _("A customer is to be erased"),
    "shop/redact": _("The shop has left and is to be erased"),
}
STATES: dict[str, tuple[Promise, str]] = {
    PrivacyRequest.State.NEW: (_("Under way"), "info"),
    PrivacyRequest.State.DONE: (_("Done"), "success"),
    PrivacyRequest.State.FAILED: (_("Tried again"), "warning"),
    PrivacyRequest.State.HELD: (_("An operator decides"), "critical"),
}
PLACES: dict[str, Promise] = {
    "export": _("Download for the customer"),
    "page: document": _("Page of a document"),
    "API: document": _("Document, by the API"),
}
KEPT: dict[str, Promise] = {
    "trail": _(
        "Document numbers, amounts, taxes, dates and who changed what: accounting law asks for "
        "them, and they name no customer."
    ),
    "books": _(
        "What the documents say in your accounting system, a tax number on an e-invoice among it. "
        "It is kept in your books, not here; erase it there if the law lets you."
    ),
    "digests": _("Digests of what was sent, to prove that it was. Nothing can be read from them."),
    "ids": _("Shopify's numbers of orders and customers, so that what is erased stays erased."),
    "unlisted_orders": _(
        "Other orders that name this customer: Shopify did not list them, so they were not erased."
    ),
}


def kept(evidence: dict[str, object]) -> list[str]:
    """What was kept and why, sentence by sentence."""
    names = evidence.get("kept", [])
    return [str(KEPT[name]) for name in names if name in KEPT] if isinstance(names, list) else []
