"""Storms: what a year may do to Lejar, drawn from one seed, by a clock of its own.

The product and the sandbox's books are real. Chance owns the rest: when and how often webhooks
come, which worker runs and where it dies, what the network and the books do, and what people
change meanwhile. Afterwards everything heals, and the books must show what Shopify says.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from accounting import connections, mapping, outbox, policy, posting, sender, ways
from accounting.connectors.http import Answer, Http, MaybeSent, NotSent
from accounting.models import (
    Book,
    Document,
    GatewayMapping,
    ItemMapping,
    Order,
    RoleMapping,
    TaxMapping,
)
from shopify_app import inbox, install
from shopify_app.demo.books import BookPlan
from shopify_app.demo.connections import CONNECTIONS
from shopify_app.demo.life import Life
from shopify_app.demo.life import Webhook as Told
from shopify_app.demo.shops import PROFILES
from shopify_app.models import Shop
from tests.books import Clock
from tests.journeys.merchant import Merchant, Webhook
from tests.journeys.storm_lives import drawn_lives

STORY_ENDS = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
STUCK = (Document.State.REJECTED, Document.State.CONFLICT)
FAULTS = ("502", "hang", "reset", "html", "truncated", "error_in_200")
MOST_ROUNDS = 600


class Died(BaseException):
    """A worker is gone, in the middle of whatever it did."""


# --- the world -------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Storm:
    """One seed's world. `log` tells what happened, for whoever looks into a failure."""

    merchant: Merchant
    plan: BookPlan
    lives: Sequence[Life]
    chance: Random
    switches: dict[str, Any] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    mails: list[tuple[datetime, Told, str]] = field(default_factory=list)
    arriving: list[tuple[datetime, Callable[[], Any]]] = field(default_factory=list)
    fuse: int = 0
    way_to_die: str = "killed"
    ended: bool = False
    rough: float = 0.0
    stalled: bool = False
    removed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    # --- a storm, and what comes after it ---

    def rage(self) -> None:
        self._post_mails()
        self.rough = self.chance.choice([0.0, 0.05, 0.15, 0.3])
        with self._weather():
            self._break_books()
            while self.mails:
                self._deliver()
                for _ in range(self.chance.choice([0, 1, 2, 3])):
                    self._step()
            for _ in range(self.chance.randint(0, 20)):
                self._step()

    def heal(self) -> None:
        """Everything works again, people act on what waits for them, and time passes."""
        self.rough = 0.0
        with self._weather():
            self._say("healing")
            self._switch()
            self._come_back()
            self._map_again()
            self._policy(partial_payment="post")
            self._replan()
            connections.resume(store_id=self.store_id, who="merchant", now=self.now)
            self._until_quiet()
            for _ in range(12):
                if not self._act_on_stuck(skips=False):
                    break
                self._until_quiet()

    @property
    def now(self) -> datetime:
        return self.merchant.clock.now

    @property
    def store_id(self) -> int:
        return self.merchant.store.id

    def _say(self, what: str) -> None:
        self.log.append(f"{self.now:%d %H:%M:%S} {what}")

    # --- webhooks ---

    def _post_mails(self) -> None:
        """Every webhook at least once: soon, late, again, or hours later under another id."""
        burst, chance = self.chance.random() < 0.4, self.chance
        for life in self.lives:
            for told in life.webhooks:
                first = STORY_ENDS if burst else told.at
                copies = chance.choice([1, 1, 1, 2, 3])
                for copy in range(copies):
                    delay = chance.choice([1, 1, 30, 600, 5000, 90_000]) * chance.random()
                    again = f"again {copy}" if copy and chance.random() < 0.5 else ""
                    at = first + timedelta(seconds=delay + copy * chance.choice([1, 9000]))
                    self.mails.append((at, told, again))
        self.mails.sort(key=lambda mail: mail[0])

    def _deliver(self) -> None:
        at, told, again = self.mails.pop(0)
        self.merchant.clock.now = max(self.now, at)
        self._say(f"delivered {told.topic} {told.body.get('id')} {again}")
        self.merchant.tell(_webhook(told, again))

    # --- one thing that happens ---

    def _step(self) -> None:
        works = [self._process, self._plan, self._send, self._send, self._sweep, self._pass_time]
        events = [
            *[self._break_books] * 5,
            self._switch,
            self._unmap,
            self._map_again,
            self._pause,
            *[self._resume] * 3,
            self._change_policy,
            self._leave,
            *[self._come_back] * 3,
            self._reconnect,
            *[lambda: self._act_on_stuck(skips=True)] * 3,
            self._replan,
        ]
        self.chance.choice(events if self.chance.random() < 0.2 else works)()

    def _pass_time(self) -> None:
        due = self._next_due()
        if due is not None and self.chance.random() < 0.5:
            self.merchant.clock.now = max(self.now, due)
        else:
            self.merchant.clock.advance(seconds=self.chance.choice([1, 6, 40, 130, 700, 4000]))

    def _process(self) -> None:
        limit = self.chance.choice([1, 3, 100])
        self._work(lambda: inbox.process(now=self.now, limit=limit))

    def _plan(self) -> None:
        self._work(lambda: posting.plan(now=self.now))

    def _send(self) -> None:
        settings.LEJAR_QUANTUM = self.chance.choice([1, 2, 50])
        self._work(self._send_due)

    def _send_due(self) -> None:
        sender.send_due(
            connections.connector_for, clock=self.merchant.clock, chance=self.chance.random
        )

    def _sweep(self) -> None:
        self._work(lambda: outbox.wake_forgotten(now=self.now))

    def _break_books(self) -> None:
        chance = self.chance
        faults = [
            {
                "fault": chance.choice(FAULTS),
                "when": chance.choice(["before", "after"]),
                "times": chance.randint(1, 6),
                "every": chance.randint(1, 4),
            }
            for _ in range(chance.randint(1, 4))
        ]
        wide: list[dict[str, Any]] = [
            *[{"faults": faults}] * 5,
            {"faults": faults, "filter_ignored": True},
            {"offline": True},
            {"refund_missing": True},
            {"closed_until": "2026-11-12"},
        ]
        self._switch(**chance.choice(wide), duplicate_status=chance.choice([409, 422]))

    def _switch(self, **switches: Any) -> None:
        self._say(f"switches {switches}")
        self.merchant.throw_switches(**switches, hang_seconds=0)

    # --- people ---

    def _unmap(self) -> None:
        what, model = self.chance.choice(
            [
                ("items", ItemMapping),
                ("taxes", TaxMapping),
                ("gateways", GatewayMapping),
                ("roles", RoleMapping),
            ]
        )
        rows = list(
            model._default_manager.filter(store_id=self.store_id).values_list("id", flat=True)
        )
        gone = self.chance.sample(rows, min(len(rows), self.chance.randint(1, 4)))
        self._say(f"unmapped {len(gone)} {what}")
        mapping.unmap(store_id=self.store_id, what=what, ids=gone, who="merchant", now=self.now)

    def _map_again(self) -> None:
        self._say("mapped again")
        who: dict[str, Any] = {"store_id": self.store_id, "who": "merchant", "now": self.now}
        plan = self.plan
        mapping.map_items(rows=[*plan.items(), *plan.items(late=True)], **who)
        mapping.map_taxes(rows=[*plan.taxes(), *plan.taxes(late=True)], **who)
        mapping.map_gateways(rows=[*plan.gateways(), *plan.gateways(late=True)], **who)
        mapping.map_roles(rows=plan.roles(), **who)

    def _pause(self) -> None:
        self._say("paused")
        connections.pause(store_id=self.store_id, who="merchant", now=self.now)

    def _resume(self) -> None:
        self._say("resumed")
        connections.resume(store_id=self.store_id, who="merchant", now=self.now)

    def _change_policy(self) -> None:
        name, values = self.chance.choice(
            [
                ("partial_payment", ("post", "wait")),
                ("trigger", ("paid", "created")),
                ("invoice_date", ("order", "trigger")),
                ("settle_seconds", (0, 60, 600, 7200)),
            ]
        )
        self._policy(**{name: self.chance.choice(values)})

    def _policy(self, **changes: Any) -> None:
        self._say(f"policy {changes}")
        policy.change_policy(store_id=self.store_id, changes=changes, who="merchant", now=self.now)

    def _leave(self) -> None:
        self._say("uninstalled")
        install.uninstall(self.merchant.domain, at=self.now)
        self.merchant.clock.advance(seconds=1)

    def _come_back(self) -> None:
        self._say("installed")
        install.first_contact(self.merchant.domain, now=self.now)

    def _reconnect(self) -> None:
        self._say("connected again")
        connections.connect(
            store_id=self.store_id, **self.plan.chosen, who="merchant", now=self.now
        )
        connections.resume(store_id=self.store_id, who="merchant", now=self.now)

    def _act_on_stuck(self, *, skips: bool) -> int:
        """The merchant tries again, or leaves out, what the books refused."""
        stuck = list(Document.objects.filter(state__in=STUCK).order_by("id"))
        for row in stuck:
            self._say(f"acts on {row.number} {row.state}: {row.message}")
            if skips and self.chance.random() < 0.4:
                posting.skip(
                    store_id=self.store_id, document_id=row.id, reason="", who="me", now=self.now
                )
            else:
                posting.retry(store_id=self.store_id, document_id=row.id, who="me", now=self.now)
        return len(stuck)

    def _replan(self) -> None:
        for order_id in Order.objects.values_list("order_id", flat=True):
            posting.replan(store_id=self.store_id, order_id=order_id, who="me", now=self.now)

    # --- workers, and how they end ---

    def _work(self, task: Callable[[], Any]) -> None:
        """A worker does `task`, unless it dies or loses its database on the way."""
        rough = self.rough and self.chance.random() < self.rough * 2
        self.fuse = self.chance.choice([3, 10, 30, 100]) if rough else 0
        self.fuse = self.fuse and self.chance.randint(1, self.fuse)
        self.way_to_die = self.chance.choice(["killed", "killed", "database"])
        self.ended = False
        try:
            task()
        except (Died, OperationalError, InterfaceError) as end:
            if not self.ended:
                raise
            self._say(f"worker ended: {type(end).__name__}")
        finally:
            self.fuse = 0
            if self.ended:
                connection.close()
                ways._threads = threading.local()

    def _tick(self) -> None:
        """A point where a worker may end."""
        if not self.fuse:
            return
        self.fuse -= 1
        if self.fuse:
            return
        self.ended = True
        if self.way_to_die == "killed":
            connection.close()
            raise Died
        if connection.connection is not None:
            connection.connection.close()

    def _statement(self, execute: Any, *given: Any) -> Any:
        self._tick()
        done = execute(*given)
        self._tick()
        return done

    @contextlib.contextmanager
    def _weather(self) -> Iterator[None]:
        """Puts chance between the product and its database and network, in this thread only."""
        wrapper: Any = connection
        commit, request, here = wrapper._commit, Http.request, threading.get_ident()

        def commit_or_die() -> None:
            self._tick()
            commit()

        def request_or_die(http: Http, *given: Any, **more: Any) -> Answer:
            assert threading.get_ident() == here
            return self._call(lambda: request(http, *given, **more), given[0])

        with (
            mock.patch.object(connection, "_commit", commit_or_die),
            mock.patch.object(Http, "request", request_or_die),
            connection.execute_wrapper(self._statement),
        ):
            yield

    def _call(self, exchange: Callable[[], Answer], method: str) -> Answer:
        assert not connection.in_atomic_block
        self.merchant.clock.advance(seconds=self.chance.random() * self.chance.choice([0.1, 3]))
        self._arrive()
        self._tick()
        luck = self.chance.random()
        if luck < self.rough / 6:
            raise NotSent("no connection")
        if luck < self.rough / 3:
            if method != "GET":
                late = self.now + timedelta(seconds=self.chance.random() * 500)
                self.arriving.append((late, exchange))
            raise MaybeSent("no complete answer in time")
        answer = exchange()
        self._tick()
        if luck < self.rough / 2:
            raise MaybeSent("no complete answer in time")
        if luck < self.rough * 2 / 3 and not self.stalled:
            self._stall()
        return answer

    def _arrive(self) -> None:
        """What was on its way reaches the books, though nobody waits for the answer any more."""
        due = [each for each in self.arriving if each[0] <= self.now]
        self.arriving = [each for each in self.arriving if each[0] > self.now]
        for _, exchange in due:
            self._say("a write arrived late")
            exchange()

    def _stall(self) -> None:
        """This worker stands still past its lease; another one takes its book meanwhile."""
        self._say("stalled")
        self.stalled = True
        fuse, self.fuse = self.fuse, 0
        self.merchant.clock.advance(seconds=self.chance.choice([20, 90, 1000]))
        self._send_due()
        self.stalled, self.fuse = False, fuse

    # --- quiet ---

    def _until_quiet(self) -> None:
        for _ in range(MOST_ROUNDS):
            self._arrive()
            self._sweep()
            while inbox.process(now=self.now):
                pass
            while posting.plan(now=self.now):
                pass
            self._send()
            due = self._next_due()
            if due is None:
                return
            self.merchant.clock.now = max(self.now + timedelta(milliseconds=10), due)
        raise AssertionError("never quiet")

    def _next_due(self) -> datetime | None:
        due = self.merchant._next_due()
        held = Book.objects.filter(leased_until__gt=self.now, ready_at__isnull=False)
        leases = [at for at in held.values_list("leased_until", flat=True) if at is not None]
        if due is not None:
            return max(due, *leases) if leases else due
        return min([*leases, *(at for at, _ in self.arriving)], default=None)


