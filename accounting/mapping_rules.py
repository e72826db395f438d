"""The merchant's rows as the rules of one order: only what that order can need, never all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from accounting.debtors import code_of
from accounting.documents.debtors import own_debtor
from accounting.documents.projects import project_value
from accounting.documents.rules import (
    EInvoicing,
    GatewayCode,
    ItemCode,
    Policy,
    Rules,
    TaxCode,
    TaxIdentity,
    canonical_rate,
    counting_taxes,
    gateway_key,
    gateway_match,
    gateway_matches,
    item_matches,
    tax_identity,
    tax_set_identity,
)
from accounting.facts import Facts, Order, TaxLine
from accounting.models import (
    Debtor,
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    RoleMapping,
    Store,
    TaxMapping,
)


def policy(store: Store) -> Policy:
    """The store's choices and its customers "online sales"."""
    cash = Debtor.objects.filter(store=store).order_by("currency")
    return Policy(
        prefix=store.prefix,
        time_zone=store.time_zone,
        currency=store.currency,
        cash_debtors=dict(cash.values_list("currency", "code")),
        trigger=store.trigger,
        partial_payment=store.partial_payment,
        invoice_date=store.invoice_date,
        zero_value=store.zero_value,
        unrefunded_cancellation=store.unrefunded_cancellation,
        settle=timedelta(seconds=store.settle_seconds),
        cut_over=store.cut_over_date,
        books_closed=store.books_closed_date,
        closed_period=store.closed_period,
        excluded_sources=tuple(store.excluded_sources),
        included_sources=tuple(store.included_sources),
        fold_window=timedelta(seconds=store.fold_window_seconds),
        currency_side=store.currency_side,
        fx_tolerance=canonical_rate(store.fx_tolerance),
        customers=store.customers,
        discounts=store.discounts,
        refund_account=store.refund_account,
        earlier_refunds=store.earlier_refunds,
        gift_card_skus=tuple(store.gift_card_skus),
        tax_registered=store.tax_registered,
        show_buyer=store.show_buyer,
        project_by=store.project_by,
        project_fallback=store.project_fallback,
        einvoice=_einvoicing(store),
    )


def _einvoicing(store: Store) -> EInvoicing:
    return EInvoicing(
        since=store.einvoice_since,
        threshold=store.einvoice_threshold,
        threshold_inclusive=store.einvoice_threshold_inclusive,
        relaxed_until=store.einvoice_relaxed_until,
        asks_buyer=bool(store.tax_attributes),
    )


def versions(facts: Facts) -> list[Order]:
    """The order as it was first and as it is now."""
    return [order for order in (facts.origin, facts.latest) if order]


def items(store: Store, facts: Facts) -> dict[tuple[str, str], ItemCode]:
    """The codes of the order's products, by what they match on."""
    wanted: dict[str, set[str]] = {}
    for line in (line for order in versions(facts) for line in order.lines):
        for match, value in item_matches(line):
            wanted.setdefault(match, set()).add(value)
    if not wanted:
        return {}
    any_match = reduce(or_, (Q(match=m, value__in=sorted(v)) for m, v in wanted.items()))
    return {
        (row.match, row.value): ItemCode(
            account=row.account,
            item_code=row.item_code,
            tariff_code=row.tariff_code,
            returns_account=row.returns_account,
            returns_nostock_account=row.returns_nostock_account,
        )
        for row in ItemMapping.objects.filter(any_match, store=store).order_by("match", "value")
    }


def taxes(store: Store, facts: Facts) -> dict[TaxIdentity, TaxCode]:
    """The codes of the order's taxes, and of the sets of taxes that stand on one line."""
    wanted = tax_identities(facts)
    if not wanted:
        return {}
    titles = sorted({title for title, _, _ in wanted})
    rows = TaxMapping.objects.filter(store=store, title__in=titles)
    return {
        identity: TaxCode(code=row.code, tariff_code=row.tariff_code)
        for row in rows.order_by("title", "rate", "channel_liable")
        if (identity := (row.title, canonical_rate(row.rate), row.channel_liable)) in wanted
    }


def tax_identities(facts: Facts) -> set[TaxIdentity]:
    """The order's taxes, and the sets of several that stand on one line."""
    wanted: set[TaxIdentity] = set()
    for charged in taxes_by_charge(facts):
        wanted |= {tax_identity(tax) for tax in charged}
        several = counting_taxes(charged)
        if len(several) > 1:
            wanted.add(tax_set_identity(several))
    return wanted


def taxes_by_charge(facts: Facts) -> Iterator[tuple[TaxLine, ...]]:
    """The taxes of each line, shipping line and total of the order."""
    for order in versions(facts):
        yield from (line.taxes for line in order.lines)
        yield from (line.taxes for line in order.shipping_lines)
        yield order.duty_taxes
        yield order.fee_taxes


def gateways(store: Store, facts: Facts) -> dict[str, GatewayCode]:
    """The accounts of the order's payments, by what `gateway_matches` says they match on."""
    paid = facts.transactions
    wanted = {m for t in paid for m in gateway_matches(t.gateway, t.card_brand, t.location_id)}
    if not wanted:
        return {}
    rows = GatewayMapping.objects.filter(
        store=store,
        gateway__in=sorted({gateway_key(t.gateway) for t in paid}),
        card_brand__in=sorted({"", *(gateway_key(t.card_brand) for t in paid)}),
        location__in=sorted({"", *(str(t.location_id or "") for t in paid)}),
    )
    return {
        match: GatewayCode(account=row.account, cash=row.cash)
        for row in rows.order_by("gateway", "card_brand", "location")
        if (match := gateway_match(row.gateway, row.card_brand, row.location)) in wanted
    }


def accounts(store: Store) -> dict[str, str]:
    """All roles of the store: they are few."""
    rows = RoleMapping.objects.filter(store=store).order_by("role")
    return dict(rows.values_list("role", "account"))


def debtors(store: Store, facts: Facts, policy: Policy) -> dict[str, str]:
    """The debtor of the order's own customer, in the currency its documents are written in."""
    if facts.latest is None:
        return {}
    on_shop_side = policy.currency_side == "shop"
    order = facts.latest
    own = own_debtor(order, policy, order.currency if on_shop_side else order.presentment_currency)
    return {own: code_of(store, own)} if own else {}


def projects(store: Store, facts: Facts, policy: Policy) -> dict[str, str]:
    """The project of the order's location or sales channel, whichever the policy asks for."""
    if policy.project_by == "none":
        return {}
    values = {project_value(order, policy.project_by) for order in versions(facts)} - {""}
    if not values:
        return {}
    rows = ProjectMapping.objects.filter(
        store=store, by=policy.project_by, value__in=sorted(values)
    )
    return dict(rows.order_by("value").values_list("value", "project"))


def looked_up(store: Store, facts: Facts) -> Rules:
    """The mappings an order asks for, to be shown: no lock is taken and no customer gets a code, so
    nothing may be planned by it."""
    return Rules(
        policy=policy(store),
        items=items(store, facts),
        taxes=taxes(store, facts),
        gateways=gateways(store, facts),
        accounts=accounts(store),
    )
