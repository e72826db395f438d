"""Whose books these are, as far as they say: name and registration number.

The path and the field names of the company's profile are not published (contract autocount-cloud
2): the path is a setting, the names tried are in `api.json`. Books that do not offer it are told
from others by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounting.connectors.autocount_cloud import replies
from accounting.connectors.autocount_cloud.api import API, Call
from accounting.connectors.autocount_cloud.calls import Calls
from accounting.connectors.autocount_cloud.replies import Row
from accounting.connectors.base import CodeList, Misconfigured, Unavailable

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Company:
    """`offered` is False where the books have no profile to read."""

    name: str = ""
    registered: str = ""
    offered: bool = True

    @property
    def fingerprint(self) -> str:
        return f"{self.name} {self.registered}".strip()[:LONGEST]


def read(calls: Calls, path: str) -> Company:
    """The company; without a profile at least the key is proved. Raises Unavailable or
    Misconfigured."""
    try:
        found = calls.read(Call("GET", path, API.company.permission), {})
    except Misconfigured as error:
        if error.hint != "endpoint":
            raise
        replies.listing(calls.read(API.code_lists[CodeList.LOCATIONS].call, {"page": "1"}))
        return Company(offered=False)
    row = _record(found)
    return Company(
        replies.first_word(row, API.company.name), replies.first_word(row, API.company.registered)
    )


def _record(payload: Any) -> Row:
    """The fields, wherever the answer keeps them."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if not isinstance(payload, dict):
        raise Unavailable("AutoCount Cloud answered with something that is not a company")
    if any(name in payload for name in API.company.others):
        raise Unavailable("AutoCount Cloud answered with something that is not a company")
    nested = [value for value in payload.values() if isinstance(value, dict)]
    return payload if any(name in payload for name in API.company.name) or not nested else nested[0]
