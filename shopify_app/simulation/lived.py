"""The demo's stories of orders, told in hours instead of weeks, each buyer with canaries.

Later events of a life happen while its earlier ones are on their way or being posted. A canary is
a personal word that stands nowhere else, so that a search finds where it got to.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shopify_app.demo import lives
from shopify_app.demo.figures import Sale
from shopify_app.demo.life import Life
from shopify_app.demo.lives import LifeCycle
from shopify_app.demo.parts import Body
from shopify_app.demo.records import Customer, Record

SHORTEST, LONGEST = 20.0, 1800.0  # seconds between two events of a life
GUESTS = 0.1
HELD = 0.1  # of all orders need a code that nobody has mapped, or never will
LOST = 0.1
ADDRESSES = ("billing_address", "shipping_address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The personal words of one order's buyer."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address: str

    @property
    def canaries(self) -> frozenset[str]:
        return frozenset((self.first_name, self.last_name, self.email, self.phone, self.address))


def buyer_of(domain: str, number: int) -> Buyer:
    """Different for every order of every shop, and the same whenever it is asked for."""
    digest = hashlib.sha256(f"{domain} {number}".encode()).digest()
    word = "".join(chr(ord("a") + byte % 26) for byte in digest[:10])
    return Buyer(
        first_name=f"Kenari{word}",
        last_name=f"Rekaan{word}",
        email=f"{word}@customer.test",
        phone="+60" + "".join(str(byte % 10) for byte in digest[10:21]),
        address=f"18, Jalan {word.title()} 3/2",
    )


@dataclass(kw_only=True)
class Stage(lives.Stage):
    """Where short lives are made: orders are placed within `spread` of `now`, not before it."""

    first_number: int
    spread: timedelta
    buyers: dict[int, Buyer] = field(default_factory=dict)

    def after(self, life: Life, hours: int) -> datetime:  # noqa: ARG002  # whatever the story says
        """Some time later: seconds as likely as hours."""
        steps = self.random.uniform(math.log(SHORTEST), math.log(LONGEST))
        return life.record.updated_at + timedelta(seconds=round(math.exp(steps)))

    def _record(self, sale: Sale, placed: tuple[timedelta, timedelta]) -> Record:  # noqa: ARG002
        # Not when the story says, which ends before it is told.
        at = self.now + timedelta(seconds=self.random.randrange(int(self.spread.total_seconds())))
        number = self.first_number + len(self.lives)
        return Record(
            shop=self.shop,
            id=self.ids(),
            number=number,
            sale=sale,
            customer=self._bought_by(number),
            created_at=at.replace(microsecond=0),
            updated_at=at.replace(microsecond=0),
        )

    def _bought_by(self, number: int) -> Customer | None:
        if self.random.random() < GUESTS:
            return None
        buyer = self.buyers[number] = buyer_of(self.shop.domain, number)
        return Customer(
            id=self.ids(),
            first_name=buyer.first_name,
            last_name=buyer.last_name,
            email=buyer.email,
        )


def live(stage: Stage, orders: int) -> list[Life]:
    """So many lives, drawn from all that the demo tells."""
    return [lived(_cycle(stage), stage) for _ in range(orders)]


def _cycle(stage: Stage) -> LifeCycle:
    drawn = stage.random.random()
    if drawn < HELD:
        return stage.random.choice(lives.TROUBLED)
    if drawn < HELD + LOST:
        return stage.random.choice(lives.LOST)
    return stage.random.choice((*lives.EVERYDAY, *lives.ORDINARY))


def lived(cycle: LifeCycle, stage: Stage) -> Life:
    life = cycle(stage)
    life.cycle = cycle.__name__
    buyer = stage.buyers.get(life.record.number)
    if buyer is not None:
        _mark(life, buyer)
    return life


def _mark(life: Life, buyer: Buyer) -> None:
    """The canaries that the demo's customers have no field for, in every version of the order."""
    for body in {id(hook.body): hook.body for hook in life.webhooks}.values():
        if "line_items" in body:
            body["phone"] = buyer.phone
            for holder in _addresses(body):
                holder |= {"address1": buyer.address, "phone": buyer.phone}


def _addresses(body: Body) -> Sequence[Body]:
    return [body[name] for name in ADDRESSES if body[name] is not None]


def unbuyered(body: Mapping[str, Any]) -> dict[str, Any]:
    """The order as Shopify keeps it once its buyer is redacted."""
    nobody = dict.fromkeys(("email", "contact_email", "phone", "customer", *ADDRESSES))
    return {**body, **nobody}
