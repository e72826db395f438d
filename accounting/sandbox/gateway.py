"""The gateway's front door: key, path, instance, faults; then one call at the accounting system.

Order of refusals: 404 for a product that is not offered, 401 for the key, 403 for a key of the
other product, 404 and 405 for the path, 503 while the instance is offline. Writes to one company
run one after the other, in one transaction each, and end with a proof of the trial balance.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import InvalidOperation
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounting.sandbox import autocount, ledger, sql_accounting, switches, wire
from accounting.sandbox.call import Answer, Call, Handler, Surface
from accounting.sandbox.models import Company
from accounting.sandbox.wire import BadBody, Refused

SURFACES = {"sqlacc": sql_accounting.SURFACE, "autocount": autocount.SURFACE}
CALLS = 0x53414E44  # class of the advisory locks that mark a call; the product uses another
# `marks` is counted before the row is waited for, so a call that must wait is counted as well.
COUNT_CALL = """
    WITH marks AS MATERIALIZED (
        SELECT count(*) AS now FROM pg_locks
        WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    UPDATE sandbox_company
    SET calls = calls + 1, calls_at_once = greatest(calls_at_once, marks.now)
    FROM marks WHERE id = %s
"""


@csrf_exempt
def call(request: HttpRequest, product: str, path: str) -> HttpResponseBase:
    """Any request below /v1/{product}/."""
    try:
        surface = _surface(product)
        company = _company(request, surface)
        handler, tail = _handler(request, surface, company, path)
        _require_instance(company)
    except Refused as refusal:
        return _respond(_refusal(refusal))
    return _served(request, surface, company, handler, tail)


def _surface(product: str) -> Surface:
    if product not in SURFACES:
        raise _no_endpoint()
    return SURFACES[product]


def _no_endpoint() -> Refused:
    return Refused("No such endpoint.", status=404, code="no_endpoint")


def _company(request: HttpRequest, surface: Surface) -> Company:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    company = Company.objects.filter(key=key.strip()).first() if scheme == "Bearer" else None
    if company is None:
        raise Refused("The API key is missing, wrong or revoked.", status=401, code="invalid_key")
    if company.system != surface.system:
        raise Refused("This key may not use this instance.", status=403, code="forbidden")
    return company


def _handler(
    request: HttpRequest, surface: Surface, company: Company, path: str
) -> tuple[Handler, str]:
    """The handler of a path and the record the path names, if any."""
    head, _, tail = path.partition("/")
    exact = path in surface.resources
    methods = surface.resources.get(path if exact else f"{head}/{{}}" if tail else "", {})
    missing = head == surface.refund and company.switches.get("refund_missing")
    if not methods or missing or "/" in tail or "\0" in tail:
        raise _no_endpoint()
    handler = methods.get(request.method or "")
    read_only = head == surface.debit_note and company.switches.get("debit_note_missing")
    if handler is None or (read_only and request.method != "GET"):
        raise Refused("This method is not offered here.", status=405, code="no_method")
    return handler, "" if exact else tail


def _require_instance(company: Company) -> None:
    if company.switches.get("offline"):
        raise Refused("The instance is offline.", status=503, code="instance_offline")


def _served(
    request: HttpRequest, surface: Surface, company: Company, handler: Handler, tail: str
) -> HttpResponseBase:
    fault = None if request.method == "GET" else switches.next_fault(company)
    if fault and fault["when"] == "before":
        never = Answer(201, {"data": {"docNo": ""}})
        return switches.show_fault(company, fault["fault"], never)
    with _in_flight(company):
        time.sleep(company.switches.get("latency_ms", 0) / 1000)
        answer = _answer(request, surface, company, handler, tail)
    return switches.show_fault(company, fault["fault"], answer) if fault else _respond(answer)


@contextmanager
def _in_flight(company: Company) -> Iterator[None]:
    """Count the call, and how many run beside it. The mark dies with the connection.

    A hanging answer is not in flight: the accounting system is done with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s, %s)", [CALLS, company.pk])
        try:
            cursor.execute(COUNT_CALL, [CALLS, company.pk, company.pk])
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s, %s)", [CALLS, company.pk])


def _answer(
    request: HttpRequest, surface: Surface, company: Company, handler: Handler, tail: str
) -> Answer:
    # PostgreSQL knows no NUL: nothing is found under such a number either way.
    query = {key: str(value).replace("\0", "\ufffd").strip() for key, value in request.GET.items()}
    try:
        if request.method == "GET":
            return handler(Call(company=company, query=query, tail=tail))
        body = {} if request.method == "DELETE" else wire.load(request.body)
        return _written(company, handler, body, tail)
    except BadBody as problem:
        return Answer(400, wire.error("bad_request", str(problem)))
    except Refused as refusal:
        return _refusal(refusal)
    except (DataError, InvalidOperation):
        return Answer(422, wire.error("validation_failed", "Arithmetic overflow in an amount."))
    except (ledger.Unbalanced, IntegrityError) as problem:
        return Answer(500, wire.error("unbalanced", str(problem)))
    except ledger.Refusal as refusal:
        return _refusal(_worded(surface, company, refusal))


def _written(company: Company, handler: Handler, body: dict[str, Any], tail: str) -> Answer:
    with transaction.atomic():
        held = Company.objects.select_for_update().get(pk=company.pk)
        answer = handler(Call(company=held, body=body, tail=tail))
        ledger.prove(held)
    return answer


def _worded(surface: Surface, company: Company, refusal: ledger.Refusal) -> Refused:
    """The book's refusal in the words of the accounting system in front of it."""
    message = getattr(surface.words, refusal.word).format(*refusal.args)
    if isinstance(refusal, ledger.DuplicateNumber):
        status = company.switches.get("duplicate_status", 409)
        return Refused(message, status=status, code="duplicate")
    return Refused(message)


def _refusal(refusal: Refused) -> Answer:
    return Answer(refusal.status, wire.error(refusal.code, refusal.message))


def _respond(answer: Answer) -> HttpResponse:
    text = "" if answer.body is None else wire.text(answer.body)
    return HttpResponse(text, status=answer.status, content_type="application/json")
