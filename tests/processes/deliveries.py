"""The webhooks of one schedule: brought once as Shopify does, and again where that failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import requests

from shopify_app.demo import send
from shopify_app.demo.run import Branch, Run
from tests.processes import plan as plans

ARRIVING_SECONDS = plans.LAST_AT + 1.0  # over which the webhooks arrive
SHOPIFYS_PATIENCE = (1.0, 5.0)  # to connect, and in all
VANS = 4


@dataclass(kw_only=True)
class Deliveries:
    """What was brought so far, and what has to be brought again."""

    statuses: Counter[int] = field(default_factory=Counter)
    answered: set[tuple[str, str]] = field(default_factory=set)
    open: list[send.Parcel] = field(default_factory=list)
    tried_again: int = 0

    def note(self, parcel: send.Parcel, status: int) -> None:
        if status not in (200, 401):
            self.open.append(parcel)
            return
        self.statuses[status] += 1
        if status == 200:
            self.answered.add((parcel.domain, parcel.webhook_id))

    def again(self, telling: Run) -> None:
        parcels, self.open = self.open, []
        self.tried_again += len(parcels)
        self.bring(parcels, telling)

    def bring(self, parcels: Sequence[send.Parcel], telling: Run) -> None:
        """Nothing is broken any more: whatever is not answered now is wrong."""
        secret = telling.credentials.api_secret
        for parcel in parcels:
            self.note(parcel, send.deliver(parcel, telling.url, secret))


def bring(branches: Sequence[Branch], telling: Run) -> Deliveries:
    """Every parcel once, one after the other over the time of the faults."""
    parcels = [parcel for branch in branches for parcel in branch.round.prompt]
    Random(telling.seed).shuffle(parcels)
    started, apart = time.monotonic(), ARRIVING_SECONDS / len(parcels)
    deliveries = Deliveries()

    def carry(place: int) -> int:
        time.sleep(max(0.0, started + place * apart - time.monotonic()))
        return _once(parcels[place], telling)

    with ThreadPoolExecutor(VANS) as vans:
        for parcel, status in zip(parcels, vans.map(carry, range(len(parcels))), strict=True):
            deliveries.note(parcel, status)
    return deliveries


def _once(parcel: send.Parcel, telling: Run) -> int:
    """As Shopify does: one second to connect, five in all; 0 when there was no answer."""
    try:
        return requests.post(
            telling.url + send.PATH,
            data=parcel.body,
            headers=send.headers(parcel, telling.credentials.api_secret),
            timeout=SHOPIFYS_PATIENCE,
            allow_redirects=False,
        ).status_code
    except requests.RequestException:
        return 0
