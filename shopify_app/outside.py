"""How an accountant comes in, outside the Shopify admin (ADR 34).

The address of a link is /accountant/<number>/open#<secret>. What stands behind # never leaves the
browser by itself: not to a server, its log or a proxy, nor in a Referer. A small script takes it
out of the address and posts it; the answer sets a cookie for /accountant/<number> alone, so that
links of several shops, opened side by side, are visits of their own.

The same pages are shown there, read-only, and the same API answers what they fetch: only what
`urls.py` lists. A cookie counts here and nowhere else; a session token does not count here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView

from shopify_app import accountants, install, shares, ui
from shopify_app.accountants import NoSuchLink, TooManyTries
from shopify_app.api.authentication import Often
from shopify_app.models import AccountantLink
from shopify_app.session import Visit, shown, too_often

COOKIE = "__Secure-lejar-accountant"  # a browser takes a name like this over https only
LOCAL_COOKIE = "lejar-accountant"
OURS = "X-Lejar-Outside"  # no other site's page can send it: that takes a permission of ours
MOST_BYTES = 1000
SAFE = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'none';"
)

Page = Callable[..., HttpResponse]
View = Callable[..., HttpResponseBase]
Answer = TypeVar("Answer", bound=HttpResponseBase)


# --- in and out ------------------------------------------------------------------------------


@require_safe
def open_page(request: HttpRequest, link_id: int) -> HttpResponse:
    """Asks for the secret behind the # of its own address; whether there is such a link, only the
    exchange says."""
    return _guarded(render(request, "accountant/open.html", {"link_id": link_id}))


@require_http_methods(["POST", "DELETE"])
def session(request: HttpRequest, link_id: int) -> HttpResponse:
    """The secret for a cookie, and the end of the visit. The only route that sets a cookie."""
    if not _is_ours(request):
        return _refused(_("Open the link again."), 403)
    return _enter(request, link_id) if request.method == "POST" else _leave(request, link_id)


def _enter(request: HttpRequest, link_id: int) -> HttpResponse:
    try:
        link, cookie = accountants.enter(
            link_id=link_id, secret=_secret(request), address=_address(request), now=timezone.now()
        )
    except NoSuchLink:
        return _refused(_("This link does not open anything. Ask the shop for a new one."), 403)
    except TooManyTries:
        return _refused(_("Too many tries. Wait ten minutes, then open the link again."), 429)
    answer = JsonResponse({"address": reverse("accountant:home", args=[link.id])})
    answer.set_cookie(
        _cookie(), cookie, path=_path(link.id), expires=link.ends_at, httponly=True,
        secure=not ui.is_local(), samesite="Strict",
    )  # fmt: skip
    return _guarded(answer)


def _leave(request: HttpRequest, link_id: int) -> HttpResponse:
    accountants.leave(link_id=link_id, cookie=request.COOKIES.get(_cookie(), ""))
    answer = HttpResponse(status=204)
    answer.delete_cookie(_cookie(), path=_path(link_id), samesite="Strict")
    return _guarded(answer)


def _cookie() -> str:
    return LOCAL_COOKIE if ui.is_local() else COOKIE


def _secret(request: HttpRequest) -> str:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > MOST_BYTES:
        return ""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    secret = body.get("secret") if isinstance(body, dict) else None
    return secret if isinstance(secret, str) else ""


def _address(request: HttpRequest) -> str:
    """Whose tries are counted: behind LEJAR_PROXIES proxies of ours, the one the first of them
    saw; what stands before that in the header, anybody can write."""
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    far = settings.LEJAR_PROXIES
    return seen[-far] if 0 < far <= len(seen) else str(request.META.get("REMOTE_ADDR", ""))


def _path(link_id: int) -> str:
    return f"/accountant/{link_id}"


def _refused(said: str, status: int) -> HttpResponse:
    return _guarded(JsonResponse({"detail": said}, status=status))


# --- who is asking ---------------------------------------------------------------------------


def visit(request: HttpRequest, link_id: int) -> Visit | None:
    """The accountant's visit that the cookie of this link speaks for. Raises shares.TooOften: a
    link has a share of its own, so that nobody uses up the shop's with it."""
    cookie = request.COOKIES.get(_cookie(), "")
    link = accountants.visited(link_id=link_id, cookie=cookie, now=timezone.now())
    if link is not None:
        shares.enter(request, accountants.who(link))
    shop = install.known(link.shop.domain) if link else None
    return Visit(shop=shop, link=link) if link and shop else None


