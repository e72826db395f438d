"""The simulated Shopify tells what its stories tell, and Lejar answers its faults as it should."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from accounting import posting
from accounting.models import Document, Order
from shopify_app import inbox, install, privacy, reconcile, refetch
from shopify_app.admin_api import TryLater
from shopify_app.demo import lives
from shopify_app.models import Delivery, PrivacyRequest, Shop
from shopify_app.simulation import lived, webhook_faults
from shopify_app.simulation.admin import AdminTroubles
from shopify_app.simulation.deliveries import PAUSES, SOON
from shopify_app.simulation.expected import Expected
from shopify_app.simulation.shopify import SETTINGS, Shopify
from shopify_app.simulation.tenants import Tenant
from shopify_app.tokens import ReconnectNeeded
from tests.books import make_book

pytestmark = pytest.mark.django_db

Words = Counter[str]
KINDS = {"invoice": "invoiced", "payment": "paid", "refund": "refunded"}
EVERY_LIFE = sorted(
    {*lives.TROUBLED, *lives.LOST, *lives.EVERYDAY, *lives.ORDINARY}, key=lambda c: c.__name__
)
ROUNDS = 3
SINCE = "updated_at:>='2026-11-20T00:00:00Z'"


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with override_settings(**SETTINGS):
        yield


@dataclass
class Clock:
    """A world in which nobody else is."""

    at: datetime
    lines: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    machine_time = now

    def reach(self, point: str) -> None:
        """Nobody waits for a turn."""

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def tell(self, line: str) -> None:
        self.lines.append(f"{self.at:%d %H:%M:%S} {line}")


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


def make_shopify(clock: Clock, seed: int = 1, **changes: Any) -> Shopify:
    """Calm and not opened yet."""
    shape: dict[str, Any] = {"shops": 2, "orders": 3, "name": f"sim{seed}"} | changes
    shopify = Shopify(clock, Random(seed), **shape)
    shopify.be_calm()
    return shopify


def opened(shopify: Shopify, **rates: Any) -> Shopify:
    """With webhooks that go wrong at these rates, selling into one book."""
    shopify.faults = replace(shopify.faults, rates=replace(webhook_faults.NONE, **rates))
    shopify.open([make_book(shopify.clockwork.now())])
    return shopify


def work(clock: Clock) -> None:
    """What Lejar's workers do with what was delivered."""
    while inbox.process(now=clock.at) or posting.plan(now=clock.at):
        pass


def tell(shopify: Shopify, clock: Clock, until: datetime | None = None) -> None:
    """All that happens by itself, without Lejar's workers."""
    while (at := shopify.next_at()) is not None and (until is None or at < until):
        clock.at = max(clock.at, at)
        shopify.step()


def settle(shopify: Shopify, clock: Clock) -> None:
    """Sweeps and readings until nothing is left to be read."""
    for _ in range(ROUNDS):
        clock.at += timedelta(hours=1)
        tell(shopify, clock, until=clock.at)
        work(clock)
        reconcile.enrol(now=clock.at)
        reconcile.run(clock=clock.now, shopify=shopify.readers())
        for _ in range(2):
            refetch.run(clock=clock.now, shopify=shopify.readers())
            clock.at += timedelta(minutes=11)
            tell(shopify, clock, until=clock.at)
            work(clock)


def map_all(shopify: Shopify) -> None:
    for domain in shopify.tenants:
        shopify.map_missing(domain)


def wrong(shopify: Shopify) -> list[str]:
    """Where what Lejar planned is not what the stories expect."""
    return [
        sentence
        for domain, expected in shopify.expected().items()
        for sentence in (*_wrong_sums(domain, expected), *_wrong_holds(domain, expected))
    ]


