"""What becomes of simulated shops besides selling: they leave, come back, lose a token or a plan,
and ask for erasure.

Each begins at a time drawn with the seed and ends by itself, except leaving for good. People open
Lejar as they would: through first contact and an exchange of tokens.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from accounting.models import Document, Order
from shopify_app import install
from shopify_app.demo.life import Life
from shopify_app.demo.send import Parcel
from shopify_app.models import Delivery
from shopify_app.sandbox.words import gid
from shopify_app.simulation import tenants
from shopify_app.simulation.baton import Died
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.deliveries import Road, Trip
from shopify_app.simulation.tenants import Tenant
from shopify_app.tokens import SubjectRefused

RARE = 0.12  # of all shops, for each thing that may happen to one
REDACTED = 4  # times as often
OFTEN = 2.5  # the same: what can happen in some worlds only
SPREAD = 3600  # seconds within which it begins
AFTER = 60  # seconds after an event, in which its documents are on their way
HOUR = timedelta(hours=1)
VISITS = (timedelta(minutes=1), timedelta(minutes=20), HOUR + timedelta(minutes=10))
UNDER_WAY = ("waiting", "queued", "sending", "unknown")
NO_CUSTOMERS = ("read_orders", "read_products")


@dataclass(kw_only=True)
class Happenings:
    """`answering` has this thread ask the simulated Shopify."""

    clockwork: Clockwork
    chance: Random
    road: Road
    answering: Callable[[], AbstractContextManager[None]]
    rate: float = RARE
    sweeps: bool = True  # else what a shop sells while it is away is never found
    reads: bool = True  # else Lejar learns of no plan

    def plan(self, tenant: Tenant) -> None:
        """Put what will become of the shop on the road."""
        for happens, rate in self._may_happen():
            if self.chance.random() < rate:
                self._in(self._begins_in(tenant), self._unless_healed(happens), tenant)

    def _begins_in(self, tenant: Tenant) -> timedelta:
        """Within the hour, or about when something of an order is told: then it meets work."""
        told = [hook.at for life in tenant.lives for hook in life.webhooks]
        if not told or self.chance.random() < 0.3:
            return timedelta(seconds=self.chance.randrange(SPREAD))
        about = self.chance.choice(told) + timedelta(seconds=self.chance.uniform(-2, AFTER))
        return max(about - self.clockwork.now(), timedelta())

    def _may_happen(self) -> Iterator[tuple[Callable[[Tenant], None], float]]:
        yield self.lose_token, self.rate
        yield self.lose_scope, self.rate
        yield self.redact, self.rate * REDACTED
        if self.sweeps:
            yield self.leave, self.rate * OFTEN
        if self.reads:
            yield self.lose_plan, self.rate * OFTEN

    def _unless_healed(self, happens: Callable[[Tenant], None]) -> Callable[[Tenant], None]:
        """Nothing new goes wrong in a world that heals."""

        def begins(tenant: Tenant) -> None:
            if not self.road.is_healed:
                happens(tenant)

        return begins

    def _in(self, wait: timedelta, happens: Callable[[Tenant], None], tenant: Tenant) -> None:
        self.road.put(self.clockwork.now() + wait, lambda: happens(tenant))

    def _later(self, happens: Callable[[Tenant], None], tenant: Tenant) -> None:
        """Within hours; soon once the world heals."""
        most = 60 if self.road.is_healed else 6 * 3600
        self._in(timedelta(seconds=self.chance.randrange(30, most)), happens, tenant)

    def _say(self, tenant: Tenant, what: str) -> None:
        self.clockwork.tell(f"{tenant.handle} {what}")

    # --- tokens, and people who come by

    def lose_token(self, tenant: Tenant) -> None:
        """Shopify takes the pair no longer; only the merchant can give another."""
        self._say(tenant, f"has its token revoked, {_waiting(tenant)}")
        tenant.needs_people = True
        tenant.tokens.clear()
        self._later(self.come_by, tenant)

    def hear_of_it(self, tenant: Tenant) -> None:
        """Lejar has found that its token is dead, and somebody of the shop comes to see why."""
        tenant.needs_people = True
        if tenant.is_installed and not tenant.is_expected:
            tenant.is_expected = True
            self._later(self.visit, tenant)

    def come_by(self, tenant: Tenant) -> None:
        """Somebody of the shop opens Lejar, and again: what Lejar does not know yet at the first
        time it may know at the last."""
        tenant.needs_people = True
        for wait in VISITS:
            self._in(wait, self.visit, tenant)

    def visit(self, tenant: Tenant) -> None:
        """A page of Lejar is opened in the shop's admin."""
        tenant.is_expected = False
        if not tenant.is_installed:
            return
        now = self.clockwork.now()
        try:
            with self.answering():
                shop = install.first_contact(tenant.domain, now=now)
                install.connect(shop, "an id token", now=now)
        except (install.Uninstalled, SubjectRefused) as refused:
            self._say(tenant, f"opens Lejar: {type(refused).__name__}")
        except Died:
            connection.close()
            self._say(tenant, "opens Lejar: no answer")
            self._later(self.visit, tenant)
        else:
            self._say(tenant, "opens Lejar")
        self.clockwork.reach("Lejar opened")

    # --- leaving

    def leave(self, tenant: Tenant) -> None:
        """The app is removed: its tokens are gone at once, and no order is told any more."""
        if not tenant.is_installed:
            return
        self._say(tenant, f"uninstalls Lejar, {_waiting(tenant)}")
        tenant.needs_people = True
        tenant.is_installed, tenant.left_at = False, self.clockwork.now()
        tenant.tokens.clear()
        self.tell(tenant, "app/uninstalled", _shop_body(tenant))
        comes_back = self.chance.random() < 0.5
        self._later(self.come_back if comes_back else self.redact_shop, tenant)

    def come_back(self, tenant: Tenant) -> None:
        self._say(tenant, "installs Lejar again")
        tenant.is_installed, tenant.left_at = True, None
        if not tenant.has_plan:  # that it chose while it was away nobody was told
            self._choose(tenant, has_plan=True)
        self.come_by(tenant)

    # --- scopes and plans

    def lose_scope(self, tenant: Tenant) -> None:
        self._grant(tenant, NO_CUSTOMERS)
        self._later(self.regain_scope, tenant)

    def regain_scope(self, tenant: Tenant) -> None:
        self._grant(tenant, tenants.SCOPES)
        self.come_by(tenant)

    def _grant(self, tenant: Tenant, scopes: tuple[str, ...]) -> None:
        if not tenant.is_installed:
            return
        self._say(tenant, f"grants {', '.join(scopes)}")
        body = {"id": tenant.shopify_id, "previous": tenant.scopes, "current": scopes}
        tenant.scopes, tenant.needs_people = scopes, True
        self.tell(tenant, "app/scopes_update", body)

    def lose_plan(self, tenant: Tenant) -> None:
        self._choose(tenant, has_plan=False)
        self._later(lambda tenant: self._choose(tenant, has_plan=True), tenant)

    def _choose(self, tenant: Tenant, *, has_plan: bool) -> None:
        if not tenant.is_installed:
            return
        self._say(tenant, "chooses a plan" if has_plan else "ends its plan")
        tenant.has_plan = has_plan
        told = {
            "admin_graphql_api_shop_id": gid("Shop", tenant.shopify_id),
            "name": tenants.PLAN,
            "status": "ACTIVE" if has_plan else "CANCELLED",
        }
        self.tell(tenant, "app_subscriptions/update", {"app_subscription": told})

    # --- erasure

    def redact_shop(self, tenant: Tenant) -> None:
        """A shop that has left: everything personal of it goes."""
        if tenant.is_installed:
            return
        if self._is_under_way(tenant, lambda _: True):
            self._in(HOUR, self.redact_shop, tenant)  # Shopify waits two days
            return
        self._say(tenant, f"is to be redacted, {_waiting(tenant)}")
        tenant.redacted_at = self.clockwork.now()
        self.tell(tenant, "shop/redact", {})
        tenant.erased.update(tenant.stage.buyers.keys() - tenant.copied)

    def redact(self, tenant: Tenant) -> None:
        """One buyer asks to be forgotten, when all of the order has been told: Shopify waits for
        half a year."""
        life = next((each for each in tenant.lives if self._may_be_forgotten(tenant, each)), None)
        if life is None:
            self._if_more(tenant)
            return
        self._say(tenant, f"{life.record.name} is to be redacted")
        number, customer = life.record.number, life.record.customer
        assert customer is not None
        tenant.erased.add(number)
        said = {"id": customer.id, "email": customer.email, "phone": None}
        more = {"customer": said, "orders_to_redact": [life.record.id]}
        self.tell(tenant, "customers/redact", more)

    def _may_be_forgotten(self, tenant: Tenant, life: Life) -> bool:
        number = life.record.number
        return (
            number in tenant.stage.buyers
            and number not in tenant.erased | tenant.copied
            and life.webhooks[-1].at < self.clockwork.now()
            and not self._is_under_way(tenant, lambda trip: trip.number == number)
        )

    def _if_more(self, tenant: Tenant) -> None:
        """Again, while something of the shop's orders is still to be told."""
        now = self.clockwork.now()
        happens = any(life.webhooks[-1].at >= now for life in tenant.lives)
        if tenant.left_at is None and (happens or self._is_under_way(tenant, lambda _: True)):
            self._in(HOUR, self.redact, tenant)

    def _is_under_way(self, tenant: Tenant, wanted: Callable[[Trip], bool]) -> bool:
        trips = self.road.under_way()
        return any(wanted(trip) for trip in trips if trip.parcel.domain == tenant.domain)

    # --- telling

    def tell(self, tenant: Tenant, topic: str, body: Mapping[str, Any]) -> None:
        """A webhook about the shop itself."""
        whole = {"shop_id": tenant.shopify_id, "shop_domain": tenant.domain, **body}
        parcel = Parcel(
            domain=tenant.domain,
            topic=topic,
            body=json.dumps(whole).encode(),
            webhook_id=self._uuid(),
            event_id=self._uuid(),
            at=self.clockwork.now(),
        )
        self._put(Trip(parcel=parcel, called=f"{tenant.handle} {topic}"))

    def _put(self, trip: Trip) -> None:
        late = self.chance.random() < 0.3 and not self.road.is_healed
        seconds = self.chance.randrange(2, 2 * 3600) if late else 2
        self.road.put(trip.parcel.at + timedelta(seconds=seconds), trip)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def _waiting(tenant: Tenant) -> str:
    """What of the shop is under way just now."""
    documents = Document.objects.filter(store_id=tenant.store_id, state__in=UNDER_WAY).count()
    planning = Order.objects.filter(store_id=tenant.store_id, plan_at__isnull=False).count()
    told = Delivery.objects.filter(shop_domain=tenant.domain, state="new").count()
    return f"{documents} documents, {planning} orders, {told} deliveries under way"


def _shop_body(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.shopify_id,
        "name": tenant.profile.name,
        "domain": f"{tenant.handle}.test",
        "myshopify_domain": tenant.domain,
        "currency": tenant.profile.currency,
    }


def is_sent(trip: Trip, tenant: Tenant | None) -> bool:
    """Shopify tells an app of orders only of shops that have it, by the time of the event."""
    is_order = trip.parcel.topic.startswith(("orders/", "refunds/", "order_transactions/"))
    left_at: datetime | None = tenant.left_at if tenant else None
    return not is_order or left_at is None or trip.parcel.at <= left_at
