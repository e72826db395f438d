"""Who of the shop is told by e-mail, and of what."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from shopify_app import ui
from shopify_app.mail import recipients
from shopify_app.mail.words import KINDS
from shopify_app.models import Mail, Shop
from shopify_app.session import PageRequest, session_required


@session_required
@require_safe
def notifications_page(request: PageRequest) -> HttpResponse:
    """The addresses with their state, and what is chosen."""
    shop = request.visit.shop
    chosen = recipients.settings_of(shop)
    addresses = recipients.addresses_of(shop)
    values: dict[str, Any] = {
        "configured": recipients.is_configured(),
        "chosen": chosen,
        "events": [(kind, label, kind in chosen.kinds) for kind, label in KINDS.items()],
        "hours": [(hour, f"{hour:02}:00") for hour in range(24)],
        "addresses": addresses,
        "is_full": len(addresses) >= recipients.MOST,
        "troubled": _troubled(shop),
    }
    return ui.show(request, "settings/notifications.html", **values)


def _troubled(shop: Shop) -> set[int]:
    """The addresses whose newest message could not be sent."""
    newest = Mail.objects.filter(shop=shop).order_by("address", "-id").distinct("address")
    return {mail.address_id for mail in newest if mail.trouble and not mail.sent_at}
