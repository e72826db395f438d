"""A fictional merchant: a shop, its books in the sandbox, and everything mapped.

Webhooks go in by HTTP, the books are read by HTTP as their bookkeeper would; in between runs the
product's own work, by a clock that is moved to whenever something is due.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.core.management import call_command

from accounting import connections, posting, sender
from accounting.connectors.base import Connector
from accounting.facts import Reading
from accounting.models import Book, Document, Order, Store
from shopify_app import inbox
from shopify_app.demo.connections import Connection
from shopify_app.models import Delivery
from tests.books import Clock

SECRET = "fictional secret of a fictional shop"
TIMEOUT = 30
CUSTOMER = "300-C0001"
TARIFF = "4202.22"
MOST_ROUNDS = 200

CHART = {  # what an account is for -> its number in the books
    "debtors": ("300-000", "debtor_control"),
    "tax": ("460-000", "tax"),
    "sales": ("500-000", "income"),
    "shipping": ("500-100", "income"),
    "tips": ("450-100", "liability"),
    "gift_card": ("450-200", "liability"),
    "duties": ("450-300", "liability"),
    "fees": ("450-400", "liability"),
    "discount": ("520-000", "income"),
    "returns": ("510-000", "income"),
    "returns_nostock": ("510-100", "income"),
    "allowance": ("520-100", "income"),
    "restock_fee": ("530-000", "income"),
    "Contoh Pay": ("310-001", "asset"),
    "Bank Deposit": ("310-002", "asset"),
    "bogus": ("310-003", "asset"),
    "authorize_net": ("310-004", "asset"),
    "bank charges": ("900-000", "bank_charge"),
}
GATEWAYS = {  # Shopify's name -> what its account is for
    "gift_card": "gift_card",
    "Contoh Pay": "Contoh Pay",
    "Bank Deposit": "Bank Deposit",
    "bogus": "bogus",
    "authorize_net": "authorize_net",
}
ROLES = [name for name in CHART if name not in (*GATEWAYS, "debtors", "tax", "sales")]
ROLES = [name for name in ROLES if name != "bank charges"] + ["gift_card"]
TAXES: dict[tuple[str, str], tuple[str, str]] = {  # code in SQL Accounting, code in AutoCount
    ("SST", "0.1"): ("ST", "S-10"),
    ("Service Tax", "0.08"): ("SV8", "SV-8"),
    ("GST", "0.09"): ("SR", "SR-9"),
    ("State Tax", "0.06"): ("US6", "US-6"),
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    topic: str
    payload: Row
    triggered_at: str

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload, ensure_ascii=False).encode()

    @property
    def id(self) -> str:
        return hashlib.sha256(self.topic.encode() + self.body).hexdigest()[:36]


@dataclass(kw_only=True)
class Merchant:
    url: str
    connection: Connection
    domain: str
    currency: str
    chosen: Row  # what was said to connect the books
    company_id: int
    clock: Clock
    connector_for: Callable[[Book], Connector] = connections.connector_for

    # --- what happens ---

    def tell(self, webhook: Webhook) -> None:
        """Shopify's part: signed, over HTTP."""
        answer = requests.post(
            f"{self.url}/webhooks/shopify",
            data=webhook.body,
            headers={
                "Content-Type": "application/json",
                "X-Shopify-Topic": webhook.topic,
                "X-Shopify-Shop-Domain": self.domain,
                "X-Shopify-Webhook-Id": webhook.id,
                "X-Shopify-Triggered-At": webhook.triggered_at,
                "X-Shopify-Hmac-Sha256": _signature(webhook.body),
            },
            timeout=TIMEOUT,
        )
        assert answer.status_code == 200, answer.text

    def tell_all(self, webhooks: Iterable[Webhook]) -> None:
        for webhook in webhooks:
            self.tell(webhook)

    def work(self) -> None:
        """One round of what the worker does, at this time of the clock."""
        inbox.process(now=self.clock())
        posting.plan(now=self.clock())
        sender.send_due(self.connector_for, clock=self.clock, chance=lambda: 0.0)

    def read_anew(self) -> None:
        """What is asked of Shopify again: it shows what its webhooks told, and no more."""
        for order in Order.objects.filter(store=self.store, refetch_ready_at__isnull=False):
            read = Reading(id=order.order_id, order_id=order.order_id, as_of=self.clock())
            posting.record_facts(
                store_id=self.store.id,
                facts=[read],
                told_by="reading",
                now=self.clock(),
                read_anew=True,
            )
            Order.objects.filter(pk=order.pk).update(refetch_ready_at=None)

    def work_until_quiet(self) -> None:
        """Round after round, each when the next thing is due, until nothing is."""
        for _ in range(MOST_ROUNDS):
            self.work()
            self.read_anew()
            due = self._next_due()
            if due is None:
                return
            self.clock.now = max(self.clock.now, due)
        raise AssertionError(f"still not quiet after {MOST_ROUNDS} rounds")

    def _next_due(self) -> datetime | None:
        orders = Order.objects.filter(plan_at__isnull=False).values_list("plan_at", flat=True)
        ready = Book.objects.filter(state=Book.State.ACTIVE, ready_at__isnull=False)
        times = [*orders, *ready.values_list("ready_at", flat=True)]
        return min((at for at in times if at is not None), default=None)

    def retry(self, document_id: int) -> None:
        """The merchant's part: try a refused document again."""
        who, now = "merchant", self.clock()
        store_id = self.store.id
        assert posting.retry(store_id=store_id, document_id=document_id, who=who, now=now)

    # --- what Lejar says ---

    @property
    def store(self) -> Store:
        return Store.objects.get(shop__domain=self.domain)

    def order(self, order_id: int) -> Order:
        return Order.objects.get(store=self.store, order_id=order_id)

    def unfinished(self) -> list[tuple[str, str, str]]:
        """Documents that are not in the books: number, state, message."""
        rows = Document.objects.filter(store=self.store).exclude(state=Document.State.POSTED)
        return list(rows.order_by("number").values_list("number", "state", "message"))

    def rejected(self) -> list[int]:
        rows = Document.objects.filter(store=self.store, state=Document.State.REJECTED)
        return list(rows.order_by("id").values_list("id", flat=True))

    def failed_deliveries(self) -> list[tuple[str, str, str]]:
        failed = Delivery.objects.exclude(state=Delivery.State.DONE)
        return list(failed.order_by("id").values_list("topic", "path", "error"))

    # --- what the books say ---

    def documents(self) -> list[Row]:
        return self._all("documents")

    def journal(self) -> list[Row]:
        return self._all("journal")

    def totals(self) -> dict[str, tuple[str, str, Decimal]]:
        """Number -> kind, date and total of every document; asserts that no number comes twice."""
        rows = self.documents()
        found = {row["number"]: (row["kind"], row["date"], row["total"]) for row in rows}
        assert len(found) == len(rows)
        return found

    def still_open(self) -> dict[str, Decimal]:
        """Number -> what is neither paid nor knocked off, where that is anything."""
        left = {row["number"]: row["outstanding"] or row["unapplied"] for row in self.documents()}
        return {number: amount for number, amount in left.items() if amount}

    def balances(self) -> dict[str, Decimal]:
        """What an account is for -> debit less credit, where that is anything. Asserts that the
        trial balance and every document balance."""
        balance = self._get("trial-balance")
        assert balance["debit"] == balance["credit"]
        assert not unbalanced(self.journal())
        names = {account(self.connection, name): name for name in CHART}
        sums = {names[row["account"]]: row["debit"] - row["credit"] for row in balance["rows"]}
        return {name: amount for name, amount in sums.items() if amount}

    def calls(self) -> list[Row]:
        """Every call that the books got, with what they answered."""
        return list(self._get("calls", after=0, limit=1000)["records"])

    def contents(self) -> list[Row]:
        """Everything in the books, without what depends on the order of writing."""
        rows = [{key: row[key] for key in row if key != "id"} for row in self.documents()]
        return sorted(rows, key=lambda row: str(row["number"]))

    def throw_switches(self, **switches: Any) -> None:
        """Over those that the connection is tested with."""
        wanted = {**self.connection.switches, **switches}
        answer = requests.put(self._books + "switches", json=wanted, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text

    @property
    def _books(self) -> str:
        return f"{self.url}/sandbox/companies/{self.company_id}/"

    def _get(self, path: str, **query: int) -> Any:
        answer = requests.get(self._books + path, params=query, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def _all(self, path: str) -> list[Row]:
        found: list[Row] = []
        while page := self._get(path, after=found[-1]["id"] if found else 0, limit=1000):
            found += page
        return found


def unbalanced(journal: Iterable[Row]) -> dict[str, Decimal]:
    """Number -> debits less credits of the documents whose entries do not balance."""
    sums: dict[str, Decimal] = {}
    for entry in journal:
        rest = sums.get(entry["number"], Decimal())
        sums[entry["number"]] = rest + entry["debit"] - entry["credit"]
    return {number: rest for number, rest in sums.items() if rest}


def _signature(body: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()


# --- opening the books and mapping everything ---


def account(connection: Connection, name: str) -> str:
    return connection.account(CHART[name][0])


def payment_method(connection: Connection, gateway: str) -> str:
    return connection.payment_method(gateway, account(connection, GATEWAYS[gateway]))


def tax_code(connection: Connection, tax: tuple[str, str]) -> str:
    return connection.own(*TAXES[tax])


def settle_in(
    *,
    url: str,
    connection: Connection,
    folder: Path,
    clock: Clock,
    currency: str = "MYR",
    **policy: Any,
) -> Merchant:
    """Open the books, connect the shop to them and map all there is, as `manage.py seed` does."""
    domain = f"kedai-{currency}-{connection}.myshopify.com".lower()
    key = f"{currency}-{connection}".lower()
    company = connection.opening(key, _books(connection, domain, currency))
    opened = requests.post(f"{url}/sandbox/companies", json=company, timeout=TIMEOUT)
    assert opened.status_code == 201, opened.text
    file = folder / "mappings.json"
    file.write_text(json.dumps(_mappings(connection, key, currency, policy)))
    call_command("seed", shop=domain, file=str(file), verbosity=0)
    merchant = Merchant(
        url=url,
        connection=connection,
        domain=domain,
        currency=currency,
        chosen=connection.chosen(key, currency),
        company_id=opened.json()["id"],
        clock=clock,
    )
    merchant.throw_switches()
    return merchant


def _books(connection: Connection, domain: str, currency: str) -> Row:
    return {
        "name": f"Books of {domain}",
        "currency": currency,
        "accounts": [
            {"code": account(connection, name), "name": name, "type": kind}
            for name, (_, kind) in CHART.items()
        ],
        "debtors": [{"code": CUSTOMER, "name": "Online customers", "currency": currency}],
        "tax_codes": [
            {"code": tax_code(connection, tax), "rate": int(Decimal(tax[1]) * 100)} for tax in TAXES
        ],
        "payment_methods": [
            {"code": payment_method(connection, gateway), "account": account(connection, name)}
            for gateway, name in GATEWAYS.items()
        ],
    }


def _mappings(connection: Connection, key: str, currency: str, policy: Mapping[str, Any]) -> Row:
    tariff = TARIFF if connection.tariff_codes else ""
    sales = account(connection, "sales")
    taxes = [(*tax, tax_code(connection, tax)) for tax in TAXES]
    return {
        "policy": {
            "prefix": "SH",
            "currency": currency,
            "settle_seconds": 600,
            "cut_over_date": None,  # these orders are older than the shop
            **policy,
        },
        "debtors": [{"currency": currency, "code": CUSTOMER}],
        "items": [
            {"match": match, "value": "", "account": sales} for match in ("default", "no_product")
        ],
        "taxes": [
            {"title": title, "rate": rate, "code": code, "tariff_code": tariff}
            for title, rate, code in taxes
        ],
        "gateways": [{"gateway": g, "account": payment_method(connection, g)} for g in GATEWAYS],
        "roles": [{"role": role, "account": account(connection, role)} for role in ROLES],
        "connection": {**connection.chosen(key, currency), "resume": True},
    }
