"""One connection to the outside and one exchange on it, within a deadline.

`http.client` frames the messages; the socket below it is given only the time that is left, at
every single read and write, so that a dripping answer cannot outlast the deadline.
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

CHUNK = 64 * 1024


class HttpError(Exception):
    """The exchange has no answer. Only its two kinds are raised."""


class NotSent(HttpError):
    """The other side cannot have seen the request: no address, no connection, no trust."""


class Refused(NotSent):
    """The address is one that Lejar does not call. Trying again will not help."""


class MaybeSent(HttpError):
    """The request, or a part of it, may have arrived, and no usable answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever the status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return self.host


class Deadline:
    """A point on the monotonic clock that nothing may pass."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        return self._until - time.monotonic()

    def left_or_raise(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str  # path and query, encoded
    headers: Mapping[str, str]
    body: bytes | None
    max_bytes: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Dropped(Exception):
    """The connection ended before the first byte of an answer."""


class Connection:
    """One open connection, to the address that was checked when it was made."""

    def __init__(self, origin: Origin, sock: socket.socket) -> None:
        self.origin = origin
        self._sock = sock

    def is_stale(self) -> bool:
        """Readable while nothing was asked means closed, or an answer nobody waits for."""
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def exchange(self, sent: Request, deadline: Deadline) -> tuple[Answer, bool]:
        """The answer, and whether the connection can carry another request."""
        where_to = f"{self.origin}{sent.path}"
        wire = http.client.HTTPConnection(self.origin.host, self.origin.port)
        wire.sock = cast(socket.socket, _Timed(self._sock, deadline))
        try:
            wire.request(sent.method, sent.target, body=sent.body, headers=dict(sent.headers))
            response = wire.getresponse()
            body = _read(response, sent.max_bytes, where_to)
        except TimeoutError:
            raise MaybeSent(f"no complete answer from {where_to} in time") from None
        except (http.client.RemoteDisconnected, ConnectionError):
            raise Dropped(f"{where_to} ended the connection without an answer") from None
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise MaybeSent(f"unreadable answer from {where_to}: {reason(error)}") from None
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body), not response.will_close

    def close(self) -> None:
        self._sock.close()


class _Timed:
    """What `http.client` needs of a socket, with the time left applied to every single call."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._deadline.left_or_raise())
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """The connection outlives one exchange; `Connection.close` ends it."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's Buffer is newer than 3.11
        self._sock.settimeout(self._deadline.left_or_raise())
        return self._sock.recv_into(buffer)


def _read(response: http.client.HTTPResponse, max_bytes: int, where_to: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := response.read(min(CHUNK, max_bytes + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise MaybeSent(f"the answer of {where_to} is larger than {max_bytes} bytes")
    if response.length:  # `read` with a size does not complain about a body cut short
        raise MaybeSent(f"the answer of {where_to} was cut short")
    return b"".join(parts)


def reason(error: Exception) -> str:
    """A few words without anything the other side or the caller said."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return error.strerror.lower()
    return type(error).__name__
