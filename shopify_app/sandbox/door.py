"""Where the stand-in answers over HTTP, in place of `https://<shop>`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from shopify_app.sandbox import admin_api, costs, faults, tokens
from shopify_app.sandbox.faults import Fault
from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.replies import Reply

Answer = Callable[[PretendedShop], Reply]


@csrf_exempt
def access_token(request: HttpRequest, domain: str) -> HttpResponseBase:
    return _call(request, domain, "token", lambda shop: tokens.answer(shop, request))


@csrf_exempt
def graphql(request: HttpRequest, domain: str, version: str) -> HttpResponseBase:
    return _call(request, domain, "graphql", lambda shop: admin_api.answer(shop, request, version))


def _call(request: HttpRequest, domain: str, kind: str, answer: Answer) -> HttpResponseBase:
    shop = PretendedShop.objects.filter(domain=domain).first()
    if shop is None or shop.state == PretendedShop.State.GONE:
        return faults.http(admin_api.NOT_FOUND, None)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    fault = faults.next_fault(shop, kind)
    reply = _reply(shop, fault, answer)
    number = {"X-Request-ID": str(uuid.uuid4())}
    return faults.http(replace(reply, headers={**reply.headers, **number}), fault)


def _reply(shop: PretendedShop, fault: Fault | None, answer: Answer) -> Reply:
    if fault is None:
        return answer(shop)
    if fault["fault"] == "throttled":
        left = costs.available(shop, shop.now())
        return Reply(200, admin_api.throttled(shop, int(left) + 100, left))
    if fault["when"] == "before" and (told := faults.instead(fault, None)) is not None:
        return told
    done = answer(shop)
    return faults.instead(fault, done) or done
