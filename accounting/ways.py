"""The ways to reach an accounting system: for each a connector, and what such books can take.

A new way is a connector, a guide, and an entry in `WAYS` (docs/connectors.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.acctbridge.shapes import Profile
from accounting.connectors.base import CodeList, Connector
from accounting.connectors.guide import Guide, guides
from accounting.connectors.http import Http
from accounting.documents.rules import Ledger
from accounting.models import Book

Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`connect` makes a connector for a book with these credentials and debtor codes;
    `code_lengths` says how many characters a code of each list may have there, `code_refuses`
    which it may not."""

    connect: Callable[[Book, Credentials, tuple[str, ...]], Connector]
    ledger: Callable[[Book], Ledger]
    code_lengths: Callable[[Book], Mapping[CodeList, int]] = lambda _: {}
    code_refuses: str = ""


def guide(book: Book) -> Guide:
    return guides()[book.system, book.way]


def connector(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    """A connector that speaks to this book and no other."""
    return WAYS[book.way].connect(book, credentials, debtors)


def ledger(book: Book) -> Ledger:
    """What the book can take, known without asking it."""
    return WAYS[book.way].ledger(book)


def code_lengths(book: Book) -> Mapping[CodeList, int]:
    """The most characters a code of each list may have in this book; a list that is missing has no
    limit of its own."""
    return WAYS[book.way].code_lengths(book)


_threads = threading.local()


def _http() -> Http:
    """One client a thread, so that a thread's next drain finds its connection still open."""
    if not hasattr(_threads, "http"):
        _threads.http = Http(allow_loopback=settings.LEJAR_ALLOW_LOOPBACK)
    client: Http = _threads.http
    return client


# --- AcctBridge ------------------------------------------------------------------------------


@cache
def acctbridge_profile(system: str) -> Profile:
    """The profile of a system, with the operator's corrections from ACCTBRIDGE_PROFILES."""
    folder = settings.ACCTBRIDGE_PROFILES
    return load(system, Path(folder) if folder else None)


def _acctbridge(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    return AcctBridge(
        acctbridge_profile(book.system),
        credentials["key"],
        settings.ACCTBRIDGE_URL,
        _http(),
        home_currency=book.home_currency,
        debtors=debtors,
        known=book.fingerprint,
    )


def _acctbridge_ledger(book: Book) -> Ledger:
    profile = acctbridge_profile(book.system)
    return Ledger(
        name=profile.title,
        kinds=profile.kinds,
        tariff_prefixes=profile.tariff_prefixes,
        number_length=profile.number_length,
        negative_lines=profile.negative_lines,
        tax=profile.tax,
    )


def _acctbridge_code_lengths(book: Book) -> Mapping[CodeList, int]:
    return acctbridge_profile(book.system).code_lengths


WAYS: Mapping[str, Way] = {
    "acctbridge": Way(
        connect=_acctbridge, ledger=_acctbridge_ledger, code_lengths=_acctbridge_code_lengths
    ),
}
