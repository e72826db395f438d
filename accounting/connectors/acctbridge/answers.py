"""What an answer means: accepted, absent, or one of the four failures (contract acctbridge 7).

The profile's rules are tried first, in their order: phrases of the accounting system come before
status codes, because a gateway passes one on inside the other. What no rule names is Uncertain on
a write and Unavailable on a look-up. A server error never becomes Rejected: it is looked up first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from accounting.connectors import exact_json
from accounting.connectors.acctbridge.shapes import ErrorRule, Operation, Profile
from accounting.connectors.base import Misconfigured, Rejected, Unavailable, Uncertain
from accounting.connectors.http import Answer

SHOWN = 500  # characters of the system's own words that are kept
TAG = re.compile(r"<[^<>]*>")  # ends at the next "<": a page of these would take for ever
RETRY_AFTER = 60.0  # seconds, when a throttled answer does not say
LONGEST_WAIT = 86400.0

ADVICE = {
    "key": "AcctBridge refused the API key. Create a key under API Keys and paste it again.",
    "instance": "This key may not use this instance. Check that the key belongs to this client.",
    "instance_offline": (
        "The accounting PC is not connected. Switch it on, check Instances in AcctBridge (run the "
        "installer as Administrator if it stays Offline), then check again. Orders keep queuing."
    ),
    "licence": "The accounting system has no free licence. Log a user out on the PC.",
    "throttled": "AcctBridge asks us to slow down.",
}
# What to do about a refusal, said below the system's own words.
NEXT_STEP = {
    "mapping": "Create it in the books, or map another code, then retry.",
    "account": "Map an account that exists and has no accounts below it, then retry.",
    "length": "Map a shorter code, then retry.",
    "period": (
        "This period is closed in the books. Open it there, or set up to which day your books are "
        "closed, then retry."
    ),
    "control": (
        "The accounting system stops this by its stock or credit control. Allow the user of "
        "AcctBridge to override it, then retry."
    ),
    "item": (
        "Check item, unit, location, price rules and credit control in the accounting system, then "
        "retry."
    ),
    "open_amount": "Something was knocked off in the books meanwhile. Check there, then retry.",
    "tax_module": "Start the tax module in SQL Accounting, then resume.",
    "approval": "Ask the operator of Lejar to take docStatus out of the AutoCount profile.",
    "version": "Let AcctBridge bring its connector and your AutoCount database to one version.",
}
SETTINGS = frozenset({"tax_module", "approval", "version"})  # kinds of the hint "setting"


class Absent(Exception):
    """A look-up was answered: the record does not exist."""


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """`payload` is None when the body is not JSON."""

    answer: Answer
    payload: Any
    message: str  # the system's own words, "" when there are none
    code: str
    html: bool


def read(answer: Answer, secret: str) -> ParsedAnswer:
    """Whatever came back, as far as it can be read. The words are without `secret`, hidden before
    a cut could leave a part of it."""
    text = answer.body.decode("utf-8", errors="replace").strip()
    payload = exact_json.parsed(text)
    html = payload is None and text.startswith("<")
    if payload is None:
        words, code = TAG.sub(" ", text) if html else text, ""
    else:
        words, code = _words(payload), _code(payload)
    shown = " ".join(words.split())
    shown = shown.replace(secret, "[key]") if secret else shown
    return ParsedAnswer(answer, payload, shown[:SHOWN], code, html)


def accept(profile: Profile, operation: Operation, answer: Answer, *, secret: str) -> Any:
    """The JSON of a good answer. Raises Absent (GET only) or one of the four failures, whose
    texts are for the merchant and never contain `secret`."""
    parsed = read(answer, secret)
    good = answer.status in operation.success
    if good and parsed.payload is not None and not _is_error(parsed.payload):
        return parsed.payload
    if good and parsed.payload is None:
        _unreadable(operation, answer)
    rule = _match(profile.errors, operation.method, parsed)
    return _Failure(profile, operation, parsed).raise_for(rule)


def _match(rules: tuple[ErrorRule, ...], method: str, parsed: ParsedAnswer) -> ErrorRule | None:
    return next((rule for rule in rules if _applies(rule, method, parsed)), None)


def _applies(rule: ErrorRule, method: str, parsed: ParsedAnswer) -> bool:
    if rule.method and rule.method != ("GET" if method == "GET" else "POST"):
        return False
    if rule.status and parsed.answer.status not in rule.status:
        return False
    if rule.code and rule.code != parsed.code.casefold():
        return False
    if rule.phrase is None:
        return True
    # A web server's own "404 Not Found" page says nothing about a record.
    words = "" if parsed.html and parsed.answer.status == 404 else parsed.message
    return bool(rule.phrase.search(words))


@dataclass(frozen=True, slots=True)
class _Failure:
    profile: Profile
    operation: Operation
    parsed: ParsedAnswer

    def raise_for(self, rule: ErrorRule | None) -> NoReturn:
        outcome, hint = self._outcome(rule), rule.hint if rule else ""
        message = self._message(hint)
        if outcome == "absent":
            raise Absent(message)
        if outcome == "misconfigured":
            known = "" if hint in SETTINGS else hint
            raise Misconfigured(message, hint=known or "setting")
        if outcome == "rejected":
            raise Rejected(message)
        if outcome == "unavailable":
            raise Unavailable(message, retry_after=self._retry_after())
        raise Uncertain(
            message, duplicate=outcome == "lookup", refused=outcome == "rejected_if_absent"
        )

    def _outcome(self, rule: ErrorRule | None) -> str:
        status = self.parsed.answer.status
        outcome = rule.outcome if rule else self._unnamed(status)
        if self.operation.method == "GET":
            certain = outcome == "misconfigured" or (outcome == "absent" and status < 500)
            return outcome if certain else "unavailable"
        return "rejected_if_absent" if outcome == "rejected" and status >= 500 else outcome

    def _unnamed(self, status: int) -> str:
        """A success with an error inside is the system's refusal, though it may have come after
        the save; a redirect is a wrong address."""
        if status in self.operation.success:
            return "rejected_if_absent"
        return "misconfigured" if 300 <= status < 400 else "uncertain"

    def _message(self, hint: str) -> str:
        said = self.parsed.message
        if hint == "endpoint" or 300 <= self.parsed.answer.status < 400:
            return (
                f"AcctBridge does not offer {self.operation.name} under "
                f"{self.profile.base_path}{self.operation.path}. Not available on this account; "
                "ask AcctBridge for the path."
            )
        words = ADVICE.get(hint) or said or f"AcctBridge answered {self.parsed.answer.status}."
        return "\n".join(filter(None, (words, NEXT_STEP.get(hint))))

    def _retry_after(self) -> float | None:
        asked = self.parsed.answer.headers.get("retry-after", "")
        if asked.isascii() and asked.isdigit():
            return min(float(asked), LONGEST_WAIT)
        return RETRY_AFTER if self.parsed.answer.status == 429 else None


def _unreadable(operation: Operation, answer: Answer) -> NoReturn:
    message = f"AcctBridge answered {answer.status} to {operation.name} with something unreadable"
    if operation.method == "GET":
        raise Unavailable(message)
    raise Uncertain(message)


def _is_error(payload: Any) -> bool:
    if not isinstance(payload, dict):
        return False
    status = payload.get("status")
    failed = isinstance(status, str) and status.casefold() in ("fail", "failed", "error")
    return bool(payload.get("error") or payload.get("errors")) or (
        payload.get("success") is False or failed
    )


def _words(payload: Any) -> str:
    """The message in any of the envelopes of contract 7.2."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, list):
        return "; ".join(filter(None, map(_words, payload[:5])))
    if not isinstance(payload, dict):
        return ""
    found = (payload.get(key) for key in ("message", "error", "errors", "Message", "detail"))
    return next((words for words in map(_words, found) if words), "")


def _code(payload: Any) -> str:
    inner = payload.get("error") if isinstance(payload, dict) else None
    for place in (inner, payload):
        if isinstance(place, dict) and isinstance(place.get("code"), str):
            return str(place["code"])
    return ""
