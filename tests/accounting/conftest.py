"""Stores with books and an order, a sender, threads, and planning by ready plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from accounting import planning, sender
from accounting.documents.document import Document, Entry, Key, Plan, Role
from accounting.facts import Facts
from accounting.models import Order, Store
from tests.books import Books, Clock, make_book, make_invoice, make_order_row, make_store

Send = Callable[[], int]
Plans = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def timing(settings: Settings) -> None:
    """The pauses that tests of the sender count on, whatever the environment says."""
    settings.LEJAR_QUIET_SECONDS = [5, 30]
    settings.LEJAR_TROUBLE_SECONDS = [5, 60]
    settings.LEJAR_QUANTUM = 50


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def store(now: datetime) -> Store:
    return make_store(make_book(now))


@pytest.fixture
def other(now: datetime) -> Store:
    return make_store(make_book(now, name="Other"), "other.myshopify.com")


@pytest.fixture
def order(store: Store, clock: Clock) -> Order:
    return make_order_row(store, 1001, clock())


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def send(books: Books, clock: Clock) -> Send:
    return lambda: sender.send_due(lambda _: books, clock=clock, chance=lambda: 0.0)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Plans:
    """Replace `build` by a list of ready plans; returns how it was called."""

    def answer(*planned: Plan) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def build(facts: Any, rules: Any, sealed: Sequence[Any], **more: Any) -> Plan:
            calls.append({"facts": facts, "rules": rules, "sealed": list(sealed), **more})
            return planned[min(len(calls), len(planned)) - 1]

        monkeypatch.setattr(planning, "build", build)
        return calls

    return answer


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """`build` makes an invoice and a payment; the list says for which orders it was called."""
    calls: list[int] = []

    def build(facts: Facts, rules: Any, sealed: Sequence[Entry], **more: Any) -> Plan:
        assert facts.latest is not None
        calls.append(facts.latest.id)
        return Plan(entries=_entries_of(facts, sealed, more["stem"]))

    monkeypatch.setattr(planning, "build", build)
    return calls


def _entries_of(facts: Facts, sealed: Sequence[Entry], stem: str) -> tuple[Document, ...]:
    """An invoice and a payment, unless they are sealed already."""
    order = facts.latest
    assert order is not None
    wanted = [(Role.INVOICE, stem), (Role.PAYMENT, f"{stem}-P1")]
    had = {entry.number for entry in sealed}
    return tuple(
        replace(make_invoice(key=Key(role=role, source_id=order.id)), number=number)
        for role, number in wanted
        if number not in had
    )
