"""The one client for outside calls: bounded in time and size, honest about what was sent.

It is a `requests` session; ours is only what that lacks. A name is resolved once for each
connection, which goes to the address that was checked, while TLS still verifies the name. A
wall-clock deadline covers the whole exchange: the library's time-outs start anew with every byte.
And a failure says whether the other side can have seen the request.

No redirects, cookies, proxies or netrc. Only https; plain http and loopback addresses need the
operator's word. Messages name the host and the path, never headers, query values or bodies.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.connection import create_connection

from accounting.connectors import addresses

CHUNK = 64 * 1024
MAX_BYTES = 8 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD"})
HTTPS, FIRST_FREE_PORT = 443, 1024  # the ports between them belong to other services

# Its lines below this level quote addresses with their query, and headers it cannot parse.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class HttpError(Exception):
    """The exchange has no answer. Only its two kinds are raised."""


class NotSent(HttpError):
    """The other side cannot have seen the request: no address, no connection, no trust."""


class Refused(NotSent):
    """The address is one that Lejar does not call. Trying again will not help."""


class MaybeSent(HttpError):
    """The request, or a part of it, may have arrived, and no usable answer came back."""


class _Dropped(MaybeSent):
    """The other side ended the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever the status. Header names are lower case; the body is decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client(Protocol):
    """What a connector asks of whoever carries its requests."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        connect_seconds: float,
        total_seconds: float,
    ) -> Answer:
        """One request, one answer, within `total_seconds`. Raises NotSent or MaybeSent."""


class Http:
    """A `Client` that keeps one idle connection per origin. Meant for one thread at a time."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        resolve: addresses.Resolve = addresses.resolve,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._line = _Line(allow_loopback, resolve)
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(self._line, context or _trusted()))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        connect_seconds: float,
        total_seconds: float,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """One request, one answer, within `total_seconds` of wall-clock time.

        `max_bytes` limits the decoded body. Raises NotSent (Refused for a forbidden address)
        or MaybeSent. A GET that meets a kept connection the server has just closed is sent once
        more on a new one; nothing else is ever repeated.
        """
        self._line.until = time.monotonic() + total_seconds
        dialled = self._line.dialled
        asked = self._prepare(requests.Request(method, url, headers, params=params, data=body))
        try:
            return self._exchange(asked, connect_seconds, max_bytes)
        except _Dropped:
            if method not in SAFE or self._line.dialled != dialled:
                raise
        return self._exchange(asked, connect_seconds, max_bytes)

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the kept connections. The client stays usable."""
        self._session.close()

    def _prepare(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            asked = self._session.prepare_request(request)
            parts = urlsplit(asked.url or "")
            "".join(map(str, asked.headers.values())).encode("latin-1")  # all that headers carry
        except (requests.RequestException, ValueError):
            raise Refused("the address or a header cannot be read") from None
        if parts.scheme not in ("http", "https") or "@" in parts.netloc:
            raise Refused("the address must be https://host/… without a user name")
        return asked

    def _exchange(
        self, asked: requests.PreparedRequest, connect_seconds: float, max_bytes: int
    ) -> Answer:
        parts = urlsplit(asked.url or "")
        where_to = f"{parts.hostname}{parts.path}"
        left = self._line.until - time.monotonic()
        if left <= 0:
            raise NotSent(f"no time left to call {where_to}")
        limits = (min(connect_seconds, left), left)
        try:
            sent = self._session.send(asked, stream=True, allow_redirects=False, timeout=limits)
            with sent as response:
                body = _read(response, max_bytes, where_to)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _lost(where_to, error) from None
        return Answer(response.status_code, dict(response.headers.lower_items()), body)


def _read(response: requests.Response, max_bytes: int, where_to: str) -> bytes:
    body = bytearray()
    for part in response.iter_content(CHUNK):
        body += part
        if len(body) > max_bytes:
            raise MaybeSent(f"the answer of {where_to} is larger than {max_bytes} bytes")
    return bytes(body)


def _lost(where_to: str, error: BaseException) -> MaybeSent:
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]  # requests wraps urllib3, which wraps the system's error
    if isinstance(error, TimeoutError | ReadTimeoutError):
        return MaybeSent(f"no complete answer from {where_to} in time")
    if isinstance(error, ConnectionError):
        return _Dropped(f"{where_to} ended the connection without an answer")
    return MaybeSent(f"unreadable answer from {where_to}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """A few words without anything the other side or the caller said."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return error.strerror.lower()
    return type(error).__name__


