"""A shop's offline token: got, kept, refreshed, and given out one call at a time (contract 4).

    a session token --exchange--> a pair --five minutes before it expires--> the next pair
    "invalid_grant", or refused anew --> the merchant opens Lejar --exchange--> a pair

Whoever changes a pair holds its row's lock, also while Shopify is asked, and looks again once it
has the lock: of many who want a new pair one asks, the others take what came (ADR 27). Locks are
taken in the order token, shop. No token, secret or answer is ever in a log or in an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from accounting.sealing import SealBroken, SealKeyMissing
from shopify_app import token_endpoint
from shopify_app.models import OfflineToken, Shop
from shopify_app.token_endpoint import (
    NoAnswer,
    Pair,
    RefreshTokenDead,
    SubjectRefused,
    TokenTrouble,
)

__all__ = [
    "ReconnectNeeded", "SubjectRefused", "TokenTrouble",
    "access_token", "exchange", "keep_alive", "lock", "of", "refused_again",
]  # fmt: skip

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=5)  # a token that dies sooner is not given out
KEEP_ALIVE = timedelta(days=30)
PAUSES = (30, 60, 120, 300)  # seconds until another page asks, after so many failed exchanges
LOCK = "20s"  # longer than the longest call under the lock
LOCK_WAIT = 5.0
MOST_TROUBLE = 3  # times in a row without an answer; then Shopify is left alone


class ReconnectNeeded(Exception):
    """Lejar holds no token that Shopify takes. It gets one when the merchant opens Lejar."""


def of(shop: Shop) -> OfflineToken | None:
    """The shop's row, whether or not there is a pair in it."""
    return getattr(shop, "token", None)


# --- for those who call Shopify


def access_token(shop_id: int, *, now: datetime, refused: str = "") -> str:
    """A token for one call; ask again for the next. `refused` is one that Shopify answered 401 to:
    it is refreshed, unless somebody did already. Never inside a transaction.

    Raises ReconnectNeeded, TokenTrouble.
    """
    token = OfflineToken.objects.filter(shop_id=shop_id).first()
    try:
        held = _held(token, now, refused)
    except (SealBroken, SealKeyMissing):
        held = ""  # looked at again, and recorded, under the lock
    return held or _next(shop_id, now=now, held=lambda locked: _held(locked, now, refused))


def refused_again(shop_id: int, *, refused: str, now: datetime) -> ReconnectNeeded:
    """Records that Shopify refused a token that had just been refreshed because of a refusal;
    raise what this returns. Nothing is recorded where another pair has come meanwhile."""
    with _locked(shop_id) as token:
        if token is not None and token.is_usable(now) and _is_access(token, refused):
            _give_up(token, now)
    return ReconnectNeeded(ReconnectNeeded.__doc__)


def _is_access(token: OfflineToken, access: str) -> bool:
    try:
        return token.take("access") == access
    except SealBroken:
        return True  # nobody can use it either


def _held(token: OfflineToken | None, now: datetime, refused: str) -> str:
    """The access token where it can be used, nothing where it has to be refreshed."""
    if token is None or token.access_expires_at is None or token.reconnect_since is not None:
        raise ReconnectNeeded(ReconnectNeeded.__doc__)
    if token.access_expires_at - now <= MARGIN:
        return ""
    access = token.take("access")
    return "" if access == refused else access


def _next(shop_id: int, *, now: datetime, held: Callable[[OfflineToken | None], str]) -> str:
    """The access token of the next pair, or `held` of what another one got meanwhile."""
    with _locked(shop_id) as token:
        try:
            access = held(token)
            if access or token is None:
                return access
            pair = token_endpoint.refreshed(token.shop.domain, token.take("refresh"))
        except (RefreshTokenDead, SealBroken):
            assert token is not None  # there was a pair to refuse
            _give_up(token, now)
        else:
            _keep(token, pair, now)
            return pair.access
    raise ReconnectNeeded(ReconnectNeeded.__doc__)  # after the commit, so that it stays recorded


@contextmanager
def _locked(shop_id: int, *, wait: bool = True) -> Iterator[OfflineToken | None]:
    """The shop's row, locked; None when there is none, or without `wait` when somebody has it.
    Raises TokenTrouble where the lock is not to be had in time."""
    # Without its shop: what a statement that waited joins is as old as the statement.
    rows = OfflineToken.objects.select_for_update(skip_locked=not wait)
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK}'")
        try:
            token = rows.filter(shop_id=shop_id).first()
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise TokenTrouble("another process is refreshing the token", LOCK_WAIT) from None
            raise
        try:
            yield token
        except SealKeyMissing as error:
            raise TokenTrouble(str(error), token_endpoint.PERSON) from None


