"""What every door to the books has in common, from the request to the answer and its record.

A door says how a company is found and let in, which handler a path has, and how refusals sound. The
rest is here: a refused call, a fault before or after the books, calls counted while they run, one
transaction per write that holds the company's row and ends with a proof of the trial balance, and a
`CallRecord` of every call of a known company.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import InvalidOperation
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounting.sandbox import faults, ledger, switches, wire
from accounting.sandbox.call import Answer, Call, Handler
from accounting.sandbox.models import CallRecord, Company, LateWrite
from accounting.sandbox.wire import BadBody, Refused

LONGEST_PATH = 200
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who answers a path. `tail` is the record it names; only a write may change the books."""

    handler: Handler
    tail: str = ""
    writes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in. All functions raise Refused; what `find` refuses is recorded for nobody.

    `find` gives the company a request speaks of, before anything is proved; `admit` checks the
    credentials. `route` gets the company, the method and the path. `refusal` is the answer to a
    refused call and `worded` the book's refusal in the words of this door. `fault_answers` replaces
    the usual answer of a fault. `totals` and `numbers` name the keys of a document's total and
    number, wherever they stand, and `own_number` leads to the number in a body that is sent, for
    the faults that get these wrong.
    """

    name: str
    find: Callable[[HttpRequest], Company]
    admit: Callable[[HttpRequest, Company], None]
    route: Callable[[Company, str, str], Route]
    refusal: Callable[[Refused], Answer]
    worded: Callable[[Company, ledger.Refusal], Refused]
    quoted_decimals: bool = False
    headers: Callable[[Company], Mapping[str, str]] = lambda _: {}
    offline: Refused = field(
        default_factory=lambda: Refused(
            "The instance is offline.", status=503, code="instance_offline"
        )
    )
    fault_answers: Mapping[str, Answer] = field(default_factory=dict)
    totals: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    own_number: tuple[str, ...] = ("docNo",)
    nothing: Any = field(default_factory=lambda: {"data": {"docNo": ""}})

    def text(self, value: Any) -> str:
        return wire.text(value, quoted=self.quoted_decimals)

    def instead(self, fault: str) -> Answer:
        return faults.plain_answer(fault, self.fault_answers, self.refusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A call that was let in."""

    request: HttpRequest
    door: Door
    company: Company
    path: str
    route: Route
    fault: Mapping[str, Any] | None


def serve(request: HttpRequest, door: Door, path: str) -> HttpResponseBase:
    """The answer to one request at this door; `path` is what follows the door's own path."""
    try:
        company = door.find(request)
    except Refused as refusal:
        return faults.http(_refused(door, refusal), door.text)
    record = CallRecord(
        company=company,
        at=timezone.now(),
        door=door.name,
        method=str(request.method)[:10],
        path=path.replace("\0", "\ufffd")[:LONGEST_PATH],
    )
    response = _recorded(request, door, company, path, record)
    for name, value in door.headers(company).items():
        response[name] = value
    return response


def _recorded(
    request: HttpRequest, door: Door, company: Company, path: str, record: CallRecord
) -> HttpResponseBase:
    try:
        door.admit(request, company)
        route = door.route(company, str(request.method), path)
        if company.switches.get("offline"):
            raise door.offline
    except Refused as refusal:
        return faults.http(_noted(record, _refused(door, refusal), refusal.rule), door.text)
    fault = switches.next_fault(company, writes=route.writes)
    visit = _Visit(request=request, door=door, company=company, path=path, route=route, fault=fault)
    return _shown(visit, record)


def _noted(record: CallRecord, answer: Answer | None, rule: str = "") -> Answer:
    """Keep the record of a call; the answer is what the books said, if they were asked."""
    record.status = answer.status if answer else None
    record.rule = rule
    record.save()
    return answer or Answer(201, None)


def _refused(door: Door, refusal: Refused) -> Answer:
    answer = door.refusal(refusal)
    return replace(answer, headers={**answer.headers, **refusal.headers})


def _shown(visit: _Visit, record: CallRecord) -> HttpResponseBase:
    door, fault = visit.door, visit.fault
    record.fault = fault["fault"] if fault else ""
    if fault and fault["when"] == "before":
        _noted(record, None)
        answer = Answer(201 if visit.route.writes else 200, door.nothing)
    else:
        answer = _in_turn(visit, record)
    if fault is None:
        said = faults.text(answer, door.text)
        switches.remember(visit.company, answer.status, said, answer.headers)
        return faults.http(answer, door.text)
    return faults.show(visit.company, fault, answer, door.text, door.instead)