def _is_ours(request: HttpRequest) -> bool:
    """Whether a page of ours sends this write: it says so in a header that a foreign page may not
    send, and the browser does not say otherwise."""
    origin = request.headers.get("Origin")
    same = origin is None or urlsplit(origin).netloc == request.get_host()
    return same and request.headers.get(OURS) == "1"


class AccountantCookie(BaseAuthentication):
    """For the views of the API that `api` offers to an accountant, and no others."""

    def authenticate(self, request: Request) -> tuple[None, Visit]:
        link_id = getattr(request._request, "accountant_link_id", 0)
        try:
            whose = visit(request._request, link_id)
        except shares.TooOften as often:
            raise Often(often) from None
        if whose is None:
            raise AuthenticationFailed
        if request.method not in SAFE and not _is_ours(request._request):
            raise PermissionDenied
        return (None, whose)

    def authenticate_header(self, _request: Request) -> str:
        return "Cookie"


# --- what an accountant may see and do -------------------------------------------------------


def page(view: Page) -> Page:
    """A page of the admin, shown to an accountant; `view` is what `session_required` guards."""
    inner: Page = getattr(view, "page")  # noqa: B009 `session_required` sets it

    @wraps(inner)
    def guarded(request: HttpRequest, /, link_id: int, **kwargs: Any) -> HttpResponse:
        try:
            whose = visit(request, link_id)
        except shares.TooOften as often:
            return _guarded(too_often(request, often))
        if whose is None:
            closed = render(request, "accountant/closed.html", {"reason": "over"}, status=401)
            return _guarded(closed)
        return _guarded(shown(inner, whose, request, **kwargs))

    return guarded


def api(view: type[APIView], *methods: str) -> View:
    """A view of the API for an accountant: what it reads, and the `methods` it may write with."""
    allowed = ["get", "head", "options", *methods]
    inner = view.as_view(authentication_classes=[AccountantCookie], http_method_names=allowed)

    @wraps(inner)
    def guarded(request: HttpRequest, /, link_id: int, **kwargs: Any) -> HttpResponseBase:
        setattr(request, "accountant_link_id", link_id)  # noqa: B010 HttpRequest has none
        return _guarded(inner(request, **kwargs))

    del guarded.cls  # type: ignore[attr-defined]  # the OpenAPI document describes the other door
    setattr(guarded, "csrf_exempt", True)  # noqa: B010 `_is_ours` is in its place
    return guarded


def hidden_page(request: HttpRequest, link_id: int) -> HttpResponse:
    """Where links lead to pages that an accountant does not see."""
    return _guarded(render(request, "accountant/closed.html", {"reason": "hidden"}, status=403))


def address(link: AccountantLink, name: str, *args: Any) -> str:
    """Where a page of ours is for an accountant, or the page that says that it is not."""
    try:
        return reverse(f"accountant:{name}", args=[link.id, *args])
    except NoReverseMatch:
        return reverse("accountant:hidden", args=[link.id])


def root(link: AccountantLink) -> str:
    return _path(link.id)


def is_shown(name: str) -> bool:
    """Whether accountants see the page of this name, which takes no arguments."""
    try:
        return bool(reverse(f"accountant:{name}", args=[1]))
    except NoReverseMatch:
        return False


def _guarded(response: Answer) -> Answer:
    """Nobody frames it, nothing from elsewhere runs in it, and no address of it is told."""
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
