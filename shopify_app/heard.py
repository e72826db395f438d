"""What the books and the connection to them say in English, in the language of whoever reads it.

Checks, refusals and guides are kept as English text, like everything `accounting` says (see
`said`). Those of the connectors follow the patterns here or stand in a guide; a line that does
neither is shown as it is, because it is the accounting system's own.
"""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounting.connectors.guide import guides
from shopify_app.heard_directly import AUTOCOUNT_CLOUD, SQL_ACCOUNT
from shopify_app.heard_of_rows import ROWS
from shopify_app.said import spoken

COMMON = (
    # what a finding is about
    _("API key"),
    _("Connection"),
    _("Company"),
    _("Cash debtor"),
    _("Cash debtor %(code)s"),
    _("Customers"),
    _("Invoices"),
    _("Debit notes"),
    _("Payments"),
    _("Credit notes"),
    _("Refunds"),
    _("Rounding"),
    _("Refused documents"),
    _("More endpoints"),
    _("Endpoints not verified"),
    _("Please confirm"),
    # the key, the PC and the way to it
    _("An AcctBridge key starts with %(code)s."),
    _("Copy it from API Keys in AcctBridge; nothing comes before its first letters."),
    _("AcctBridge refused the API key. Create a key under API Keys and paste it again."),
    _("This key may not use this instance. Check that the key belongs to this client."),
    _(
        "The accounting PC is not connected. Switch it on, check Instances in AcctBridge (run the "
        "installer as Administrator if it stays Offline), then check again. Orders keep queuing."
    ),
    _("The accounting system has no free licence. Log a user out on the PC."),
    _("AcctBridge asks us to slow down."),
    _("AcctBridge answered %(code)s."),
    _("AcctBridge answered %(code)s to %(call)s with something unreadable"),
    _("AcctBridge answered with something that is not a list of records"),
    _("AcctBridge did not answer %(call)s: %(said)s"),
    _("AcctBridge cannot be reached: %(said)s"),
    _("AcctBridge is too slow: no time was left for another request"),
    _("The address of AcctBridge: %(said)s"),
    _("Unclear: %(first)s"),
    # the company
    _("%(title)s answers."),
    _("Customers in these books: none"),
    _("Customers in these books: %(said)s"),
    _("No cash debtor is chosen yet."),
    _("Choose the customer that stands for online sales under Settings."),
    _("Found: %(said)s"),
    _("It is not in these books."),
    _("Create it there, or choose another under Settings."),
    _("These books are %(found)s; you confirmed %(confirmed)s."),
    _("These books are %(found)s."),
    _("Open the right company on the accounting side, or confirm this one."),
    _(
        "The connected company looks different from the one you confirmed: %(found)s, not "
        "%(confirmed)s. Writing is paused."
    ),
    _(
        "The books do not say whose they are any more; you confirmed %(confirmed)s. Lejar waits "
        "until they do. If they never will, connect them again."
    ),
    # what the key may do, and what there is
    _("The key is good, but may not read customers."),
    _("The key is good, but may not read invoices."),
    _("The key is good, but may not read debit notes."),
    _("The key is good, but may not read payments."),
    _("The key is good, but may not read credit notes."),
    _("The key is good, but may not read refunds."),
    _("Ask AcctBridge what this key may do, or paste a key that may."),
    _(
        "AcctBridge does not offer %(call)s under %(path)s. Not available on this account; ask "
        "AcctBridge for the path."
    ),
    _("AcctBridge also answers under %(path)s."),
    _("Ask AcctBridge which fields it takes; nothing is posted to it as it is."),
    _("AcctBridge has not published these: %(call)s"),
    _("Ask AcctBridge to confirm them before writing."),
    _("AcctBridge finds a customer by number."),
    _("AcctBridge finds an invoice by number."),
    _("AcctBridge finds a debit note by number."),
    _("AcctBridge finds a payment by number."),
    _("AcctBridge finds a credit note by number."),
    _("AcctBridge finds a refund by number."),
    _("AcctBridge cannot look up a customer by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge cannot look up an invoice by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge cannot look up a debit note by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge cannot look up a payment by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge cannot look up a credit note by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge cannot look up a refund by number, so Lejar cannot rule out duplicates."),
    _("AcctBridge does not find %(code)s by its number."),
    _("Ask AcctBridge to look documents up by their number."),
    _("These do not say %(code)s: knock-offs cannot be verified."),
    _("AcctBridge does not say the total of %(code)s, it cannot be verified"),
    _("Ask AcctBridge to add it to its answers."),
    _(
        "Refund payouts cannot be posted through AcctBridge. Lejar posts the credit note; enter "
        "the customer refund yourself."
    ),
    _("Credit notes will not be matched to invoices."),
    _("Payments cannot be matched to invoices, so Lejar does not post them."),
    _(
        "Debit notes cannot be posted through AcctBridge. Lejar holds what needs one, such as a "
        "gain on a payment in another currency."
    ),
    _("Create customers in the accounting system."),
    _("AcctBridge has confirmed these endpoints to us."),
    _(
        "AutoCount computes tax line by line and rounds half a sen up, and its 5-sen rounding is "
        "off."
    ),
    # what the books do to documents
    _("These books round on their own: %(code)s is %(before)s, then %(after)s."),
    _(
        "Switch 5-sen rounding off in the accounting system: a document that is rounded there "
        "differs from the order and is held."
    ),
    _("The books changed the total of documents: %(count)s."),
    _(
        "Switch off what rounds totals or computes tax anew in the accounting system: the "
        "checklist of this connection names it. Then correct these documents there and retry them."
    ),
    _("Refused by the books: %(count)s."),
    _(
        "The page Needs you shows what the books said to each. A closed period: open it there, or "
        "set up to which day your books are closed. A code they do not know: create it there, or "
        "map another. Then retry."
    ),
    # what to do about a refusal
    _("Create it in the books, or map another code, then retry."),
    _("Map an account that exists and has no accounts below it, then retry."),
    _("Map a shorter code, then retry."),
    _(
        "This period is closed in the books. Open it there, or set up to which day your books are "
        "closed, then retry."
    ),
    _(
        "The accounting system stops this by its stock or credit control. Allow the user of "
        "AcctBridge to override it, then retry."
    ),
    _(
        "Check item, unit, location, price rules and credit control in the accounting system, then "
        "retry."
    ),
    _("Something was knocked off in the books meanwhile. Check there, then retry."),
    _("Start the tax module in SQL Accounting, then resume."),
    _("Ask the operator of Lejar to take docStatus out of the AutoCount profile."),
    _("Let AcctBridge bring its connector and your AutoCount database to one version."),
    # what the books show of a document
    _("customer is %(found)s in the books, %(code)s here"),
    _("total is %(before)s in the books, %(after)s here"),
    _("%(code)s has %(before)s open in the books, %(after)s here"),
    _("%(code)s exists in the books but is cancelled there"),
    _("%(code)s is not in the books, so it cannot be knocked off"),
    _("%(code)s is cancelled in the books"),
    _("The books accepted this document, but show none under its number."),
    _("The books say this number is taken, but show no such document."),
    _("The books never answered to this document, and never showed it."),
    _("Accepted by the books, but not found in them."),
    _("The sender stopped in the middle of this call."),
    # lists of codes
    _("%(code)s is not among the %(listed)s that were read from the books on %(at)s (UTC)."),
    _("%(code)s is switched off in the books."),
    _("The connection was changed while the list was read."),
    _("The list has more than %(count)s codes."),
    _("The list took longer than %(count)s seconds to read."),
    _("The books gave a code that cannot be one: %(code)s…"),
    # what cannot be a code or a setting
    _("At most %(count)s characters: these books take no longer code here."),
    _("These books take no %(code)s in a code."),
    _("Contains characters that no accounting system takes in a code."),
    _("This field is required."),
    _("At most %(count)s characters."),
    _("One of %(said)s."),
    _("This does not have the right form."),
    _("There is no such setting."),
    _("This system cannot be reached this way."),
    # what cannot be a policy
    _("One to four letters or digits, a letter first."),
    _("Another shop already writes into these books with this prefix."),
    _("The name of a time zone, like Asia/Kuala_Lumpur."),
    _("A whole number of seconds from 0 to %(count)s."),
    _("A list of at most %(count)s sales channel names, of 100 characters each."),
    _("A list of at most %(count)s SKUs, of 255 characters each."),
    _("A code of at most %(count)s characters, or nothing."),
    _("A number from 0 to %(count)s."),
    _("At most %(count)s decimals."),
    _("At most four letters, digits, dots, slashes or hyphens."),
    _("A date like 2026-11-30, or nothing."),
    _("The names of order attributes, under any of %(said)s."),
    _("Name the attributes of the TIN, and of the ID type and ID number."),
    _("Three letters, like MYR."),
    _("The same row is given twice."),
    # the state of the connection
    _("This store has no accounting system connected yet."),
    _("The backfill is not at the step for this."),
    _("Another backfill of this shop is open. Post it or cancel it first."),
    _("The books look different from those you confirmed; say which company these are."),
    _("A document is being sent to the books just now; try again in a moment."),
    _("The shop sells into other books now."),
    # documents in the books that are not ours
    _("Only what Lejar did not write can be dismissed. Put this one right in the books."),
    _("A later comparison found this difference gone."),
    # personal data
    _("Erased with the buyer's personal data."),
    _("A document of the order is being sent just now; try again in a moment."),
    _("A webhook about these orders has not been read yet; it is read first."),
    _("The shop has Lejar installed, so nothing was erased. An operator has to decide."),
    _("Lejar could not do this yet (%(said)s) and tries again."),
    _("Lejar keeps nothing about this customer or these orders."),
    _("This is all that Lejar keeps about this customer and these orders."),
    _("Lejar made a mistake here and has reported it."),
    # the statement
    _("The figures have changed since you looked. Look at them again, then approve them."),
    _("The figures are still being counted. Wait a moment, look again, then approve them."),
    _("Write the month like 2026-11."),
)
PHRASES = (*ROWS, *COMMON, *SQL_ACCOUNT, *AUTOCOUNT_CLOUD)


def heard(text: str) -> str:
    """The text in the active language, line by line; a line nothing here says stays as it is."""
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    return gettext(text) if text in _guided() else spoken(text, PHRASES)


@cache
def _guided() -> frozenset[str]:
    """Every text of the guides; "" is none, which would be translated into the catalogue's head."""
    return frozenset(text for guide in guides().values() for text in guide.texts)
