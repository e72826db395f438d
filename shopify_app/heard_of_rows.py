"""What the tables of mappings, files of them and the sealing of credentials refuse. See `heard`."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ROWS = (
    # what no mapping has
    _("There is no such field."),
    _("Contains characters that cannot be kept."),
    _("At most %(count)s rows at once."),
    _("A %(match)s mapping has no value: it is for everything else."),
    _("Say which %(match)s this is for."),
    _("The Shopify id of the %(match)s, digits only."),
    _("One of %(said)s, or %(code)s and a tax code."),
    _("A number, like 0.08 for eight per cent."),
    _("A fraction from 0 to 1: 0.08 is eight per cent."),
    _("At most four decimals."),
    _("The name of the gateway as Shopify writes it."),
    _("true or false."),
    _("Connect the accounting system first: these are codes of its customers."),
    _("This code stands for another customer already."),
    _("Say the account: some of these products have none yet."),
    _("None of these products can be mapped so: they have no %(match)s."),
    # what no file of mappings is
    _("The file is not UTF-8. In Excel choose “CSV UTF-8” when you save it."),
    _("The file is empty. Its first line names the columns."),
    _("The file is not CSV: line %(count)s cannot be read."),
    _("There is no column “%(code)s”. The columns are %(said)s."),
    _("The column “%(code)s” is there twice."),
    _("The column “%(code)s” is missing: it says what each row is for."),
    _("The file has more than %(count)s rows. Split it."),
    _("Line %(count)s is for the same."),
    _("Line %(count)s gives this code to another customer."),
    _("The line has more cells than the file has columns."),
    _("The file is not at the step for this."),
    _("The table has changed since the file was compared with it."),
    # what stops the sealing of credentials
    _(
        "The credentials of this connection cannot be opened: the key that sealed them is not "
        "among LEJAR_SEAL_KEYS, or they were sealed for another row. Enter them again."
    ),
    _("LEJAR_SEAL_KEYS must hold at least one key of 32 bytes in base64."),
)
