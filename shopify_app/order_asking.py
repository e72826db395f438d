"""Asking for the parts of one order: at the pace the shop's bucket allows, all of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopify_app import admin_api
from shopify_app.admin_api import Answer, Refused, TryLater
from shopify_app.models import Shop

MOST_SECONDS = 120.0  # that a worker waits for the bucket, over one order
MOST_PAGES = 250  # of one list; more is no order of a person's

Json = dict[str, Any]


class Changed(Exception):
    """The order is no longer what an earlier part said: all must be read again."""


class Gone(Exception):
    """Shopify does not show the order: deleted, too old, or not this shop's."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """The calls about one order. `moment` is the `updatedAt` of the parts read so far."""

    shop: Shop
    order_id: int
    now: datetime
    wait: Callable[[float], None]
    waited: float = 0.0
    next_in: float = 0.0  # seconds until the bucket has room for another call
    moment: str = ""

    def part(self, operation: str, **variables: Any) -> Json:
        """The order as this operation shows it, without what is denied. Raises Changed, Gone."""
        answer = self._ask(operation, self._gid, variables)
        return self._of_this_moment(_shown(answer, "order"))

    def part_if_shown(self, operation: str, **variables: Any) -> Json:
        """The same; nothing where Shopify keeps the whole of it back."""
        answer = self._ask(operation, self._gid, variables)
        if answer.denied and "order" not in answer.data:
            return {}
        return self._of_this_moment(_shown(answer, "order"))

    def refund(self, operation: str, gid: str, **variables: Any) -> Json:
        """A refund that the order listed; one that is gone since then has changed it."""
        try:
            refund = _shown(self._ask(operation, gid, variables), "refund")
        except Gone:
            raise Changed from None
        order = refund.get("order")
        if refund.get("id") != gid or not isinstance(order, dict):
            raise Refused(admin_api.BAD_ANSWER)
        self._of_this_moment(order)
        return refund

    def dispute(self, gid: str) -> Json | None:
        """A dispute, where Shopify shows it."""
        found = self._ask("DisputeDetail", gid, {}).data.get("dispute")
        return found if isinstance(found, dict) else None

    @property
    def _gid(self) -> str:
        return f"gid://shopify/Order/{self.order_id}"

    def _ask(self, operation: str, gid: str, variables: Json) -> Answer:
        """One call, once the bucket has room. What other calls took meanwhile is waited for."""
        while True:
            self._pause()
            try:
                answer = admin_api.ask(self.shop, operation, {"id": gid, **variables}, now=self.now)
            except TryLater as later:
                if later.why != admin_api.THROTTLED:
                    raise
                self.next_in = later.seconds
            else:
                self.next_in = answer.wait_seconds
                return answer

    def _pause(self) -> None:
        """Raises TryLater when the whole order would keep a worker waiting for too long."""
        if self.waited + self.next_in > MOST_SECONDS:
            raise TryLater(self.next_in, admin_api.THROTTLED)
        if self.next_in > 0:
            self.wait(self.next_in)
            self.waited += self.next_in

    def _of_this_moment(self, order: Json) -> Json:
        moment = order.get("updatedAt")
        if order.get("id") != self._gid or not isinstance(moment, str):
            raise Refused(admin_api.BAD_ANSWER)
        self.moment = self.moment or moment
        if moment != self.moment:
            raise Changed
        return order


def _shown(answer: Answer, key: str) -> Json:
    """Null says that there is none; absent, that it is kept back."""
    found = answer.data.get(key)
    if isinstance(found, dict):
        return found
    if found is None and key in answer.data:
        raise Gone
    raise Refused("ACCESS_DENIED" if answer.denied else admin_api.BAD_ANSWER)


# --- joining ---------------------------------------------------------------------------------


def listed(node: Json, key: str) -> list[Json]:
    """A list of objects that an answer must have. Raises Refused."""
    found = node.get(key)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Refused("ACCESS_DENIED" if key not in node else admin_api.BAD_ANSWER)
    return found


def connected(node: Json, key: str) -> Json:
    """A connection that an answer must have. Raises Refused."""
    found = node.get(key)
    if not isinstance(found, dict):
        raise Refused("ACCESS_DENIED" if key not in node else admin_api.BAD_ANSWER)
    return found


def more_of(connection: Json) -> str | None:
    """The cursor after which a connection goes on; None at its end. Raises Refused."""
    page = connection.get("pageInfo")
    if not isinstance(page, dict) or not isinstance(page.get("hasNextPage"), bool):
        raise Refused(admin_api.BAD_ANSWER)
    if not page["hasNextPage"]:
        return None
    cursor = page.get("endCursor")
    if not isinstance(cursor, str):
        raise Refused(admin_api.BAD_ANSWER)
    return cursor


def add_pages(first: Json, read: Callable[[str], Json], rows: str = "nodes") -> None:
    """Adds to a connection all its further pages, each of which `read` gives for a cursor."""
    for page in _pages(first, read):
        first[rows] = [*listed(first, rows), *listed(page, rows)]
    first["pageInfo"] = {"hasNextPage": False}


def _pages(first: Json, read: Callable[[str], Json]) -> Iterator[Json]:
    cursor, pages = more_of(first), 0
    while cursor is not None:
        pages += 1
        if pages > MOST_PAGES:
            raise Refused("TOO_MANY_PAGES")
        page = read(cursor)
        yield page
        cursor = more_of(page)
