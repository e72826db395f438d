"""How the parts of an answer of the Admin API are read: connections, links, constants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from shopify_app.payloads.amounts import Currencies
from shopify_app.payloads.fields import Node


@dataclass(frozen=True, slots=True)
class Asked:
    """What all parts of one answer have in common."""

    order_id: int
    money: Currencies
    at: datetime


def must_nodes(node: Node, key: str) -> list[Node]:
    node.must(key)
    return nodes(node, key)


def nodes(node: Node, key: str) -> list[Node]:
    """What a connection holds; none when it is null or absent. Raises BadPayload when more of it
    has not been read."""
    connection = node.object(key)
    if connection is None:
        return []
    page = connection.object("pageInfo")
    if page and page.flag("hasNextPage"):
        raise page.bad("hasNextPage", "Some are missing: all pages must be read first.")
    connection.must("nodes")
    return connection.objects("nodes")


def linked(node: Node, key: str) -> int | None:
    """The id of what this refers to; None where it refers to nothing, or to what is gone."""
    found = node.object(key)
    return found.gid() if found else None


def word(node: Node, key: str, known: Collection[str]) -> str:
    """A constant in capitals, as the word that webhooks use for it."""
    said = node.must_text(key).lower()
    if said not in known:
        raise node.bad(key, "Lejar does not know this value.")
    return said


def not_asked(node: Node, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Fields whose keys are absent. A null was asked for and says "none" (treatment R7)."""
    return tuple(sorted(name for name, key in keys.items() if not node.has(key)))