def _webhook(told: Told, again: str) -> Webhook:
    class Sent(Webhook):
        @property
        def id(self) -> str:
            return super().id[:20] + again.replace(" ", "-")

    return Sent(topic=told.topic, payload=told.body, triggered_at=told.at.isoformat())


# --- opening a world -------------------------------------------------------------------------


def brew(seed: int, *, url: str, folder: Path, orders: int) -> Storm:
    """The world of `seed`: a shop with its books and mappings, and the lives of its orders. Every
    four seeds in a row have every connection."""
    chance = Random(seed)
    profile = chance.choice(PROFILES)
    kind = CONNECTIONS[seed % len(CONNECTIONS)]
    plan = BookPlan(connection=kind, profile=profile, key=f"storm{seed}")
    domain = f"storm-{seed}.myshopify.com"
    opened = requests.post(f"{url}/sandbox/companies", json=plan.company, timeout=30)
    assert opened.status_code == 201, opened.text
    _settle(plan, domain, folder, chance)
    merchant = Merchant(
        url=url,
        connection=plan.connection,
        domain=domain,
        currency=profile.currency,
        chosen=plan.chosen,
        company_id=opened.json()["id"],
        clock=Clock(STORY_ENDS - timedelta(days=21)),
    )
    merchant.throw_switches()
    Shop.objects.filter(domain=domain).update(installed_at=merchant.clock.now)
    told = drawn_lives(profile, domain, chance, orders, STORY_ENDS)
    return Storm(merchant=merchant, plan=plan, lives=told, chance=chance)


def _settle(plan: BookPlan, domain: str, folder: Path, chance: Random) -> None:
    profile = plan.profile
    file = folder / "storm.json"
    mappings = {
        "policy": {
            "prefix": profile.prefix,
            "currency": profile.currency,
            "time_zone": profile.time_zone,
            "trigger": profile.trigger,
            "settle_seconds": chance.choice([0, 60, 600]),
            "cut_over_date": None,  # the lives began before the shop was seeded
        },
        "debtors": [plan.debtor],
        "items": plan.items(),
        "taxes": plan.taxes(),
        "gateways": plan.gateways(),
        "roles": plan.roles(),
        "connection": {**plan.chosen, "resume": True},
    }
    file.write_text(json.dumps(mappings))
    call_command("seed", shop=domain, file=str(file), verbosity=0)
