"""What a merchant is told about their plan and about settings the books are not kept by."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from shopify_app import billing, entitlement, shop_details
from shopify_app.entitlement import Why
from shopify_app.models import Shop, ShopPlan
from shopify_app.notices.notice import Notice


def plan_notices(shop: Shop, now: datetime) -> list[Notice]:
    """Why sending is paused, or how near the limit is; nothing when all is well."""
    if not billing.plans():
        return []
    row = billing.plan_of(shop)
    stands = billing.standing(row, now=now)
    if not stands.may_send:
        return [_paused(row, stands.why)]
    if stands.limit is None:
        return []
    usage = billing.usage(row, now=now)
    if usage.used >= stands.limit:
        return [_reached(row, stands.limit, usage)]
    return (
        [_near(row, stands.limit, usage)] if entitlement.is_near(usage.used, stands.limit) else []
    )


def shop_notices(shop: Shop, now: datetime) -> list[Notice]:
    """Where the shop's settings at Shopify are not those its books are kept by."""
    differs = shop_details.differences(shop)
    notices = []
    if "currency" in differs:
        notices.append(_other_currency(*differs["currency"]))
    if "time_zone" in differs:
        notices.append(_other_time_zone(*differs["time_zone"]))
    return notices


def _paused(row: ShopPlan, why: Why) -> Notice:
    told = {
        Why.NONE: _("Lejar needs a plan. Choose one on Shopify's plan page."),
        Why.TEST: _("The plan is a test charge, which counts in development stores only."),
        Why.NOT_READ: _("Lejar has not read your plan from Shopify yet."),
        Why.DOUBT: _("Lejar could not read your plan from Shopify for a day."),
    }[why]
    kept = _("Orders are still received and planned. They are sent once a plan is active.")
    if why is Why.NONE and row.name:
        ended = _("The plan %(plan)s is not active any more.") % {"plan": row.name}
        told = _one_after_another(ended, told)
    return Notice(
        code=f"plan_{why.value}",
        tone="info" if why is Why.NOT_READ else "critical",
        title=_("Nothing is sent to your books for now"),
        text=_one_after_another(told, kept),
        next_step=_("Choose a plan"),
        link=billing.plan_page(row.shop),
    )


def _one_after_another(first: str, second: str) -> str:
    """Chinese sets no space between sentences."""
    return _("%(first)s %(second)s") % {"first": first, "second": second}


def _near(row: ShopPlan, limit: int, usage: billing.Usage) -> Notice:
    text = _(
        "%(used)s of the %(limit)s orders of this month are used. The month ends on %(day)s. "
        "Beyond the limit further orders wait; nothing is lost."
    )
    return Notice(
        code="plan_limit_near",
        tone="warning",
        title=_("The limit of your plan is near"),
        text=text % _figures(limit, usage),
        next_step=_("Choose a plan"),
        link=billing.plan_page(row.shop),
    )


def _reached(row: ShopPlan, limit: int, usage: billing.Usage) -> Notice:
    text = _(
        "All %(limit)s orders of this month are used; waiting orders: %(waiting)s. They are sent "
        "from %(day)s, or at once with a larger plan. Payments and refunds of orders already begun "
        "still go out."
    )
    return Notice(
        code="plan_limit_reached",
        tone="critical",
        title=_("Further orders wait: the limit of your plan is reached"),
        text=text % _figures(limit, usage),
        next_step=_("Choose a plan"),
        link=billing.plan_page(row.shop),
    )


def _figures(limit: int, usage: billing.Usage) -> dict[str, object]:
    figures = {"limit": limit, "used": usage.used, "waiting": usage.waiting}
    return {**figures, "day": usage.end.date().isoformat()}


def _other_currency(shops: str, books: str) -> Notice:
    text = _(
        "Your shop sells in %(shop)s now, but its books are kept in %(books)s. Orders in "
        "%(shop)s are not taken, and nothing that is in the books changes."
    )
    return Notice(
        code="shop_currency",
        tone="critical",
        title=_("Your shop's currency is another one than your books'"),
        text=text % {"shop": shops, "books": books},
        next_step=_("Ask your accountant, then change the currency in the settings."),
    )


def _other_time_zone(shops: str, books: str) -> Notice:
    text = _(
        "Your shop's time zone is %(shop)s, but documents are dated by %(books)s. A change would "
        "move the date of orders near midnight, of later orders only."
    )
    return Notice(
        code="shop_time_zone",
        tone="info",
        title=_("Your shop's time zone is another one than your books'"),
        text=text % {"shop": shops, "books": books},
        next_step=_("Change the time zone in the settings, if your books should follow."),
    )
