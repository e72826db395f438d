"""A TCP proxy in front of the books that does what networks do: late, dripping, cut off, gone."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

CHUNK = 64 * 1024
LOOK_SECONDS = 0.1
DRIP_SECONDS = 0.05


class Toxic(StrEnum):
    """What happens to calls. `amount` is seconds for LATENCY and bytes for CUT."""

    NONE = "none"
    LATENCY = "latency"  # the answer comes late
    DRIP = "drip"  # the answer comes byte by byte
    RESET_BEFORE = "reset before"  # the request never arrives
    RESET_AFTER = "reset after"  # the request arrives, its answer is dropped
    CUT = "cut"  # the answer ends after some bytes
    BLACK_HOLE = "black hole"  # the request never arrives, and nobody says so
    DOWN = "down"  # nobody listens


@dataclass(frozen=True, slots=True)
class State:
    toxic: Toxic = Toxic.NONE
    amount: float = 0.0


class Proxy:
    """Listens on `port` of this machine and carries connections to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._state = State()
        self._ending = threading.Event()
        self._listener: socket.socket | None = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._accepting.join()
        if self._listener is not None:
            self._listener.close()

    def become(self, toxic: Toxic, amount: float = 0.0) -> None:
        """From now on, for connections that are open too."""
        self._state = State(toxic, amount)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        listener.settimeout(LOOK_SECONDS)
        return listener

    def _accept(self) -> None:
        while not self._ending.is_set():
            self._open_or_close()
            if self._listener is None:
                time.sleep(LOOK_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=[client], daemon=True).start()

    def _open_or_close(self) -> None:
        down = self._state.toxic is Toxic.DOWN
        if down and self._listener is not None:
            self._listener.close()
            self._listener = None
        elif not down and self._listener is None:
            self._listener = self._listen(self.port)

    def _carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, self._dial() as books:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sent = 0  # bytes of answers
            while not self._ending.is_set() and client.fileno() >= 0:
                if self._state.toxic is Toxic.DOWN:
                    return reset(client)
                ready, _, _ = select.select([client, books], [], [], LOOK_SECONDS)
                for side in ready[:1]:
                    data = side.recv(CHUNK)
                    if not data:
                        return None
                    if side is client:
                        sent = 0
                        self._ask(data, client, books)
                    else:
                        sent += self._answer(data, client, sent)
        return None

    def _dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._target), timeout=5)

    def _ask(self, data: bytes, client: socket.socket, books: socket.socket) -> None:
        toxic = self._state.toxic
        if toxic is Toxic.RESET_BEFORE:
            reset(client)
        elif toxic is not Toxic.BLACK_HOLE:
            books.sendall(data)

    def _answer(self, data: bytes, client: socket.socket, sent: int) -> int:
        """Returns how much of an answer was brought."""
        state = self._state
        if state.toxic is Toxic.RESET_AFTER:
            reset(client)
        elif state.toxic is Toxic.CUT:
            client.sendall(data[: max(0, int(state.amount) - sent)])
            if sent + len(data) >= state.amount:
                client.close()
        elif state.toxic is Toxic.DRIP:
            drip(data, client.sendall, self._ending)
        else:
            if state.toxic is Toxic.LATENCY:
                self._ending.wait(state.amount)
            client.sendall(data)
        return len(data)


def drip(data: bytes, send: Callable[[bytes], object], ending: threading.Event) -> None:
    """One byte at a time, until the client has gone."""
    for byte in data:
        if ending.wait(DRIP_SECONDS):
            return
        send(bytes([byte]))


def reset(client: socket.socket) -> None:
    """End a connection without a word: the other side sees a reset, not an end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
