"""The gateway's front door: key, path and instance; the rest is as at every door (`serving`).

Order of refusals: 404 for a product that is not offered, 401 for the key, 403 for a key of the
other product, 404 and 405 for the path, 503 while the instance is offline.
"""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounting.sandbox import autocount, faults, ledger, serving, sql_accounting, wire
from accounting.sandbox.call import Answer, Surface
from accounting.sandbox.models import Company
from accounting.sandbox.serving import Door, Route
from accounting.sandbox.wire import Refused

TOTALS = frozenset({"docAmt", "netTotal", "paymentAmt"})
NUMBERS = frozenset({"docNo"})


@csrf_exempt
def call(request: HttpRequest, product: str, path: str) -> HttpResponseBase:
    """Any request below /v1/{product}/."""
    if product not in DOORS:
        return faults.http(_refusal(_no_endpoint()), wire.text)
    return serving.serve(request, DOORS[product], path)


def _no_endpoint() -> Refused:
    return Refused("No such endpoint.", status=404, code="no_endpoint")


def _company(request: HttpRequest) -> Company:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    company = Company.objects.filter(key=key.strip()).first() if scheme == "Bearer" else None
    if company is None:
        raise Refused("The API key is missing, wrong or revoked.", status=401, code="invalid_key")
    return company


def _admit(surface: Surface, request: HttpRequest, company: Company) -> None:
    if company.system != surface.system:
        raise Refused("This key may not use this instance.", status=403, code="forbidden")


def _route(surface: Surface, company: Company, method: str, path: str) -> Route:
    """The handler of a path and the record the path names, if any."""
    head, _, tail = path.partition("/")
    exact = path in surface.resources
    methods = surface.resources.get(path if exact else f"{head}/{{}}" if tail else "", {})
    missing = head == surface.refund and company.switches.get("refund_missing")
    if not methods or missing or "/" in tail or "\0" in tail:
        raise _no_endpoint()
    handler = methods.get(method)
    read_only = head == surface.debit_note and company.switches.get("debit_note_missing")
    if handler is None or (read_only and method != "GET"):
        raise Refused("This method is not offered here.", status=405, code="no_method")
    return Route(handler=handler, tail="" if exact else tail, writes=method != "GET")


def _refusal(refusal: Refused) -> Answer:
    return Answer(refusal.status, wire.error(refusal.code, refusal.message))


def _worded(surface: Surface, company: Company, refusal: ledger.Refusal) -> Refused:
    """The book's refusal in the words of the accounting system in front of it."""
    said = surface.words.refusal(refusal.word, "", *refusal.args)
    if isinstance(refusal, ledger.DuplicateNumber):
        status = company.switches.get("duplicate_status", 409)
        return Refused(said.message, status=status, code="duplicate")
    return said


def _door(surface: Surface) -> Door:
    return Door(
        name="acctbridge",
        find=_company,
        admit=partial(_admit, surface),
        route=partial(_route, surface),
        refusal=_refusal,
        worded=partial(_worded, surface),
        totals=TOTALS,
        numbers=NUMBERS,
    )


DOORS = {"sqlacc": _door(sql_accounting.SURFACE), "autocount": _door(autocount.SURFACE)}
