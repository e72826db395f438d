"""What the checks of the two direct ways say: SQL Account's own API, and AutoCount Cloud. See
`heard`."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SQL_ACCOUNT = (
    _("Signature"),
    _("SQL Account takes the signature for region %(code)s."),
    _("Clock"),
    _("The clocks of Lejar and SQL Account differ by %(count)s minutes."),
    _("Set the clock of the server right."),
    _("API secret key"),
    _("SQL Account refuses this key."),
    _(
        "Paste access key and secret key again, both from the same API Secret Key. If it was "
        "revoked, make a new one under Tools, Maintain User, More."
    ),
    _("Version"),
    _("SQL Account is version %(code)s; its API needs a newer one."),
    _("Update SQL Account to %(code)s or newer."),
    _("SQL Account does not say which company this is."),
    _("See for yourself that the key was made in the right company file."),
    _("Sales invoices"),
    _("Sales credit notes"),
    _("Sales debit notes"),
    _("Customer payments"),
    _("Customer refunds"),
    _("Customer credit notes"),
    _("Sales invoices are found by number."),
    _("Sales credit notes are found by number."),
    _("Sales debit notes are found by number."),
    _("Customer payments are found by number."),
    _("Customer refunds are found by number."),
    _("Customer credit notes are found by number."),
    _("SQL Account offers no %(code)s here."),
    _("Update SQL Account, and see that the module is switched on for this company."),
    _("Give the API user the right to it under Tools, Maintain User, then check again."),
    _(
        "See that the server of SQL Account is on, its API Service is started and port 443 is "
        "forwarded to it. Orders keep queuing."
    ),
    _("Check again in some minutes."),
    _(
        "SQL Account cannot be reached: %(said)s. Check that its API Service runs and its address "
        "answers from outside."
    ),
    _("SQL Account did not answer %(code)s: %(said)s"),
    _("SQL Account asked us to wait"),
    _("SQL Account is too slow: no time was left for another request"),
    _("The address of SQL Account: %(said)s"),
    _(
        "SQL Account does not offer %(code)s here. Check the host, and that SQL Account is recent "
        "enough and has this module."
    ),
    _("Terms %(code)s"),
    _("Area %(code)s"),
    _("Agent %(code)s"),
    _("Location %(code)s"),
    _("Item %(code)s"),
    _("Item for goods"),
    _("No item is chosen for goods that have none of their own."),
    _("Choose one in the settings."),
    _("Create it in SQL Account, or choose another in the settings."),
    _("It is not active in these books."),
    _("It has no unit %(code)s, only %(said)s."),
    _("Found."),
    _("Payment methods"),
    _("Tax codes"),
    _("There are none in these books."),
    _("Create one for each gateway under Tools, Maintain Payment Method."),
    _("Start the tax module if this company charges tax."),
    _("Type codes in by hand when mapping."),
    _("SQL Account may round by itself."),
    _("The item %(code)s is there: 5 Cents Rounding may be on."),
    _(
        "Untick Perform Tax / Local Amount Rounding and 5 Cents Rounding under Options, Customer, "
        "in SQL Account: they change documents after they were sent."
    ),
    _("These books are %(found)s. %(said)s"),
)
AUTOCOUNT_CLOUD = (
    _("Receipts"),
    _("Payment vouchers"),
    _("Knock-off entries"),
    _("Accounts"),
    _("Products"),
    _("Open items"),
    _("Sales location"),
    _("Department"),
    _("Credit term of %(code)s"),
    _("5-sen rounding of invoices"),
    _("5-sen rounding of credit notes"),
    _("Put it right under Settings › API Keys in AutoCount Cloud, then check again."),
    _("Tell the operator of Lejar: the address of AutoCount Cloud may have changed."),
    _("Copy the Account Book Id again, under Connection."),
    _("Check again in a minute."),
    _("Write it exactly as AutoCount Cloud does, dots and capitals too, or create it there."),
    _("Permission to write"),
    _("Only writing shows whether the key may create documents."),
    _("Tick CreateRecord for Debtor, Invoice, CreditNote, Payment and KnockOffEntry."),
    _("Tax codes and credit terms"),
    _("AutoCount Cloud does not list them; a wrong one shows when a document is refused."),
    _("Compare every tax code, its rate, and the credit term with the account book."),
    _("Tax rounding"),
    _("AutoCount Cloud computes tax by itself and does not say how it rounds."),
    _("Compare the rounding in its tax settings with the settings of this connection."),
    _("Fiscal year"),
    _("AutoCount Cloud does not say which fiscal years are open."),
    _(
        "Keep the fiscal year of your start date open, and say in the settings up to which day "
        "your books are closed."
    ),
    _("These are the books of %(found)s."),
    _("AutoCount Cloud does not say whose books these are."),
    _("AutoCount Cloud offers no company profile, so it does not say whose books these are."),
    _("Make sure that the Account Book Id is right."),
    _("It is not active."),
    _("Make it active in AutoCount Cloud."),
    _("There is no active payment method."),
    _("Create one for each gateway, on a clearing account of its own."),
    _("They can be read."),
    _("%(code)s has %(count)s open items."),
    _("AutoCount Cloud rounded %(code)s to 5 sen."),
    _("Make sure that 5-sen rounding is not Enforced for them."),
    _("Its credit term is %(found)s; documents will say %(code)s."),
    _("%(code)s is not in these books, which have none."),
    _("%(code)s is not in these books, which have %(said)s."),
    _("AutoCount Cloud lists no %(code)s"),
    _(
        "AutoCount Cloud does not accept the API key for this account book. It answers the same to "
        "a wrong key and to a wrong Account Book Id: copy Key ID, API Key and Account Book Id "
        "again from Settings › API Keys."
    ),
    _(
        "The plan of this account book allows no more documents. Raise the plan in AutoCount "
        "Cloud, then resume. It said: %(said)s"
    ),
    _(
        "The API key may not do this: tick %(code)s for it under Settings › API Keys in AutoCount "
        "Cloud."
    ),
    _("AutoCount Cloud does not offer %(code)s at this address."),
    _("AutoCount Cloud answered %(code)s with something unreadable"),
    _("AutoCount Cloud answered with something that is not a company"),
    _("AutoCount Cloud cannot be reached: %(said)s"),
    _("AutoCount Cloud did not answer %(code)s: %(said)s"),
    _("The address of AutoCount Cloud: %(said)s"),
)
