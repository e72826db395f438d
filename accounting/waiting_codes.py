"""What waits for a code, as rows to fill in: gateways and taxes that orders have shown, and what
held orders say they lack, each with what the lists of the books suggest. A suggestion is only ever
shown: nothing is mapped by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F

from accounting import mapping
from accounting.connectors.base import CodeList
from accounting.documents.rules import canonical_rate, gateway_key, tax_identity
from accounting.facts import NOTHING, TaxLine
from accounting.gateway_names import suggest_gateway
from accounting.mapping_tables import ROLES, TAX_ROLE
from accounting.models import Code, GatewayMapping, SeenGateway, SeenTax, TaxMapping

Tax = tuple[str, Decimal]  # as mappings know it: title and rate
MOST = 200  # of each kind
MOST_CODES = 1000  # of a list that is searched for a suggestion
SHORTEST = 3  # letters of a gateway's name that may be looked for in an account's


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing without a code. `key` are the fields of its mapping that say what it is, `shown` is
    how Shopify writes it, `orders` how many are held for it; `kind` is what kind of account a
    gateway's name suggests, `brands` the cards that came through it."""

    key: Mapping[str, Any]
    shown: str
    orders: int = 0
    suggestion: str = ""
    kind: str = ""
    brands: tuple[str, ...] = field(default=())


# --- taxes -----------------------------------------------------------------------------------


def taxes(store_id: int) -> list[Waiting]:
    """Taxes that need a tax code, those that hold most orders first."""
    seen = SeenTax.objects.filter(store=store_id).order_by("title", "rate")
    found = {_tax_key(each.title, each.rate): each.shown for each in seen[:MOST]}
    held: dict[Tax, int] = {}
    for missing in mapping.unmapped(store_id, codes=("UNMAPPED_TAX",), limit=MOST):
        key = _tax_key(missing.terms.get("title", ""), missing.terms.get("rate", "0"))
        if key[0] and missing.terms.get("channel_liable") != "true":
            held[key] = held.get(key, 0) + missing.orders
            found.setdefault(key, missing.terms["title"])
    for key in _mapped_taxes(store_id, found):
        found.pop(key, None)
    by_rate = _codes_by_rate(store_id) if found else {}
    waiting = [
        Waiting(
            key={"title": title, "rate": f"{rate:f}", "channel_liable": False},
            shown=shown,
            orders=held.get((title, rate), 0),
            suggestion=by_rate.get(rate, ""),
        )
        for (title, rate), shown in found.items()
    ]
    return sorted(waiting, key=lambda each: (-each.orders, each.shown))


def _mapped_taxes(store_id: int, found: Iterable[Tax]) -> set[Tax]:
    """Those that have a code by now: a held order says so only when it is planned again."""
    titles = {title for title, _ in found}
    rows = TaxMapping.objects.filter(store=store_id, title__in=titles, channel_liable=False)
    return {(row.title, canonical_rate(row.rate)) for row in rows} if titles else set()


def _tax_key(title: str, rate: Decimal | str) -> Tax:
    line = TaxLine(title=title, rate=Decimal(rate), amount=NOTHING)
    return tax_identity(line)[:2]


def _codes_by_rate(store_id: int) -> dict[Decimal, str]:
    """The tax code of each rate that just one code in use has."""
    codes: dict[Decimal, list[str]] = {}
    for code in _listed(store_id, CodeList.TAX_CODES).filter(active=True)[:MOST_CODES]:
        rate = _rate(str(code.detail.get("rate", "")))
        if rate is not None:
            codes.setdefault(rate, []).append(code.code)
    return {rate: several[0] for rate, several in codes.items() if len(several) == 1}


def _rate(text: str) -> Decimal | None:
    """A rate as books write it, in per cent: "8", "8%", "8.00 %"."""
    try:
        percent = Decimal(text.replace("%", "").strip())
    except InvalidOperation:
        return None
    return canonical_rate(percent / 100) if percent.is_finite() and 0 <= percent <= 100 else None


# --- gateways --------------------------------------------------------------------------------


def gateways(store_id: int) -> list[Waiting]:
    """Payment gateways that need an account, those that hold most orders first."""
    shown: dict[str, str] = {}
    brands: dict[str, list[str]] = {}
    seen = SeenGateway.objects.filter(store=store_id).order_by("gateway", "card_brand")
    for each in seen[:MOST]:
        shown.setdefault(each.gateway, each.shown)
        brands.setdefault(each.gateway, []).extend([each.card_brand] if each.card_brand else [])
    held: dict[str, int] = {}
    for missing in mapping.unmapped(store_id, codes=("UNMAPPED_GATEWAY",), limit=MOST):
        if key := gateway_key(missing.subject):
            held[key] = held.get(key, 0) + missing.orders
            shown.setdefault(key, missing.subject)
    for key in _mapped_gateways(store_id, shown, brands):
        del shown[key]
    accounts = _accounts_named(store_id, shown) if shown else {}
    waiting = [
        Waiting(
            key={"gateway": key, "card_brand": "", "location": ""},
            shown=name,
            orders=held.get(key, 0),
            suggestion=accounts.get(key, ""),
            kind=suggest_gateway(name) or "",
            brands=tuple(brands.get(key, ())),
        )
        for key, name in shown.items()
    ]
    return sorted(waiting, key=lambda each: (-each.orders, each.shown))


def _mapped_gateways(
    store_id: int, gateways: Iterable[str], brands: Mapping[str, Sequence[str]]
) -> set[str]:
    """Those that have an account by now, whatever the card or for every card that was seen."""
    keys = set(gateways)
    rows = GatewayMapping.objects.filter(store=store_id, gateway__in=keys, location="")
    cards: dict[str, set[str]] = {}
    for gateway, brand in rows.values_list("gateway", "card_brand") if keys else ():
        cards.setdefault(gateway, set()).add(brand)
    return {
        key
        for key, mapped in cards.items()
        if "" in mapped or (brands.get(key) and mapped >= set(brands[key]))
    }


def _accounts_named(store_id: int, gateways: Iterable[str]) -> dict[str, str]:
    """The payment method, or else the account, whose name alone has the gateway's in it."""
    either = _listed(store_id, CodeList.PAYMENT_METHODS, CodeList.ACCOUNTS).filter(active=True)
    rows = list(either.select_related("list").order_by("-list__name", "key")[: 2 * MOST_CODES])
    methods = [row for row in rows if row.list.name == CodeList.PAYMENT_METHODS.value] or rows
    named = [(gateway_key(row.name), row.code) for row in methods]
    found = {}
    for key in gateways:
        fitting = [code for name, code in named if len(key) >= SHORTEST and key in name]
        if len(fitting) == 1:
            found[key] = fitting[0]
    return found


def _listed(store_id: int, *lists: CodeList) -> Any:
    names = [each.value for each in lists]
    return Code.objects.filter(
        list__book__store=store_id, list__name__in=names, generation=F("list__generation")
    )


# --- account roles ---------------------------------------------------------------------------


def roles(store_id: int) -> dict[str, int]:
    """Roles of accounts that held orders lack, and how many orders lack each."""
    missing = mapping.unmapped(store_id, codes=("UNMAPPED_ACCOUNT",), limit=MOST)
    return {
        each.subject: each.orders
        for each in missing
        if each.subject in ROLES or each.subject.startswith(TAX_ROLE)
    }
