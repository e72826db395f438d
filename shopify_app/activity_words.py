"""What an entry of the trail says, in the language of whoever reads it: what was done, to what, and
what was before and is after. A test looks for every action that the code notes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.mapping_tables import DEBTORS, TABLES, Table

ACTIONS: dict[str, Promise] = {
    "install": _("Lejar was installed"),
    "uninstall": _("Lejar was uninstalled"),
    "unavailable": _("Sending stopped: Shopify says that the shop is closed or frozen"),
    "available": _("Sending goes on: the shop is open again"),
    "sending paused": _("Sending stopped: the plan does not allow it"),
    "sending resumed": _("Sending goes on: the plan allows it"),
    "shop_changed": _("The shop's settings in Shopify changed; the books keep theirs"),
    "change_policy": _("Settings were changed"),
    "map_items": _("Products were mapped"),
    "map_taxes": _("Taxes were mapped"),
    "map_gateways": _("Payment gateways were mapped"),
    "map_roles": _("Accounts were set"),
    "map_projects": _("Projects were set"),
    "map_customers": _("Customer codes were set"),
    "import_items": _("Mappings of products were imported from a file"),
    "import_taxes": _("Mappings of taxes were imported from a file"),
    "import_gateways": _("Mappings of payment gateways were imported from a file"),
    "import_roles": _("Accounts were imported from a file"),
    "import_projects": _("Projects were imported from a file"),
    "import_customers": _("Customer codes were imported from a file"),
    "set_debtors": _("The customer codes for online sales were set"),
    "unmap_items": _("Mappings of products were removed"),
    "unmap_taxes": _("Mappings of taxes were removed"),
    "unmap_gateways": _("Mappings of payment gateways were removed"),
    "unmap_roles": _("Accounts were removed"),
    "unmap_projects": _("Projects were removed"),
    "unmap_customers": _("Customer codes were removed"),
    "books connected": _("The books were connected"),
    "books disconnected": _("The books were disconnected"),
    "books paused": _("Sending to the books was paused"),
    "books resumed": _("Sending to the books was resumed"),
    "books compared": _("A comparison with the books was started"),
    "difference dismissed": _("A difference from the books was set aside"),
    "difference restored": _("A difference from the books was brought back"),
    "statement approved": _("A monthly statement was approved"),
    "orders reconciled": _("Orders were compared with Shopify"),
    "order read anew": _("An order was read again from Shopify"),
    "order planned again": _("An order was planned again"),
    "order taken back": _("An order was taken back out of the books"),
    "order posted to the next open day": _("An order was posted to the next open day"),
    "delivery retried": _("A message from Shopify was tried again"),
    "document retried": _("A document was tried again"),
    "document skipped": _("A document was left out"),
    "backfill started": _("An import of past orders was started"),
    "backfill previewed": _("A dry run of an import was started"),
    "backfill posted": _("Posting an import was started"),
    "backfill reversed": _("Taking an import back was started"),
    "backfill cancelled": _("An import was cancelled"),
    "notifications": _("Notifications were changed"),
    "notification address added": _("An address for notifications was added"),
    "notification address confirmed": _("An address for notifications was confirmed"),
    "notification address removed": _("An address for notifications was removed"),
    "set-up guide dismissed": _("The set-up guide was put away"),
    "accountant link created": _("A link for an accountant was made"),
    "accountant link revoked": _("A link for an accountant was revoked"),
    "accountant link opened": _("An accountant opened their link"),
    "buyer erased": _("A buyer's personal data was erased"),
    "store erased": _("The shop's personal data was erased"),
}
ABOUT: dict[str, Promise] = {
    "order": _("Order"),
    "number": _("Document"),
    "backfill": _("Import"),
    "reason": _("Reason"),
    "label": _("Name"),
    "link": _("Link"),
    "ends": _("Until"),
    "first": _("From"),
    "last": _("Until"),
    "system": _("Accounting system"),
    "way": _("Connection"),
    "plan": _("Plan"),
    "why": _("Why"),
    "month": _("Month"),
}
VALUES: dict[str, Promise] = {
    "sql_accounting": _("SQL Accounting"),
    "autocount": _("AutoCount"),
    "acctbridge": _("AcctBridge"),
    "sql_account_api": _("SQL Account API"),
    "autocount_cloud": _("AutoCount Cloud Accounting"),
}
FIELDS: dict[str, Promise] = {
    "account": _("account"),
    "cash": _("rounded like cash"),
    "code": pgettext_lazy("mapping", "code"),
    "currency": _("currency"),
    "currency_side": _("currency of documents"),
    "customers": _("customers in the books"),
    "cut_over_date": _("first day posted"),
    "books_closed_date": _("books closed until"),
    "closed_period": _("documents of a closed period"),
    "debtor_prefix": _("beginning of customer codes"),
    "discounts": _("discounts"),
    "earlier_refunds": _("refunds of earlier orders"),
    "einvoice_relaxed_until": _("e-invoice relaxation until"),
    "einvoice_since": _("e-invoices since"),
    "einvoice_threshold": _("threshold of own e-invoices"),
    "einvoice_threshold_inclusive": _("threshold includes tax"),
    "excluded_sources": _("sales channels left out"),
    "fold_window_seconds": _("seconds in which edits are folded in"),
    "fx_tolerance": _("tolerance of exchange rates"),
    "gift_card_skus": _("SKUs of gift cards"),
    "included_sources": _("sales channels posted"),
    "invoice_date": _("date of invoices"),
    "item_code": _("item"),
    "partial_payment": _("orders paid in part"),
    "prefix": _("prefix of document numbers"),
    "project": _("project"),
    "project_by": _("projects by"),
    "project_fallback": _("project otherwise"),
    "refund_account": _("account of refunds"),
    "returns_account": _("account of returns"),
    "returns_nostock_account": _("account of returns without goods"),
    "settle_seconds": _("seconds an order must be quiet"),
    "show_buyer": _("buyer's name on invoices"),
    "tariff_code": _("tariff code"),
    "tax_attributes": _("order attributes for e-invoices"),
    "tax_registered": _("registered for tax"),
    "time_zone": _("time zone"),
    "trigger": _("when an order is posted"),
    "unrefunded_cancellation": _("cancelled without a refund"),
    "zero_value": _("orders of zero value"),
}
NONE = "–"
MOST_CHANGES = 20
LONGEST = 200  # characters of a value
MAPPED = {f"map_{name}": table for name, table in TABLES.items()} | {"set_debtors": DEBTORS}
UNMAPPED = {f"unmap_{name}": table for name, table in TABLES.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; an empty one was not there, or is not there any more."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry in words. `more` is how many changes are not shown."""

    title: str
    about: list[tuple[str, str]]
    changes: list[Change]
    more: int


