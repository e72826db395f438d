"""Requests with a secret in every part, and servers that misbehave on a bare socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from accounting.connectors.http import Answer, Http
from tests.accounting.connectors.conftest import KEY

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"


def ask(http: Http, url: str, method: str = "GET", **changes: Any) -> Answer:
    given: dict[str, Any] = {
        "headers": {"Authorization": f"Bearer {KEY}"},
        "params": {"DOCNO": "SECRET-NUMBER"},
        "body": b'{"secret": "body"}' if method == "POST" else None,
        "connect_seconds": 2,
        "total_seconds": 2,
    }
    return http.request(method, url, **(given | changes))


@contextlib.contextmanager
def peer(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does `talk` with its one connection and reads nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with contextlib.suppress(OSError), accepted:
                talk(accepted)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)