def _wrong_sums(domain: str, expected: Expected) -> Iterator[str]:
    found = _planned(domain)
    for stem in sorted(found.keys() - expected.orders.keys() - expected.perhaps.keys()):
        yield f"{stem} has documents"
    for stem, order in expected.orders.items():
        have = found.get(stem, {})
        for what in ("invoiced", "paid", "credited", "refunded"):
            if have.get(what, 0) != getattr(order, what):
                yield f"{stem}: {what} {have.get(what, 0)}, not {getattr(order, what)}"


def _planned(domain: str) -> dict[str, dict[str, Decimal]]:
    """By stem, the sums of each kind, as the expectation names them."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in Document.objects.filter(store__name=domain).exclude(kind="allocation"):
        sums = found.setdefault("-".join(row.number.split("-")[:2]), {})
        word = KINDS.get(row.kind, "credited")
        sums[word] = sums.get(word, Decimal(0)) + row.total * (-1 if "debit" in row.kind else 1)
    return found


def _wrong_holds(domain: str, expected: Expected) -> Iterator[str]:
    held = {row.name for row in Order.objects.filter(store__name=domain, state="held")}
    if not expected.is_gone and held != expected.held:
        yield f"{domain} holds {sorted(held)}, not {sorted(expected.held)}"


def stored() -> set[tuple[str, str]]:
    return set(Delivery.objects.values_list("shop_domain", "webhook_id"))


def first(shopify: Shopify) -> Tenant:
    return next(iter(shopify.tenants.values()))


def shop_of(tenant: Tenant) -> Shop:
    return Shop.objects.select_related("store").get(domain=tenant.domain)


def said(clock: Clock, words: str) -> list[str]:
    return [line for line in clock.lines if words in line]


# --- stories ---------------------------------------------------------------------------------


@pytest.fixture
def every_life(monkeypatch: pytest.MonkeyPatch) -> int:
    """Each of the demo's stories once instead of some of them; how many these are."""
    left = iter(EVERY_LIFE)
    monkeypatch.setattr(lived, "_cycle", lambda _: next(left))
    return len(EVERY_LIFE)


def test_every_story_is_posted_or_held_as_it_is_expected(clock: Clock, every_life: int) -> None:
    shopify = opened(make_shopify(clock, orders=every_life))

    tell(shopify, clock)
    settle(shopify, clock)
    unmapped = wrong(shopify), sum(len(each.held) for each in shopify.expected().values())
    map_all(shopify)
    work(clock)

    assert unmapped == ([], 4)  # three wait for a mapping that comes
    assert wrong(shopify) == []
    assert sum(len(each.held) for each in shopify.expected().values()) == 1
    assert stored() == shopify.heard()


def test_what_no_webhook_tells_is_read_to_the_same_documents(clock: Clock, every_life: int) -> None:
    shopify = opened(make_shopify(clock, orders=every_life, shops=1), dropped=1.0)

    tell(shopify, clock)
    map_all(shopify)
    with override_settings(SHOPIFY_SWEEP_GRACE_SECONDS=0):
        settle(shopify, clock)
        settle(shopify, clock)

    assert wrong(shopify) == []
    assert stored() == set()


def test_mapping_is_done_once(clock: Clock) -> None:
    shopify = opened(make_shopify(clock))

    assert [shopify.map_missing(first(shopify).domain) for _ in range(2)] == [True, False]


def test_later_events_of_an_order_come_while_earlier_ones_are_on_their_way(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, orders=6))

    told = [life.webhooks for tenant in shopify.tenants.values() for life in tenant.lives]

    assert all(clock.at <= hooks[0].at for hooks in told)
    assert max(hooks[-1].at for hooks in told) < clock.at + timedelta(hours=24)


def test_a_seed_tells_the_same_twice(clock: Clock) -> None:
    traces = []
    for name in ("a7", "b7"):  # another database has other rows; here they have other shops
        there = Clock(clock.at)
        shopify = Shopify(there, Random(7), shops=2, orders=4, name=name)
        shopify.open([make_book(there.at)])
        tell(shopify, there)
        shopify.heal()
        tell(shopify, there)
        traces.append([line.replace(f"{name}-", "") for line in there.lines])

    assert traces[0] == traces[1]
    assert len(traces[0]) > 10


