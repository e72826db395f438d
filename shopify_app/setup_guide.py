"""The set-up guide: what it takes until the first document is in the books, worked out from what a
shop has. Nobody ticks a step off; it is done when it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.models import Book
from accounting.overview import SetUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`page` is the name of the address where it is done. A step with parts is done with them."""

    code: str
    title: Promise
    text: Promise | str
    page: str
    done: bool
    parts: tuple[Step, ...] = ()


def steps(has: SetUp) -> tuple[Step, ...]:
    """All of them, in the order they are best done in."""
    return (
        Step(
            code="books",
            title=_("Connect your books"),
            text=_("Choose your accounting system and how Lejar reaches it."),
            page="connection",
            done=_is_connected(has.store.book),
        ),
        Step(
            code="check",
            title=_("Check the connection and start"),
            text=_("Lejar looks at the books, says whose they are and what is missing."),
            page="connection",
            done=_is_started(has.store.book),
        ),
        Step(
            code="numbers",
            title=_("Set a prefix and the customer for online sales"),
            text=_(
                "The prefix begins every document number; the customer code stands for online "
                "sales in your books."
            ),
            page="settings",
            done=bool(has.store.prefix) and has.has_debtor,
        ),
        _mapping(has),
        Step(
            code="posted",
            title=_("See the first document in your books"),
            text=_("The next paid order becomes an invoice and a payment by itself."),
            page="documents",
            done=has.has_posted,
        ),
    )


def is_done(all_steps: tuple[Step, ...]) -> bool:
    return all(step.done for step in all_steps)


def _is_connected(book: Book | None) -> bool:
    return book is not None and bool(book.sealed_credentials)


def _is_started(book: Book | None) -> bool:
    return book is not None and _is_connected(book) and book.state != Book.State.SETUP


def _mapping(has: SetUp) -> Step:
    """Without the registration for tax there are no taxes to map. An account is asked for by the
    first order with shipping, say; once a document stands in the books, none was missing."""
    taxed = has.has_taxes or not has.store.tax_registered
    parts = (
        _part("taxes", _("Taxes"), "mapping-taxes", done=taxed),
        _part("gateways", _("Payment gateways"), "mapping-gateways", done=has.has_gateways),
        _part("products", _("Products"), "mapping-products", done=has.has_items),
        _part("accounts", _("Accounts"), "mapping-accounts", done=has.has_roles or has.has_posted),
    )
    return Step(
        code="mapping",
        title=_("Map taxes, payment gateways, products and accounts"),
        text=_(
            "Say which code of your books each of them is. One account for all products will do."
        ),
        page="mapping",
        done=is_done(parts),
        parts=parts,
    )


def _part(code: str, title: Promise, page: str, *, done: bool) -> Step:
    return Step(code=code, title=title, text="", page=page, done=done)
