"""What customers asked of their data through Shopify, what was done, and who has seen any."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from shopify_app import ui
from shopify_app.models import PersonalDataAccess, PrivacyRequest
from shopify_app.pages.paging import newest
from shopify_app.privacy_words import PLACES, STATES, TOPICS, kept
from shopify_app.session import PageRequest, session_required

PAGE = 20


@session_required
@require_safe
def privacy_settings_page(request: PageRequest) -> HttpResponse:
    """The newest of each list first; each is paged by its own key."""
    shop, now, before = request.visit.shop, timezone.now(), request.GET.get
    asked = PrivacyRequest.objects.filter(shop_domain=shop.domain)
    rows = asked.annotate(has_export=Q(sealed_export__isnull=False)).defer("sealed_export")
    requests, older_requests = newest(rows, before("requests", ""), PAGE)
    seen = PersonalDataAccess.objects.filter(shop=shop)
    accesses, older_accesses = newest(seen, before("accesses", ""), PAGE)
    values: dict[str, Any] = {
        "requests": [_shown(row, now) for row in requests],
        "older_requests": older_requests,
        "accesses": [(row, PLACES.get(row.what, row.what)) for row in accesses],
        "older_accesses": older_accesses,
        "raw_days": settings.SHOPIFY_RAW_DAYS,
        "export_days": settings.SHOPIFY_EXPORT_DAYS,
        "policy": reverse("privacy"),
    }
    return ui.show(request, "settings/privacy.html", **values)


def _shown(row: Any, now: datetime) -> dict[str, Any]:
    state, tone = STATES[row.state]
    until = row.export_until
    return {
        "row": row,
        "title": TOPICS.get(row.topic, row.topic),
        "state": state,
        "tone": tone,
        "count": sum(row.evidence.get("counts", {}).values()),
        "kept": kept(row.evidence),
        "can_export": row.has_export and until is not None and until > now,
    }
