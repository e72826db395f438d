"""What a client is shown instead of the answer, when a fault of the switches hits its call."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from http.client import responses
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounting.sandbox.call import Answer
from accounting.sandbox.models import Company
from accounting.sandbox.wire import Refused

Write = Callable[[Any], str]
Fault = Mapping[str, Any]
FAILED_IN_200 = Answer(200, {"success": False, "error": "Catastrophic failure"})
PAGE = Answer(500, "<html><body><h1>Server Error</h1></body></html>", "text/html")
PLAIN = Answer(500, "Internal Server Error", "text/plain")
REFUSED = {
    "502": Refused("The tunnel to the instance dropped.", status=502, code="bad_gateway"),
    "503": Refused("Service unavailable.", status=503, code="unavailable"),
    "429": Refused("Too Many Requests", status=429, code="too_many_requests"),
    "hang": Refused("The instance did not answer in time.", status=504, code="timeout"),
}
MISTAKE = Decimal("1.00")


def http(answer: Answer, write: Write) -> HttpResponse:
    """The answer as it leaves the server."""
    response = HttpResponse(
        text(answer, write), status=answer.status, content_type=answer.content_type
    )
    _headed(response, answer.headers)
    return response


def text(answer: Answer, write: Write) -> str:
    """The body of an answer; nothing where it has none."""
    if answer.content_type != "application/json":
        return str(answer.body)
    return "" if answer.body is None else write(answer.body)


def plain_answer(
    fault: str, said: Mapping[str, Answer], refusal: Callable[[Refused], Answer]
) -> Answer:
    """The answer of a fault that is an answer; `said` is what this door says for itself."""
    if fault in said:
        return said[fault]
    known = {"html": PAGE, "500": PLAIN, "error_in_200": FAILED_IN_200, "late_commit": PLAIN}
    return known[fault] if fault in known else refusal(REFUSED.get(fault) or _of_status(fault))


def _of_status(fault: str) -> Refused:
    words = responses.get(int(fault), "Refused")
    return Refused(words, status=int(fault), code=words.lower().replace(" ", "_"))


def show(
    company: Company, fault: Fault, answer: Answer, write: Write, instead: Callable[[str], Answer]
) -> HttpResponseBase:
    """What the client sees instead of `answer`; `instead` gives a fault's own answer."""
    name, body = fault["fault"], text(answer, write)
    if name in ("reset", "slow", "truncated"):
        return _headed(_damaged(company, name, answer, body), answer.headers)
    if name == "other_answer" and fault.get("told"):
        status, told, headers = fault["told"]
        response = HttpResponse(told, status=status, content_type="application/json")
        return _headed(response, headers)
    if name in ("other_answer", "wrong_total", "wrong_number", "renumbered"):
        return http(answer, write)
    if name == "hang":
        time.sleep(company.switches.get("hang_seconds", 120))
    response = http(instead(name), write)
    if "retry_after" in fault:
        response["Retry-After"] = str(fault["retry_after"])
    return response


def _damaged(company: Company, name: str, answer: Answer, text: str) -> HttpResponseBase:
    if name == "reset":
        return _broken(answer, text)
    if name == "slow":
        return _dripping(answer, text, company.switches.get("drip_ms", 1000) / 1000)
    half = text[: len(text) // 2]
    return HttpResponse(half, status=answer.status, content_type=answer.content_type)


def _headed(response: HttpResponseBase, headers: Mapping[str, str]) -> HttpResponseBase:
    """An answer's own headers: they are sent before its body goes wrong."""
    for name, value in headers.items():
        response[name] = value
    return response


def _broken(answer: Answer, text: str) -> StreamingHttpResponse:
    """A body that ends before its Content-Length does; servers then drop the connection."""

    def body() -> Iterator[bytes]:
        yield text[: len(text) // 2].encode()
        raise ConnectionResetError(errno.ECONNRESET, "the stand-in breaks this connection")

    response = StreamingHttpResponse(body(), status=answer.status, content_type=answer.content_type)
    response["Content-Length"] = str(len(text.encode()) + 1)
    return response


def _dripping(answer: Answer, text: str, pause: float) -> StreamingHttpResponse:
    """The whole body, one byte at a time."""

    def body() -> Iterator[bytes]:
        for byte in text.encode():
            time.sleep(pause)
            yield bytes([byte])
        if not text:  # an empty answer ends late instead
            time.sleep(pause)

    response = StreamingHttpResponse(body(), status=answer.status, content_type=answer.content_type)
    response["Content-Length"] = str(len(text.encode()))
    return response


def altered(body: Any, keys: frozenset[str], change: Callable[[Any], Any]) -> Any:
    """`body` with what stands under these keys changed, at any depth."""
    if isinstance(body, Mapping):
        return {
            key: change(value) if key in keys else altered(value, keys, change)
            for key, value in body.items()
        }
    return [altered(one, keys, change) for one in body] if isinstance(body, list) else body


def moved(body: Mapping[str, Any], way: Sequence[str]) -> dict[str, Any]:
    """`body` with another number where the keys of `way` lead."""
    first, *rest = way
    inner = body.get(first)
    if rest:
        inner = moved(inner, rest) if isinstance(inner, Mapping) else inner
    elif first in body:
        inner = another_number(inner)
    return {**body, first: inner} if first in body else dict(body)


def another_total(value: Any) -> Any:
    return value + MISTAKE if isinstance(value, Decimal) else value


def another_number(value: Any) -> Any:
    """A number beside the wanted one, no longer than it; blanks and anything else stay."""
    if not isinstance(value, str) or not value:
        return value
    return value[:-1] + ("Z" if value[-1] != "Z" else "Y")
