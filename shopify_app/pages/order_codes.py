"""Why this code? Each line, charge and payment of an order, the code it gets by today's mappings,
and the row that decides, to be looked at or edited where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounting.mapping_why import Explained
from accounting.models import Order
from accounting.order_codes import codes_of
from shopify_app import ui
from shopify_app.pages.mapping_words import ROLES
from shopify_app.pages.places import key_of
from shopify_app.said import MATCHES
from shopify_app.session import PageRequest, session_required

PAGE = 50  # lines; an order may have hundreds
URLS = {
    "items": "mapping-products",
    "taxes": "mapping-taxes",
    "gateways": "mapping-gateways",
    "roles": "mapping-accounts",
}
WHATS: dict[str, Promise] = {
    "items": _("Product"),
    "taxes": _("Tax code"),
    "gateways": _("Payment gateway"),
    "roles": _("Account"),
}
LINE_KINDS: dict[str, Promise] = {"shipping": _("Shipping"), "payment": _("Payment")}
REST: dict[str, Promise] = {
    "default": _("Everything else"),
    "no_product": _("Custom lines and deleted products"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One code: what it is for, the key that decides (or all that were looked for in vain), and the
    page with its row."""

    title: str
    kind: Promise | str
    what: Promise
    code: str
    decides: str
    passed: str  # what is more specific and has no code
    url: str
    search: str


@session_required
@require_safe
def codes_page(request: PageRequest, order_id: int) -> HttpResponse:
    """The lines of one order, `PAGE` at a time, also of one that is held.

    Up to ten statements: six for facts and rules, however many lines (`codes_of`), one for the
    order, the rest are every page's own.
    """
    rows = Order.objects.filter(store=request.visit.store_id, order_id=order_id)
    order = rows.select_related("store").first()
    if order is None:
        return ui.show(request, "orders/missing.html", status=404)
    lines = _apart(codes_of(order))
    after = key_of(request.GET.get("after", "")) or 0
    values: dict[str, Any] = {
        "order": order,
        "answers": [each for line in lines[after : after + PAGE] for each in _answers(line)],
        "lacks": sum(not each.code for line in lines for each in line.decided),
        "is_only": not after and len(lines) <= PAGE,
        "following": after + PAGE if after + PAGE < len(lines) else None,
        "previous": max(after - PAGE, 0) if after else None,
    }
    return ui.show(request, "orders/codes.html", **values)


def _apart(lines: Sequence[Explained]) -> list[Explained]:
    """Payments that say the same are shown once: an authorization and its capture, say."""
    found = {_same(line): line for line in reversed(lines)}
    return list(reversed(found.values()))


def _same(line: Explained) -> object:
    return (line.title, line.decided) if line.kind == "payment" else (line.kind, line.id)


def _answers(line: Explained) -> Iterator[Answer]:
    for each in line.decided:
        decides = (each.match, each.key)
        tried = list(each.tried)
        passed = tried[: tried.index(decides)] if decides in tried else tried
        yield Answer(
            title=line.title or str(LINE_KINDS.get(line.kind, line.id)),
            kind=LINE_KINDS.get(line.kind, ""),
            what=WHATS[each.what],
            code=each.code,
            decides=_said(*decides) if each.code else "",
            passed=" · ".join(_said(match, key) for match, key in passed),
            url=URLS[each.what],
            search=each.search,
        )


def _said(match: str, key: str) -> str:
    """A key of a mapping as its own page calls it."""
    if match == "role":
        return str(ROLES[key][0]) if key in ROLES else key
    if match == "tax":
        title, _space, rate = key.rpartition(" ")
        return f"{title} {(Decimal(rate) * 100).normalize():f} %"
    if match in REST:
        return str(REST[match])
    return f"{MATCHES[match]} {key}" if match in MATCHES else key