def _in_turn(visit: _Visit, record: CallRecord) -> Answer:
    with _in_flight(visit.company):
        time.sleep(visit.company.switches.get("latency_ms", 0) / 1000)
        answer, rule = _answered(visit)
        if not visit.route.writes:
            _let_late_writes_in(visit.door, visit.company)
    return _misstated(visit, _noted(record, answer, rule))


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


def _answered(visit: _Visit) -> tuple[Answer, str]:
    """What the books answer, and the rule that a refusal rests on."""
    try:
        return _asked(visit), ""
    except Refused as said:
        refusal = said
    except ledger.Refusal as said_by_book:
        refusal = visit.door.worded(visit.company, said_by_book)
    except BadBody as problem:
        refusal = Refused(str(problem), status=400, code="bad_request")
    except (DataError, InvalidOperation):
        refusal = Refused("Arithmetic overflow in an amount.")
    except (ledger.Unbalanced, IntegrityError) as problem:
        refusal = Refused(str(problem), status=500, code="unbalanced")
    return _refused(visit.door, refusal), refusal.rule


def _asked(visit: _Visit) -> Answer:
    request, route = visit.request, visit.route
    # PostgreSQL knows no NUL: nothing is found under such a number either way.
    query = {key: str(value).replace("\0", "\ufffd").strip() for key, value in request.GET.items()}
    if not route.writes:
        # A listing that is asked for by POST says in its body what is wanted.
        body = wire.load(request.body) if request.method == "POST" else {}
        call = Call(company=visit.company, query=query, body=body, tail=route.tail)
        return route.handler(call)
    body = _body(request.method, request.body)
    named = visit.fault["fault"] if visit.fault else ""
    if named == "late_commit":
        return _put_off(visit)
    if named == "renumbered":
        body = faults.moved(body, visit.door.own_number)
    return _written(visit.company, route, body)


def _body(method: str | None, raw: bytes) -> dict[str, Any]:
    return {} if method == "DELETE" else wire.load(raw)


def _written(company: Company, route: Route, body: dict[str, Any]) -> Answer:
    with transaction.atomic():
        held = Company.objects.select_for_update().get(pk=company.pk)
        answer = route.handler(Call(company=held, body=body, tail=route.tail))
        ledger.prove(held)
    return answer


def _misstated(visit: _Visit, answer: Answer) -> Answer:
    """The answer with another total or number in it, where that is the fault."""
    named = visit.fault["fault"] if visit.fault else ""
    if named == "wrong_total":
        changed = faults.altered(answer.body, visit.door.totals, faults.another_total)
    elif named == "wrong_number":
        changed = faults.altered(answer.body, visit.door.numbers, faults.another_number)
        answer = replace(answer, headers=_pointing_elsewhere(answer.headers))
    else:
        return answer
    return replace(answer, body=changed)


def _pointing_elsewhere(headers: Mapping[str, str]) -> dict[str, str]:
    """A Location that ends in another number; everything else as it was."""
    moved = {"Location": faults.another_number(headers.get("Location", ""))}
    return {name: moved.get(name, value) for name, value in headers.items()}


def _put_off(visit: _Visit) -> Answer:
    """Keep the write for later; the client is told that it failed."""
    fault = visit.fault or {}
    LateWrite.objects.create(
        company=visit.company,
        door=visit.door.name,
        method=str(visit.request.method),
        path=visit.path[:LONGEST_PATH],
        body=visit.request.body,
        reads_left=fault["reads"],
    )
    return visit.door.instead("late_commit")


def _let_late_writes_in(door: Door, company: Company) -> None:
    """After an answered read: what has waited long enough now reaches the books."""
    for late in LateWrite.objects.filter(company=company, door=door.name).order_by("id"):
        late.reads_left -= 1
        if late.reads_left > 0:
            late.save(update_fields=["reads_left"])
            continue
        late.delete()
        # What the books refuse so late nobody hears of: the client was told of a failure already.
        with suppress(Refused, ledger.Refusal, BadBody):
            route = door.route(company, late.method, late.path)
            _written(company, route, _body(late.method, bytes(late.body)))
