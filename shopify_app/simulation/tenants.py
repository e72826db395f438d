"""The shops of a simulated Shopify: what each is, and the rows that Lejar has of it at first.

Rows are written as the use-cases would leave them, without their trails: a world has many shops and
little time. What people change later goes through the use-cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from accounting import mapping, mapping_tables
from accounting.mapping_tables import TABLES
from accounting.models import Book, Debtor, Store
from shopify_app.demo.books import BookPlan
from shopify_app.demo.checkout import Checkout
from shopify_app.demo.connections import CONNECTIONS
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life
from shopify_app.demo.records import OpenShop
from shopify_app.demo.shops import MALAYSIA, PROFILES, ShopProfile
from shopify_app.models import OfflineToken, Shop, ShopDetails, ShopPlan
from shopify_app.scopes import written
from shopify_app.simulation import lived

MERCHANT = "Merchant"
PLAN = "Basic"
SCOPES = ("read_customers", "read_orders", "read_products")
SETTLES = (0, 0, 60, 600)  # seconds
DAY = timedelta(days=1)
ORDERS_APART = 1000  # two shops never have an order of one number
MINUTES_APART = 3600  # of the hour that a shop is swept at: `reconcile` goes by the shop's row id


@dataclass(kw_only=True)
class Tenant:
    """One shop. `access` are the tokens that Shopify takes, by their refresh token."""

    place: int
    profile: ShopProfile
    shopify_id: int
    domain: str
    plan: BookPlan
    stage: lived.Stage
    lives: list[Life]
    store_id: int = 0
    shop_id: int = 0
    is_mapped: bool = False
    is_mismapped: bool = False  # an item may be mapped to what somebody tried out
    is_installed: bool = True
    has_plan: bool = True
    scopes: tuple[str, ...] = SCOPES
    is_expected: bool = False  # somebody is on the way to open Lejar
    needs_people: bool = False  # something has happened that ends only when somebody opens Lejar
    tokens: dict[str, str] = field(default_factory=dict)
    left_at: datetime | None = None  # and did not come back
    redacted_at: datetime | None = None
    erased: set[int] = field(default_factory=set)  # numbers of orders whose buyer was redacted
    copied: set[int] = field(default_factory=set)  # that were told in another shop's name, too

    @property
    def handle(self) -> str:
        return self.domain.removesuffix(".myshopify.com")


def made(
    place: int, name: str, book: Book, chance: Random, ids: Ids, now: datetime, orders: int
) -> Tenant:
    """A shop that sells into `book`, and the whole story of its orders."""
    profile = _profile(place, book, chance)
    domain = f"{name}-{place + 1}.myshopify.com"
    shop = OpenShop(profile=profile, domain=domain, id=ids())
    stage = lived.Stage(
        shop=shop,
        checkout=Checkout(shop=shop, ids=ids),
        ids=ids,
        random=chance,
        now=now,
        first_number=1001 + place * ORDERS_APART,
        spread=timedelta(minutes=chance.choice((10, 60, 240))),
    )
    return Tenant(
        place=place,
        profile=profile,
        shopify_id=shop.id,
        domain=domain,
        plan=BookPlan(connection=_way(book), profile=profile, key=f"{name}-{place + 1}"),
        stage=stage,
        lives=lived.live(stage, orders),
    )


def _way(book: Book) -> Any:
    return next(w for w in CONNECTIONS if (w.system, w.way) == (book.system, book.way))


def _profile(place: int, book: Book, chance: Random) -> ShopProfile:
    """One in the currency of the book, with a prefix of its own."""
    same = [each for each in PROFILES if each.currency == book.home_currency]
    profile = chance.choice(same or [MALAYSIA])
    prefix = f"{profile.prefix}{chr(ord('A') + place)}"
    return replace(
        profile,
        prefix=prefix,
        trigger=chance.choice(("paid", "created")),
        taxes_included=chance.random() < 0.5,
    )


# --- rows ------------------------------------------------------------------------------------


def arrive(tenant: Tenant, book: Book, chance: Random, now: datetime) -> None:
    """The shop has installed Lejar and set it up, all but what `map_missing` brings."""
    profile = tenant.profile
    store = Store.objects.create(
        name=tenant.domain,
        book=book,
        prefix=profile.prefix,
        currency=profile.currency,
        time_zone=profile.time_zone,
        trigger=profile.trigger,
        settle_seconds=chance.choice(SETTLES),
        cut_over_date=(now - DAY).date(),
    )
    tenant.store_id, tenant.shop_id = store.pk, _free_id(chance.randrange(MINUTES_APART))
    Debtor.objects.create(store=store, **tenant.plan.debtor)
    _map(tenant)
    shop = Shop.objects.create(
        id=tenant.shop_id,
        domain=tenant.domain,
        store=store,
        scopes=written(tenant.scopes),
        installed_at=now - DAY,
        read_ready_at=now + timedelta(seconds=chance.randrange(86_400)),
    )
    _tell_of(tenant, shop, now)
    issue(tenant, shop, chance, now)


def _free_id(minute: int) -> int:
    """A row id that puts the shop into its own second of the hour, whatever ids are taken: one
    seed is swept at the same times in every database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('shopify_app_shop', 'id'))")
        following = int(cursor.fetchone()[0])
        found = following + (minute - following) % MINUTES_APART
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('shopify_app_shop', 'id'), %s)", [found]
        )
    return found


