"""The two links of a message: they work without Shopify, in any browser.

Following a link shows a page with a button; only the button does something, because programs that
look through e-mail follow every link. A mail program's own "unsubscribe" posts (RFC 8058). The
signature in the address is what says who asks: there is no session, no cookie and no form that
another site could send in somebody's name without knowing the address.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from shopify_app.mail import links, recipients


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """Whether this address wants to be told."""
    return _page(request, links.CONFIRM, token)


@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, token: str) -> HttpResponse:
    """No more messages to this address, which is then erased."""
    return _page(request, links.STOP, token)


def _page(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    said, status = "asked", 200
    try:
        key = links.read(purpose, token)
        if request.method == "POST":
            _do(purpose)(key, now=timezone.now())
            said = "done"
    except (links.BadLink, recipients.NotAnymore):
        said, status = "gone", 404
    page = render(request, "mail_link.html", {"purpose": purpose, "said": said}, status=status)
    page["Content-Security-Policy"] = "frame-ancestors 'none';"
    page["Referrer-Policy"] = "no-referrer"  # the address carries the signature
    return page


def _do(purpose: str) -> recipients.Deed:
    return recipients.confirm if purpose == links.CONFIRM else recipients.stop
