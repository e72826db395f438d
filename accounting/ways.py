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
from django.utils import timezone

from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.acctbridge.shapes import Profile
from accounting.connectors.autocount_cloud import memory, options
from accounting.connectors.autocount_cloud.calls import Account
from accounting.connectors.autocount_cloud.gateway import AutoCountCloud
from accounting.connectors.autocount_cloud.limits import NUMBER_LENGTH
from accounting.connectors.base import Connector
from accounting.connectors.guide import Guide, guides
from accounting.connectors.http import Http
from accounting.documents.rules import Ledger
from accounting.models import Book

Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`connect` makes a connector for a book with these credentials and debtor codes."""

    connect: Callable[[Book, Credentials, tuple[str, ...]], Connector]
    ledger: Callable[[Book], Ledger]


def guide(book: Book) -> Guide:
    return guides()[book.system, book.way]


def connector(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    """A connector that speaks to this book and no other."""
    return WAYS[book.way].connect(book, credentials, debtors)


def ledger(book: Book) -> Ledger:
    """What the book can take, known without asking it."""
    return WAYS[book.way].ledger(book)


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


# --- AutoCount Cloud ---------------------------------------------------------------------------


def _autocount_cloud(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    chosen = _autocount_cloud_options(book)
    url = settings.AUTOCOUNT_CLOUD_URL
    return AutoCountCloud(
        Account(url, chosen.account_book_id, credentials["key_id"], credentials["api_key"]),
        chosen,
        _http(),
        home_currency=book.home_currency,
        memory=memory.of(url, chosen.account_book_id, credentials["key_id"]),
        clock=timezone.now,
        debtors=debtors,
    )


def _autocount_cloud_ledger(book: Book) -> Ledger:
    chosen = _autocount_cloud_options(book)
    return Ledger(
        name="AutoCount Cloud",
        kinds=AutoCountCloud.kinds,
        number_length=NUMBER_LENGTH,
        negative_lines=chosen.negative_lines,
        tax=chosen.tax,
    )


def _autocount_cloud_options(book: Book) -> options.Options:
    """What is kept with the book, and the guide's defaults for what is younger than that."""
    defaults = {setting.name: setting.default for setting in guide(book).settings}
    return options.read(defaults | book.settings)


WAYS: Mapping[str, Way] = {
    "acctbridge": Way(connect=_acctbridge, ledger=_acctbridge_ledger),
    "autocount_cloud": Way(connect=_autocount_cloud, ledger=_autocount_cloud_ledger),
}
