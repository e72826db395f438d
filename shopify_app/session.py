"""Who is asking: the session token that every page and API view starts with.

Shopify's decoder checks signature, times, audience and hosts; what it lets through is checked
here (Shopify contract 3.3). There are no cookies: the token is the session, and the shop in it is
the only thing that says whose rows a request may see. An accountant outside the admin has no token:
`outside` lets them in, under /accountant/ alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from shopify import session_token
from shopify.utils.shop_url import sanitize_shop_domain

from accounting.models import Store
from shopify_app import accountants, shares, ui
from shopify_app.install import Uninstalled, connect, first_contact, read_again
from shopify_app.models import AccountantLink, Shop
from shopify_app.payloads.shop import DOMAIN
from shopify_app.tokens import SubjectRefused

TOKEN_SECONDS = 60
OUTSIDE = "/accountant/"  # what is not framed by the admin
RETRY_HEADER = "X-Shopify-Retry-Invalid-Session-Request"
RETRY = {RETRY_HEADER: "1"}  # App Bridge tries once more
POLICY_HEADER = "Content-Security-Policy"
NO_PLUGINS = "object-src 'none'; base-uri 'none';"
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none';"
HTTPS_ONLY = f"max-age={365 * 24 * 60 * 60}; includeSubDomains"
NOT_OURS = frozenset({"id_token", "shopify-reload", "hmac", "session", "timestamp"})
# What the decoder raises on a token that is no token; all of it means the same to us.
UNREADABLE = (
    session_token.SessionTokenError,
    TypeError,
    ValueError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
)

P = ParamSpec("P")


class InvalidToken(Exception):
    """Not a token of ours, or not one any more. A fresh one may help; nobody is told why."""


class AnotherShop(Exception):
    """The address names another shop than the token. No fresh token can help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified token says. `staff` is Shopify's user id, for the audit trail only."""

    domain: str
    staff: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One authenticated request: which shop, and who of its staff; or, with a `link`, an accountant
    of its, who looks and changes nothing (`outside`)."""

    shop: Shop
    staff: str = ""
    link: AccountantLink | None = None

    @property
    def store(self) -> Store:
        return self.shop.store

    @property
    def store_id(self) -> int:
        return self.shop.store_id

    @property
    def who(self) -> str:
        return f"staff {self.staff}" if self.link is None else accountants.who(self.link)

    @property
    def may_change(self) -> bool:
        return self.link is None


class PageRequest(HttpRequest):
    """A request that `session_required` let through."""

    visit: Visit


def clean_shop(value: object) -> str | None:
    """The value when it is exactly a shop's domain. The library alone would repair its input."""
    if not isinstance(value, str) or not DOMAIN.fullmatch(value):
        return None
    domain: str | None = sanitize_shop_domain(value)
    return domain


def verify(token: str) -> Claims:
    """What a token of the current secret, or of the one being rotated out, says. Raises
    InvalidToken."""
    claims = _decoded(token)
    if claims.get("aud") != settings.SHOPIFY_API_KEY:  # the decoder accepts a list too
        raise InvalidToken
    expires, staff = claims.get("exp"), claims.get("sub")
    if isinstance(expires, bool) or not isinstance(expires, (int, float)):  # it may be absent
        raise InvalidToken
    if not isinstance(staff, str) or not staff:
        raise InvalidToken
    try:
        issued_at = datetime.fromtimestamp(claims.get("iat", expires - TOKEN_SECONDS), UTC)
    except (*UNREADABLE, OSError):  # a moment that no calendar of the system reaches
        raise InvalidToken from None
    return Claims(domain=_tenant(claims), staff=staff[:50], issued_at=issued_at)


def _decoded(token: str) -> Mapping[str, Any]:
    for secret in settings.SHOPIFY_API_SECRETS if settings.SHOPIFY_API_KEY else ():
        try:
            claims: Mapping[str, Any] = session_token.decode_from_header(
                f"Bearer {token}", settings.SHOPIFY_API_KEY, secret
            )
        except UNREADABLE:
            continue
        return claims
    raise InvalidToken


def _tenant(claims: Mapping[str, Any]) -> str:
    """The decoder compares hosts only: it accepts http, and what a parser of addresses repairs."""
    issuer, destination = str(claims["iss"]), str(claims["dest"])
    domain = clean_shop(destination.removeprefix("https://"))
    if domain is None or destination != f"https://{domain}":
        raise InvalidToken
    if not issuer.startswith(f"{destination}/"):
        raise InvalidToken
    return domain


