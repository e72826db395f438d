"""How pages say addresses, amounts and states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounting.documents.document import Kind
from accounting.models import Document, Order
from shopify_app import outside, tie_words, words
from shopify_app.heard import heard
from shopify_app.hold_words import hold
from shopify_app.navigation import entries
from shopify_app.notices import Notice, notices, worst_first
from shopify_app.said import in_words
from shopify_app.session import PageRequest

register = template.Library()
register.filter("in_words", in_words)
register.filter("heard", heard)

CARRIED = ("host", "embedded", "locale")  # from the admin; never the token (contract 3.2)


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], name: str, *args: Any, **query: Any) -> str:
    """The address of a page of ours, with what the admin needs to frame it again; for an accountant
    that of the same page outside."""
    request: PageRequest = context["request"]
    said = {key: value for key, value in query.items() if value not in (None, "")}
    if request.visit.link is not None:
        said |= {key: request.GET[key] for key in ("locale",) if key in request.GET}
        where = outside.address(request.visit.link, name, *args)
        return f"{where}?{urlencode(said)}" if said else where
    said["shop"] = request.visit.shop.domain
    said |= {key: request.GET[key] for key in CARRIED if key in request.GET}
    said.setdefault("embedded", "1")
    return f"{reverse(name, args=args)}?{urlencode(said)}"


@register.simple_tag(takes_context=True)
def may_see(context: dict[str, Any], name: str) -> bool:
    """Whether a link to the page of this name, which takes no arguments, leads anywhere."""
    request: PageRequest = context["request"]
    return request.visit.link is None or outside.is_shown(name)


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of the menu; the one whose page or sub-page this is, is the current one."""
    request: PageRequest = context["request"]
    link = request.visit.link
    if link is None:
        return list(entries(request.path))
    path = request.path.removeprefix(outside.root(link))
    found = [entry for entry in entries(path) if outside.is_shown(entry["name"])]
    # The admin leads there from the settings.
    activity = {"name": "activity", "label": _("Activity"), "is_current": path == "/activity"}
    return [*found, activity]


@register.inclusion_tag("notices.html", takes_context=True)
def notice_banner(context: dict[str, Any], **own: Any) -> dict[str, Any]:
    """Everything there is to say on a page, in one banner: the worst as its heading, the rest as a
    list inside it. `own` is what the page itself has to say."""
    request: PageRequest = context["request"]
    may_act = request.visit.may_change  # an accountant could do nothing about them
    said = notices(request.visit.shop, now=timezone.now()) if may_act else []
    if own:
        said = worst_first([*said, Notice(code="page", **own)])
    return {"first": said[0] if said else None, "others": said[1:]}


@register.filter
def kind_word(kind: str) -> Any:
    return words.KINDS[Kind(kind)]


@register.filter
def state_word(state: str) -> Any:
    return words.STATES[Document.State(state)][0]


@register.filter
def state_tone(state: str) -> str:
    return words.STATES[Document.State(state)][1]


@register.filter
def order_state_word(state: str) -> Any:
    return words.ORDER_STATES[Order.State(state)][0]


@register.filter
def order_state_tone(state: str) -> str:
    return words.ORDER_STATES[Order.State(state)][1]


@register.filter
def tie_view(view: str) -> Any:
    return tie_words.VIEWS[view]


@register.filter
def tie_side(side: str) -> Any:
    return tie_words.SIDES[side]


@register.filter
def tie_reason(reason: str) -> Any:
    return tie_words.REASONS[reason][0]


@register.filter
def einvoice_words(category: str) -> Any:
    return words.EINVOICES.get(category, category)


@register.filter
def tax_mode_words(mode: str) -> Any:
    return words.TAX_MODES.get(mode, mode)


@register.filter
def outcome_words(outcome: str) -> Any:
    return words.OUTCOMES[outcome]


@register.filter
def hold_title(code: str) -> Any:
    return hold(code)[0]


@register.filter
def hold_step(code: str) -> Any:
    return hold(code)[1]


@register.filter
def account_words(account: str) -> str:
    """An account of a dry run: a code of the books, what customers owe, or the tax of a code."""
    return words.account(account)


@register.filter
def amount(text: str) -> str:
    """An amount that is kept as text, written as `money` writes one."""
    return money(Decimal(text))


@register.filter
def money(amount: Decimal | None) -> str:
    """Two decimals at least, thousands apart; more decimals only where they say something."""
    if amount is None:
        return ""
    exact = amount.normalize()
    decimals = max(2, -int(exact.as_tuple().exponent))
    return f"{amount:,.{decimals}f}"


@register.filter
def whole(amount: Decimal) -> str:
    """A round amount, as the scale of a chart has it: thousands apart, no decimals but needed."""
    return f"{amount.normalize():,f}"
