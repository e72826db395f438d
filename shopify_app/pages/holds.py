"""What a hold means and what to do about it, in a shopkeeper's words.

The message of a hold says which product, tax or figure; these words go around it. The names of the
holds are those of the accounting treatment.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAP = _("Set what is missing; the order then goes on by itself.")
WAIT = _("Compare with the order in Shopify. When the missing part arrives, it goes on by itself.")
COMPARE = _("Compare the figures with the order in Shopify: what cannot be proved is not posted.")
BY_HAND = _("Enter this in the books by hand.")
REPORTED = _("It was reported; nothing is lost. Plan the order again after an update.")

FIGURES = (_("The figures do not agree"), COMPARE)
UNABLE = (_("Lejar cannot post this"), BY_HAND)
WORDS: dict[str, tuple[Promise, Promise]] = {
    "UNMAPPED_ITEM": (_("A product has no account"), MAP),
    "UNMAPPED_TAX": (_("A tax has no tax code"), MAP),
    "UNMAPPED_GATEWAY": (_("A payment gateway has no account"), MAP),
    "UNMAPPED_ACCOUNT": (_("An account is not set"), MAP),
    "UNMAPPED_DEBTOR": (_("A customer code is not set"), MAP),
    "UNMAPPED_TARIFF": (_("A tariff code is missing"), MAP),
    "UNMAPPED_PREFIX": (_("The prefix of document numbers is not set"), MAP),
    "NO_CONNECTION": (_("No accounting system is connected"), MAP),
    "FACTS_INCOMPLETE": (_("Something has not arrived from Shopify"), WAIT),
    "REFUND_PENDING": (
        _("A refund is still under way"),
        _("It goes on by itself when Shopify says that the money has moved."),
    ),
    "PERIOD_CLOSED": (
        _("The period is closed"),
        _("Open the period in the books, or let such documents take the next open day."),
    ),
    "UNREFUNDED_CANCELLATION": (
        _("Cancelled, and the money was kept"),
        _("Refund the order in Shopify, or enter in the books by hand what the money is for."),
    ),
    "INTERNAL": (_("Lejar made a mistake"), REPORTED),
    "BEFORE_CUT_OVER": (_("The order is older than the start with Lejar"), BY_HAND),
    "BOUNCED": UNABLE,
    "CONNECTION_UNSUPPORTED": UNABLE,
    "LENGTH": UNABLE,
    "NOT_SUPPORTED": UNABLE,
}


def title(code: str) -> Promise:
    """The kind of a hold. Every other one is about figures that disagree."""
    return WORDS.get(code, FIGURES)[0]


def next_step(code: str) -> Promise:
    """What a person can do about it."""
    return WORDS.get(code, FIGURES)[1]
