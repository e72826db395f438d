"""Who is told, and of what: what people decide.

Addresses are the staff's personal data: they are sealed, appear in no log and no trail, and go when
the shop leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounting import audit
from accounting.sealing import SealBroken
from shopify_app.mail import url
from shopify_app.models import Episode, Mail, MailAddress, MailSettings, Shop

MOST = 5  # addresses of a shop
MOST_ASKED = 15  # confirmations a shop may have sent in a day: nobody is pestered through Lejar
LONGEST = 254  # RFC 5321
OFFLINE_MINUTES = (5, 1440)
LINK_FOLLOWED = "a link in an e-mail"  # who, in the audit trail


class Refused(Exception):
    """What was entered cannot be taken; `field` names it, `reason` is one of REASONS."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class NotAnymore(Exception):
    """There is no such address (any more)."""


class Deed(Protocol):
    """What following a link does."""

    def __call__(self, key: UUID, *, now: datetime) -> None: ...


def is_configured() -> bool:
    """Whether this installation can send e-mail at all."""
    return settings.EMAIL_BACKEND != url.NONE and bool(settings.LEJAR_URL)


def settings_of(shop: Shop) -> MailSettings:
    """What the shop has chosen, or what counts as long as it has chosen nothing."""
    return MailSettings.objects.filter(shop=shop).first() or MailSettings(shop=shop)


def addresses_of(shop: Shop) -> list[tuple[MailAddress, str]]:
    """Each with its text; "" where its key is gone."""
    return [(row, _opened(row)) for row in MailAddress.objects.filter(shop=shop).order_by("id")]


def _opened(row: MailAddress) -> str:
    try:
        return row.take()
    except SealBroken:
        return ""


# --- what is told ----------------------------------------------------------------------------


@transaction.atomic
def change(shop: Shop, changes: Mapping[str, Any], *, who: str, now: datetime) -> MailSettings:
    """Change `kinds`, `tell_over`, `offline_minutes` or `digest_hour`. Raises Refused."""
    row = _locked(shop)
    if not set(changes.get("kinds", ())) <= set(Episode.Kind.values):
        raise Refused("kinds", "kind")
    low, high = OFFLINE_MINUTES
    if not low <= changes.get("offline_minutes", low) <= high:
        raise Refused("offline_minutes", "minutes")
    if not 0 <= changes.get("digest_hour", 0) <= 23:
        raise Refused("digest_hour", "hour")
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    audit.note(shop.store_id, who, "notifications", now, before=before, after=dict(changes))
    return row


def _locked(shop: Shop) -> MailSettings:
    """The shop's row, so that one change comes after the other."""
    MailSettings.objects.get_or_create(shop=shop)
    return MailSettings.objects.select_for_update().get(shop=shop)


# --- who is told -----------------------------------------------------------------------------


@transaction.atomic
def add(shop: Shop, address: str, *, language: str, who: str, now: datetime) -> MailAddress:
    """Ask an address whether it wants to be told, in the language of who entered it. Raises
    Refused."""
    text = _checked(address)
    row = _locked(shop)
    known = addresses_of(shop)
    if text.casefold() in (each.casefold() for _, each in known):
        raise Refused("address", "known")
    if len(known) >= MOST:
        raise Refused("address", "many")
    _count_asking(row, now)
    new = MailAddress(shop=shop, language=language, added_at=now)
    new.put(text)
    new.save()
    Mail.objects.create(shop=shop, address=new, phase=Mail.Phase.ASK, asked_at=now, ready_at=now)
    audit.note(shop.store_id, who, "notification address added", now, addresses=len(known) + 1)
    return new


def _checked(address: str) -> str:
    text = address.strip()
    try:
        validate_email(text)
    except ValidationError:
        raise Refused("address", "form") from None
    if len(text) > LONGEST or not text.isascii():
        raise Refused("address", "form")
    return text


def _count_asking(row: MailSettings, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(row.shop.store.time_zone)).date()
    asked = row.asked_count if row.asked_day == today else 0
    if asked >= MOST_ASKED:
        raise Refused("address", "asked")
    row.asked_day, row.asked_count = today, asked + 1
    row.save(update_fields=["asked_day", "asked_count"])


@transaction.atomic
def ask_again(shop: Shop, address_id: int, *, now: datetime) -> MailAddress:
    """Send the question once more, with a link whose time begins anew. Raises NotAnymore or
    Refused."""
    row = _locked(shop)
    address = MailAddress.objects.filter(shop=shop, id=address_id, confirmed_at=None).first()
    if address is None:
        raise NotAnymore(NotAnymore.__doc__)
    _count_asking(row, now)
    Mail.objects.filter(address=address, phase=Mail.Phase.ASK).update(
        ready_at=now, asked_at=now, begun_at=None, tries=0, doubts=0, sent_at=None, trouble=""
    )
    return address


@transaction.atomic
def remove(shop: Shop, address_id: int, *, who: str, now: datetime) -> None:
    """Raises NotAnymore."""
    _locked(shop)
    _forget(MailAddress.objects.filter(shop=shop, id=address_id).first(), who, now)


@transaction.atomic
def stop(key: UUID, *, now: datetime) -> None:
    """Whoever has the link of a message wants no more of them. Raises NotAnymore."""
    address = MailAddress.objects.filter(key=key).select_related("shop__store").first()
    if address is not None:
        _locked(address.shop)
    _forget(address, LINK_FOLLOWED, now)


def _forget(address: MailAddress | None, who: str, now: datetime) -> None:
    if address is None:
        raise NotAnymore(NotAnymore.__doc__)
    address.delete()
    shop = address.shop
    left = MailAddress.objects.filter(shop=shop)
    if not left.filter(confirmed_at__isnull=False).exists():
        MailSettings.objects.filter(shop=shop).update(look_at=None)
    audit.note(shop.store_id, who, "notification address removed", now, addresses=left.count())


@transaction.atomic
def confirm(key: UUID, *, now: datetime) -> None:
    """The address wants to be told. Saying it twice changes nothing. Raises NotAnymore."""
    address = MailAddress.objects.filter(key=key).select_related("shop__store").first()
    if address is None:
        raise NotAnymore(NotAnymore.__doc__)
    _locked(address.shop)
    confirmed = MailAddress.objects.filter(id=address.id, confirmed_at=None)
    if confirmed.update(confirmed_at=now):
        MailSettings.objects.filter(shop=address.shop).update(look_at=now)
        store_id = address.shop.store_id
        audit.note(store_id, LINK_FOLLOWED, "notification address confirmed", now)


def forget_shop(shop_id: int) -> None:
    """The shop has left: nobody of it is told anything any more, and no address is kept."""
    for table in (Mail, MailAddress, Episode, MailSettings):
        table._default_manager.filter(shop=shop_id).delete()
