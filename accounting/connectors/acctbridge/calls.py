"""One call to the gateway: address, key, pace and deadline, and what the transport's end means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from accounting.connectors.acctbridge import answers
from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.acctbridge.shapes import Operation
from accounting.connectors.base import Misconfigured, Unavailable, Uncertain
from accounting.connectors.http import Client, MaybeSent, NotSent, Refused


class Calls:
    """Speaks for one key. A budget of seconds is opened for each public call of the connector
    and all its requests share it; requests start at least the profile's interval apart. `now` and
    `wait` count seconds."""

    def __init__(
        self,
        profile: Profile,
        key: str,
        base_url: str,
        http: Client,
        *,
        now: Callable[[], float],
        wait: Callable[[float], None],
    ) -> None:
        self._profile = profile
        self._key = key
        self._root = base_url.rstrip("/") + profile.base_path
        self._http = http
        self._now = now
        self._wait = wait
        self._until = 0.0
        self._next = 0.0

    @property
    def seconds(self) -> float:
        transport = self._profile.transport
        return transport.connect_seconds + transport.read_seconds

    def open_budget(self) -> None:
        self._until = self._now() + self.seconds

    def get(self, operation: Operation, filled: Mapping[str, str], *, whole: bool = False) -> Any:
        """The JSON of a look-up; `whole` leaves the filter out. Raises `answers.Absent`,
        Unavailable or Misconfigured."""
        query = {} if whole else {k: _fill(v, filled) for k, v in operation.query.items()}
        return self._call(operation, query, None)

    def post(self, operation: Operation, body: bytes) -> Any:
        """The JSON of the answer. Raises one of the four failures; Uncertain whenever the books may
        have it."""
        return self._call(operation, {}, body)

    def _call(self, operation: Operation, query: Mapping[str, str], body: bytes | None) -> Any:
        self._pace()
        try:
            answer = self._http.request(
                operation.method,
                self._root + operation.path,
                headers=self._headers(body),
                params=query,
                body=body,
                connect_seconds=self._profile.transport.connect_seconds,
                total_seconds=self._until - self._now(),
            )
        except Refused as error:
            raise Misconfigured(f"The address of AcctBridge: {error}", hint="endpoint") from None
        except NotSent as error:
            raise Unavailable(f"AcctBridge cannot be reached: {error}") from None
        except MaybeSent as error:
            raise _lost(operation, error) from None
        return answers.accept(self._profile, operation, answer, secret=self._key)

    def _pace(self) -> None:
        """Raises Unavailable when waiting for the turn would use up the budget: nothing is sent."""
        wait = self._next - self._now()
        if self._now() + max(wait, 0) >= self._until:
            raise Unavailable("AcctBridge is too slow: no time was left for another request")
        if wait > 0:
            self._wait(wait)
        self._next = self._now() + self._profile.transport.min_interval

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        return headers if body is None else headers | {"Content-Type": "application/json"}


def _lost(operation: Operation, error: MaybeSent) -> Exception:
    message = f"AcctBridge did not answer {operation.name}: {error}"
    return Unavailable(message) if operation.method == "GET" else Uncertain(message)


def _fill(template: str, filled: Mapping[str, str]) -> str:
    for name, value in filled.items():
        template = template.replace("{" + name + "}", value)
    return template
