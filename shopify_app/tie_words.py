"""What the tie-out calls its columns, statuses and reasons, in a bookkeeper's words. Pages, the API
and files say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.documents.document import Kind
from accounting.models import TieDifference
from accounting.tie.stated import CHANNEL
from accounting.tie_lines import AGREES, DIFFERS, EXPLAINED, NOTHING
from shopify_app.said import in_words
from shopify_app.words import KINDS

STATUSES: dict[str, tuple[Promise, str]] = {
    AGREES: (pgettext_lazy("tie-out", "Agrees"), "success"),
    EXPLAINED: (pgettext_lazy("tie-out", "Explained"), "info"),
    DIFFERS: (pgettext_lazy("tie-out", "Differs"), "critical"),
    NOTHING: (pgettext_lazy("tie-out", "Nothing"), "neutral"),
}
VIEWS: dict[str, Promise] = {
    "sales": _("Sales"),
    "tax": _("Tax"),
    "money": _("Payments and refunds"),
}
SIDES: dict[str, Promise] = {
    "documents": _("Documents against Shopify"),
    "books": _("Books against documents"),
}
Words = tuple[Promise, Promise]  # what it is, and what to do
NOTHING_TO_DO = _("Nothing to do.")
BY_ITSELF = _("It goes on by itself.")
SEE_BOOKS = _("See what the comparison with the books found, and put it right there.")
REASONS: dict[str, Words] = {
    "held": (_("Held"), _("Open the order: it says what is missing. Then it is posted.")),
    "unpaid": (_("Waiting for its payment"), _("It is posted by itself once it is paid.")),
    "excluded": (_("Not posted from here"), _("Nothing to do, unless it should be posted.")),
    "before_cut_over": (
        _("From before the start with Lejar"),
        _("It belongs to the books as they were kept before."),
    ),
    "waiting": (_("Still being worked out"), BY_ITSELF),
    "skipped": (_("Left out by a person"), _("Enter it in the books by hand if it is needed.")),
    "taken_back": (_("Taken back"), NOTHING_TO_DO),
    "next_open_day": (_("Dated to the next open day"), NOTHING_TO_DO),
    "other_day": (_("Stands on the document of another day"), NOTHING_TO_DO),
    "other_code": (_("Divided between tax codes otherwise"), NOTHING_TO_DO),
    "two_currencies": (_("Converted between two currencies"), NOTHING_TO_DO),
    "cash_rounding": (_("Cash rounding"), NOTHING_TO_DO),
    "tax_not_stated": (
        _("Shopify states no tax for what was taken off"),
        _("The documents divide it in proportion; nothing to do."),
    ),
    "not_sent": (_("Not in the books yet"), _("It is sent by itself. If not, see the document.")),
    "refused": (_("Refused by the books"), _("Open the document, fix the cause, then retry it.")),
    "conflict": (
        _("The books hold something else under this number"),
        _("Open the document and compare it with the books."),
    ),
    "books_missing": (_("Missing in the books"), SEE_BOOKS),
    "books_cancelled": (_("Cancelled in the books"), SEE_BOOKS),
    "books_changed": (_("Changed in the books"), SEE_BOOKS),
    "books_twice": (_("More than once in the books"), SEE_BOOKS),
    "unexplained": (
        _("Nobody can explain it"),
        _("Compare the order with Shopify, and report it to us: this should not happen."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One difference in words: what it is, why, and what to do."""

    title: str
    note: str
    next_step: str


def told(row: TieDifference) -> Told:
    """`note` is what the order itself says of it, where that helps."""
    title, next_step = REASONS[row.reason]
    note = in_words(row.order.note) if row.reason in ("excluded", "unpaid") else ""
    return Told(title=str(title), note=note, next_step=str(next_step))


def place_name(view: str, name: str, rate: str) -> str:
    """A gateway, or a tax by its code in the books and its rate."""
    if view == "money":
        return name or str(_("no gateway named"))
    if view == "sales":
        return str(VIEWS[view])
    if name == CHANNEL:
        return str(_("Tax the sales channel owes"))
    code = name or str(_("no tax code yet"))
    return f"{code} ({rate} %)" if rate else code


FIGURES: dict[str, Promise] = {
    "shopify": _("Shopify"),
    "documents": _("documents"),
    "books": _("books"),
    "count": _("number of documents"),
    "total": _("total of documents"),
    "opening": _("opening balance"),
    "closing": _("closing balance"),
}


def figure_name(name: str) -> str:
    """The name of an approved figure as `accounting.tie_statement` keeps it: "sales MYR books"."""
    first, *rest = name.split(" ")
    words: list[Any] = [VIEWS.get(first) or _kind(first) or OTHERS.get(first, first)]
    return " ".join(str(FIGURES.get(each) or _reason(each) or each) for each in (*words, *rest))


OTHERS: dict[str, Promise] = {
    "open": _("Open balance"),
    "difference": _("Difference"),
}


def _kind(name: str) -> Promise | None:
    return KINDS[Kind(name)] if name in set(Kind) else None


def _reason(name: str) -> Promise | None:
    return REASONS[name][0] if name in REASONS else VIEWS.get(name)
