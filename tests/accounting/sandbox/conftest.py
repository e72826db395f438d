"""Open books and a client that speaks to them as the gateway's clients do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, override_settings

from accounting.sandbox.models import Company, Entry, KnockOff, Voucher

MASTERS: dict[str, dict[str, Any]] = {
    "sql_accounting": {
        "accounts": [
            {"code": "500-000", "name": "Sales", "type": "sales"},
            {"code": "500-100", "name": "Shipping income", "type": "sales"},
            {"code": "510-000", "name": "Sales returns", "type": "sales"},
            {"code": "310-005", "name": "Clearing", "type": "bank"},
            {"code": "900-100", "name": "Bank charges", "type": "expense"},
        ],
        "debtors": [
            {"code": "300-C0001", "name": "Online customers", "currency": "MYR"},
            {"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"},
        ],
        "tax_codes": [{"code": "ST", "rate": 10}, {"code": "SV8", "rate": 8}],
        "payment_methods": [{"code": "310-005", "account": "310-005"}],
    },
    "autocount": {
        "accounts": [
            {"code": "500-0000", "name": "Sales", "type": "sales"},
            {"code": "500-1000", "name": "Shipping income", "type": "sales"},
            {"code": "510-0000", "name": "Sales returns", "type": "sales"},
            {"code": "310-0005", "name": "Clearing", "type": "bank"},
        ],
        "debtors": [
            {"code": "300-C0001", "name": "Online customers", "currency": "MYR"},
            {"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"},
        ],
        "tax_codes": [{"code": "S-10", "rate": 10}, {"code": "SV-8", "rate": 8}],
        "payment_methods": [{"code": "SHOPIFY", "account": "310-0005"}],
        "items": ["TEE-BLK-M"],
    },
}
PRODUCTS = {"sql_accounting": "sqlacc", "autocount": "autocount"}


class Desk:
    """One company, its gateway key, and the way to both surfaces."""

    def __init__(self, client: Client, system: str, key: str) -> None:
        opening = {"name": f"Kedai {key}", "system": system, "key": key, "currency": "MYR"}
        opening |= MASTERS[system]
        answer = client.post("/sandbox/companies", opening, content_type="application/json")
        assert answer.status_code == 201, answer.content
        self.client, self.system, self.key = client, system, key
        self.company_id = answer.json()["id"]

    @property
    def company(self) -> Company:
        return Company.objects.get(pk=self.company_id)

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The HTTP answer. Money in `body` may be a Decimal; text and bytes go as they are."""
        raw = body if isinstance(body, (str, bytes)) else json_text(body)
        return self.client.generic(
            method,
            f"/sandbox/acctbridge/v1/{PRODUCTS[self.system]}/{path}",
            raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key if key is None else key}"},
        )

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def rows(self, path: str) -> Any:
        return read(self.get(path))["data"]

    def books(self, path: str) -> Any:
        return read(self.client.get(f"/sandbox/companies/{self.company_id}/{path}"))

    def switch(self, **switches: Any) -> None:
        answer = self.client.put(
            f"/sandbox/companies/{self.company_id}/switches",
            switches,
            content_type="application/json",
        )
        assert answer.status_code == 200, answer.content

    def balances(self) -> dict[str, Decimal]:
        """Debit minus credit per account; asserts that the trial balance balances."""
        balance = self.books("trial-balance")
        assert balance["debit"] == balance["credit"]
        return {row["account"]: row["debit"] - row["credit"] for row in balance["rows"]}

    def contents(self) -> Any:
        """Everything in the books, to show that a refusal changed nothing."""
        return (
            self.balances(),
            list(Voucher.objects.filter(company_id=self.company_id).order_by("id").values()),
            list(Entry.objects.filter(voucher__company_id=self.company_id).order_by("id").values()),
            list(KnockOff.objects.filter(source__company_id=self.company_id).values()),
        )


def read(answer: Any) -> Any:
    return json.loads(answer.content, parse_float=Decimal)


def json_text(value: Any) -> str:
    """JSON with Decimals as bare numbers."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(k)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value)


@pytest.fixture(autouse=True)
def _routes() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.accounting.sandbox.urls", MIDDLEWARE=[]):
        yield


@pytest.fixture
def open_desk(client: Client) -> Callable[..., Desk]:
    def opened(system: str, key: str = "lb_live_one") -> Desk:
        return Desk(client, system, key)

    return opened


@pytest.fixture
def sql(db: None, open_desk: Callable[..., Desk]) -> Desk:
    return open_desk("sql_accounting", "lb_live_sql")


@pytest.fixture
def autocount(db: None, open_desk: Callable[..., Desk]) -> Desk:
    return open_desk("autocount", "lb_live_autocount")


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    """The ready-made company of the SQL Account API."""
    from tests.accounting.sandbox.sql_account_desk import SqlAccountDesk  # it is a Desk itself

    return SqlAccountDesk(client)