def _keep(token: OfflineToken, pair: Pair, now: datetime) -> None:
    """Both tokens in one UPDATE: a pair of halves would be none. What it was given for is what
    the merchant has granted."""
    token.put(pair.access, pair.refresh)
    token.issued_at, token.scopes = now, pair.scopes
    token.access_expires_at = now + timedelta(seconds=pair.access_seconds)
    token.refresh_expires_at = now + timedelta(seconds=pair.refresh_seconds)
    token.reconnect_since, token.tries, token.again_at = None, 0, None
    token.save(force_update=True)
    if token.shop.scopes != pair.scopes:
        token.shop.scopes = pair.scopes
        token.shop.save(update_fields=["scopes"])


def _give_up(token: OfflineToken, now: datetime) -> None:
    token.reconnect_since = now
    token.save(update_fields=["reconnect_since"])
    log.warning("%s has to open Lejar again: Shopify takes its token no longer", token.shop.domain)


# --- for those who come with a session token


def exchange(shop: Shop, session_token: str, *, now: datetime) -> bool:
    """Make sure of a pair: the one there is, or one for this session token where there is none,
    where Shopify took the last no longer, or where other scopes are granted now.

    Returns whether a new one came. Somebody who is at it already is not waited for. Raises
    SubjectRefused, once in a row, and TokenTrouble; both are recorded.
    """
    if not _is_wanted(of(shop), shop, now):
        return False
    _make_row(shop)
    failure = None
    with _locked(shop.pk, wait=False) as token:
        if token is None or not token.shop.is_here or not _is_wanted(token, token.shop, now):
            return False
        try:
            _keep(token, token_endpoint.exchanged(shop.domain, session_token), now)
        except (SubjectRefused, TokenTrouble, SealKeyMissing) as error:
            failure = _failed(token, error, now)
        shop.token, shop.scopes = token, token.shop.scopes
    if failure is not None:
        raise failure
    return True


def lock(shop: Shop) -> datetime | None:
    """Take the lock of the shop's token before that of the shop, inside the caller's transaction.
    When its pair was issued, if there is one."""
    _make_row(shop)  # so that there is something to lock
    token = OfflineToken.objects.select_for_update().filter(shop=shop).first()
    return token.issued_at if token is not None else None


def _make_row(shop: Shop) -> None:
    OfflineToken.objects.bulk_create([OfflineToken(shop=shop)], ignore_conflicts=True)


def _is_wanted(token: OfflineToken | None, shop: Shop, now: datetime) -> bool:
    if token is None:
        return True
    if token.again_at is not None and now < token.again_at:
        return False
    return not token.is_usable(now) or token.scopes != shop.scopes


def _failed(token: OfflineToken, error: Exception, now: datetime) -> Exception:
    """Note a failed exchange. A stale session token is asked for anew at once, but only once in a
    row: Shopify's No to all of them must not keep a merchant out of the pages."""
    token.tries += 1
    if isinstance(error, SubjectRefused) and token.tries == 1:
        token.save(update_fields=["tries"])
        return error
    pause = PAUSES[min(token.tries, len(PAUSES)) - 1]
    token.again_at = now + timedelta(seconds=pause)
    token.save(update_fields=["tries", "again_at"])
    why = str(error) if isinstance(error, TokenTrouble) else type(error).__name__
    return TokenTrouble(why, pause)


# --- once an hour


def keep_alive(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Refresh the pairs that would die within 30 days for want of use; returns how many were.

    Each shop has its own hour of the day, so that the shops of one busy day do not come together.
    What fails is tried a day later; when Shopify does not answer, the rest is too. A shop that is
    refused stands at the head of the list every day, so its refusals keep no other from its turn.
    """
    refreshed = troubles = 0
    for shop_id in _dying(now):
        if stopping() or troubles == MOST_TROUBLE:
            break
        try:
            _next(shop_id, now=now, held=lambda token: _kept_by_another(token, now))
        except ReconnectNeeded:  # recorded, and shown to the merchant
            continue
        except TokenTrouble as trouble:
            troubles = troubles + 1 if isinstance(trouble, NoAnswer) else 0
            log.warning("the token of shop %s was not refreshed: %s", shop_id, trouble)
        else:
            refreshed, troubles = refreshed + 1, 0
    return refreshed


def _dying(now: datetime) -> list[int]:
    ids = OfflineToken.objects.filter(
        reconnect_since=None,
        refresh_expires_at__gt=now,  # what is dead no refresh brings back
        refresh_expires_at__lt=now + KEEP_ALIVE,
        shop__state=Shop.State.ACTIVE,
    ).order_by("refresh_expires_at")
    return [id_ for id_ in ids.values_list("shop_id", flat=True) if id_ % 24 == now.hour]


def _kept_by_another(token: OfflineToken | None, now: datetime) -> str:
    """The access token where the pair is no longer about to die."""
    if token is None or token.refresh_expires_at is None or token.reconnect_since is not None:
        raise ReconnectNeeded(ReconnectNeeded.__doc__)
    return token.take("access") if token.refresh_expires_at >= now + KEEP_ALIVE else ""
