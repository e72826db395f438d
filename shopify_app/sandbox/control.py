"""How tests and the demo open pretended shops, change them and make them misbehave, over HTTP.

PUT  <shop>/control            opens the shop or changes its facts (FACTS, below)
GET  <shop>/control            its facts, and how many orders, tokens and deliveries it has
POST <shop>/control            {"do": …} one of DEEDS
PUT  <shop>/orders             [{"order": …, "transactions": […], …}] as `answers.Told`
PUT  <shop>/products           [{"id": …, "title": …, "variants": […], …}] as `products` says
DELETE <shop>/products         [id, …]: the merchant has deleted them
POST <shop>/webhooks           {"topic": …, "body": …}: it happens, and the app is told
POST <shop>/webhooks/send      brings what is due; how many tries were made
GET  <shop>/webhooks           every delivery and the statuses of its tries
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from shopify_app.sandbox import faults, happenings, orders, products, tokens, van
from shopify_app.sandbox.answers import Told
from shopify_app.sandbox.models import (
    RESTORE,
    PretendedDelivery,
    PretendedOrder,
    PretendedProduct,
    PretendedShop,
    PretendedToken,
)

FACTS = (
    *("number", "name", "currency", "time_zone", "country", "taxes_included", "tax_shipping"),
    *("prefix", "suffix", "presentment_currencies", "plan", "development", "state", "installed"),
    *("scopes", "protected_data", "protected_fields", "subscriptions", "webhook_url"),
    *("clock_at", "bucket_size", "bucket_used", "faults", "deliveries"),
)
CHOICES = {"state": PretendedShop.State.values, "plan": list(RESTORE)}
SCOPES = ["read_orders", "read_products"]
PROTECTED = ["address", "email", "name", "phone"]


def open_shop(domain: str, **facts: Any) -> PretendedShop:
    """The shop with these facts, opened if it is not there. Raises ValueError for unknown ones."""
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise ValueError(f"a shop has no {', '.join(sorted(unknown))}")
    row = PretendedShop.objects.filter(domain=domain).first() or PretendedShop(
        domain=domain,
        number=70_000_000_000 + PretendedShop.objects.count() + 1,
        name=domain.removesuffix(".myshopify.com").replace("-", " ").title(),
        scopes=SCOPES,
        protected_fields=PROTECTED,
    )
    for name, value in facts.items():
        setattr(row, name, _usable(name, value))
    row.save()
    return row


def _usable(name: str, value: Any) -> Any:
    if name == "faults":
        return faults.checked(value)
    if name == "deliveries" and not set(value) <= van.SWITCHES:
        raise ValueError(f"no such switch in {sorted(value)}")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
    if name == "clock_at" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


View = Callable[[HttpRequest, str], HttpResponseBase]
LOOPBACK = ("127.0.0.1", "::1")


def near(view: View) -> View:
    """Only this machine may turn the switches; a proxy on it speaks for the whole world."""

    @wraps(view)
    def guarded(request: HttpRequest, domain: str) -> HttpResponseBase:
        forwarded = {"X-Forwarded-For", "Forwarded"} & set(request.headers)
        if forwarded or request.META.get("REMOTE_ADDR") not in LOOPBACK:
            return JsonResponse({"error": "Only from this machine."}, status=403)
        try:
            return view(request, domain)
        except (ValueError, TypeError, KeyError) as problem:
            return JsonResponse({"error": str(problem)}, status=400)

    return csrf_exempt(guarded)


@near
@require_http_methods(["GET", "PUT", "POST"])
def control(request: HttpRequest, domain: str) -> HttpResponseBase:
    if request.method == "PUT":
        open_shop(domain, **json.loads(request.body))
    elif request.method == "POST":
        _do(_shop(domain), json.loads(request.body))
    return JsonResponse(_shown(_shop(domain)))


def _shop(domain: str) -> PretendedShop:
    return get_object_or_404(PretendedShop, domain=domain)


def _shown(shop: PretendedShop) -> dict[str, Any]:
    counted: dict[str, type[Model]] = {
        "orders": PretendedOrder,
        "products": PretendedProduct,
        "tokens": PretendedToken,
        "deliveries_made": PretendedDelivery,
    }
    return {
        "domain": shop.domain,
        "now": shop.now(),
        **{name: getattr(shop, name) for name in FACTS},
        **{name: kind._default_manager.filter(shop=shop).count() for name, kind in counted.items()},
    }


def _do(shop: PretendedShop, asked: dict[str, Any]) -> None:
    deed = DEEDS.get(asked.get("do", ""))
    if deed is None:
        raise ValueError(f"do is one of {', '.join(DEEDS)}")
    deed(shop, asked)


def advance(shop: PretendedShop, asked: dict[str, Any]) -> None:
    """{"seconds": n}: the shop's clock stands still, n seconds later than it was."""
    shop.clock_at = shop.now() + timedelta(seconds=asked["seconds"])
    shop.save(update_fields=["clock_at"])