def test_seeds_share_a_database(clock: Clock) -> None:
    one, other = (opened(make_shopify(clock, seed)) for seed in (1, 2))

    ids = [
        {life.record.id for tenant in each.tenants.values() for life in tenant.lives}
        for each in (one, other)
    ]
    assert not ids[0] & ids[1]
    assert not one.tenants.keys() & other.tenants.keys()
    assert not one.canaries() & other.canaries()


def test_the_trace_says_nothing_personal_and_no_secret(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), forged=1.0, mangled=1.0, foreign=1.0)
    tell(shopify, clock)
    shopify.read_order(
        shop_of(first(shopify)), first(shopify).lives[0].record.id, now=clock.at,
        wait=clock.pass_time,
    )  # fmt: skip

    trace = "\n".join(clock.lines)

    tokens = {*first(shopify).tokens, *first(shopify).tokens.values()}
    ids = {str(first(shopify).store_id + 10**9), str(first(shopify).shopify_id)}
    assert not [word for word in shopify.canaries() | tokens | ids if word in trace]
    assert not [word for word in SETTINGS["SHOPIFY_API_SECRETS"] if word in trace]


# --- deliveries ------------------------------------------------------------------------------


def test_a_forged_delivery_is_refused_and_not_stored(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), forged=1.0)

    tell(shopify, clock)

    forged = said(clock, "(forged)") or said(clock, "401")
    assert len(shopify.forged()) == len(forged) > 0
    assert all(line.endswith(": 401") for line in forged)
    assert stored() == shopify.heard()
    assert not stored() & shopify.forged()


@pytest.mark.parametrize("name", [name for name, _ in webhook_faults.MANGLERS])
def test_what_cannot_be_understood_is_stored_fails_visibly_and_changes_nothing(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    chosen = tuple(each for each in webhook_faults.MANGLERS if each[0] == name)
    monkeypatch.setattr(webhook_faults, "MANGLERS", chosen)
    shopify = opened(make_shopify(clock, orders=1, shops=1), mangled=1.0)

    tell(shopify, clock)
    facts = Order.objects.count()
    inbox.process(now=clock.at)

    failed = Delivery.objects.filter(state="failed")
    assert facts == 0
    assert {row.webhook_id.split("-")[0] for row in failed} == {name}
    assert failed.count() == len(said(clock, f"({name}): 200"))
    assert all(row.error for row in failed)


def test_another_shops_body_makes_nothing_for_the_shop_it_names(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), foreign=1.0)

    tell(shopify, clock)
    map_all(shopify)
    settle(shopify, clock)

    foreign = [row for row in Delivery.objects.all() if row.webhook_id.startswith("foreign")]
    assert {row.state for row in foreign} == {"failed"}
    assert wrong(shopify) == []


def test_a_rotated_secret_is_taken_and_one_that_was_never_ours_is_not(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), old_secret=1.0)

    tell(shopify, clock)

    assert len(stored()) == len(shopify.heard()) == len(said(clock, ": 200"))
    with override_settings(SHOPIFY_API_SECRETS=SETTINGS["SHOPIFY_API_SECRETS"][:1]):
        again = opened(make_shopify(clock, 2), old_secret=1.0)
        tell(again, clock)
    assert again.heard() == frozenset()


def test_what_comes_twice_or_to_nobody_is_stored_once(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), twice=1.0, left=1.0)

    tell(shopify, clock)

    brought = said(clock, ": 200")
    assert len(brought) > 2 * len(shopify.heard())
    assert stored() == shopify.heard()
    assert Delivery.objects.count() == len(shopify.heard())


