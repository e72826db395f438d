"""The shop's policies and its customers "online sales" (accounting treatment, section 6)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import known_codes, mapping, policy
from accounting.mapping_tables import Invalid
from accounting.models import Debtor, Store
from accounting.policy import CHOICES
from shopify_app.api.store_form import Length, Percent, as_policies, filled
from shopify_app.api.view import Body, ShopView, checked, refusals, warned


class DebtorRow(Body):
    """The customer code that stands for online sales in one currency."""

    currency = serializers.CharField()
    code = serializers.CharField()


class YesOrNo(serializers.BooleanField):
    """A form that leaves it out leaves it as it is."""

    default_empty_html = serializers.empty


class DebtorChange(DebtorRow):
    """A row with nothing in it is no row."""

    currency = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)


class StoreChanges(Body):
    """What is left out stays as it is; `debtors`, when given, is the whole list, and so are the
    names in `tax_attributes`. `fold_window`, `settle` and `fx_percent` say `fold_window_seconds`,
    `settle_seconds` and `fx_tolerance` as a form does."""

    prefix = serializers.CharField(required=False, allow_null=True)
    currency = serializers.CharField(required=False)
    time_zone = serializers.CharField(required=False)
    trigger = serializers.ChoiceField(choices=CHOICES["trigger"], required=False)
    partial_payment = serializers.ChoiceField(choices=CHOICES["partial_payment"], required=False)
    invoice_date = serializers.ChoiceField(choices=CHOICES["invoice_date"], required=False)
    zero_value = serializers.ChoiceField(choices=CHOICES["zero_value"], required=False)
    unrefunded_cancellation = serializers.ChoiceField(
        choices=CHOICES["unrefunded_cancellation"], required=False
    )
    settle_seconds = serializers.IntegerField(required=False)
    cut_over_date = serializers.DateField(required=False, allow_null=True)
    books_closed_date = serializers.DateField(required=False, allow_null=True)
    closed_period = serializers.ChoiceField(choices=CHOICES["closed_period"], required=False)
    excluded_sources = serializers.ListField(child=serializers.CharField(), required=False)
    included_sources = serializers.ListField(child=serializers.CharField(), required=False)
    fold_window_seconds = serializers.IntegerField(required=False)
    currency_side = serializers.ChoiceField(choices=CHOICES["currency_side"], required=False)
    fx_tolerance = serializers.CharField(required=False)
    customers = serializers.ChoiceField(choices=CHOICES["customers"], required=False)
    debtor_prefix = serializers.CharField(required=False, allow_blank=True)
    discounts = serializers.ChoiceField(choices=CHOICES["discounts"], required=False)
    refund_account = serializers.CharField(required=False, allow_blank=True)
    earlier_refunds = serializers.ChoiceField(choices=CHOICES["earlier_refunds"], required=False)
    gift_card_skus = serializers.ListField(child=serializers.CharField(), required=False)
    tax_registered = YesOrNo(required=False)
    show_buyer = YesOrNo(required=False)
    project_by = serializers.ChoiceField(choices=CHOICES["project_by"], required=False)
    project_fallback = serializers.CharField(required=False, allow_blank=True)
    einvoice_since = serializers.DateField(required=False, allow_null=True)
    einvoice_threshold = serializers.CharField(required=False)
    einvoice_threshold_inclusive = YesOrNo(required=False)
    einvoice_relaxed_until = serializers.DateField(required=False, allow_null=True)
    tax_attributes = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False
    )
    debtors = DebtorChange(many=True, required=False)
    fold_window = Length(required=False)
    settle = Length(required=False)
    fx_percent = Percent(required=False)


class StoreState(serializers.Serializer[Any]):
    """The policies as they are."""

    name = serializers.CharField()
    sending = serializers.BooleanField()
    prefix = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    trigger = serializers.CharField()
    partial_payment = serializers.CharField()
    invoice_date = serializers.CharField()
    zero_value = serializers.CharField()
    unrefunded_cancellation = serializers.CharField()
    settle_seconds = serializers.IntegerField()
    cut_over_date = serializers.DateField(allow_null=True)
    books_closed_date = serializers.DateField(allow_null=True)
    closed_period = serializers.CharField()
    excluded_sources = serializers.ListField(child=serializers.CharField())
    included_sources = serializers.ListField(child=serializers.CharField())
    fold_window_seconds = serializers.IntegerField()
    currency_side = serializers.CharField()
    fx_tolerance = serializers.DecimalField(max_digits=5, decimal_places=4, normalize_output=True)
    customers = serializers.CharField()
    debtor_prefix = serializers.CharField()
    discounts = serializers.CharField()
    refund_account = serializers.CharField()
    earlier_refunds = serializers.CharField()
    gift_card_skus = serializers.ListField(child=serializers.CharField())
    tax_registered = serializers.BooleanField()
    show_buyer = serializers.BooleanField()
    project_by = serializers.CharField()
    project_fallback = serializers.CharField()
    einvoice_since = serializers.DateField(allow_null=True)
    einvoice_threshold = serializers.DecimalField(max_digits=12, decimal_places=2)
    einvoice_threshold_inclusive = serializers.BooleanField()
    einvoice_relaxed_until = serializers.DateField(allow_null=True)
    tax_attributes = serializers.DictField(child=serializers.CharField())


class StoreWarnings(serializers.Serializer[Any]):
    """Codes that a list read lately from the books does not have; of `debtors` by row and field."""

    refund_account = serializers.ListField(child=serializers.CharField(), required=False)
    project_fallback = serializers.ListField(child=serializers.CharField(), required=False)
    debtors = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    )


class StoreDetail(StoreState):
    debtors = DebtorRow(many=True)
    warnings = StoreWarnings()


class StoreView(ShopView):
    @extend_schema(responses=StoreDetail)
    def get(self, request: Request) -> Response:
        return Response(self._state())

    @extend_schema(request=StoreChanges, responses=StoreDetail)
    def patch(self, request: Request) -> Response:
        asked = checked(StoreChanges, request.data)
        debtors = asked.pop("debtors", None)
        changes = as_policies(asked, has_prefix=bool(self.visit.store.prefix))
        by = self.by()
        with transaction.atomic():
            if changes:
                with refusals():
                    policy.change_policy(changes=changes, **by)
            if debtors is not None:
                _set_debtors(debtors, by)
        return Response(self._state())

    def _state(self) -> Any:
        store = Store.objects.get(pk=self.visit.store_id)
        debtors = DebtorRow(Debtor.objects.filter(store=store).order_by("currency"), many=True).data
        warnings = _warnings(store, debtors)
        return {**StoreState(store).data, "debtors": debtors, "warnings": warnings}


def _set_debtors(rows: Any, by: dict[str, Any]) -> None:
    """What is refused is named by its place in what was sent; what is as before leaves no trail."""
    known = Debtor.objects.filter(store=by["store_id"]).values_list("currency", "code")
    given = filled(rows)
    if not known:
        given = {at: row for at, row in given.items() if not _is_only_shown(row, by["store_id"])}
    if sorted((row["currency"], row["code"]) for row in given.values()) == sorted(known):
        return
    try:
        mapping.set_debtors(rows=list(given.values()), **by)
    except Invalid as wrong:
        places = list(given)
        moved = {places[at]: said for at, said in wrong.errors.items()}
        with refusals(under="debtors"):
            raise Invalid(moved) from None


def _is_only_shown(row: Any, store_id: int) -> bool:
    """The shop's own currency stands in the first row before anybody has given a code."""
    return not row["code"] and row["currency"] == Store.objects.get(pk=store_id).currency


def _warnings(store: Store, debtors: Any) -> dict[str, Any]:
    now = timezone.now()
    codes = {name: getattr(store, name) for name in known_codes.PICKS["policies"]}
    policies = warned(known_codes.doubts(store.pk, "policies", [codes], now=now))
    by_row = warned(known_codes.doubts(store.pk, "debtors", debtors, now=now))
    return {**policies.get(0, {}), "debtors": by_row}
