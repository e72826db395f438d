"""The bookkeeper's view: open companies, look into the books, throw the switches.

For the demo, the tests and reviewers on this machine; anyone else is turned away. Lists are plain
JSON arrays in the order of their ids; ask for what follows with `?after=<last id>&limit=`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import Context, Engine
from django.views.decorators.csrf import csrf_exempt

from accounting.sandbox import ledger, plain_journal, switches, wire
from accounting.sandbox.models import ZERO, CallRecord, Company, Entry, Voucher
from accounting.sandbox.opening import open_company
from accounting.sandbox.wire import BadBody, Refused

# An engine of its own: the page needs nothing from the product's templates or settings.
TEMPLATES = Engine(dirs=[str(Path(__file__).parent / "templates")])
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
LARGEST_PAGE = 1000
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def local(method: str) -> Callable[[View[P]], View[P]]:
    """A view for callers on this machine, for one HTTP method."""

    def wrap(view: View[P]) -> View[P]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not _is_near(request):
                return _json(wire.error("forbidden", "Only from this machine."), 403)
            if request.method != method:
                return _json(wire.error("no_method", f"Use {method}."), 405)
            try:
                return view(request, *args, **kwargs)
            except BadBody as problem:
                return _json(wire.error("bad_request", str(problem)), 400)
            except Refused as refusal:
                return _json(wire.error(refusal.code, refusal.message), refusal.status)

        return guarded

    return wrap


def _is_near(request: HttpRequest) -> bool:
    """A proxy on this machine speaks for the whole world."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


def _json(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(wire.text(body), status=status, content_type="application/json")


def _company(company_id: int) -> Company:
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise Refused(f"No company {company_id}", status=404, code="no_record")
    return company


def _span(request: HttpRequest) -> tuple[int, int]:
    """`after` and `limit` of a request for a page."""
    try:
        after = int(request.GET.get("after") or 0)
        limit = int(request.GET.get("limit") or 100)
    except ValueError as problem:
        raise Refused("after and limit are whole numbers") from problem
    return after, max(1, min(limit, LARGEST_PAGE))


@local("POST")
def companies(request: HttpRequest) -> HttpResponseBase:
    company = open_company(wire.load(request.body))
    return _json({"id": company.pk, "name": company.name, "system": company.system}, 201)


@csrf_exempt
def company(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """The company's page, and the way to change what it is."""
    return (set_company if request.method == "PUT" else page)(request, company_id)


@local("PUT")
def set_company(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """New `key` or `secret`: those before open nothing any more. New `identity`: another file."""
    company, given = _company(company_id), wire.load(request.body)
    texts = [given[name] for name in ("key", "secret") if name in given]
    identity = given.get("identity", {})
    if not set(given) <= {"key", "secret", "identity"} or not isinstance(identity, dict):
        raise Refused("only key, secret and identity can be set")
    if not all(isinstance(text, str) and text for text in texts):
        raise Refused("key and secret are texts")
    if Company.objects.exclude(pk=company.pk).filter(key=given.get("key")).exists():
        raise Refused("this key opens another company", status=409, code="key_taken")
    for name, value in given.items():
        setattr(company, name, value)
    company.save(update_fields=[*given])
    return _json({"id": company.pk})


@local("GET")
def trial_balance(request: HttpRequest, company_id: int) -> HttpResponseBase:
    return _json(_balance(_company(company_id)))


def _balance(company: Company) -> dict[str, Any]:
    rows = ledger.trial_balance(company)
    debit = sum((row["debit"] for row in rows), ZERO)
    credit = sum((row["credit"] for row in rows), ZERO)
    return {"rows": rows, "debit": debit, "credit": credit}


@local("GET")
def documents(request: HttpRequest, company_id: int) -> HttpResponseBase:
    after, limit = _span(request)
    rows = Voucher.objects.filter(company=_company(company_id), id__gt=after)
    shown = rows.select_related("debtor").order_by("id")[:limit]
    return _json([_document(voucher) for voucher in shown])


@local("PUT")
def set_document(request: HttpRequest, company_id: int, document_id: int) -> HttpResponseBase:
    """`{"cancelled": true}` voids a document by hand, behind the gateway's back."""
    if wire.load(request.body) != {"cancelled": True}:
        raise Refused("only cancelled: true can be set")
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=_company(company_id).pk)
        voucher = Voucher.objects.filter(company=company, pk=document_id).first()
        if voucher is None or voucher.applied:
            raise Refused(f"No document {document_id} without knock-offs")
        ledger.cancel(voucher)
        ledger.prove(company)
    return _json(_document(voucher))


def _document(voucher: Voucher) -> dict[str, Any]:
    owed = voucher.kind in (Voucher.Kind.INVOICE, Voucher.Kind.DEBIT_NOTE)
    return {
        "id": voucher.pk,
        "kind": voucher.kind,
        "number": voucher.number,
        "date": voucher.date.isoformat(),
        "debtor": voucher.debtor.code,
        "currency": voucher.currency,
        "rate": voucher.rate.normalize(),
        "total": voucher.total,
        "outstanding": voucher.open_amount if owed else None,
        "unapplied": None if owed else voucher.open_amount,
        "cancelled": voucher.cancelled,
        "reference": voucher.reference,
        "lines": [_line(line) for line in voucher.lines],
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "net": Decimal(line["net"]), "tax": Decimal(line["tax"])}


@local("GET")
def journal(request: HttpRequest, company_id: int) -> HttpResponseBase:
    return _json(_entries(_company(company_id), *_span(request)))


def _entries(company: Company, after: int, limit: int) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(voucher__company=company, id__gt=after)
    return [
        {
            "id": entry.pk,
            "date": entry.voucher.date.isoformat(),
            "kind": entry.voucher.kind,
            "number": entry.voucher.number,
            "account": entry.account.code,
            "name": entry.account.name,
            "debit": entry.debit,
            "credit": entry.credit,
        }
        for entry in rows.select_related("voucher", "account").order_by("id")[:limit]
    ]


@local("GET")
def plain_text_journal(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """The whole book at one moment, as Beancount reads it."""
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=_company(company_id).pk)
        text = plain_journal.write(company)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@local("GET")
def calls(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """How many calls there were and how many at once; asked with `after`, also their records."""
    company = _company(company_id)
    counts = {"count": company.calls, "concurrent_max": company.calls_at_once}
    if "after" not in request.GET:
        return _json(counts)
    after, limit = _span(request)
    rows = CallRecord.objects.filter(company=company, id__gt=after).order_by("id")[:limit]
    return _json({**counts, "records": [_record(row) for row in rows]})


def _record(row: CallRecord) -> dict[str, Any]:
    shown = ("id", "door", "method", "path", "status", "rule", "fault")
    return {"at": row.at.isoformat(), **{name: getattr(row, name) for name in shown}}


@local("PUT")
def set_switches(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """The switches become exactly those of the body; what it does not name is off again."""
    company = _company(company_id)
    company.switches = switches.checked(wire.load(request.body))
    company.save(update_fields=["switches"])
    return _json(company.switches)


@local("GET")
def page(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    after, limit = _span(request)
    entries = _entries(company, after, limit)
    context = {
        "company": company,
        "balance": _balance(company),
        "entries": entries,
        "more": entries[-1]["id"] if len(entries) == limit else None,
        "limit": limit,
    }
    return HttpResponse(TEMPLATES.get_template("sandbox/company.html").render(Context(context)))
