"""The one client for outside calls: bounded in time and size, honest about what was sent.

Built on `http.client` because two things matter more here than comfort. A wall-clock deadline must
cover the whole exchange, so every single read gets only the time that is left. And a failure must
say whether the other side can have seen the request, so connecting and sending are told apart.

No redirects, cookies, proxies, netrc or compression. Only https; plain http and loopback addresses
need the operator's word. A name is resolved once for each connection and the connection goes to
the address that was checked, while TLS still verifies the name. Messages name the host and the
path, never headers, query values or bodies.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from functools import cache
from urllib.parse import SplitResult, urlencode, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from accounting.connectors import addresses
from accounting.connectors.wire import (
    Answer,
    Connection,
    Deadline,
    Dropped,
    HttpError,
    MaybeSent,
    NotSent,
    Origin,
    Refused,
    Request,
    reason,
)

__all__ = ["Answer", "Http", "HttpError", "MaybeSent", "NotSent", "Refused"]

MAX_BYTES = 8 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD"})


class Http:
    """Keeps one idle connection per origin. Meant for one thread at a time."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        resolve: addresses.Resolve = addresses.resolve,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._context = context
        self._idle: dict[Origin, Connection] = {}

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

        Raises NotSent (Refused for a forbidden address) or MaybeSent. A GET that meets a
        kept connection the server has just closed is sent once more on a new one; nothing else
        is ever repeated.
        """
        deadline = Deadline(total_seconds)
        origin, target = _split(url, params)
        sent = Request(method, target, headers, body, max_bytes)
        kept = self._take(origin)
        if kept is not None:
            try:
                return self._exchange(kept, sent, deadline)
            except Dropped as error:
                if method not in SAFE:
                    raise MaybeSent(str(error)) from None
        fresh = self._connect(origin, deadline, connect_seconds)
        try:
            return self._exchange(fresh, sent, deadline)
        except Dropped as error:
            raise MaybeSent(str(error)) from None

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the kept connections. The client stays usable."""
        while self._idle:
            self._idle.popitem()[1].close()

    def _take(self, origin: Origin) -> Connection | None:
        """The idle connection, unless the server has closed it or spoken out of turn."""
        kept = self._idle.pop(origin, None)
        if kept is not None and kept.is_stale():
            kept.close()
            return None
        return kept

    def _exchange(self, connection: Connection, sent: Request, deadline: Deadline) -> Answer:
        try:
            answer, reusable = connection.exchange(sent, deadline)
        except BaseException:
            connection.close()
            raise
        if reusable:
            self._idle[connection.origin] = connection
        else:
            connection.close()
        return answer

    def _connect(self, origin: Origin, deadline: Deadline, seconds: float) -> Connection:
        limit = Deadline(min(seconds, deadline.left()))
        found = self._checked(origin, self._lookup(origin, limit))
        failure: Exception = TimeoutError()
        for address in found:
            try:
                return Connection(origin, self._dial(origin, address, limit))
            except (OSError, ssl.SSLError) as error:
                failure = error
        raise NotSent(f"no connection to {origin}: {reason(failure)}")

    def _lookup(self, origin: Origin, limit: Deadline) -> list[str]:
        """Names are resolved in a thread, because the system's resolver knows no deadline."""
        found: list[str] = []
        thread = threading.Thread(target=self._look_into, args=(origin, found), daemon=True)
        thread.start()
        thread.join(max(limit.left(), 0))
        if not found:
            raise NotSent(f"no address found for {origin}")
        return list(found)

    def _look_into(self, origin: Origin, found: list[str]) -> None:
        try:
            found.extend(self._resolve(origin.host, origin.port))
        except (OSError, UnicodeError):
            return  # no address: said by the caller, whose list stays empty

    def _checked(self, origin: Origin, found: list[str]) -> list[str]:
        """All of them must be allowed: a name with one good and one bad address is a trap."""
        if self._allow_loopback and all(addresses.is_loopback(item) for item in found):
            return found
        if origin.scheme != "https":
            raise Refused(f"{origin} may be called with https only")
        if not all(addresses.is_public(item) for item in found):
            raise Refused(f"{origin} is not on the public internet")
        return found

    def _dial(self, origin: Origin, address: str, limit: Deadline) -> socket.socket:
        plain = socket.create_connection((address, origin.port), timeout=limit.left_or_raise())
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if origin.scheme != "https":
            return plain
        try:
            plain.settimeout(limit.left_or_raise())
            context = self._context or _trusted()
            return context.wrap_socket(plain, server_hostname=origin.host)
        except BaseException:
            plain.close()
            raise


def _split(url: str, params: Mapping[str, str] | None) -> tuple[Origin, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or _has_user(parts):
        raise Refused("the address must be https://host/… without a user name")
    query = "&".join(filter(None, (parts.query, urlencode(params or {}))))
    target = (parts.path or "/") + (f"?{query}" if query else "")
    default = 443 if parts.scheme == "https" else 80
    return Origin(parts.scheme, parts.hostname, port or default), target


def _has_user(parts: SplitResult) -> bool:
    return parts.username is not None or parts.password is not None


@cache
def _trusted() -> ssl.SSLContext:
    """The system's certificates and the bundle of `requests`, for images that ship none."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
