"""A loopback HTTP server that does as it is told, good or bad, over real sockets.

Each connection is served by its own thread; each request takes the next step of the script, or
the handler's answer. What was received is kept for assertions.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Step:
    """One scripted behaviour: raw bytes to send, then how to go on."""

    raw: bytes = b""
    then: str = "keep"  # keep, close, reset, silence, drip


Handler = Callable[[Received], Step]


def reply(
    status: int = 200, body: Any = "", headers: dict[str, str] | None = None, then: str = "keep"
) -> Step:
    """A well-formed answer. Anything but text is sent as JSON."""
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Step("\r\n".join(lines).encode() + b"\r\n\r\n" + content, then)


def rows(*found: dict[str, Any], total: int | None = None) -> Step:
    """A list answer in the documented shape."""
    return reply(200, {"data": list(found), "totalRecords": len(found) if total is None else total})


@dataclass
class ScriptedServer:
    """`script` is used up step by step; after that, `handler` answers, or 200 with nothing."""

    script: list[Step] = field(default_factory=list)
    handler: Handler | None = None
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while not self._stop.is_set():
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._connection, args=(accepted, context), daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _connection(self, accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError), accepted:
            if context is None:
                self._talk(accepted)
            else:
                with context.wrap_socket(accepted, server_side=True) as wrapped:
                    self._talk(wrapped)

    def _talk(self, peer: socket.socket) -> None:
        with peer.makefile("rb") as stream:
            while request := _request(stream):
                self.requests.append(request)
                step = self._next(request)
                if not self._perform(peer, step):
                    return

    def _next(self, request: Received) -> Step:
        if self.script:
            return self.script.pop(0)
        return self.handler(request) if self.handler else rows()

    def _perform(self, peer: socket.socket, step: Step) -> bool:
        """True when the connection goes on."""
        if step.then == "drip":
            for position in range(len(step.raw)):
                peer.sendall(step.raw[position : position + 1])
                if self._stop.wait(0.02):
                    break
            return False
        peer.sendall(step.raw)
        if step.then == "silence":
            self._stop.wait(5)
        if step.then == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return step.then == "keep"


def _request(stream: Any) -> Received | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0"))).decode()
    target = urlsplit(first[1])
    return Received(first[0], target.path, dict(parse_qsl(target.query)), headers, body)


@contextlib.contextmanager
def scripted(*script: Step, context: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """A running server; ended with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ScriptedServer(list(script), port=listener.getsockname()[1])
        server.scheme = "https" if context else "http"
        thread = threading.Thread(target=server.serve, args=(listener, context), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
