"""Past orders of many kinds, a Shopify that shows them, and a backfill driven to its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting import backfills, codec, posting, sender
from accounting.connectors.base import Connector
from accounting.facts import KINDS, Customer, Fact, Order, Transaction, kind_of
from accounting.models import (
    Backfill,
    BackfillOrder,
    Book,
    Document,
    GatewayMapping,
    ItemMapping,
    RoleMapping,
    Store,
    TaxMapping,
)
from accounting.soak.generator import THEMES
from accounting.soak.policies import GATEWAYS, ROLES, TAX_CODES
from accounting.soak.run import live
from shopify_app import backfill
from shopify_app.backfill import Listed
from shopify_app.models import Shop
from tests.books import Clock

LIVED = THEMES - {"fx"}  # the cash debtor here has one currency
EVERYDAY: frozenset[str] = frozenset()
AN_ID = 10**9  # ids of the generated lives are above, everything else below
TIME = re.compile(r"\d{4}-\d\d-\d\dT.*")
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 26)
A_PAGE = 100
MOST_ROUNDS = 5000
A_SECOND = timedelta(seconds=1)
WHO = {"who": "staff 7"}


@dataclass(frozen=True, slots=True)
class Past:
    id: int
    created_at: datetime
    facts: tuple[Fact, ...]


def past_orders(count: int) -> list[Past]:
    """Lives of orders, oldest first; among them tests, numbers that come twice, customers of their
    own, another seller, a gateway nobody has mapped."""
    return [_past(at) for at in range(count)]


def _past(at: int) -> Past:
    facts = tuple(_moved(fact, at) for fact in live(at, EVERYDAY if at % 4 else LIVED).facts)
    facts = tuple(_changed(fact, at) for fact in facts)
    order = next(fact for fact in facts if isinstance(fact, Order))
    return Past(order.id, order.created_at, facts)


def _moved(fact: Fact, at: int) -> Fact:
    """The same with ids of its own, some days earlier."""
    kind = KINDS[kind_of(fact)]
    moved: Fact = codec.load(kind, _walked(codec.dump(fact), at))
    return moved


def _walked(value: Any, at: int) -> Any:
    if isinstance(value, dict):
        return {key: _walked(item, at) for key, item in value.items()}
    if isinstance(value, list):
        return [_walked(item, at) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > AN_ID:
        return value + at * 100_000
    if isinstance(value, str) and TIME.fullmatch(value):
        earlier = datetime.fromisoformat(value) - timedelta(days=30) + timedelta(minutes=at * 5)
        return earlier.astimezone(UTC).isoformat()
    return value


def _changed(fact: Fact, at: int) -> Fact:
    if isinstance(fact, Order):
        number = 1000 + at - (at % 5 == 4)
        buyer = Customer(id=7000 + at % 40, name=f"Pembeli {at % 40}") if at % 3 == 0 else None
        seller = 7 if at % 31 == 11 else None
        return replace(
            fact,
            name=f"#{number}",
            number=number,
            test=at % 23 == 5,
            merchant_of_record=seller,
            customer=buyer,
        )
    if isinstance(fact, Transaction) and at % 19 == 3:
        return replace(fact, gateway="Kedai Bayar")
    return fact


# --- the shop and its books ------------------------------------------------------------------


def map_everything(
    store: Store,
    accounts: Mapping[str, str] | None = None,
    methods: Mapping[str, str] | None = None,
) -> None:
    """Every code the lives need; accounts are called like their role unless given."""
    called, paid = accounts or {}, methods or {}
    sales = {
        "account": called.get("sales", "sales"),
        "returns_account": called.get("returns", "returns"),
        "returns_nostock_account": called.get("returns_nostock", "nostock"),
    }
    for match in ("default", "no_product"):
        ItemMapping.objects.create(store=store, match=match, **sales)
    for (title, percent), code in TAX_CODES.items():
        rate = Decimal(percent) / 100
        for liable in (False, True):
            TaxMapping.objects.create(
                store=store, title=title, rate=rate, channel_liable=liable, code=code or "CH"
            )
    for gateway, account in GATEWAYS.items():
        code = paid.get(account, account)
        GatewayMapping.objects.create(store=store, gateway=gateway, account=code[:20])
    for gateway, role in (("giftcard", "gift_card"), ("shopifystorecredit", "store_credit")):
        GatewayMapping.objects.create(store=store, gateway=gateway, account=paid.get(role, role))
    for role in ROLES:
        RoleMapping.objects.create(store=store, role=role, account=called.get(role, role))
    store.debtor_set.create(currency="MYR", code="300-C0001")


def make_shop(store: Store, now: datetime, scopes: str = "read_orders") -> Shop:
    return Shop.objects.create(domain=store.name, store=store, scopes=scopes, installed_at=now)


@dataclass
class Shopify:
    """Shows past orders. `fail` is raised at the next calls, None for a call that works; `told` are
    the calls."""

    orders: Sequence[Past]
    fail: list[Exception | None] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    def page(self, shop: Shop, query: str, after: str, *, now: datetime) -> Listed:
        self._call(f"page {after or 'first'} {query}")
        since = datetime.fromisoformat(re.findall(r"'(.*?)'", query)[0])
        shown = [past for past in self.orders if past.created_at >= since.replace(microsecond=0)]
        start = int(after or 0)
        page = shown[start : start + A_PAGE]
        following = str(start + A_PAGE) if start + A_PAGE < len(shown) else ""
        return Listed([(past.id, past.created_at) for past in page], following)

    def order(self, shop: Shop, order_id: int, *, now: datetime) -> Sequence[Fact] | None:
        self._call(f"order {order_id}")
        if order_id in self.gone:
            return None
        return next(past.facts for past in self.orders if past.id == order_id)

    def _call(self, name: str) -> None:
        self.told.append(name)
        failure = self.fail.pop(0) if self.fail else None
        if failure is not None:
            raise failure


# --- driving it ------------------------------------------------------------------------------


@dataclass
class Driver:
    """What the workers do, by a clock that is moved to whenever something is due."""

    store: Store
    shopify: Shopify
    clock: Clock
    connector_for: Callable[[Book], Connector]

    def by(self) -> dict[str, Any]:
        return {"store_id": self.store.id, "now": self.clock(), **WHO}

    def start(self, first: date = FIRST, last: date = LAST) -> Backfill:
        return backfill.start(first_date=first, last_date=last, **self.by())

    def decide(self, decision: Callable[..., Backfill], found: Backfill) -> Backfill:
        return decision(backfill_id=found.id, **self.by())

    def work(self) -> int:
        """One round of everything that is due now."""
        moved = backfill.go_on(self.shopify, clock=self.clock)
        moved += posting.plan(now=self.clock())
        return moved + sender.send_due(self.connector_for, clock=self.clock, chance=lambda: 0.0)

    def until(self, *states: str) -> Backfill:
        for _ in range(MOST_ROUNDS):
            found = Backfill.objects.filter(store=self.store).latest("id")
            if found.state in states:
                return found
            if not self.work():
                self.clock.now = max(self.clock() + A_SECOND, found.ready_at or self.clock())
        raise AssertionError(f"never {states}: {backfills.counts(found)}")

    def previewed(self) -> Backfill:
        self.start()
        return self.until("previewed")

    def posted(self) -> Backfill:
        self.decide(backfills.post, self.previewed())
        return self.until("posted")


def foreseen(found: Backfill) -> Iterator[list[str]]:
    """Every document that the dry run shows."""
    for documents in BackfillOrder.objects.filter(backfill=found).values_list(
        "documents", flat=True
    ):
        yield from documents


def written(store: Store) -> list[list[str]]:
    """Every document there is, in the same form."""
    rows = Document.objects.filter(store=store).exclude(role="Z").exclude(source__contains="-Z")
    return sorted(
        [
            row.number,
            row.kind,
            row.date.isoformat(),
            f"{row.total:.4f}",
            row.currency,
            row.payload_sha256,
        ]
        for row in rows.iterator()
    )