@dataclass
class _Line:
    """What the connections of one client share: whom it may call, and until when."""

    allow_loopback: bool
    resolve: addresses.Resolve
    until: float = 0.0
    dialled: int = 0

    def dial(self, to: HTTPConnection, seconds: float) -> socket.socket:
        """A socket to the first of the host's addresses that answers."""
        end = time.monotonic() + seconds
        failure: OSError = TimeoutError()
        self.dialled += 1
        for address in self._addresses(to, seconds):
            try:
                made = create_connection((address, to.port), _left(end), None, to.socket_options)
            except OSError as error:
                failure = error
            else:
                timed = _Socket(fileno=made.detach())
                timed.settimeout(max(end - time.monotonic(), 0.001))  # for the TLS handshake
                return timed
        raise failure

    def _addresses(self, to: HTTPConnection, seconds: float) -> list[str]:
        """All of them must be allowed: a name with one good and one bad address is a trap."""
        found: list[str] = []

        def look_up() -> None:
            with suppress(OSError, UnicodeError):  # no address: said below
                found.extend(self.resolve(to.host, to.port))

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(seconds)  # the system's resolver knows no deadline
        if not found:
            raise NotSent(f"no address found for {to.host}")
        if self.allow_loopback and all(map(addresses.is_loopback, found)):
            return found
        if not isinstance(to, HTTPSConnection):
            raise Refused(f"{to.host} may be called with https only")
        if to.port != HTTPS and to.port < FIRST_FREE_PORT:
            raise Refused(f"{to.host} may be called at port 443, or at 1024 and above")
        if not all(map(addresses.is_public, found)):
            raise Refused(f"{to.host} is not on the public internet")
        return found


def _left(until: float) -> float:
    """Seconds left. Raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Socket(socket.socket):
    """Every single read and write gets only the time that is left, so that no drip outlasts it."""

    line: _Line

    def recv_into(self, *given: Any) -> int:
        self.settimeout(_left(self.line.until))
        return super().recv_into(*given)

    def send(self, *given: Any) -> int:
        self.settimeout(_left(self.line.until))
        return super().send(*given)  # TLS makes its `sendall` of these

    def sendall(self, *given: Any) -> None:
        self.settimeout(_left(self.line.until))
        super().sendall(*given)


class _TlsSocket(_Socket, ssl.SSLSocket):
    pass


class _Connection(HTTPConnection):
    """The library's, but for where it dials. Whatever fails until it stands is NotSent."""

    def __init__(self, *given: Any, line: _Line, **more: Any) -> None:
        super().__init__(*given, **more)
        self._line = line

    def _new_conn(self) -> socket.socket:
        return self._line.dial(self, cast(float, self.timeout))

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError, ValueError) as error:
            raise NotSent(f"no connection to {self.host}: {_reason(error)}") from None
        cast(_Socket, self.sock).line = self._line


class _TlsConnection(_Connection, HTTPSConnection):
    @property
    def is_connected(self) -> bool:
        """Not with bytes nobody asked for, which TLS may hold back from the library's look."""
        return super().is_connected and not cast(ssl.SSLSocket, self.sock).pending()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def __init__(self, line: _Line, context: ssl.SSLContext) -> None:
        context.sslsocket_class = _TlsSocket
        self._line = line
        self._context = context
        super().__init__(pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, ssl_context=self._context, **more)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, line=self._line),
            "https": partial(_TlsPool, line=self._line),
        }

    def cert_verify(self, *_: Any) -> None:
        """Nothing to add: the context knows whom to trust, and verifying is the pool's default."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a redirect is an answer. The library would read its body without our limit."""


@cache
def _trusted() -> ssl.SSLContext:
    """The system's certificates and the bundle of `requests`, for images that ship none."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
