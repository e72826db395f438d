"""A shop at the pretended Shopify with Lejar installed, its books in the sandbox, and one clock.

Nothing between the parts is replaced: Shopify's side is told over HTTP what happens, its own sender
brings the webhooks, the worker's own tasks do the work, and the books are read over HTTP as their
bookkeeper would. Only time is given: every part, here and behind the server, reads `clock`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db.models import Min, Sum

from accounting import tasks as accounting_tasks
from accounting.models import Backfill, Book, Order
from shopify_app import tasks
from shopify_app.demo.client import Credentials, ShopClient, ask
from shopify_app.models import Reconciliation, Shop, ShopReading
from shopify_app.sandbox.models import PretendedDelivery, PretendedShop, PretendedToken
from tests.books import Clock
from tests.journeys import stories

KEY = "fictional key of a fictional app"
SECRET = "fictional secret of a fictional shop"
TIMEOUT = 30
MOST_ROUNDS = 400
A_SECOND = timedelta(seconds=1)
ONE_AT_A_TIME = ("reading", "stopped", "previewing", "posting", "reversing")

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Counter:
    """The shop as Shopify has it, and Lejar as the merchant opens it."""

    url: str
    domain: str
    clock: Clock

    # --- Shopify's side ---

    def at_shopify(self, method: str, path: str, body: Any = None) -> Any:
        return ask(method, f"{self.url}/sandbox/shopify/{self.domain}/{path}", json=body)

    def open(self, **facts: Any) -> None:
        """The shop exists, large enough that no bucket runs empty unless a test says so."""
        webhooks = f"{self.url}/webhooks/shopify"
        self.change(plan="enterprise", webhook_url=webhooks, **facts)

    def change(self, **facts: Any) -> None:
        self.at_shopify("PUT", "control", facts)

    def do(self, deed: str, **more: Any) -> None:
        self.at_shopify("POST", "control", {"do": deed, **more})

    def happens(self, topic: str, body: Json) -> None:
        self.at_shopify("POST", "webhooks", {"topic": topic, "body": body})

    def sells(self, number: int, **more: Any) -> int:
        """A customer pays 80.00 now, and Shopify tells of it as far as it can. The order's id."""
        at = self.clock().replace(microsecond=0).isoformat()
        when: Json = {"created_at": at, "processed_at": at}
        given: Json = {"line_items": [stories.line(number)], "updated_at": at, **when}
        bought = stories.order(number, **(given | more))
        self.happens("orders/create", bought)
        self.happens("order_transactions/create", stories.payment(number, "80.00", **when))
        return int(bought["id"])

    def bring(self) -> int:
        """Shopify sends what is due; how many tries it made."""
        tries: int = self.at_shopify("POST", "webhooks/send")["tries"]
        return tries

    @property
    def pretended(self) -> PretendedShop:
        return PretendedShop.objects.get(domain=self.domain)

    @property
    def issued(self) -> int:
        """How many pairs of tokens Shopify has issued, by exchange or refresh."""
        return PretendedToken.objects.filter(shop=self.pretended).count()

    @contextmanager
    def dropping(self, *topics: str) -> Iterator[None]:
        """What happens meanwhile is never told to Lejar; every topic unless some are named."""
        self.change(deliveries={"drop": {"topics": list(topics) or "all", "times": 1000}})
        yield
        self.change(deliveries={})

    # --- the merchant's side ---

    @property
    def api(self) -> ShopClient:
        key = Credentials(api_key=KEY, api_secret=SECRET)
        return ShopClient(url=self.url, domain=self.domain, credentials=key, clock=self.clock)

    def open_page(self, path: str = "") -> requests.Response:
        """A page of Lejar inside the shop's admin, with the token Shopify adds to its address."""
        token = self.api.credentials.session_token(self.domain, self.clock())
        asked = {"shop": self.domain, "id_token": token}
        return requests.get(f"{self.url}/{path}", asked, timeout=TIMEOUT, allow_redirects=False)

    def post(self, path: str, body: Json) -> requests.Response:
        token = self.api.credentials.session_token(self.domain, self.clock())
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{self.url}/api/v1/{path}"
        return requests.post(address, json=body, headers=headers, timeout=TIMEOUT)

    def notices(self) -> set[str]:
        return {each["code"] for each in self.api.get("summary")["notices"]}

    # --- Lejar's side ---

    @property
    def shop(self) -> Shop:
        return Shop.objects.select_related("store").get(domain=self.domain)

    @property
    def reading(self) -> ShopReading:
        return ShopReading.objects.get(shop=self.shop)

    def order(self, order_id: int) -> Order:
        return Order.objects.get(store=self.shop.store, order_id=order_id)

    def work(self) -> None:
        """Shopify's sender, then one round of every task that the worker is woken for."""
        self.bring()
        for task in (
            tasks.plan,
            tasks.shops,
            tasks.read,
            tasks.plan,
            tasks.go_on_backfilling,
            tasks.keep_private,
            accounting_tasks.wake_forgotten,
            accounting_tasks.send,
        ):
            task()

    def work_until_quiet(self) -> None:
        """Round after round, each when the next thing is due, until nothing is but what comes every
        hour or day."""
        for _ in range(MOST_ROUNDS):
            self.work()
            due = min((at for at in self._due() if at is not None), default=None)
            if due is None:
                return
            self.clock.now = max(self.clock.now + A_SECOND, due)
        raise AssertionError(f"still not quiet after {MOST_ROUNDS} rounds: {self._due()}")

    def _due(self) -> Sequence[datetime | None]:
        waiting = PretendedDelivery.objects.filter(state=PretendedDelivery.State.WAITING)
        backfills = Backfill.objects.filter(state__in=ONE_AT_A_TIME)
        books = Book.objects.filter(state=Book.State.ACTIVE)
        return [
            waiting.aggregate(at=Min("due_at"))["at"],
            Order.objects.aggregate(at=Min("plan_at"))["at"],
            ShopReading.objects.aggregate(at=Min("orders_at"))["at"],
            books.aggregate(at=Min("ready_at"))["at"],
            backfills.aggregate(at=Min("ready_at"))["at"],
        ]

    def swept(self) -> tuple[int, int, bool]:
        """How many orders all sweeps found missing, and stale; and whether any was listed at all.
        How many sweeps there were depends on the shop's own second of the hour."""
        rows = Reconciliation.objects.filter(shop=self.shop)
        sums = rows.aggregate(missing=Sum("missing"), stale=Sum("stale"), listed=Sum("listed"))
        return sums["missing"], sums["stale"], sums["listed"] > 0

    def sweep(self) -> None:
        """The next hour's sweep, and what comes of it."""
        self.clock.advance(hours=1)
        tasks.enrol()
        self.clock.advance(hours=1)
        self.work_until_quiet()
