"""Who changed what, newest first, and whether the trail is unbroken."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from shopify_app import activity, ui
from shopify_app.activity import Wanted
from shopify_app.pages.places import key_of
from shopify_app.session import PageRequest, session_required

PAGE = 50


@session_required
@require_safe
def activity_page(request: PageRequest) -> HttpResponse:
    """What was changed, by whom, and what it was before."""
    shop, wanted = request.visit.shop, _wanted(request.GET)
    before = request.GET.get("before", "")
    entries, following = activity.page(shop, wanted, before=key_of(before), size=PAGE)
    whos, actions = activity.options(shop)
    asked = {name: str(getattr(wanted, name) or "") for name in ("who", "action", "since", "until")}
    return ui.show(
        request,
        "activity.html",
        noted=entries,
        following=following,
        first_page=not before,
        chain=activity.state(shop),
        whos=whos,
        actions=actions,
        asked=asked,
        is_filtered=any(asked.values()),
        csv=urlencode({name: value for name, value in asked.items() if value}),
    )


def _wanted(query: QueryDict) -> Wanted:
    """What the address asks for; anything in it that makes no sense is not asked for."""
    return Wanted(
        who=query.get("who", "")[:100],
        action=query.get("action", "")[:60],
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 1, 1) else None
