"""Sealing everything anew under the newest of LEJAR_SEAL_KEYS, so that an older key can go.

No row is locked: a value is replaced only while it is still the one that was opened, so whoever
refreshes a token or enters a key meanwhile is neither kept waiting nor overwritten. What the newest
key has sealed is left alone, so it may be stopped anywhere and begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Model

from accounting import connections, sealing
from accounting.models import Book
from shopify_app import privacy
from shopify_app.models import MailAddress, OfflineToken, PrivacyRequest

BATCH = 200


@dataclass(frozen=True, slots=True)
class Column:
    """One that holds sealed values; `sealed_as` names the row a value of it is sealed for."""

    model: type[Model]
    name: str
    sealed_as: Callable[[Any], str]

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)


@dataclass(slots=True, kw_only=True)
class Done:
    """Of one column: how many were sealed anew, how many had no need, and which do not open."""

    anew: int = 0
    already: int = 0
    broken: tuple[int, ...] = ()


COLUMNS = (
    Column(Book, "sealed_credentials", connections.sealed_as),
    Column(OfflineToken, "access", partial(OfflineToken.sealed_as, name="access")),
    Column(OfflineToken, "refresh", partial(OfflineToken.sealed_as, name="refresh")),
    Column(MailAddress, "sealed", MailAddress.sealed_as),
    Column(PrivacyRequest, "sealed_export", privacy.sealed_as),
)


def reseal(column: Column) -> Done:
    """Everything of one column. Raises sealing.SealKeyMissing."""
    done = Done()
    for row in _rows(column):
        try:
            anew = _one(column, row)
        except sealing.SealBroken:
            done.broken += (row.pk,)
        else:
            done.anew += anew
            done.already += not anew
    return done


def _rows(column: Column) -> Iterator[Any]:
    """Rows with something sealed, read a batch at a time."""
    rows = column.model._default_manager.exclude(**{f"{column.name}__isnull": True})
    filled = rows.exclude(**{column.name: b""}).order_by("pk")
    after, batch = 0, list[Any]()
    while batch := list(filled.filter(pk__gt=after)[:BATCH]):
        yield from batch
        after = batch[-1].pk


def _one(column: Column, row: Any) -> bool:
    """Whether it had to be. Raises sealing.SealBroken."""
    rows = column.model._default_manager.filter(pk=row.pk)
    sealed: bytes | None = getattr(row, column.name)
    while sealed and not sealing.is_newest(bytes(sealed)):
        plain = sealing.unseal(bytes(sealed), row=column.sealed_as(row))
        anew = sealing.seal(plain, row=column.sealed_as(row))
        if rows.filter(**{column.name: sealed}).update(**{column.name: anew}):
            return True
        sealed = rows.values_list(column.name, flat=True).first()  # somebody was quicker
    return False
