"""How the web process waits for a request: not for ever.

The server's threads read a request with no time limit of its own, so that a few clients who send
a byte now and then would hold all of them, and Shopify's webhooks would find no one at home. Here
every request has to arrive whole within RECEIVE_SECONDS, however it is dripped.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from gunicorn.workers.gthread import TConn, ThreadWorker

RECEIVE_SECONDS = 10.0  # Shopify itself gives up after 5
WATCH_SECONDS = 1.0


class Worker(ThreadWorker):  # type: ignore[misc]  # the server has no types
    """The server's threaded worker, which also stops listening to a request that is late."""

    def init_process(self) -> None:
        self._since: dict[TConn, float] = {}
        threading.Thread(target=self._watch, name="late requests", daemon=True).start()
        super().init_process()

    def handle(self, conn: TConn) -> object:
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._since.pop(conn, None)

    def _watch(self) -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            self._end_late(time.monotonic() - RECEIVE_SECONDS)

    def _end_late(self, before: float) -> None:
        """Ends only the receiving side: an answer that is being worked on is still sent."""
        for conn, since in list(self._since.items()):
            if since < before:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
