"""The door of AutoCount Cloud: book id, keys, permissions and paths (contract 2, 5 and 6).

Order of refusals: 401 for the book or its key, 415 for a body that is not JSON, 429 for one call
too many, 404 and 405 for the path, 403 for a permission that the key has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounting.sandbox import serving
from accounting.sandbox.autocount_cloud_ask import Ask, Handle, not_found, read_query
from accounting.sandbox.autocount_cloud_book import Book
from accounting.sandbox.autocount_cloud_numbers import worded
from accounting.sandbox.autocount_cloud_quirks import body_as_read
from accounting.sandbox.autocount_cloud_rate import Allowance, count_call
from accounting.sandbox.autocount_cloud_routes import ENDPOINTS, Endpoint
from accounting.sandbox.autocount_cloud_tables import NO_PERMISSION, UNAUTHORISED
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.masters import listed
from accounting.sandbox.models import Company, System
from accounting.sandbox.serving import Door, Route
from accounting.sandbox.wire import Refused


@dataclass(slots=True)
class Guard:
    """What is known of one request's sender, and how many calls it has left."""

    book_id: str
    key: Mapping[str, Any] = field(default_factory=dict)
    allowance: Allowance | None = None

    def find(self, _request: HttpRequest) -> Company:
        found = Company.objects.filter(system=System.AUTOCOUNT_CLOUD, key=self.book_id).first()
        if found is None:
            raise _unauthorised()
        return found

    def admit(self, request: HttpRequest, company: Company) -> None:
        sent = (request.headers.get("Key-ID"), request.headers.get("API-Key"))
        rows = listed(company, "keys")
        keys = {(row["code"], row.get("secret", company.secret)): row for row in rows}
        if sent not in keys:
            raise _unauthorised()
        self.key = keys[sent]
        self.allowance = count_call(Book(company), self.key["code"], timezone.now())
        if self.allowance.left < 0:
            raise self.allowance.refusal()
        if request.body and request.content_type != "application/json":
            raise Refused("Unsupported Media Type", status=415, rule="2 O")

    def route(self, _company: Company, method: str, path: str) -> Route:
        """The handler of a path, which has any case (contract 2), and the query behind it."""
        place, _, query = path.partition("?")
        methods = ENDPOINTS.get(place.lower())
        if methods is None:
            raise not_found("Path", place)
        endpoint = methods.get(method)
        if endpoint is None:
            raise Refused("Method Not Allowed", status=405, rule="6 D")
        self._require_permission(endpoint)
        handler = partial(self._asked, endpoint.handle)
        return Route(handler=handler, tail=query, writes=endpoint.writes)

    def _require_permission(self, endpoint: Endpoint) -> None:
        allowed = self.key.get("permissions")
        if allowed is not None and endpoint.permission not in allowed:
            message = NO_PERMISSION.format(endpoint.permission)
            raise Refused(message, status=403, rule="18.1 O")

    def _asked(self, handle: Handle, call: Call) -> Answer:
        user = self.key.get("user") or "ADMIN"
        query, body = read_query(call.tail), body_as_read(call)
        return handle(Ask(book=Book(call.company), query=query, body=body, user=user))

    def headers(self, _company: Company) -> Mapping[str, str]:
        return self.allowance.headers() if self.allowance else {}


def _unauthorised() -> Refused:
    """The same for a wrong book and a wrong key."""
    return Refused(UNAUTHORISED, status=401, rule="18.1 D")


def _refusal(refusal: Refused) -> Answer:
    return Answer(refusal.status, {"statusCode": refusal.status, "message": refusal.message})


def _door(guard: Guard) -> Door:
    return Door(
        name="autocount_cloud",
        find=guard.find,
        admit=guard.admit,
        route=guard.route,
        headers=guard.headers,
        refusal=_refusal,
        worded=worded,
        fault_answers={"error_in_200": Answer(200, {"statusCode": 400, "message": "Error"})},
        totals=frozenset({"finalTotal", "netTotal", "totalPayment", "totalDR", "totalCR"}),
        numbers=frozenset({"docNo"}),
        own_number=("master", "docNo"),
        nothing={"master": {"docNo": ""}, "details": []},
    )


@csrf_exempt
def call(request: HttpRequest, book: str, path: str) -> HttpResponseBase:
    """Any request below /{account book id}/."""
    query = request.META.get("QUERY_STRING", "")
    place = f"{path}?{query}" if query else path
    response = serving.serve(request, _door(Guard(book)), place)
    if "Location" in response:
        root = request.path.removesuffix(path)
        response["Location"] = request.build_absolute_uri(root + response["Location"])
    return response
