"""What the mapping pages call things: the kinds of mapping, and what each account role is for."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "items": _("Products"),
    "taxes": _("Taxes"),
    "gateways": _("Payment gateways"),
    "roles": _("Accounts"),
    "projects": _("Projects"),
    "customers": _("Customers"),
}
# Of accounting treatment 1.1, in the order in which a shop meets them.
ROLES: dict[str, tuple[Promise, Promise]] = {
    "shipping": (_("Shipping"), _("What customers pay for delivery.")),
    "discount": (
        _("Discounts"),
        _("Discounts that stand on a line of their own, such as on gift cards."),
    ),
    "tips": (_("Tips"), _("What customers add for the staff.")),
    "gift_card": (
        _("Gift cards"),
        _("What you owe the holders of gift cards: up when one is sold, down when it is used."),
    ),
    "store_credit": (
        _("Store credit"),
        _("What you owe customers as store credit: down when they pay with it."),
    ),
    "returns": (
        _("Goods returned"),
        _("Refunded goods that go back into stock. If empty: the sales account of the product."),
    ),
    "returns_nostock": (
        _("Goods refunded and not restocked"),
        _("Refunded goods that do not come back. If empty: the account for goods returned."),
    ),
    "allowance": (
        _("Goodwill refunds"),
        _("Money given back without goods. If empty: the sales account of the product."),
    ),
    "restock_fee": (_("Restocking fees"), _("What you keep back from a refund.")),
    "rounding": (_("Cash rounding"), _("The sen between a cash total and what is paid.")),
    "fx": (
        _("Exchange differences"),
        _("Gain or loss when an order is paid in another currency at another rate."),
    ),
    "duties": (_("Import duties"), _("Duties that customers pay at checkout.")),
    "fees": (_("Additional fees"), _("Other fees that Shopify adds at checkout.")),
    "channel_tax": (
        _("Tax the sales channel pays"),
        _("Tax that a marketplace collects and pays for you."),
    ),
    "disputes": (_("Chargebacks"), _("Payments that a customer's bank takes back.")),
}
TAX_ACCOUNT = _("Tax %(code)s on a line of its own")
TAX_ACCOUNT_USE = _("A second tax of a line stands on this account.")
SUGGESTED_KINDS: dict[str, Promise] = {
    "gift_card": _("Gift cards: use the account for gift cards."),
    "store_credit": _("Store credit: use the account for store credit."),
    "own clearing account": _("Usually has a clearing account of its own."),
    "clearing account of the courier, cash": _(
        "Cash on delivery: usually the clearing account of the courier, with cash ticked."
    ),
    "till of the location, cash": _("Cash: usually the till of the location, with cash ticked."),
    "bank or clearing account": _("A bank transfer: usually the bank account or one for clearing."),
    "clearing account, buy now pay later": _(
        "Buy now, pay later: usually a clearing account of its own."
    ),
}
FIELDS: dict[str, Promise] = {
    "account": _("Account"),
    "tax_code": _("Tax code"),
    "item_code": _("Item code"),
    "tariff_code": _("Tariff code"),
    "customer": _("Customer code"),
    "project": _("Project"),
}
IMPORT_STATES: dict[str, tuple[Promise, str]] = {
    "reading": (_("Being read"), "info"),
    "ready": (_("Waits for you"), "warning"),
    "refused": (_("Cannot be taken"), "critical"),
    "applying": (_("Being saved"), "info"),
    "applied": (_("Saved"), "success"),
    "changed": (_("Out of date"), "warning"),
    "cancelled": (_("Left"), "neutral"),
}
IMPORT_NEXT: dict[str, Promise] = {
    "reading": _("The file is compared with the table. Nothing is saved yet."),
    "ready": _("This is what the file changes. Nothing is saved before you say so."),
    "refused": _("Nothing was saved. Put these lines right in the file and choose it again."),
    "applying": _("The changes are being saved, all of them or none."),
    "applied": _("The changes were saved, and held orders are planned again."),
    "changed": _(
        "Somebody has changed the table since this was shown, so nothing was saved. Choose the "
        "file again to see what it changes now."
    ),
    "cancelled": _("Nothing was saved, and the file was forgotten."),
}
PREVIEW_STATES: dict[str, tuple[Promise, str]] = {
    "running": (_("Looking"), "info"),
    "done": (_("Done"), "success"),
    "failed": (_("Not possible"), "critical"),
}