def test_what_is_not_answered_is_brought_again_for_four_hours(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, orders=1, shops=1))
    began = shopify.next_at()
    with override_settings(SHOPIFY_API_SECRETS=["another-secret-of-thirty-two-bytes"]):
        tell(shopify, clock)

    once = len(said(clock, ": given up"))
    assert len(said(clock, ": 401")) == once * (len(PAUSES) + 1) > 0
    assert began is not None
    assert stored() == shopify.heard() == set()


def test_a_bounced_delivery_comes_again(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), bounced=1.0)

    tell(shopify, clock)

    assert said(clock, ": 502")
    assert len(stored()) == len(said(clock, ": 200")) > 0


def test_a_time_to_come_does_not_outrank_what_is_said_later(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), ahead=1.0)

    tell(shopify, clock)
    map_all(shopify)
    settle(shopify, clock)

    assert wrong(shopify) == []


def test_five_megabytes_are_stored_and_understood(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, orders=1, shops=1), huge=True)

    tell(shopify, clock)
    inbox.process(now=clock.at)

    assert not Delivery.objects.exclude(state="done").exists()


def test_once_healed_nothing_is_late_or_lost(clock: Clock) -> None:
    shopify = opened(make_shopify(clock), delayed=1.0, dropped=0.5, left=1.0, bounced=1.0)
    shopify.heal()

    while (at := shopify.next_at()) is not None:
        clock.at = max(clock.at, at)
        shopify.step()

    all_hooks = [h for t in shopify.tenants.values() for life in t.lives for h in life.webhooks]
    assert not said(clock, "dropped")
    assert not said(clock, "nobody")
    assert len(shopify.heard()) == len(all_hooks)


@pytest.mark.parametrize("seed", [103, 108, 111, 215])
def test_after_any_storm_the_books_are_as_expected(clock: Clock, seed: int) -> None:
    shopify = Shopify(clock, Random(seed), shops=2, orders=4, name=f"sim{seed}")
    shopify.open([make_book(clock.at)])

    tell(shopify, clock, until=clock.at + timedelta(hours=4))
    work(clock)
    shopify.heal()
    tell(shopify, clock)
    map_all(shopify)
    settle(shopify, clock)

    assert wrong(shopify) == []
    assert shopify.heard() <= stored()
    assert not shopify.forged() & stored()


# --- the Admin API ---------------------------------------------------------------------------


def test_the_admin_api_shows_what_has_happened_by_now(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, orders=1, shops=1))
    tenant = first(shopify)
    order_id = tenant.lives[0].record.id

    early = shopify.ask(shop_of(tenant), "OrdersChangedSince", asked(), now=clock.at)
    hidden = shopify.read_order(shop_of(tenant), order_id, now=clock.at, wait=clock.pass_time)
    clock.at = tenant.lives[0].webhooks[-1].at
    late = shopify.ask(shop_of(tenant), "OrdersChangedSince", asked(), now=clock.at)

    assert early.data["orders"]["nodes"] == []
    assert hidden is None
    assert [each["legacyResourceId"] for each in late.data["orders"]["nodes"]] == [str(order_id)]


def asked() -> dict[str, Any]:
    return {"query": SINCE, "after": None}


