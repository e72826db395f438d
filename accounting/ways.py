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
from accounting.connectors.autocount_cloud.api import API as AUTOCOUNT_CLOUD
from accounting.connectors.autocount_cloud.calls import Account
from accounting.connectors.autocount_cloud.gateway import AutoCountCloud
from accounting.connectors.autocount_cloud.limits import TEXTS
from accounting.connectors.base import CodeList, Connector
from accounting.connectors.guide import Guide, guides
from accounting.connectors.http import Http
from accounting.connectors.sql_account_api.api import api as sql_account
from accounting.connectors.sql_account_api.calls import Credentials as SqlAccountKey
from accounting.connectors.sql_account_api.gateway import SqlAccount
from accounting.documents.rules import Ledger, TaxMethod, TextLengths
from accounting.models import Book

Credentials = Mapping[str, str]
Connect = Callable[[Book, Credentials, tuple[str, ...]], Connector]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`connect` makes a connector for a book with these credentials and debtor codes;
    `code_lengths` says how many characters a code of each list may have there, `code_refuses`
    which it may not."""

    connect: Connect
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


def _chosen(book: Book) -> dict[str, str]:
    """The book's settings, with the guide's default for what was never filled in."""
    kept = book.settings
    return {one.name: kept.get(one.name, one.default) for one in guide(book).settings}


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


# --- SQL Account's own API -------------------------------------------------------------------


def _sql_account(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    chosen = _chosen(book)
    return SqlAccount(
        sql_account(),
        SqlAccountKey(credentials["access_key"], credentials["secret_key"]),
        chosen,
        chosen["host"] or settings.SQL_ACCOUNT_URL,
        _http(),
        home_currency=book.home_currency,
        debtors=debtors,
        now=timezone.now,
    )


def _sql_account_ledger(book: Book) -> Ledger:
    """Lines have items, so none needs a tariff code. Tax is told, or computed on prices without it:
    whether the books take it as told, or compute, nobody has published."""
    tax, limits = _chosen(book)["tax"], sql_account().limits
    return Ledger(
        name="SQL Account",
        kinds=SqlAccount.kinds,
        number_length=limits["docno"].max,
        texts=TextLengths(
            description=limits["description"].max // 2,  # a long reference stands behind it
            reference=limits["description"].max // 2 - len(" "),
            line=limits["description"].max,
            name=limits["companyname"].max,
            address=limits["companyname"].max,  # longer lines of it are broken, the name is not
            email=limits["email"].max,
            phone=limits["phone1"].max,
        ),
        tax=TaxMethod(explicit=tax == "told", scope="document" if tax == "document" else "line"),
    )


SQL_ACCOUNT_FIELDS = {
    CodeList.ACCOUNTS: "account",
    CodeList.TAX_CODES: "tax",
    CodeList.ITEMS: "itemcode",
    CodeList.PROJECTS: "project",
    CodeList.PAYMENT_METHODS: "paymentmethod",
    CodeList.DEBTORS: "code",
}


def _sql_account_code_lengths(book: Book) -> Mapping[CodeList, int]:
    limits = sql_account().limits
    return {listed: limits[field].max for listed, field in SQL_ACCOUNT_FIELDS.items()}


# --- AutoCount Cloud ---------------------------------------------------------------------------


def _autocount_cloud(book: Book, credentials: Credentials, debtors: tuple[str, ...]) -> Connector:
    chosen = options.read(_chosen(book))
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
    chosen = options.read(_chosen(book))
    return Ledger(
        name="AutoCount Cloud",
        kinds=AutoCountCloud.kinds,
        number_length=AUTOCOUNT_CLOUD.limits["master"]["docNo"].max,
        negative_lines=chosen.negative_lines,
        texts=TEXTS,
        tax=chosen.tax,
    )


def _autocount_cloud_code_lengths(book: Book) -> Mapping[CodeList, int]:
    limits = AUTOCOUNT_CLOUD.limits
    return {
        CodeList.ACCOUNTS: limits["line"]["accNo"].max,
        CodeList.TAX_CODES: limits["line"]["taxCode"].max,
        CodeList.ITEMS: limits["line"]["productCode"].max,
        CodeList.PROJECTS: limits["line"]["deptNo"].max,
        CodeList.PAYMENT_METHODS: limits["cash_book_money"]["paymentMethod"].max,
        CodeList.DEBTORS: limits["master"]["debtorCode"].max,
    }


WAYS: Mapping[str, Way] = {
    "acctbridge": Way(
        connect=_acctbridge, ledger=_acctbridge_ledger, code_lengths=_acctbridge_code_lengths
    ),
    "sql_account_api": Way(
        connect=_sql_account,
        ledger=_sql_account_ledger,
        code_lengths=_sql_account_code_lengths,
        code_refuses="*~",  # they mean something in its filters (contract sql-account-api 4)
    ),
    "autocount_cloud": Way(
        connect=_autocount_cloud,
        ledger=_autocount_cloud_ledger,
        code_lengths=_autocount_cloud_code_lengths,
    ),
}
