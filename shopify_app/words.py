"""What the product calls its things: kinds of documents, why each exists, states and outcomes.

Pages and the API say the same words, in the language of whoever reads them.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.documents.document import Document as Written
from accounting.documents.document import Entry, Kind, Role
from accounting.models import Attempt, Document, Order

KINDS: dict[Kind, Promise] = {
    Kind.CUSTOMER: _("Customer"),
    Kind.INVOICE: _("Invoice"),
    Kind.DEBIT_NOTE: _("Debit note"),
    Kind.PAYMENT: _("Payment"),
    Kind.CREDIT_NOTE: _("Credit note"),
    Kind.REFUND: _("Refund"),
    Kind.ALLOCATION: _("Knock-off"),
}
ROLES: dict[Role, Promise] = {
    Role.CUSTOMER: _("The order has a customer of its own in the books"),
    Role.INVOICE: _("What the order charges"),
    Role.SUPPLEMENTARY: _("Edit or exchange: new lines"),
    Role.INCREASE: _("Edit: a higher charge"),
    Role.REDUCTION: _("Edit: a lower charge"),
    Role.PAYMENT: _("Money received"),
    Role.REVERSAL: _("Payment that failed later"),
    Role.CREDIT: _("Refund: what is taken back or given up"),
    Role.RETURN: _("Return without a refund record"),
    Role.CANCELLATION: _("Cancellation: what is no longer owed"),
    Role.DIFFERENCE: _("Cash rounding"),
    Role.FEE: _("Kept back from a refund"),
    Role.REFUND: _("Money returned to the customer"),
    Role.ALLOCATION: _("Settles one document with another"),
    Role.CONTRA: _("Takes another document of the order back"),
}
EXCHANGE_DIFFERENCE = _("Exchange difference")
EINVOICES: dict[str, Promise] = {
    "consolidated": _("in the month's consolidated e-invoice"),
    "individual": _("an e-invoice of its own"),
}
TAX_MODES: dict[str, Promise] = {
    "exclusive": _("computed by the books on prices without tax"),
    "inclusive": _("computed by the books on prices with tax"),
    "adjusted": _("computed by the books and adjusted to Shopify's"),
}
State = Document.State
STATES = {
    State.WAITING: (pgettext_lazy("document", "Waiting its turn"), "neutral"),
    State.QUEUED: (pgettext_lazy("document", "Queued"), "info"),
    State.SENDING: (pgettext_lazy("document", "Being sent"), "info"),
    State.UNKNOWN: (pgettext_lazy("document", "Being looked up"), "caution"),
    State.POSTED: (pgettext_lazy("document", "In the books"), "success"),
    State.REJECTED: (pgettext_lazy("document", "Refused by the books"), "critical"),
    State.CONFLICT: (pgettext_lazy("document", "Differs from the books"), "critical"),
    State.SKIPPED: (pgettext_lazy("document", "Left out"), "neutral"),
}
ORDER_STATES = {
    Order.State.WAITING: (pgettext_lazy("order", "Waiting"), "info"),
    Order.State.HELD: (pgettext_lazy("order", "Held"), "caution"),
    Order.State.PLANNED: (pgettext_lazy("order", "Has its documents"), "success"),
    Order.State.EXCLUDED: (pgettext_lazy("order", "Nothing to post"), "neutral"),
    Order.State.REVERSED: (pgettext_lazy("order", "Taken back"), "neutral"),
}
Outcome = Attempt.Outcome
OUTCOMES: dict[str, Any] = {
    "": _("The answer never came"),
    Outcome.ACCEPTED: _("Taken by the books"),
    Outcome.REJECTED: _("Refused by the books"),
    Outcome.REFUSED: _("Refused by the books"),
    Outcome.DUPLICATE: _("The number was already taken"),
    Outcome.UNCERTAIN: _("The answer was lost"),
    Outcome.UNAVAILABLE: _("The books could not be reached"),
    Outcome.MISCONFIGURED: _("The connection was refused"),
    Outcome.ASKED: _("A person asked to look again"),
}


def reason(entry: Entry) -> Promise:
    """Why the document exists, in one phrase. Two differences share a role; their line tells which
    of them it is."""
    lines = entry.lines if isinstance(entry, Written) else ()
    if entry.key.role is Role.DIFFERENCE and any(line.role == "fx" for line in lines):
        return EXCHANGE_DIFFERENCE
    return ROLES[entry.key.role]


def account(code: str) -> str:
    """An account of a journal: a code of the books, what customers owe, or a tax code's tax."""
    if code == "AR":
        return str(_("What customers owe"))
    name, _sep, tax_code = code.partition(":")
    if name == "tax" and tax_code:
        return str(_("Tax of %(code)s")) % {"code": tax_code}
    return code