@pytest.mark.parametrize("trouble", ["lost", "slow", "refused", "throttled", "429", "503", "HTML"])
def test_a_call_that_is_not_answered_is_to_be_tried_later(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    shopify = opened(make_shopify(clock))
    shopify.admin.is_healed = False
    shopify.admin.troubles = AdminTroubles(rate=1.0)
    monkeypatch.setattr("shopify_app.simulation.admin.TROUBLES", (trouble,))
    monkeypatch.setattr("shopify_app.simulation.admin.LOCKED", 0.0)

    with pytest.raises(TryLater):
        shopify.ask(shop_of(first(shopify)), "OrdersChangedSince", asked(), now=clock.at)

    assert said(clock, f": {trouble}")


def test_a_token_is_renewed_when_its_hour_is_over(clock: Clock) -> None:
    shopify = opened(make_shopify(clock))
    clock.at += timedelta(hours=2)

    answer = shopify.ask(shop_of(first(shopify)), "OrdersChangedSince", asked(), now=clock.at)

    assert answer.data["orders"] is not None
    assert len(said(clock, "token: the next pair")) == 1


def test_a_dead_token_is_replaced_when_the_merchant_opens_lejar(clock: Clock) -> None:
    shopify = opened(make_shopify(clock))
    tenant = first(shopify)
    shopify.happenings.lose_token(tenant)

    with pytest.raises(ReconnectNeeded):
        shopify.ask(shop_of(tenant), "OrdersChangedSince", asked(), now=clock.at)
    shopify.happenings.visit(tenant)
    answer = shopify.ask(shop_of(tenant), "OrdersChangedSince", asked(), now=clock.at)

    assert answer.data["orders"] is not None


# --- shops -----------------------------------------------------------------------------------


def test_a_shop_that_left_tells_nothing_more_and_need_not_be_complete(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, shops=1))
    tenant = first(shopify)
    shopify.happenings.chance.seed(2)
    tell(shopify, clock, until=tenant.lives[0].webhooks[0].at + timedelta(seconds=2))
    shopify.happenings.leave(tenant)
    shopify.heal()

    tell(shopify, clock, until=clock.at + SOON)
    work(clock)

    assert Shop.objects.get(domain=tenant.domain).state == Shop.State.UNINSTALLED
    assert shopify.expected()[tenant.domain].orders == {}
    assert shopify.expected()[tenant.domain].perhaps


def test_a_shop_that_came_back_is_complete_in_the_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopify = opened(make_shopify(clock, shops=1))
    tenant = first(shopify)
    shopify.heal()
    monkeypatch.setattr(Random, "random", lambda _: 0.4)  # comes back, and nothing is late
    shopify.happenings.leave(tenant)

    tell(shopify, clock)
    map_all(shopify)
    settle(shopify, clock)
    settle(shopify, clock)

    assert said(clock, "installs Lejar again")
    assert install.known(tenant.domain) is not None
    assert shopify.expected()[tenant.domain].orders
    assert wrong(shopify) == []


def test_who_is_forgotten_stands_nowhere_any_more(clock: Clock) -> None:
    shopify = opened(make_shopify(clock, shops=1), mangled=0.5)
    tenant = first(shopify)
    tell(shopify, clock)
    work(clock)
    before = [word for word in shopify.canaries() if word in everything_stored()]

    shopify.happenings.redact(tenant)
    tell(shopify, clock)
    settle(shopify, clock)
    while privacy.run(now=clock.at):
        pass

    again = [
        shopify.read_order(shop_of(tenant), life.record.id, now=clock.at, wait=clock.pass_time)
        for life in tenant.lives
    ]
    assert not [word for word in shopify.redacted() if word in str(again)]
    assert {row.state for row in PrivacyRequest.objects.all()} == {"done"}
    assert set(before) > shopify.redacted() != set()
    assert not [word for word in shopify.redacted() if word in everything_stored()]


def test_a_redacted_shop_keeps_no_buyer(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    shopify = opened(make_shopify(clock, shops=1))
    tenant = first(shopify)
    tell(shopify, clock)
    monkeypatch.setattr(Random, "random", lambda _: 0.6)  # does not come back
    shopify.happenings.leave(tenant)
    tell(shopify, clock)
    work(clock)
    while privacy.run(now=clock.at):
        pass

    assert Shop.objects.get(domain=tenant.domain).state == Shop.State.REDACTED
    assert shopify.redacted() == shopify.canaries() != set()
    assert not [word for word in shopify.redacted() if word in everything_stored()]
    assert shopify.heard() == frozenset()


def everything_stored() -> str:
    """Every table as text, bodies opened."""
    found = [
        json.dumps(
            [str(zlib.decompress(row.body) if row.body else b"") for row in Delivery.objects.all()]
        )
    ]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT rows::text FROM "{table}" AS rows')  # noqa: S608  # our tables
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)
