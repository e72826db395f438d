"""The broker of one machine: wake-ups as files under `.lejar/broker`.

Kombu's own file transport reads a file that is still being written, and the worker dies of it. Here
such a message counts as lost, which costs nothing: the table is the queue (docs/adr/0003).
"""

from __future__ import annotations

from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

SCHEME = "lejar-files"


class Channel(filesystem.Channel):
    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002  # as typed
        try:
            return super()._get(queue)
        except ValueError:  # empty, or half of a message
            raise Empty from None


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