def _tell_of(tenant: Tenant, shop: Shop, now: datetime) -> None:
    profile = tenant.profile
    ShopDetails.objects.create(
        shop=shop,
        shopify_id=tenant.shopify_id,
        name=profile.name,
        currency=profile.currency,
        time_zone=profile.time_zone,
        country=profile.country,
        order_prefix="#",
        read_at=now,
    )
    ShopPlan.objects.create(
        shop=shop, name=PLAN, status="ACTIVE", read_at=now, review_at=now + timedelta(hours=1)
    )


def issue(tenant: Tenant, shop: Shop, chance: Random, now: datetime) -> None:
    """A pair of tokens, known to both sides."""
    access, refresh = pair(tenant, chance)
    token = OfflineToken(shop=shop, scopes=written(tenant.scopes), issued_at=now)
    token.put(access, refresh)
    token.access_expires_at = now + timedelta(hours=1)
    token.refresh_expires_at = now + timedelta(days=90)
    token.save()


def pair(tenant: Tenant, chance: Random) -> tuple[str, str]:
    """A new access token and its refresh token."""
    access, refresh = (f"shp{kind}_{chance.getrandbits(128):032x}" for kind in ("at", "rt"))
    tenant.tokens[refresh] = access
    return access, refresh


def _map(tenant: Tenant) -> None:
    plan = tenant.plan
    mapped: dict[str, Sequence[dict[str, Any]]] = {
        "items": plan.items(),
        "taxes": plan.taxes(),
        "gateways": plan.gateways(),
        "roles": plan.roles(),
    }
    for name, rows in mapped.items():
        table = TABLES[name]
        table.model._default_manager.bulk_create(mapping_tables.kept(table, tenant.store_id, rows))


def map_missing(tenant: Tenant, now: datetime) -> bool:
    """The merchant maps what was forgotten. False when that is done, or nobody is there to."""
    if tenant.is_mapped or tenant.redacted_at is not None:
        return False
    who: dict[str, Any] = {"store_id": tenant.store_id, "who": MERCHANT, "now": now}
    mapping.map_items(rows=tenant.plan.items(late=True), **who)
    mapping.map_taxes(rows=tenant.plan.taxes(late=True), **who)
    mapping.map_gateways(rows=tenant.plan.gateways(late=True), **who)
    tenant.is_mapped = True
    return True


def edit_items(tenant: Tenant, account: str, who: str, now: datetime) -> None:
    """Somebody maps what is mapped already to another account; "" for the one it had at first."""
    if tenant.redacted_at is not None:
        return
    rows = [{**row, "account": account or row["account"]} for row in tenant.plan.items()]
    mapping.map_items(store_id=tenant.store_id, rows=rows, who=who, now=now)
    tenant.is_mismapped = bool(account)
