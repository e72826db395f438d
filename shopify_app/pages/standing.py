"""How the connection to the books stands, in words: what is so, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.models import Book, Store
from shopify_app.heard import heard

Words = Promise | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`code` says it to programs; `badge` is the shortest, `text` and `next_step` the rest. `said`
    is what the books or the connection said themselves."""

    code: str
    tone: str
    badge: Words
    text: Words
    next_step: Words = ""
    said: str = ""


NONE = Standing(
    code="none",
    tone="neutral",
    badge=_("Not connected"),
    text=_("No accounting system is connected yet. Orders that arrive are kept until one is."),
    next_step=_("Choose how Lejar reaches your books, and connect them."),
)
DISCONNECTED = Standing(
    code="disconnected",
    tone="warning",
    badge=_("Disconnected"),
    text=_("Lejar has forgotten the key to your books. Documents are made and wait."),
    next_step=_("Connect the books again to go on where it stopped."),
)
UNCHECKED = Standing(
    code="unchecked",
    tone="info",
    badge=_("Not checked yet"),
    text=_("The connection is kept. Nothing is written to your books yet."),
    next_step=_("Check the connection: Lejar then says what it found."),
)
FAILED = Standing(
    code="failed",
    tone="warning",
    badge=_("Something is missing"),
    text=_("The last check found something to put right. Nothing is written to your books yet."),
    next_step=_("Do what stands beside each finding, then check again."),
)
READY = Standing(
    code="ready",
    tone="info",
    badge=_("Ready to start"),
    text=_("The check went well. Nothing is written to your books yet."),
    next_step=_("See that these are your books, then start sending."),
)
MISCONFIGURED = Standing(
    code="misconfigured",
    tone="critical",
    badge=_("Stopped"),
    text=_("The books refused the connection, so Lejar stopped. Documents wait; nothing is lost."),
    next_step=_("Put it right, check the connection, then resume."),
)
PAUSED = Standing(
    code="paused",
    tone="warning",
    badge=_("Paused"),
    text=_("Nothing is written to your books. Orders still arrive and their documents wait."),
    next_step=_("Resume when you are ready."),
)
CLOSED = Standing(
    code="closed",
    tone="warning",
    badge=_("Shop closed"),
    text=_("Shopify has closed this shop to Lejar, so nothing is sent. Documents wait."),
    next_step=_("Settle it with Shopify. Lejar goes on by itself."),
)
PLAN = Standing(
    code="plan",
    tone="warning",
    badge=_("Waiting for a plan"),
    text=_("The connection is fine; without an active plan nothing is sent. Documents wait."),
    next_step=_("Choose a plan."),
)
OFFLINE = Standing(
    code="offline",
    tone="warning",
    badge=_("No answer"),
    text=_("The books do not answer. Lejar keeps trying by itself; nothing is lost."),
    next_step=_("See that the accounting system is on and can be reached."),
)
ALIVE = Standing(
    code="alive",
    tone="success",
    badge=_("Connected"),
    text=_("Documents go to your books as they are made."),
)


def standing(store: Store) -> Standing:
    """Of the store's present books; what stops them for good comes first."""
    book = store.book
    if book is None:
        return NONE
    if book.state == Book.State.SETUP:
        return _before_start(book)
    if book.state == Book.State.MISCONFIGURED:
        return _quoting(MISCONFIGURED, book.state_reason)
    if book.state == Book.State.PAUSED:
        return _quoting(PAUSED, book.state_reason)
    if not store.sending:
        return CLOSED
    if store.paused_reason:
        return PLAN
    return _quoting(OFFLINE, book.trouble) if book.trouble_count else ALIVE


def _before_start(book: Book) -> Standing:
    if not book.sealed_credentials:
        return DISCONNECTED
    if not book.findings:
        return UNCHECKED
    return FAILED if has_failed(book.findings) else READY


def has_failed(findings: list[dict[str, Any]]) -> bool:
    return any(finding["status"] == "failed" for finding in findings)


def _quoting(words: Standing, said: str) -> Standing:
    return replace(words, said=heard(said)) if said else words
