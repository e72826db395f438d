"""What a seed leaves out of its world; there nothing happens that only this puts right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import psycopg
import pytest
from django.db import connection
from django.test import override_settings

from shopify_app.demo import lives
from shopify_app.simulation import lived, webhook_faults
from shopify_app.simulation.baton import Baton
from shopify_app.simulation.fates import MOST_CLOCKS
from shopify_app.simulation.machines import SET_BY
from shopify_app.simulation.setup import ASKING, READING, TIED, setup_of
from shopify_app.simulation.shopify import SETTINGS, Shopify
from shopify_app.simulation.workers import TASKS
from tests.books import make_book
from tests.simulation.clock import LoneWorker

ORDERS = 4


@pytest.fixture
def _settings() -> Iterator[None]:
    with override_settings(**SETTINGS):
        yield


@pytest.fixture
def _never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of which Shopify's webhooks are lost."""
    monkeypatch.setattr(lived, "_cycle", lambda _: lives.never_told)


def story(name: str = "sim3", **parts: bool) -> str:
    """Two days of shops to which everything happens that may, and whose deliveries are dropped."""
    clock = LoneWorker()
    shopify = Shopify(clock, Random(3), shops=2, orders=ORDERS, name=name, **parts)
    shopify.faults = replace(shopify.faults, rates=replace(webhook_faults.NONE, dropped=1.0))
    shopify.happenings.rate = 1.0
    shopify.open([make_book(clock.time)])
    until = clock.time + timedelta(days=2)
    while (at := shopify.next_at()) is not None and at < until:
        clock.time = max(clock.time, at)
        shopify.step()
    return "\n".join(clock.trace)


def test_each_part_is_in_its_share_of_all_worlds() -> None:
    setups = [setup_of(seed) for seed in range(3000)]

    found = {
        TIED: [setup.ties for setup in setups],
        ASKING: [setup.sweeps for setup in setups],
        READING: [setup.reads for setup in setups],
    }
    for share, drawn in found.items():
        assert sum(drawn) / len(setups) == pytest.approx(share, abs=0.03)
    assert sum(setup.shops > 1 for setup in setups) > 0.15 * len(setups)


def test_nobody_is_woken_for_what_is_not_in_a_world() -> None:
    whole = replace(setup_of(1), ties=True, sweeps=True, reads=True)
    bare = replace(whole, ties=False, sweeps=False, reads=False)

    assert whole.without == frozenset()
    assert "SHOPIFY_FETCH" not in whole.settings
    assert bare.without == {"tie", "sweep", "enrol", "read", "shops", "plans"}
    assert bare.without < TASKS.keys()
    assert bare.settings["SHOPIFY_FETCH"] == "never"


def test_sweeps_overlap_for_longer_than_clocks_are_wrong() -> None:
    calm = replace(setup_of(1), faults=frozenset())
    wrong = replace(calm, faults=frozenset({"clocks"}))

    assert calm.settings["SHOPIFY_SWEEP_OVERLAP_HOURS"] < 1
    assert wrong.settings["SHOPIFY_SWEEP_OVERLAP_HOURS"] * 3600 > MOST_CLOCKS * max(SET_BY)


@pytest.mark.django_db
@pytest.mark.usefixtures("_settings", "_never_told")
def test_where_orders_are_not_read_nothing_is_dropped_and_no_shop_leaves() -> None:
    swept = story()
    unswept = story("sim4", sweeps=False)

    assert "dropped" in swept
    assert "uninstalls Lejar" in swept
    assert "dropped" not in unswept
    assert unswept.count("orders/create: 200") == ORDERS
    assert "uninstalls Lejar" not in unswept
    assert "has its token revoked" in unswept


@pytest.mark.django_db
@pytest.mark.usefixtures("_settings")
def test_where_shops_are_not_read_no_plan_ends_and_none_is_locked() -> None:
    clock = LoneWorker()
    shopify = Shopify(clock, Random(3), shops=1, orders=1, name="sim3", reads=False)

    assert "ends its plan" in story(sweeps=False)
    assert "ends its plan" not in story("sim4", sweeps=False, reads=False)
    shopify.admin.troubles = replace(shopify.admin.troubles, rate=1.0)
    assert "locked" not in {shopify.admin._trouble() for _ in range(500)}


@pytest.mark.django_db(transaction=True)
def test_a_connection_whose_loss_nobody_told_of_is_opened_anew_for_what_comes_next() -> None:
    def lose() -> None:
        connection.ensure_connection()
        worker.pid = connection.connection.info.backend_pid
        connection.connection.close()

    def ask() -> None:
        connection.introspection.table_names()

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as monitor:
        baton = Baton(monitor, ["worker"])
        worker = baton.workers[0]
        baton.start(lambda _: None)
        for job in (lose, ask):
            worker.job = job
            baton.let(worker)
        baton.end()

    assert worker.error is None
