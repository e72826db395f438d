"""The first page: what is in the books, what is on its way, what needs somebody, and the set-up
guide until the first document is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from accounting import overview, tie_out
from accounting.overview import MOST, Counts, SetUp
from shopify_app import ui
from shopify_app.hold_words import hold
from shopify_app.models import Delivery
from shopify_app.pages import arrival
from shopify_app.pages.chart import Chart, Day, chart
from shopify_app.pages.standing import Standing, standing
from shopify_app.session import PageRequest, Visit, session_required
from shopify_app.setup_guide import is_done, steps

DAYS = 30
MOST_REASONS = 5


@session_required
@require_safe
def home_page(request: PageRequest) -> HttpResponse:
    """A fresh shop sees the guide alone; figures of nothing would only be in its way."""
    has = overview.set_up(request.visit.store_id)
    values = _guide(has)
    if has.has_orders or not values["steps"]:
        values |= _figures(request.visit, has)
    return ui.show(request, "home/home.html", store=has.store, **values)


def _guide(has: SetUp) -> dict[str, Any]:
    """Nothing once it is done, or nobody wants to see it."""
    if has.store.guide_dismissed_at:
        return {"steps": ()}
    found = steps(has)
    if is_done(found):
        return {"steps": ()}
    shown = {
        "steps": found,
        "next_step": next(step for step in found if not step.done),
        "done": sum(step.done for step in found),
    }
    return shown | {"held_for": _held_for(has) if has.has_orders else ()}


def _held_for(has: SetUp) -> list[tuple[Promise, str]]:
    """What held orders wait to be mapped, in words."""
    found = overview.held_for_mapping(has.store.pk)
    return [(hold(code)[0], subject) for code, subject in found[:MOST_REASONS]]


def _figures(visit: Visit, has: SetUp) -> dict[str, Any]:
    counts, stands = overview.counts(has.store), standing(has.store)
    return {
        "chart": _chart(has.store.pk),
        "days": DAYS,
        "standing": stands,
        "book": has.store.book,
        "waiting": Shown.of(counts.waiting),
        "arrival": _arrival(has, counts, stands) if counts.waiting else "",
        "needs": _needs(visit, counts),
        "show_figures": True,
    }


def _chart(store_id: int) -> Chart | None:
    """Of the last days until today, by the shop's time zone."""
    today = timezone.localdate()
    days = tie_out.daily(store_id, first=today - timedelta(days=DAYS - 1), last=today)
    return chart([Day(date=day.date, shop=day.shop, books=day.books) for day in days])


@dataclass(frozen=True, slots=True)
class Shown:
    """A count as it is shown: "10,000+" where more was not counted."""

    count: int
    more: bool

    @classmethod
    def of(cls, count: int) -> Shown:
        return cls(min(count, MOST), count > MOST)

    def __str__(self) -> str:
        return f"{self.count:,}{'+' if self.more else ''}"


def _arrival(has: SetUp, counts: Counts, stands: Standing) -> Promise | str:
    if stands.code != "alive":
        return arrival.in_words(stands.code, None)
    if (counts.rejected or counts.conflicts) and not overview.is_any_on_its_way(has.store):
        return arrival.in_words("behind", None)
    expected = arrival.soon(
        min(counts.waiting, MOST),
        overview.newest_posted(has.store.pk),
        now=timezone.now(),
        at_least=counts.waiting > MOST,
    )
    return arrival.in_words(stands.code, expected)


def _needs(visit: Visit, counts: Counts) -> dict[str, Shown]:
    """What needs somebody, by what it is; nothing of what there is none of."""
    failed = Delivery.objects.filter(shop_domain=visit.shop.domain, state=Delivery.State.FAILED)
    found = {
        "held": counts.held,
        "rejected": counts.rejected,
        "conflicts": counts.conflicts,
        "deliveries": failed[: MOST + 1].count(),
    }
    return {name: Shown.of(count) for name, count in found.items() if count}
