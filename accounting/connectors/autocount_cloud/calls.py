"""One call to AutoCount Cloud: address, key, pace and deadline, and what the transport's end
means."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounting.connectors import exact_json
from accounting.connectors.autocount_cloud import answers
from accounting.connectors.autocount_cloud.answers import Said
from accounting.connectors.autocount_cloud.api import API, Call
from accounting.connectors.autocount_cloud.memory import Memory
from accounting.connectors.base import Misconfigured, Unavailable, Uncertain
from accounting.connectors.http import Answer, Http, MaybeSent, NotSent, Refused

CONNECT_SECONDS, READ_SECONDS = 10.0, 45.0  # clients in use wait 15 to 30 (observed)
SECONDS = CONNECT_SECONDS + READ_SECONDS
BOOK_ID = re.compile(r"[A-Za-z0-9_-]+")
NO_BOOK = (
    "The Account Book Id has letters, digits, - and _ only. Copy it from Settings › API Keys in "
    "AutoCount Cloud."
)


@dataclass(frozen=True, slots=True)
class Account:
    """The key to one account book."""

    url: str
    book_id: str
    key_id: str = field(repr=False)
    api_key: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, str, str]:
        """What no message may show, the key first: an id may be a part of it."""
        return self.api_key, self.key_id, self.book_id


class Calls:
    """Speaks for one key. A budget of seconds is opened for each public call of the connector, and
    all its requests share it."""

    def __init__(
        self, account: Account, http: Http, memory: Memory, clock: Callable[[], datetime]
    ) -> None:
        self._account = account
        self._http = http
        self._pace = memory.pace
        self._clock = clock
        self._until = 0.0
        self._least = API.pace.reserve

    def begin(self, *, reading_back: bool = False) -> None:
        """Open the budget. The calls in reserve are for reading back what was just written."""
        self._until = time.monotonic() + SECONDS
        self._least = 1 if reading_back else API.pace.reserve

    def read(
        self, call: Call, params: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> Any:
        """The JSON of the answer. Raises `answers.Absent` (of one record), Unavailable or
        Misconfigured."""
        try:
            _, found = self._asked(call, params, body)
        except MaybeSent as error:
            raise Unavailable(self._lost(call, error)) from None
        return answers.record(call, found)

    def write(self, call: Call, body: Mapping[str, Any]) -> str:
        """The number of the new record, as the books say it in Location. Raises one of the four
        failures; Uncertain whenever the books may have it."""
        try:
            answer, found = self._asked(call, {}, body)
        except MaybeSent as error:
            raise Uncertain(self._lost(call, error)) from None
        return answers.located(call, found, answer)

    def _asked(
        self, call: Call, params: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[Answer, Said]:
        """Raises MaybeSent, Unavailable (with it Throttled) or Misconfigured."""
        address = self._address(call)
        self._pace.take(self._clock(), self._least)
        answer = self._sent(call, address, params, body)
        if answer.status == 429:
            raise self._pace.refused(answer.headers, self._clock())
        self._pace.told(answer.headers, self._clock())
        return answer, answers.said(answer, self._account.secrets)

    def _sent(
        self, call: Call, address: str, params: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Answer:
        try:
            return self._http.request(
                call.method,
                address,
                headers=self._headers(body is not None),
                params=params,
                body=None if body is None else exact_json.written(dict(body)).encode(),
                connect_seconds=CONNECT_SECONDS,
                total_seconds=self._until - time.monotonic(),
            )
        except Refused as error:
            words = f"The address of AutoCount Cloud: {self._hidden(error)}"
            raise Misconfigured(words, hint="endpoint") from None
        except NotSent as error:
            words = f"AutoCount Cloud cannot be reached: {self._hidden(error)}"
            raise Unavailable(words) from None

    def _address(self, call: Call) -> str:
        if not BOOK_ID.fullmatch(self._account.book_id):
            raise Misconfigured(NO_BOOK, hint="company")
        return f"{self._account.url.rstrip('/')}/{self._account.book_id}/{call.path}"

    def _headers(self, with_body: bool) -> dict[str, str]:
        headers = {
            "Key-ID": self._account.key_id,
            "API-Key": self._account.api_key,
            "Accept": "application/json",
        }
        return headers | {"Content-Type": "application/json"} if with_body else headers

    def _lost(self, call: Call, error: MaybeSent) -> str:
        return f"AutoCount Cloud did not answer {call.path}: {self._hidden(error)}"

    def _hidden(self, error: Exception) -> str:
        return answers.redacted(str(error), self._account.secrets)
