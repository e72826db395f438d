"""What a hold or a flag means and what to do about it, in a shopkeeper's words.

The message of a hold says which product, tax or figure; these words go around it. The names of the
holds are those of the accounting treatment; a test looks for every one that `accounting` can say.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = tuple[Promise, Promise]  # title, next step

MAP = _("Set what is missing; the order then goes on by itself.")
WAIT = _(
    "Compare with the order in Shopify. When the missing part arrives, it goes on by itself. If "
    "Lejar cannot read the order from Shopify, enter what is missing in the books by hand."
)
COMPARE = _("Compare the figures with the order in Shopify: what cannot be proved is not posted.")
BY_HAND = _("Enter this in the books by hand.")
REPORTED = _("It was reported; nothing is lost. Plan the order again after an update.")
CHECK_REFUNDS = _(
    "Check the refunds of the order in Shopify, and enter the difference in the books by hand."
)

FIGURES: Words = (_("The figures do not agree"), COMPARE)
HOLDS: dict[str, Words] = {
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
    "SOURCE_UNKNOWN": (
        _("A sales channel that may be a marketplace"),
        _("Say in the settings whether this channel's orders are posted from here or left out."),
    ),
    "NOT_REGISTERED": (
        _("Tax was charged, and the business is not registered"),
        _("Switch the tax off in Shopify, or say in the settings that you are registered."),
    ),
    "GIFT_CARD_TAX": (
        _("A gift card was sold with tax"),
        _("Switch the product's tax off in Shopify, and enter this order in the books by hand."),
    ),
    "PERIOD_CLOSED": (
        _("The period is closed"),
        _("Open the period in the books, or let such documents take the next open day."),
    ),
    "UNREFUNDED_CANCELLATION": (
        _("Cancelled, and the money was kept"),
        _("Refund the order in Shopify, or let such money stand as a credit in the settings."),
    ),
    "BEFORE_CUT_OVER": (
        _("The order is older than the start with Lejar"),
        _("Enter this in the books by hand, or let earlier orders be credited in the settings."),
    ),
    "ADJUSTMENT_UNEXPLAINED": (_("A refund has an adjustment nobody explains"), CHECK_REFUNDS),
    "BOUNCED": (
        _("Money went back to the customer, and that failed later"),
        _(
            "Check in Shopify whether the customer has the money, and enter what is missing by "
            "hand."
        ),
    ),
    "TAX_RECOMPUTE": (
        _("The books would compute another tax"),
        _("Let the books take the tax that is stated, and check the rate of the tax code there."),
    ),
    "CONNECTION_UNSUPPORTED": (
        _("The books cannot take this document"),
        _("Enter it in the books by hand, or change the setting that the message names."),
    ),
    "LENGTH": (
        _("A document number is too long for the books"),
        _("Set a shorter prefix, or enter the document in the books by hand."),
    ),
    "SEALED_DIFFERS": (
        _("A document in the books is no longer what the order says"),
        _("It is never changed: compare both figures and enter the difference by hand."),
    ),
    "REVERSAL": (
        _("Taking the order back would not bring the books back"),
        _("Nothing was posted: compare the figures, and take the order back in the books by hand."),
    ),
    "IN_DOUBT": (
        _("A document must be decided on before the order is taken back"),
        _("Look at the document in the books, then try it again or leave it out."),
    ),
    "OTHER_BOOKS": (
        _("The order is in books that are not connected any more"),
        _("Take it back there by hand."),
    ),
    "INEXACT_AMOUNT": (
        _("An amount is finer than its currency"),
        _("Compare the amount with the order in Shopify, and enter the order by hand."),
    ),
    "NOT_SUPPORTED": (_("Lejar cannot post this"), BY_HAND),
    "INTERNAL": (_("Lejar made a mistake"), REPORTED),
    "I1": (_("The lines are not the order's total"), COMPARE),
    "I2": (_("A line does not multiply out"), COMPARE),
    "I3": (_("The taxes do not add up"), COMPARE),
    "I4": (_("Payments and refunds do not add up"), COMPARE),
    "I5": (_("The customer would not owe what Shopify says"), COMPARE),
    "I6": (_("More money went back than is explained"), CHECK_REFUNDS),
    "I7": (_("More was taken back than was sold"), CHECK_REFUNDS),
    "I11": (_("A document number is not usable"), BY_HAND),
    "I14": FIGURES,
}
FLAGS: dict[str, Words] = {
    "CUSTOMER_CREDIT": (
        _("The customer has a credit"),
        _("Pay it back in Shopify, or leave it for the customer's next purchase."),
    ),
    "BUYER_IDENTITY": (
        _("The e-invoice does not name the buyer"),
        _(
            "Ask the buyer for what is missing or wrong, and issue their e-invoice in the books "
            "before the month is consolidated."
        ),
    ),
    "BOUNCED": (
        _("A payment failed later"),
        _("Ask the customer to pay again: the invoice is open."),
    ),
    "REFUND_FAILED": (
        _("A refund was not paid out"),
        _("Return the money another way and record it in Shopify, or leave the credit."),
    ),
    "DISPUTED": (
        _("A payment is disputed"),
        _("Answer the dispute in Shopify; enter in the books what the bank takes, with its fee."),
    ),
    "DELETED": (
        _("The order was deleted in Shopify"),
        _("If the sale never happened, credit it in the books by hand; else there is no need."),
    ),
    "AFTER_REVERSAL": (
        _("The order changed after it was taken back"),
        _("Look at the order in Shopify, and enter in the books by hand what belongs there."),
    ),
    "LONG_NUMBER": (
        _("The order's documents have a longer number"),
        _("Nothing has to be done; look for this order in the books under the number shown."),
    ),
    "TAX_READING": (
        _("A refund states its tax otherwise than the order"),
        _("Compare the tax of the credit note with the refund in Shopify."),
    ),
    "I9": (
        _("What you owe your customers is on several accounts"),
        _("Map the payment gateway and its account to one and the same account."),
    ),
}
NEWS: Words = (_("Something to know"), _("Read the message; nothing is held back."))


def hold(code: str) -> Words:
    """The kind of a hold, and what a person can do about it. One without words is about figures
    that disagree."""
    return HOLDS.get(code, FIGURES)


def flag(code: str) -> Words:
    """The same of something that holds nothing back."""
    return FLAGS.get(code, NEWS)
