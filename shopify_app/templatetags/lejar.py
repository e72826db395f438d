"""How pages say addresses, amounts and states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.documents.document import Kind
from accounting.models import Attempt, Document
from shopify_app.session import PageRequest

register = template.Library()

State = Document.State
KINDS = {
    Kind.INVOICE: _("Invoice"),
    Kind.DEBIT_NOTE: _("Debit note"),
    Kind.PAYMENT: _("Payment"),
    Kind.CREDIT_NOTE: _("Credit note"),
    Kind.REFUND: _("Refund"),
    Kind.ALLOCATION: _("Knock-off"),
}
STATES = {
    State.WAITING: (pgettext_lazy("document", "Waiting its turn"), "neutral"),
    State.QUEUED: (pgettext_lazy("document", "Queued"), "info"),
    State.SENDING: (pgettext_lazy("document", "Being sent"), "info"),
    State.UNKNOWN: (pgettext_lazy("document", "Being looked up"), "caution"),
    State.POSTED: (pgettext_lazy("document", "In the books"), "success"),
    State.REJECTED: (pgettext_lazy("document", "Refused by the books"), "critical"),
    State.CONFLICT: (pgettext_lazy("document", "Differs from the books"), "critical"),
    State.SKIPPED: (pgettext_lazy("document", "Left out"), "neutral"),
}
Outcome = Attempt.Outcome
OUTCOMES: dict[str, Any] = {
    "": _("The answer never came"),
    Outcome.ACCEPTED: _("Taken by the books"),
    Outcome.REJECTED: _("Refused by the books"),
    Outcome.REFUSED: _("Refused by the books"),
    Outcome.DUPLICATE: _("The number was already taken"),
    Outcome.UNCERTAIN: _("The answer was lost"),
    Outcome.UNAVAILABLE: _("The books could not be reached"),
    Outcome.MISCONFIGURED: _("The connection was refused"),
    Outcome.ASKED: _("A person asked to look again"),
}
CARRIED = ("host", "embedded", "locale")  # from the admin; never the token (contract 3.2)


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], name: str, *args: Any, **query: Any) -> str:
    """The address of a page of ours, with what the admin needs to frame it again."""
    request: PageRequest = context["request"]
    said = {key: value for key, value in query.items() if value not in (None, "")}
    said["shop"] = request.visit.shop.domain
    said |= {key: request.GET[key] for key in CARRIED if key in request.GET}
    said.setdefault("embedded", "1")
    return f"{reverse(name, args=args)}?{urlencode(said)}"


@register.filter
def kind_word(kind: str) -> Any:
    return KINDS[Kind(kind)]


@register.filter
def state_word(state: str) -> Any:
    return STATES[State(state)][0]


@register.filter
def state_tone(state: str) -> str:
    return STATES[State(state)][1]


@register.filter
def outcome_words(outcome: str) -> Any:
    return OUTCOMES[outcome]


@register.filter
def money(amount: Decimal | None) -> str:
    """Two decimals at least, thousands apart; more decimals only where they say something."""
    if amount is None:
        return ""
    exact = amount.normalize()
    decimals = max(2, -int(exact.as_tuple().exponent))
    return f"{amount:,.{decimals}f}"
