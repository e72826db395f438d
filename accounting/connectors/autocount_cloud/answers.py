"""What an answer means: the record, its absence, or one of the four failures.

Contract autocount-cloud 5. The books' own words are tried before the status, because most refusals
share the status 400; `api.json` says what they mean. A server error on a write is never a refusal:
it is looked up first.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from accounting.connectors import exact_json
from accounting.connectors.autocount_cloud.api import API, Call
from accounting.connectors.base import Misconfigured, Rejected, Unavailable, Uncertain
from accounting.connectors.http import Answer

log = logging.getLogger(__name__)

SHOWN = 500  # characters of the books' own words that are kept
LONG = 8  # characters from which a secret is hidden inside words too
MESSAGES = ("message", "error", "errorMessage", "detail", "title")  # in any case of letters
LOCATED = ("docNo", "code", "accNo")  # query names of a new record's number in Location

KEY = (
    "AutoCount Cloud does not accept the API key for this account book. It answers the same to a "
    "wrong key and to a wrong Account Book Id: copy Key ID, API Key and Account Book Id again from "
    "Settings › API Keys."
)
CAPPED = (
    "The plan of this account book allows no more documents. Raise the plan in AutoCount Cloud, "
    "then resume. It said: "
)


class Absent(Exception):
    """A look-up was answered as if the record did not exist. Alone that proves nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as far as it can be read; `payload` is None when the body is not JSON."""

    status: int
    payload: Any
    empty: bool
    words: str

    def means(self, outcome: str) -> bool:
        return API.means(outcome, self.status, self.words)


def said(answer: Answer, secrets: Sequence[str]) -> Said:
    """Whatever came back. The words are the books' own, without the `secrets` of the call."""
    text = answer.body.decode("utf-8", errors="replace").strip()
    payload = exact_json.parsed(text)
    html = payload is None and text.startswith("<")
    words = "" if html else _words(payload) if payload is not None else text
    shown = redacted(" ".join(words.split()), secrets)[:SHOWN]
    return Said(answer.status, payload, text in ("", "null"), shown)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """`text` without key, key id and account book id: the books may quote them in errors."""
    for secret in filter(None, secrets):
        alone = "" if len(secret) >= LONG else r"(?<![\w-]){}(?![\w-])"
        text = re.sub((alone or "{}").format(re.escape(secret)), "[hidden]", text)
    return text


def record(call: Call, found: Said) -> Any:
    """The JSON of a read. Raises Absent (for one record), Unavailable or Misconfigured."""
    if found.status == 200 and found.payload is not None:
        if _is_error(found.payload):
            raise Unavailable(_spoken(found))
        return found.payload
    if call.one and (found.means("absent") or (found.status == 200 and found.empty)):
        raise Absent(f"AutoCount Cloud answered {found.status}")
    if found.status == 200:
        raise Unavailable(f"AutoCount Cloud answered {call.path} with something unreadable")
    _configured(call, found)
    raise Unavailable(_spoken(found))


def located(call: Call, found: Said, answer: Answer) -> str:
    """The number of the new record as the books gave it in Location, "" where it holds none.

    Raises one of the four failures; Uncertain whenever the record may have been written.
    """
    if found.status == 201 and "location" in answer.headers:
        return _number(answer.headers["location"])
    if found.status == 201:
        raise Uncertain("AutoCount Cloud says it made a new record, but not where")
    if found.status < 300:
        raise Uncertain(f"AutoCount Cloud answered {found.status} to a new record, not 201")
    if found.means("capped") and found.status < 500:
        raise Misconfigured(CAPPED + found.words, hint="setting")
    _configured(call, found)
    if found.means("duplicate"):
        raise Uncertain(_spoken(found), duplicate=True)
    if found.status >= 500 or found.status == 408:
        raise Uncertain(_spoken(found))
    if found.means("defect"):
        log.error("AutoCount Cloud refused the form of a new %s", call.path)
    raise Rejected(_spoken(found))


def _configured(call: Call, found: Said) -> None:
    """Raises Misconfigured for what only the merchant or the operator can put right."""
    if found.status == 401:
        raise Misconfigured(KEY, hint="key")
    if found.status == 403:
        raise Misconfigured(
            f"The API key may not do this: tick {call.permission} for it under Settings › API "
            "Keys in AutoCount Cloud.",
            hint="key",
        )
    if found.status == 404 or 300 <= found.status < 400:
        _no_endpoint(call)


def _no_endpoint(call: Call) -> NoReturn:
    raise Misconfigured(
        f"AutoCount Cloud does not offer {call.method} /{call.path} at this address.",
        hint="endpoint",
    )


def _spoken(found: Said) -> str:
    return found.words or f"AutoCount Cloud answered {found.status}"


def _is_error(payload: Any) -> bool:
    """The form of an error, whatever the status."""
    if not isinstance(payload, dict):
        return False
    code = payload.get("statusCode")
    failed = isinstance(code, int) and code >= 400
    return failed or bool(payload.get("error") or payload.get("errorMessage"))


def _number(location: str) -> str:
    """The number in `…/invoice?docNo=I-000001`, with its percent signs undone."""
    try:
        query = dict(parse_qsl(urlsplit(location).query))
    except ValueError:
        return ""
    return next((query[name].strip() for name in LOCATED if name in query), "")


def _words(payload: Any) -> str:
    if isinstance(payload, str):
        return payload
    if not isinstance(payload, dict):
        return ""
    lower = {str(key).casefold(): value for key, value in payload.items()}
    found = (lower.get(name.casefold()) for name in MESSAGES)
    return next((words for words in map(_words, found) if words), "")
