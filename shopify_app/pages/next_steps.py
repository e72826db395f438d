"""The button that does the next step: where a hold is put right, and what a person may do with a
document or an order in each of its states, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.models import Document, Order


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a hold is put right: the name of a page, and the words of the button. `by_subject`: the
    page is searched for what the hold is about; `show` filters it for holds about several."""

    page: str
    words: Promise
    by_subject: bool = False
    show: str = ""


SETTINGS = Fix("settings", _("Open the settings"))
FIXES: dict[str, Fix] = {
    "UNMAPPED_ITEM": Fix(
        "mapping-products", _("Map the product"), by_subject=True, show="unmapped"
    ),
    "UNMAPPED_TARIFF": Fix("mapping-taxes", _("Set the tariff code"), by_subject=True),
    "UNMAPPED_TAX": Fix("mapping-taxes", _("Map the tax"), by_subject=True),
    "UNMAPPED_GATEWAY": Fix("mapping-gateways", _("Map the gateway"), by_subject=True),
    "UNMAPPED_ACCOUNT": Fix("mapping-accounts", _("Set the account"), by_subject=True),
    "UNMAPPED_DEBTOR": Fix("mapping-customers", _("Set the customer code"), by_subject=True),
    "UNMAPPED_PREFIX": SETTINGS,
    "SOURCE_UNKNOWN": SETTINGS,
    "NOT_REGISTERED": SETTINGS,
    "UNREFUNDED_CANCELLATION": SETTINGS,
    "BEFORE_CUT_OVER": SETTINGS,
    "LENGTH": SETTINGS,
    "CONNECTION_UNSUPPORTED": SETTINGS,
    "NO_CONNECTION": Fix("connection", _("Connect the books")),
    "OTHER_BOOKS": Fix("connection", _("Look at the connection")),
    "TAX_RECOMPUTE": Fix("mapping-taxes", _("Look at the tax codes")),
    "I9": Fix("mapping-gateways", _("Look at the gateways")),
    "IN_DOUBT": Fix("documents", _("Find the document"), by_subject=True),
    "SEALED_DIFFERS": Fix("documents", _("Find the document"), by_subject=True),
}
NEXT_OPEN_DAY = frozenset({"PERIOD_CLOSED"})

State = Document.State
# What each state of a document means, and what happens next or is to be done.
DOCUMENTS: dict[State, Promise] = {
    State.WAITING: _(
        "An earlier document of this order is not in the books yet. This one follows it by itself."
    ),
    State.QUEUED: _("It is sent as soon as the books take it. There is nothing to do."),
    State.SENDING: _("It is being written into the books right now."),
    State.UNKNOWN: _(
        "The answer of the books was lost. Lejar asks them whether the document is there before it "
        "sends anything again."
    ),
    State.POSTED: _("It stands in the books. There is nothing to do."),
    State.REJECTED: _(
        "The books did not take it, so nothing of it is there. Put right what they object to, "
        "then try it again; or leave it out and enter it by hand."
    ),
    State.CONFLICT: _(
        "The books hold something else under this number. Compare both there. Lejar never changes "
        "what is in the books: correct or cancel it there and look again, or leave this one out."
    ),
    State.SKIPPED: _("A person left it out of the books, or a later plan made it needless."),
}
RETRIED = frozenset({State.REJECTED, State.CONFLICT})
SKIPPED = frozenset({State.WAITING, State.QUEUED, State.REJECTED, State.CONFLICT})

ORDERS: dict[Order.State, Promise] = {
    Order.State.WAITING: _(
        "More is expected from Shopify. The order is judged as soon as it has been quiet for a "
        "while."
    ),
    Order.State.HELD: _("Nothing wrong reaches the books: what is missing is said below."),
    Order.State.PLANNED: _("Everything known of it has its documents. There is nothing to do."),
    Order.State.EXCLUDED: _(
        "It has no documents for now. If something happens to it, it is judged again by itself."
    ),
    Order.State.REVERSED: _("It was taken back out of the books for good."),
}
