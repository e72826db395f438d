"""Whatever happens, the books end up right: seeded storms over the whole product.

A failure names its seed; `LEJAR_STORMS=417` runs that one again, `LEJAR_STORMS=0-500` many.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.journeys.storm import brew
from tests.journeys.storm_checks import wrongs

ORDERS = 5
log = logging.getLogger(__name__)


def seeds() -> range:
    first, _, last = os.environ.get("LEJAR_STORMS", "1-8").partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.usefixtures("_product")
@pytest.mark.parametrize("seed", seeds())
def test_after_any_storm_the_books_show_what_shopify_says(
    seed: int, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.LEJAR_QUANTUM = 50
    storm = brew(seed, url=live_server.url, folder=tmp_path, orders=ORDERS)

    try:
        storm.rage()
        storm.heal()
        found = wrongs(storm)
    finally:
        log.info("seed %s\n%s", seed, "\n".join(storm.log))

    assert not found, f"seed {seed}: {found}"