def visit_by(token: str, request: HttpRequest) -> Visit:
    """The visit a token speaks for; the shop's first one creates it and gets its offline token.

    Raises InvalidToken, and before anything is done AnotherShop, where the address says another
    shop than the token (contract 3.3), or shares.TooOften.
    """
    claims = verify(token)
    if "shop" in request.GET and clean_shop(request.GET["shop"]) != claims.domain:
        raise AnotherShop
    shares.enter(request, claims.domain)
    try:
        shop = first_contact(claims.domain, now=claims.issued_at)
        connect(shop, token, now=timezone.now())
    except (Uninstalled, SubjectRefused):
        raise InvalidToken from None
    return Visit(shop=shop, staff=claims.staff)


def bearer(header: str) -> str:
    """The token in an Authorization header, or nothing."""
    return header[7:] if header.startswith("Bearer ") else ""


def session_required(
    page: Callable[Concatenate[PageRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a page answer only the shop whose token came along (contract 3.2).

    A document without a good token goes to the bounce page to get one; a fetch is told to retry;
    a native form post is refused, because a bounce would lose its body.
    """

    @wraps(page)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        header = request.headers.get("Authorization")
        if header is None and request.method not in ("GET", "HEAD"):
            return HttpResponse(status=401)
        token = request.GET.get("id_token", "") if header is None else bearer(header)
        try:
            visit = visit_by(token, request)
        except AnotherShop:
            return HttpResponse(status=401)
        except shares.TooOften as often:
            return too_often(request, often)
        except InvalidToken:
            return (
                _to_bounce(request) if header is None else HttpResponse(status=401, headers=RETRY)
            )
        if "charge_id" in request.GET:  # back from the plan page; it proves nothing (contract 13)
            read_again(visit.shop.domain, now=timezone.now())
        return shown(page, visit, request, *args, **kwargs)

    setattr(guarded, "page", page)  # noqa: B010 for `outside`, which has a guard of its own
    return guarded


def too_often(request: HttpRequest, often: shares.TooOften) -> HttpResponse:
    page = render(request, "often.html", status=429)
    page["Retry-After"] = str(often.seconds)
    return page


def shown(
    page: Callable[Concatenate[PageRequest, P], HttpResponse],
    visit: Visit,
    request: HttpRequest,
    *args: P.args,
    **kwargs: P.kwargs,
) -> HttpResponse:
    """The page for a visit, with every time on it in the shop's time zone."""
    setattr(request, "visit", visit)  # noqa: B010 HttpRequest declares no such attribute
    with timezone.override(visit.store.time_zone):
        return page(request, *args, **kwargs)  # type: ignore[arg-type]  # it is a PageRequest now


def _to_bounce(request: HttpRequest) -> HttpResponse:
    if clean_shop(request.GET.get("shop")) is None:
        return render(request, "outside.html", status=400)
    kept = [
        (key, value)
        for key in request.GET
        if key not in NOT_OURS
        for value in request.GET.getlist(key)
    ]
    target = f"{request.path}?{urlencode(kept)}"
    return HttpResponseRedirect(
        f"{reverse('bounce')}?{urlencode([*kept, ('shopify-reload', target)])}"
    )


def bounce(request: HttpRequest) -> HttpResponse:
    """A page with nothing but App Bridge, which asks for `shopify-reload` again with a token."""
    target = request.GET.get("shopify-reload", "")
    local = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    if clean_shop(request.GET.get("shop")) is None or not local:
        return HttpResponse(status=400)
    return render(request, "bounce.html", ui.head())


def callback(request: HttpRequest) -> HttpResponse:
    """Shopify's command line wants a redirect address in the configuration; the installation it
    manages never calls it (contract 15.1). Whoever does is led home, with nothing that was brought
    along but the shop and its admin."""
    kept = {key: request.GET[key] for key in ("shop", "host") if key in request.GET}
    home = reverse("home")
    return HttpResponseRedirect(f"{home}?{urlencode(kept)}" if kept else home)


class FrameAncestorsMiddleware:
    """Only the shop's own admin may frame a page; in demos and tests the pretended one may too.
    What is no page runs nothing where somebody opens it as one. It stands first, so that nothing
    misses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            domain = _framing_shop(request)
            framers = f"https://{domain} https://admin.shopify.com" if domain else "'none'"
            if domain and ui.is_local() and settings.LEJAR_ALLOW_LOOPBACK:
                framers += " 'self'"
            policy = response.get(POLICY_HEADER, f"frame-ancestors {framers};")
            response[POLICY_HEADER] = policy if NO_PLUGINS in policy else f"{policy} {NO_PLUGINS}"
            response["Cache-Control"] = "no-store"
        else:
            response.setdefault(POLICY_HEADER, NO_PAGE)
        if not ui.is_local():
            response["Strict-Transport-Security"] = HTTPS_ONLY  # browsers heed it over https alone
        return response


def _framing_shop(request: HttpRequest) -> str | None:
    if request.path.startswith(OUTSIDE):
        return None
    visit: Visit | None = getattr(request, "visit", None)
    try:
        return visit.shop.domain if visit else clean_shop(request.GET.get("shop"))
    except SuspiciousOperation:  # an address with too many parameters
        return None
