"""One call to SQL Account: address, signature, pace and deadline, and what the transport's end
means. A body is serialised once: the bytes that are signed are the bytes that are sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from accounting.connectors.base import Misconfigured, Throttled, Unavailable, Uncertain
from accounting.connectors.http import Answer, Http, MaybeSent, NotSent, Refused
from accounting.connectors.sql_account_api import answers, signing
from accounting.connectors.sql_account_api.answers import Asked
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.signing import Variant

PROBED = 2000  # bytes of an answer that are searched for a version


@dataclass(frozen=True, slots=True)
class Credentials:
    """The API secret key of one user, which opens one company file. Never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Probe:
    """`text` is how the answered body begins; `ahead` by how many seconds our clock is ahead of
    theirs, 0 where they do not say."""

    let_in: bool
    text: str
    ahead: float


class Calls:
    """Speaks for one key. A budget of seconds is opened for each public call of the connector and
    all its requests share it; requests start at least 1 / `per_second` apart, at once where 0."""

    def __init__(
        self,
        api: Api,
        credentials: Credentials,
        variant: Variant,
        base_url: str,
        http: Http,
        *,
        per_second: int,
        now: Callable[[], datetime],
    ) -> None:
        self.variant = variant
        self._api = api
        self._credentials = credentials
        self._root = base_url.rstrip("/")
        self._http = http
        self._interval = 1 / per_second if per_second else 0.0
        self._now = now
        self._until = 0.0
        self._next = 0.0

    def open_budget(self) -> None:
        self._until = time.monotonic() + self._api.seconds

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON of a read. Raises `answers.Absent`, Unavailable or Misconfigured."""
        return self._accepted(Asked("GET", path), query or {}, None)

    def post(self, path: str, body: bytes, *, number: str) -> Any:
        """The JSON of the answer. Raises one of the four failures; Uncertain whenever the books may
        have it."""
        return self._accepted(Asked("POST", path, number), {}, body)

    def put(self, path: str, body: bytes, *, number: str) -> Any:
        """As `post`; raises `answers.Stale` when the record was changed meanwhile."""
        return self._accepted(Asked("PUT", path, number), {}, body)

    def probe(self, path: str) -> Probe:
        """What a read says, whether or not it is let in. Raises Unavailable or Misconfigured on
        any other trouble."""
        asked = Asked("GET", path)
        answer = self._send(asked, {}, None)
        if answer.status != 401 and not 200 <= answer.status < 300:
            self._read(asked, answer)
        ahead = _seconds_ahead(self._now(), answer.headers.get("date", ""))
        text = answer.body[:PROBED].decode(errors="replace")
        return Probe(answer.status != 401, text, ahead)

    def _accepted(self, asked: Asked, query: Mapping[str, str], body: bytes | None) -> Any:
        return self._read(asked, self._send(asked, query, body))

    def _read(self, asked: Asked, answer: Answer) -> Any:
        secrets = (self._credentials.secret_key, self._credentials.access_key)
        try:
            return answers.accept(self._api, asked, answer, secrets=secrets)
        except Throttled as error:
            self._next = time.monotonic() + (error.retry_after or 0.0)
            raise

    def _send(self, asked: Asked, query: Mapping[str, str], body: bytes | None) -> Answer:
        self._pace()
        url = f"{self._root}{asked.path}"
        url += f"?{signing.query_text(query)}" if query else ""
        try:
            return self._http.request(
                asked.method,
                url,
                headers=self._headers(asked.method, url, body),
                params={},  # the query is in the address, as it was signed
                body=body,
                connect_seconds=self._api.connect_seconds,
                total_seconds=self._until - time.monotonic(),
            )
        except Refused as error:
            raise Misconfigured(f"The address of SQL Account: {error}", hint="endpoint") from None
        except NotSent as error:
            raise Unavailable(
                f"SQL Account cannot be reached: {error}. Check that its API Service runs and its "
                "address answers from outside."
            ) from None
        except MaybeSent as error:
            message = f"SQL Account did not answer {asked.path}: {error}"
            raise (Uncertain if asked.writes else Unavailable)(message) from None

    def _pace(self) -> None:
        """Raises Unavailable when waiting for the turn would use up the budget: nothing is sent."""
        wait = self._next - time.monotonic()
        if wait > self._interval:
            raise Throttled("SQL Account asked us to wait", retry_after=wait)
        if time.monotonic() + max(wait, 0) >= self._until:
            raise Unavailable("SQL Account is too slow: no time was left for another request")
        if wait > 0:
            time.sleep(wait)
        self._next = time.monotonic() + self._interval

    def _headers(self, method: str, url: str, body: bytes | None) -> dict[str, str]:
        signed = signing.headers(
            method,
            url,
            body,
            access_key=self._credentials.access_key,
            secret_key=self._credentials.secret_key,
            variant=self.variant,
            now=self._now(),
        )
        return {"accept": signing.JSON, **signed}


def _seconds_ahead(now: datetime, date: str) -> float:
    try:
        return (now - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
