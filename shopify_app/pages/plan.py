"""What the shop's plan allows, and how much of it is used."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from shopify_app import billing, ui
from shopify_app.entitlement import Why
from shopify_app.session import PageRequest, session_required

WHY: dict[Why, Promise] = {
    Why.NO_BILLING: _("This installation of Lejar takes no payment: everything may be used."),
    Why.ACTIVE: _("The plan is active."),
    Why.UNKNOWN_PLAN: _("The plan is active, and has no limit here."),
    Why.NOT_READ: _("Lejar has not read your plan from Shopify yet. It does so within minutes."),
    Why.NONE: _("Orders are received and planned; they are sent once a plan is active."),
    Why.TEST: _("The plan is a test charge, which counts in development stores only."),
    Why.DOUBT: _("Lejar could not read your plan from Shopify for a day. It keeps trying."),
}


@session_required
@require_safe
def plan_page(request: PageRequest) -> HttpResponse:
    """How the plan stands now."""
    shop, now = request.visit.shop, timezone.now()
    row = billing.plan_of(shop)
    stands = billing.standing(row, now=now)
    values: dict[str, Any] = {
        "row": row,
        "stands": stands,
        "why": WHY[stands.why],
        "usage": billing.usage(row, now=now),
        "is_billed": stands.why is not Why.NO_BILLING,
        "plan_page": billing.plan_page(shop),
    }
    return ui.show(request, "settings/plan.html", **values)