def real_time(shop: PretendedShop, asked: dict[str, Any]) -> None:
    shop.clock_at = None
    shop.save(update_fields=["clock_at"])


def expire_tokens(shop: PretendedShop, asked: dict[str, Any]) -> None:
    """Access tokens now; refresh tokens too with {"refresh": true}."""
    ended: dict[str, Any] = {"access_expires_at": shop.now()}
    if asked.get("refresh"):
        ended["refresh_expires_at"] = shop.now()
    shop.tokens.update(**ended)


def revoke_tokens(shop: PretendedShop, asked: dict[str, Any]) -> None:
    shop.tokens.update(revoked=True)


def issue_token(shop: PretendedShop, asked: dict[str, Any]) -> None:
    """{"access_token": …, "refresh_token": …}: a pair that the test knows already."""
    pair = tokens.issue(shop)
    for name in ("access_token", "refresh_token"):
        setattr(pair, name, asked.get(name, getattr(pair, name)))
    pair.save()


def empty_bucket(shop: PretendedShop, asked: dict[str, Any]) -> None:
    """{"left": n} points are left in it, nothing unless said."""
    shop.bucket_used = shop.maximum - asked.get("left", 0)
    shop.bucket_at = shop.now()
    shop.save(update_fields=["bucket_used", "bucket_at"])


def install(shop: PretendedShop, asked: dict[str, Any]) -> None:
    happenings.install(shop)


def uninstall(shop: PretendedShop, asked: dict[str, Any]) -> None:
    happenings.uninstall(shop)


def grant(shop: PretendedShop, asked: dict[str, Any]) -> None:
    happenings.grant(shop, list(asked["scopes"]))


def ask_privacy(shop: PretendedShop, asked: dict[str, Any]) -> None:
    """{"topic": "customers/redact", "customer": {…}, "orders_to_redact": […]}"""
    more = {name: value for name, value in asked.items() if name not in ("do", "topic")}
    happenings.privacy(shop, asked["topic"], **more)


Deed = Callable[[PretendedShop, dict[str, Any]], None]
DEEDS: dict[str, Deed] = {
    "advance": advance,
    "real_time": real_time,
    "expire_tokens": expire_tokens,
    "revoke_tokens": revoke_tokens,
    "issue_token": issue_token,
    "empty_bucket": empty_bucket,
    "install": install,
    "uninstall": uninstall,
    "grant": grant,
    "privacy": ask_privacy,
}


@near
@require_http_methods(["PUT"])
def put_orders(request: HttpRequest, domain: str) -> HttpResponseBase:
    shop = _shop(domain)
    told = [Told(**_kept(one)) for one in json.loads(request.body)]
    for one in told:
        orders.keep(shop, one)
    return JsonResponse({"orders": len(told)})


@near
@require_http_methods(["PUT", "DELETE"])
def change_products(request: HttpRequest, domain: str) -> HttpResponseBase:
    shop, said = _shop(domain), json.loads(request.body)
    if request.method == "PUT":
        products.keep(shop, said)
    else:
        products.forget(shop, said)
    return JsonResponse({"products": len(said)})


def _kept(one: dict[str, Any]) -> dict[str, Any]:
    products = {int(number): facts for number, facts in one.get("products", {}).items()}
    return {**one, "products": products}


@near
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, domain: str) -> HttpResponseBase:
    shop = _shop(domain)
    if request.method == "GET":
        return JsonResponse({"deliveries": [_parcel(row) for row in _deliveries(shop)]})
    asked = json.loads(request.body)
    made = happenings.happens(shop, asked["topic"], asked["body"], asked.get("event_id", ""))
    return JsonResponse({"deliveries": [_parcel(row) for row in made]}, status=201)


def _deliveries(shop: PretendedShop) -> list[PretendedDelivery]:
    return list(PretendedDelivery.objects.filter(shop=shop).order_by("id"))


def _parcel(row: PretendedDelivery) -> dict[str, Any]:
    names = ("topic", "webhook_id", "event_id", "state", "statuses", "due_at")
    return {name: getattr(row, name) for name in names}


@near
@require_POST
def send(request: HttpRequest, domain: str) -> HttpResponseBase:
    tries = van.send_due(_shop(domain))
    return JsonResponse({"tries": tries, "at": timezone.now()})
