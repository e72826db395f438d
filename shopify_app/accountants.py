"""Accountants' links: made, shown once, opened, revoked, and at an end with the shop (ADR 34).

A link's secret is 32 random bytes, of which only the digest is kept; so is the cookie's that it is
exchanged for. A link that is not there, over or revoked, or whose shop has left, is one and the
same to whoever tries it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from accounting import audit
from shopify_app.models import AccountantKnock, AccountantLink, AccountantSession, Shop

SECRET_BYTES = 32
DAYS, MOST_DAYS = 90, 365
MOST_LINKS = 50  # of one shop, that are open
IDLE = timedelta(hours=12)  # a visit ends when nothing was asked for so long
NOTED = timedelta(minutes=5)  # between two notes that a visit goes on
KNOCKS, KNOCK_WINDOW = 20, timedelta(minutes=10)

Draw = Callable[[int], str]


class NoSuchLink(Exception):
    """This link does not open anything. Ask the shop for a new one."""


class TooManyTries(Exception):
    """Too many links were tried that open nothing. Wait ten minutes and try again."""


class TooManyLinks(Exception):
    """The shop has too many open links: revoke one first."""


# --- for the shop ----------------------------------------------------------------------------


def create(
    *, shop: Shop, label: str, last_date: date, who: str, now: datetime,
    draw: Draw = secrets.token_urlsafe,
) -> tuple[AccountantLink, str]:  # fmt: skip
    """A link that is good to the end of `last_date` where the shop is, and its secret, which cannot
    be had again. Raises TooManyLinks."""
    secret = draw(SECRET_BYTES)
    a_day = timedelta(days=1)
    ends_at = datetime.combine(last_date + a_day, time(), ZoneInfo(shop.store.time_zone))
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(id=shop.id)
        if open_links(shop, now).count() >= MOST_LINKS:
            raise TooManyLinks(TooManyLinks.__doc__)
        link = AccountantLink.objects.create(
            shop=shop, label=label, secret_sha256=_sha256(secret), created_at=now,
            created_by=who, ends_at=ends_at,
        )  # fmt: skip
        said = {"link": link.id, "label": label, "ends": str(last_date)}
        audit.note(shop.store_id, who, "accountant link created", now, **said)
    return link, secret


def open_links(shop: Shop, now: datetime) -> QuerySet[AccountantLink]:
    return AccountantLink.objects.filter(shop=shop, revoked_at=None, ends_at__gt=now)


@transaction.atomic
def revoke(*, shop: Shop, link_id: int, who: str, now: datetime) -> AccountantLink | None:
    """End a link and every visit that came of it. None where the shop has no such link."""
    rows = AccountantLink.objects.select_for_update().filter(shop=shop, id=link_id)
    link = rows.first()
    if link is not None and link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        AccountantSession.objects.filter(link=link).delete()
        said = {"link": link.id, "label": link.label}
        audit.note(shop.store_id, who, "accountant link revoked", now, **said)
    return link


def end_all(shop: Shop, *, at: datetime) -> None:
    """The shop leaves: nothing opens it any more, also when it comes back."""
    AccountantSession.objects.filter(link__shop=shop).delete()
    AccountantLink.objects.filter(shop=shop, revoked_at=None).update(revoked_at=at)


# --- for the accountant ----------------------------------------------------------------------


def enter(
    *, link_id: int, secret: str, address: str, now: datetime, draw: Draw = secrets.token_urlsafe
) -> tuple[AccountantLink, str]:
    """The link, and the cookie of a new visit. Raises NoSuchLink or TooManyTries."""
    knock = _knock(address)
    if _knocks(knock, now) >= KNOCKS:
        raise TooManyTries(TooManyTries.__doc__)
    links = AccountantLink.objects.filter(shop__state__in=Shop.HERE).select_related("shop")
    link = links.filter(id=link_id, revoked_at=None, ends_at__gt=now).first()
    right = hmac.compare_digest(_sha256(secret), link.secret_sha256 if link else _sha256(""))
    if link is None or not right:
        _knocked(knock, now)
        raise NoSuchLink(NoSuchLink.__doc__)
    cookie = draw(SECRET_BYTES)
    with transaction.atomic():
        AccountantSession.objects.filter(link=link, ends_at__lte=now).delete()
        AccountantSession.objects.create(
            link=link, cookie_sha256=_sha256(cookie), began_at=now, ends_at=_ends(link, now)
        )
        AccountantLink.objects.filter(id=link.id).update(used_at=now)
        audit.note(link.shop.store_id, who(link), "accountant link opened", now, link=link.id)
    return link, cookie


def visited(*, link_id: int, cookie: str, now: datetime) -> AccountantLink | None:
    """The link whose visit a cookie is, if it is good; using it keeps it good."""
    rows = AccountantSession.objects.select_related("link__shop")
    session = rows.filter(cookie_sha256=_sha256(cookie), link=link_id, ends_at__gt=now).first()
    if session is None:
        return None
    link = session.link
    if link.revoked_at is not None or link.ends_at <= now or not link.shop.is_here:
        return None
    ends_at = _ends(link, now)
    if ends_at - session.ends_at > NOTED:
        AccountantSession.objects.filter(id=session.id).update(ends_at=ends_at)
        AccountantLink.objects.filter(id=link.id).update(used_at=now)
    return link


def leave(*, link_id: int, cookie: str) -> None:
    AccountantSession.objects.filter(cookie_sha256=_sha256(cookie), link=link_id).delete()


def who(link: AccountantLink) -> str:
    """In the trail, which keeps it for good: the link by its number, never by its name."""
    return f"accountant link {link.id}"


def labels(shop: Shop, whos: set[str]) -> dict[str, str]:
    """The names of those links among `whos`."""
    ids = {each.removeprefix("accountant link ") for each in whos if each.startswith("accountant")}
    if not ids:
        return {}
    rows = AccountantLink.objects.filter(shop=shop, id__in=filter(str.isdecimal, ids))
    return {who(link): link.label for link in rows}


def _ends(link: AccountantLink, now: datetime) -> datetime:
    return min(now + IDLE, link.ends_at)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


# --- how often somebody tried ----------------------------------------------------------------

KNOCKED = """
INSERT INTO shopify_app_accountantknock AS known (address_sha256, since, count)
VALUES (%(knock)s, %(now)s, 1)
ON CONFLICT (address_sha256) DO UPDATE SET
    count = CASE WHEN known.since <= %(old)s THEN 1 ELSE known.count + 1 END,
    since = CASE WHEN known.since <= %(old)s THEN %(now)s ELSE known.since END
"""


def _knock(address: str) -> str:
    """An address as it is kept: without our secret nobody finds out which it was."""
    key = "".join(settings.SHOPIFY_API_SECRETS[:1])
    return hmac.new(key.encode(), address.encode(), hashlib.sha256).hexdigest()


def _knocks(knock: str, now: datetime) -> int:
    rows = AccountantKnock.objects.filter(address_sha256=knock, since__gt=now - KNOCK_WINDOW)
    return rows.values_list("count", flat=True).first() or 0


def _knocked(knock: str, now: datetime) -> None:
    """Counted, and what is no longer counted forgotten."""
    old = now - KNOCK_WINDOW
    AccountantKnock.objects.filter(since__lte=old).exclude(address_sha256=knock).delete()
    with connection.cursor() as cursor:
        cursor.execute(KNOCKED, {"knock": knock, "now": now, "old": old})
