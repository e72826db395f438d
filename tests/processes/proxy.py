"""A TCP proxy that does what networks do: late, dripping, cut off, gone. It keeps a journal of the
calls it carried, and can hold one at a moment that a plan names."""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

CHUNK = 64 * 1024
LOOK_SECONDS = 0.1
DRIP_SECONDS = 0.05
LONGEST_HOLD = 60.0  # seconds; nobody forgets to let go


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


class Moment(StrEnum):
    """Where a call can be held."""

    BEFORE = "before its request arrives"  # and it never does
    LATE = "while its request is under way"  # which arrives once nobody waits for the answer
    AFTER = "after it was carried out"  # before the answer is passed on


@dataclass(frozen=True, slots=True)
class State:
    toxic: Toxic = Toxic.NONE
    amount: float = 0.0


@dataclass(slots=True, kw_only=True)
class Call:
    """One request that was carried. `key` tells whose books, and not the key; times are monotonic
    seconds, 0 for what has not happened. It is under way from `asked_at` to `over_at`."""

    key: str
    writes: bool
    port: int  # of whoever calls
    asked_at: float = 0.0
    over_at: float = 0.0  # the answer began to come, or nobody waits for it any more


@dataclass(slots=True, eq=False)
class _Trap:
    moment: Moment
    call: Call | None = None
    caught: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Listens on `port` of this machine and carries connections to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._state = State()
        self._ending = threading.Event()
        self._traps: list[_Trap] = []
        self._lock = threading.Lock()
        self.calls: list[Call] = []
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

    @contextlib.contextmanager
    def hold(self, moment: Moment, seconds: float) -> Iterator[Call | None]:
        """The next write that comes to this moment stands still until the block ends; None when
        none came within so many seconds."""
        trap = _Trap(moment)
        with self._lock:
            self._traps.append(trap)
        try:
            trap.caught.wait(seconds)
            with self._lock:
                if trap in self._traps:
                    self._traps.remove(trap)
            yield trap.call
        finally:
            trap.released.set()

    def reach(self, moment: Moment, call: Call) -> bool:
        """The call stands still here if somebody waits for one; whether it did."""
        with self._lock:
            waiting = [trap for trap in self._traps if trap.moment is moment and call.writes]
            if not waiting:
                return False
            self._traps.remove(waiting[0])
        waiting[0].call = call
        waiting[0].caught.set()
        waiting[0].released.wait(LONGEST_HOLD)
        return True

    @property
    def toxic(self) -> State:
        return self._state

    @property
    def ending(self) -> threading.Event:
        return self._ending

    def dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._target), timeout=5)

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
                threading.Thread(target=_carry, args=[self, client], daemon=True).start()

    def _open_or_close(self) -> None:
        down = self._state.toxic is Toxic.DOWN
        if down and self._listener is not None:
            self._listener.close()
            self._listener = None
        elif not down and self._listener is None:
            self._listener = self._listen(self.port)


def _carry(proxy: Proxy, client: socket.socket) -> None:
    with contextlib.suppress(OSError), client, proxy.dial() as books:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _Carrier(proxy, client, books).carry()


class _Carrier:
    """One connection, and the call under way on it."""

    def __init__(self, proxy: Proxy, client: socket.socket, books: socket.socket) -> None:
        self._proxy, self._client, self._books = proxy, client, books
        self._port: int = client.getpeername()[1]
        self._call: Call | None = None
        self._sent = 0  # bytes of the answer

    def carry(self) -> None:
        try:
            self._both_ways()
        finally:
            self._over()

    def _both_ways(self) -> None:
        while not self._proxy.ending.is_set() and self._client.fileno() >= 0:
            if self._proxy.toxic.toxic is Toxic.DOWN:
                return reset(self._client)
            ready, _, _ = select.select([self._client, self._books], [], [], LOOK_SECONDS)
            for side in ready[:1]:
                data = side.recv(CHUNK)
                if not data:
                    return None
                if side is self._client:
                    self._ask(data)
                else:
                    self._answer(data)
        return None

    def _ask(self, data: bytes) -> None:
        if self._call is None or self._call.over_at:  # else it is the rest of the same request
            self._sent, self._call = 0, _call(data, self._port)
            if self._proxy.reach(Moment.BEFORE, self._call):
                return reset(self._client)
            self._proxy.reach(Moment.LATE, self._call)
        toxic = self._proxy.toxic.toxic
        if toxic is Toxic.RESET_BEFORE:
            return reset(self._client)
        if toxic is not Toxic.BLACK_HOLE:
            self._pass_on(self._call, data)
        return None

    def _pass_on(self, call: Call, data: bytes) -> None:
        if not call.asked_at:
            call.asked_at = time.monotonic()
            self._proxy.calls.append(call)
        self._books.sendall(data)

    def _over(self) -> None:
        if self._call is not None and not self._call.over_at:
            self._call.over_at = time.monotonic()

    def _answer(self, data: bytes) -> None:
        if self._call is not None and not self._call.over_at:
            self._over()
            self._proxy.reach(Moment.AFTER, self._call)
        state = self._proxy.toxic
        if state.toxic is Toxic.RESET_AFTER:
            reset(self._client)
        elif state.toxic is Toxic.CUT:
            self._client.sendall(data[: max(0, int(state.amount) - self._sent)])
            if self._sent + len(data) >= state.amount:
                self._client.close()
        elif state.toxic is Toxic.DRIP:
            drip(data, self._client.sendall, self._proxy.ending)
        else:
            if state.toxic is Toxic.LATENCY:
                self._proxy.ending.wait(state.amount)
            self._client.sendall(data)
        self._sent += len(data)


def _call(data: bytes, port: int) -> Call:
    """Of the first bytes of a request; whatever is no HTTP reads nothing of nobody's."""
    head = data.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    keys = [line for line in lines if line.lower().startswith(b"authorization:")]
    key = hashlib.sha256(b"".join(keys)).hexdigest()[:12]
    return Call(key=key, writes=not head.startswith(b"GET "), port=port)


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
