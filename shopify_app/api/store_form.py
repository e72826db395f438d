"""Policies as a form says them: lengths of time in hours and minutes, a fraction in percent, rows
and names that were left empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shopify_app.api.view import Body

Messages = dict[str, Any]
DAY = 86_400  # seconds
LENGTHS = {"fold_window": "fold_window_seconds", "settle": "settle_seconds"}
TOO_LONG = _("24 hours at most.")
WHOLE: Messages = {
    "invalid": _("A whole number."),
    "min_value": _("Not below zero."),
    "max_value": TOO_LONG,
}
PERCENT: Messages = {
    "invalid": _("A number from 0 to 10."),
    "min_value": _("A number from 0 to 10."),
    "max_value": _("A number from 0 to 10."),
    "max_decimal_places": _("At most two decimals."),
    "max_digits": _("At most two decimals."),
    "max_whole_digits": _("A number from 0 to 10."),
}


def _part(most: int) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=most, error_messages=WHOLE
    )


class Length(Body):
    """A length of time, exactly; parts left out are none."""

    hours = _part(24)
    minutes = _part(DAY // 60)
    seconds = _part(DAY)

    def validate(self, attrs: Any) -> Any:
        if in_seconds(attrs) > DAY:
            raise serializers.ValidationError({"hours": [TOO_LONG]})
        return attrs


def in_seconds(length: Mapping[str, int | None]) -> int:
    parts = (("hours", 3600), ("minutes", 60), ("seconds", 1))
    return sum((length.get(name) or 0) * each for name, each in parts)


class Percent(serializers.DecimalField):
    """Of an amount, from 0 to 10; kept as a fraction."""

    def __init__(self, **more: Any) -> None:
        bounds = {"max_digits": 4, "decimal_places": 2, "min_value": 0, "max_value": 10}
        super().__init__(**{**bounds, "error_messages": PERCENT, **more})


def as_policies(asked: Mapping[str, Any], *, has_prefix: bool) -> dict[str, Any]:
    """The changes as the use-case takes them. A prefix that is not set yet may stay so."""
    changes = {name: value for name, value in asked.items() if name not in LENGTHS}
    for name, policy in LENGTHS.items():
        if name in asked:
            changes[policy] = in_seconds(asked[name])
    if "fx_percent" in changes:
        changes["fx_tolerance"] = f"{changes.pop('fx_percent') / Decimal(100):f}"
    if "tax_attributes" in changes:
        named = changes["tax_attributes"]
        changes["tax_attributes"] = {key: name for key, name in named.items() if name.strip()}
    if changes.get("prefix", "") is None:  # an empty field
        del changes["prefix"]
        changes |= {"prefix": ""} if has_prefix else {}  # which is refused
    return changes


def filled(rows: Sequence[Mapping[str, str]]) -> dict[int, Mapping[str, str]]:
    """The rows in which something was entered, by their place in the form."""
    return {at: row for at, row in enumerate(rows) if any(part.strip() for part in row.values())}
