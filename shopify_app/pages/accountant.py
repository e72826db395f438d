"""Links with which an accountant may look: made, seen and revoked by the shop."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from shopify_app import accountants, activity, ui
from shopify_app.models import AccountantLink
from shopify_app.pages.paging import newest
from shopify_app.session import PageRequest, session_required

PAGE = 50


@session_required
@require_safe
def links_page(request: PageRequest) -> HttpResponse:
    """The shop's links, newest first; a new one is made here and shown once."""
    now, shop = timezone.now(), request.visit.shop
    mine = AccountantLink.objects.filter(shop=shop)
    links, following = newest(mine, request.GET.get("before", ""), PAGE)
    today = timezone.localdate(now)
    return ui.show(
        request,
        "accountant/links.html",
        links=[(link, _state(link)) for link in links],
        names=activity.names(shop, {link.created_by for link in links}),
        following=following,
        first_page=not request.GET.get("before"),
        ends=today + timedelta(days=accountants.DAYS),
        latest=today + timedelta(days=accountants.MOST_DAYS),
        most_days=accountants.MOST_DAYS,
    )


def _state(link: AccountantLink) -> str:
    if link.revoked_at is not None:
        return "revoked"
    return "open" if link.ends_at > timezone.now() else "over"