def told(action: str, detail: Mapping[str, Any]) -> Told:
    """What an entry says. One whose action has no words is told by its name, never hidden."""
    changes = list(_changes(action, detail))
    return Told(
        title=str(ACTIONS.get(action, action)),
        about=[(str(ABOUT[key]), shown(detail[key])) for key in ABOUT if detail.get(key)],
        changes=changes[:MOST_CHANGES],
        more=max(0, len(changes) - MOST_CHANGES),
    )


def shown(value: Any) -> str:
    """A value of a detail for a person."""
    if value is None or value == "" or value == [] or value == {}:
        return NONE
    if value is True or value is False or value in ("True", "False"):
        return _now("yes") if value in (True, "True") else _now("no")
    if isinstance(value, str):
        return str(VALUES.get(value, value))[:LONGEST]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)[:LONGEST]
    nested = isinstance(value, (dict, list))
    return (json.dumps(value, ensure_ascii=False) if nested else str(value))[:LONGEST]


def _changes(action: str, detail: Mapping[str, Any]) -> Iterator[Change]:
    if action in MAPPED:
        yield from _mapped(MAPPED[action], detail, whole=action == "set_debtors")
    elif action in UNMAPPED:
        table = UNMAPPED[action]
        for row in detail.get("rows", ()):
            yield Change(_key(table.key, row), _codes(table.codes, row), NONE)
    else:
        before = detail.get("before")
        for name, after in (detail.get("after") or detail.get("shop") or {}).items():
            was = before.get(name) if isinstance(before, dict) else None
            yield Change(_field(name), shown(was), shown(after))


def _mapped(table: Table, detail: Mapping[str, Any], *, whole: bool) -> Iterator[Change]:
    """Row by row; older entries do not tell what was there before. `whole`: what is not among the
    rows any more was removed."""
    was, rows = (
        {_key(table.key, row): _codes(table.codes, row) for row in detail.get(name, ())}
        for name in ("before", "rows")
    )
    unknown = NONE if "before" in detail else ""
    for name, after in rows.items():
        yield Change(name, was.get(name, unknown), after)
    for name in (name for name in was if whole and name not in rows):
        yield Change(name, was[name], NONE)


def _key(names: Sequence[str], row: Mapping[str, Any]) -> str:
    return " ".join(
        str(row[name]) for name in names if row.get(name) not in (None, "", False, "False")
    )


def _codes(names: Sequence[str], row: Mapping[str, Any]) -> str:
    said = [(name, row.get(name)) for name in names]
    return ", ".join(
        f"{_field(name)} {shown(value)}" for name, value in said if value not in (None, "", False)
    )


def _field(name: str) -> str:
    return str(FIELDS.get(name, name))
