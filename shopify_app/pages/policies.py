"""The settings: every policy with what it means, and the way to all other settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounting import known_codes
from accounting.models import Debtor, Store
from accounting.policy import TAX_ATTRIBUTES
from shopify_app import ui
from shopify_app.heard import heard
from shopify_app.models import ShopDetails
from shopify_app.policy_words import ATTRIBUTES, NEEDS, SECTIONS, Words
from shopify_app.session import PageRequest, session_required

Said = str | Promise
COLUMNS = {  # where a policy is kept under another name than the form's
    "settle": "settle_seconds",
    "fold_window": "fold_window_seconds",
    "fx_percent": "fx_tolerance",
}
ZONES = (  # beside the shop's own and the present one: where shops of these books are
    "Asia/Kuala_Lumpur",
    "Asia/Kuching",
    "Asia/Singapore",
    "Asia/Brunei",
    "Asia/Jakarta",
    "Asia/Bangkok",
    "Asia/Ho_Chi_Minh",
    "Asia/Manila",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Shanghai",
    "Australia/Perth",
    "Australia/Sydney",
    "UTC",
)
# policy -> why it does not apply, unless
OFF: Mapping[str, tuple[str, Callable[[Store], object]]] = {
    "partial_payment": ("paid", lambda store: store.trigger == "paid"),
    "closed_period": ("closed", lambda store: store.books_closed_date),
    "earlier_refunds": ("cut_over", lambda store: store.cut_over_date),
    "debtor_prefix": ("own_codes", lambda store: store.customers != "cash"),
    "project_fallback": ("projects", lambda store: store.project_by != "none"),
    "einvoice_threshold": ("einvoice", lambda store: store.einvoice_since),
    "einvoice_threshold_inclusive": ("einvoice", lambda store: store.einvoice_since),
    "einvoice_relaxed_until": ("einvoice", lambda store: store.einvoice_since),
    "tax_attributes": ("einvoice", lambda store: store.einvoice_since),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: Said
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field of several that a policy is entered in."""

    name: str
    label: Said
    value: str
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One policy as the page shows it; `off` says why it does not apply."""

    words: Words
    value: Any
    usual: Said
    off: Said | None
    choices: Sequence[Choice] = ()
    inputs: Sequence[Input | Sequence[Input]] = field(default_factory=list)
    warning: str = ""


@session_required
@require_safe
def settings_page(request: PageRequest) -> HttpResponse:
    """Every policy, as it is now."""
    shop, store = request.visit.shop, request.visit.store
    debtors = list(Debtor.objects.filter(store=store).order_by("currency"))
    doubts = _doubts(store, debtors)
    details: ShopDetails | None = getattr(shop, "details", None)
    shown = {
        words.name: _shown(store, words, doubts, debtors, details)
        for section in SECTIONS
        for words in section.policies
    }
    values: dict[str, Any] = {
        "sections": [
            (section, [shown[words.name] for words in section.policies]) for section in SECTIONS
        ],
        "details": details,
        "spoken": get_language_info(get_language() or "en")["name_local"],
    }
    return ui.show(request, "settings/policies.html", **values)


def _doubts(store: Store, debtors: Sequence[Debtor]) -> dict[str, known_codes.Doubts]:
    codes = {name: getattr(store, name) for name in known_codes.PICKS["policies"]}
    rows = [{"code": debtor.code} for debtor in debtors]
    asked = {"policies": [codes], "debtors": rows}
    return known_codes.doubts_of(store.pk, asked, now=timezone.now())


def _shown(
    store: Store,
    words: Words,
    doubts: Mapping[str, known_codes.Doubts],
    debtors: Sequence[Debtor],
    details: ShopDetails | None,
) -> Shown:
    name = COLUMNS.get(words.name, words.name)
    value = None if words.form == "rows" else getattr(store, name)
    default = None if words.form == "rows" else getattr(Store(), name)  # unsaved: the defaults
    reason, applies = OFF.get(words.name, ("", lambda _: True))
    return Shown(
        words=words,
        value=_as_text(words.form, value),
        usual=words.usual or _usual(words, default),
        off=None if applies(store) else NEEDS[reason],
        choices=_choices(words, value, default, details),
        inputs=(
            _rows(store, debtors, doubts["debtors"])
            if words.form == "rows"
            else _inputs(words, value)
        ),
        warning=heard(doubts["policies"].get(0, {}).get(words.name, "")),
    )


def _as_text(form: str, value: Any) -> Any:
    if form == "list":
        return "\n".join(value)
    if form == "percent":
        return _plain(value * 100)
    if form == "money":
        return f"{value:.2f}"
    if form == "date":
        return value.isoformat() if value else ""
    return value


def _plain(number: Decimal) -> str:
    exact = number.normalize()
    return f"{exact:f}"


# --- what is usual ---------------------------------------------------------------------------


def _usual(words: Words, default: Any) -> Said:
    if words.form == "choice":
        return words.choices[default]
    if words.form == "switch":
        return _("on") if default else _("off")
    if words.form == "list":
        return ", ".join(default) or _("empty")
    if words.form == "length":
        return _length(default)
    if words.form == "percent":
        return f"{_plain(default * 100)} %"
    if words.form in ("rows", "names"):
        return ""
    return str(default)


def _length(seconds: int) -> Said:
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if not seconds:
        return _("no waiting")
    said = format_lazy(_("{minutes} minutes"), minutes=minutes)
    if not hours:
        return said
    with_hours = _("{hours} hours {minutes} minutes")
    return format_lazy(with_hours, hours=hours, minutes=minutes)


# --- what it is entered in -------------------------------------------------------------------


def _choices(words: Words, value: Any, default: Any, details: ShopDetails | None) -> list[Choice]:
    if words.form == "zone":
        own = [details.time_zone] if details and details.time_zone else []
        zones = dict.fromkeys([value, *own, *ZONES])
        return [Choice(value=zone, label=zone, chosen=zone == value) for zone in zones]
    usual = _("{label} (usual)")
    return [
        Choice(
            value=name,
            label=format_lazy(usual, label=label) if name == default else label,
            chosen=name == value,
        )
        for name, label in words.choices.items()
    ]


def _inputs(words: Words, value: Any) -> list[Input]:
    if words.form == "length":
        return _parts(words, value)
    if words.form == "names":
        return [
            Input(name=f"{words.name}.{key}", label=ATTRIBUTES[key], value=value.get(key, ""))
            for key in TAX_ATTRIBUTES
        ]
    return []


def _parts(words: Words, seconds: int) -> list[Input]:
    """Hours and minutes, and seconds only where there are some: nothing is rounded."""
    labels = {"hours": _("{label}: hours"), "minutes": _("{label}: minutes")}
    parts = {"hours": seconds // 3600, "minutes": seconds % 3600 // 60}
    if seconds % 60:
        labels["seconds"], parts["seconds"] = _("{label}: seconds"), seconds % 60
    return [
        Input(
            name=f"{words.name}.{part}",
            label=format_lazy(labels[part], label=words.label),
            value=str(count),
        )
        for part, count in parts.items()
    ]


def _rows(
    store: Store, debtors: Sequence[Debtor], doubts: known_codes.Doubts
) -> list[Sequence[Input]]:
    """What there is, and one more to fill in: the first is for the shop's own currency."""
    more = ("" if debtors else store.currency, "")
    given = [(debtor.currency, debtor.code) for debtor in debtors]
    return [
        (
            Input(name=f"debtors.{at}.currency", label=_("Currency"), value=currency),
            Input(
                name=f"debtors.{at}.code",
                label=_("Customer code"),
                value=code,
                warning=heard(doubts.get(at, {}).get("code", "")),
            ),
        )
        for at, (currency, code) in enumerate([*given, more])
    ]
