"""What an answer means: its records, absence, or one of the four failures (contract 5).

The rules of `api.json` are tried in their order: SQL Account's own phrases come before status
codes. What no rule names is Uncertain on a write and Unavailable on a read: even a 500 may have
come after the save.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounting.connectors import exact_json
from accounting.connectors.base import Misconfigured, Rejected, Throttled, Unavailable, Uncertain
from accounting.connectors.http import Answer
from accounting.connectors.sql_account_api.api import Api, ErrorRule

SHOWN = 500  # characters of the system's own words that are kept
LONGEST_WAIT = 86400.0
TAG = re.compile(r"<[^<>]*>")  # ends at the next "<": a page of these would take for ever


class Absent(Exception):
    """A read was answered: there is no such record."""


class Stale(Rejected):
    """The update counter was not what these books expect; nothing was changed."""


class TextRefused(Rejected):
    """A definite no that may be about the characters of a text: nothing was written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request, as far as an answer is judged by it. `number` is the document's."""

    method: str
    path: str
    number: str = ""

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Parsed:
    """`payload` is None when the body is no JSON object or list."""

    answer: Answer
    payload: Any
    message: str  # the system's own words, "" when there are none
    html: bool


def read(answer: Answer, secrets: Iterable[str]) -> Parsed:
    """Whatever came back, as far as it can be read: message, error, plain text or HTML. The words
    are without the `secrets`, hidden before a cut could leave a part of one."""
    text = answer.body.decode("utf-8", errors="replace").strip()
    payload = exact_json.parsed(text)
    html = payload is None and text.startswith("<")
    words = _words(payload) if payload is not None else TAG.sub(" ", text)
    shown = " ".join(words.split())
    for secret in filter(None, secrets):
        shown = shown.replace(secret, "[key]")
    return Parsed(answer, payload, shown[:SHOWN], html)


def accept(api: Api, asked: Asked, answer: Answer, *, secrets: Iterable[str]) -> Any:
    """The JSON of a good answer. Raises Absent (reads only) or one of the four failures, whose
    texts are for the merchant and contain none of the `secrets`."""
    parsed = read(answer, secrets)
    good = 200 <= answer.status < 300
    if good and parsed.payload is not None and not _is_error(parsed.payload):
        return parsed.payload
    if good and parsed.payload is None:
        message = f"SQL Account answered {answer.status} to {asked.path} with something unreadable"
        raise (Uncertain if asked.writes else Unavailable)(message)
    rule = next((one for one in api.errors if _applies(one, asked, parsed)), None)
    raise _failure(api, asked, parsed, rule, _message(asked, parsed, rule))


def _applies(rule: ErrorRule, asked: Asked, parsed: Parsed) -> bool:
    """A web server's own "404 Not Found" page says nothing about a record."""
    if rule.method and rule.method != asked.method:
        return False
    if rule.status and parsed.answer.status not in rule.status:
        return False
    if rule.html is not None and rule.html != parsed.html:
        return False
    words = "" if parsed.html and parsed.answer.status == 404 else parsed.message
    if rule.names_number and (not asked.number or asked.number.casefold() not in words.casefold()):
        return False
    return rule.phrase is None or bool(rule.phrase.search(words))


def _failure(
    api: Api, asked: Asked, parsed: Parsed, rule: ErrorRule | None, message: str
) -> Exception:
    outcome = rule.outcome if rule else _unnamed(parsed)
    if outcome == "throttled":
        return Throttled(message, retry_after=_pause(api, parsed.answer))
    if outcome == "misconfigured":
        return Misconfigured(message, hint=rule.hint if rule else "endpoint")
    if not asked.writes:
        return Absent(message) if outcome == "absent" else Unavailable(message)
    if outcome == "unavailable":
        return Unavailable(message)
    if outcome in REFUSALS:
        return REFUSALS[outcome](message)
    duplicate, refused = outcome == "lookup", outcome == "rejected_if_absent"
    return Uncertain(message, duplicate=duplicate, refused=refused)


REFUSALS: dict[str, type[Rejected]] = {
    "rejected": Rejected,
    "stale": Stale,
    "text": TextRefused,
}


def _unnamed(parsed: Parsed) -> str:
    """A success with an error inside reads like a refusal, but may have come after the save; a
    redirect is a wrong address."""
    status = parsed.answer.status
    if status < 300:
        return "rejected_if_absent"
    return "misconfigured" if 300 <= status < 400 else "uncertain"


def _message(asked: Asked, parsed: Parsed, rule: ErrorRule | None) -> str:
    """SQL Account's own sentence, then what to do."""
    if _is_wrong_address(parsed, rule):
        return (
            f"SQL Account does not offer {asked.path} here. Check the host, and that SQL Account "
            "is recent enough and has this module."
        )
    said = rule.say if rule and rule.say else parsed.message
    said = said or f"SQL Account answered {parsed.answer.status}"
    advice = rule.advice if rule else ""
    return f"{said.rstrip('.')}. {advice}" if advice else said


def _is_wrong_address(parsed: Parsed, rule: ErrorRule | None) -> bool:
    if rule is None:
        return 300 <= parsed.answer.status < 400
    return rule.outcome == "misconfigured" and rule.hint == "endpoint"


def _pause(api: Api, answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "")
    stated = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    return min(stated or float(api.throttled_seconds), LONGEST_WAIT)


def _is_error(payload: Any) -> bool:
    return isinstance(payload, dict) and bool(payload.get("error"))


def _words(payload: Any) -> str:
    """The message in any of the envelopes seen: as "message", as "error", or in that."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, list):
        return "; ".join(filter(None, map(_words, payload[:5])))
    if not isinstance(payload, dict):
        return ""
    found = (payload.get(key) for key in ("message", "error", "errors", "detail"))
    return next((words for words in map(_words, found) if words), "")
