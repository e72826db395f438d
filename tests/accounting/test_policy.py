"""Every choice of the merchant: what is taken, in which form it is kept, what is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounting import policy
from accounting.mapping_tables import Invalid
from accounting.models import Audit, Store
from accounting.models import Order as OrderRow
from tests.accounting.mapped import hold

pytestmark = pytest.mark.django_db


def change(store: Store, now: datetime, **changes: Any) -> Store:
    return policy.change_policy(store_id=store.pk, changes=changes, who="7", now=now)


TAKEN: list[tuple[str, Any, Any]] = [
    *((name, value, value) for name, choices in policy.CHOICES.items() for value in choices),
    ("fold_window_seconds", 0, 0),
    ("fold_window_seconds", 86_400, 86_400),
    ("settle_seconds", 86_400, 86_400),
    ("fx_tolerance", "0", Decimal("0")),
    ("fx_tolerance", Decimal("0.0350"), Decimal("0.035")),
    ("fx_tolerance", "0.10", Decimal("0.1")),
    ("debtor_prefix", " 3a- ", "3A-"),
    ("debtor_prefix", "300-", "300-"),
    ("debtor_prefix", "", ""),
    ("refund_account", " 310-BANK ", "310-BANK"),
    ("refund_account", "", ""),
    ("project_fallback", "S" * 20, "S" * 20),
    ("tax_registered", False, False),
    ("show_buyer", True, True),
    ("einvoice_threshold_inclusive", False, False),
    ("einvoice_since", "2026-07-01", date(2026, 7, 1)),
    ("einvoice_since", None, None),
    ("einvoice_relaxed_until", date(2026, 12, 31), date(2026, 12, 31)),
    ("einvoice_threshold", "10000.00", Decimal("10000")),
    ("einvoice_threshold", 0, Decimal("0")),
    ("einvoice_threshold", "9999999999.99", Decimal("9999999999.99")),
    ("included_sources", ["Shopee POS "], ["shopee pos"]),
    ("excluded_sources", [], []),
    ("tax_attributes", {}, {}),
    (
        "tax_attributes",
        {"tin": " TIN no ", "id_type": "ID", "id_number": "ID no"},
        {"tin": "TIN no", "id_type": "ID", "id_number": "ID no"},
    ),
    ("tax_attributes", {"tin": "TIN", "nric": "IC"}, {"tin": "TIN", "nric": "IC"}),
    ("gift_card_skus", ["CARD-50", "card-100"], ["card-50", "card-100"]),
]


@pytest.mark.parametrize(("name", "value", "kept"), TAKEN)
def test_a_policy_is_kept_in_one_form(
    store: Store, now: datetime, name: str, value: Any, kept: Any
) -> None:
    change(store, now, **{name: value})

    store.refresh_from_db()
    assert getattr(store, name) == kept


def test_every_policy_is_tried_and_every_column_can_be_changed() -> None:
    known = {*policy.CHOICES, *policy.CHECKS}
    allowance = {"paused_reason", "orders_limit", "orders_begun", "orders_since"}
    not_policies = {"id", "name", "book", "sending", "guide_dismissed_at", *allowance}

    assert known == {field.name for field in Store._meta.get_fields() if field.concrete} - (
        not_policies
    )


REFUSED: list[tuple[str, Any, str]] = [
    *((name, "other", "One of") for name in policy.CHOICES),
    ("customers", ["cash"], "One of cash, customer, company."),
    ("fold_window_seconds", 86_401, "A whole number of seconds from 0 to 86400."),
    ("fold_window_seconds", -1, "A whole number of seconds"),
    ("fold_window_seconds", True, "A whole number of seconds"),
    ("fold_window_seconds", "60", "A whole number of seconds"),
    ("fx_tolerance", "0.1001", "A number from 0 to 0.10."),
    ("fx_tolerance", "-0.01", "A number from 0"),
    ("fx_tolerance", "0.02001", "At most 4 decimals."),
    ("fx_tolerance", "NaN", "A number"),
    ("fx_tolerance", "two", "A number"),
    ("fx_tolerance", 0.02, "A number"),
    ("fx_tolerance", True, "A number"),
    ("fx_tolerance", None, "A number"),
    ("debtor_prefix", "300-0", "At most four"),
    ("debtor_prefix", "3 0", "At most four"),
    ("debtor_prefix", 300, "At most four"),
    ("refund_account", "3" * 21, "A code of at most 20 characters, or nothing."),
    ("refund_account", "31\x000", "A code"),
    ("refund_account", None, "A code"),
    ("project_fallback", "S" * 21, "A code of at most 20"),
    ("tax_registered", "yes", "true or false."),
    ("einvoice_threshold_inclusive", 1, "true or false."),
    ("einvoice_since", "01/07/2026", "A date like"),
    ("einvoice_relaxed_until", 2026, "A date like"),
    ("einvoice_threshold", "10000.001", "At most 2 decimals."),
    ("einvoice_threshold", "10000000000", "A number from 0 to 9999999999.99."),
    ("einvoice_threshold", "-1", "A number from 0"),
    ("einvoice_threshold", "Infinity", "A number from 0"),
    ("included_sources", "shopee", "A list of at most 50 sales channel names"),
    ("included_sources", ["a"] * 51, "A list of at most 50"),
    ("included_sources", [""], "A list"),
    ("gift_card_skus", ["x" * 256], "A list of at most 200 SKUs, of 255 characters each."),
    ("gift_card_skus", ["x"] * 201, "A list of at most 200"),
    ("gift_card_skus", ["a\x00"], "A list"),
    ("gift_card_skus", [50], "A list"),
    ("tax_attributes", "TIN", "The names of order attributes, under any of tin, id_type,"),
    ("tax_attributes", None, "The names of order attributes"),
    ("tax_attributes", {"tin": 7, "nric": "IC"}, "The names of order attributes"),
    ("tax_attributes", {"tin": " ", "nric": "IC"}, "The names of order attributes"),
    ("tax_attributes", {"tin": "x" * 101, "nric": "IC"}, "The names of order attributes"),
    ("tax_attributes", {"tin": "a\x00", "nric": "IC"}, "The names of order attributes"),
    ("tax_attributes", {"tin": "TIN", "nric": "IC", "msic": "MSIC"}, "The names of order"),
    ("tax_attributes", {"nric": "IC"}, "Name the attributes of the TIN, and of the ID type"),
    ("tax_attributes", {"tin": "TIN"}, "Name the attributes of the TIN"),
    ("tax_attributes", {"tin": "TIN", "id_number": "ID no"}, "Name the attributes of the TIN"),
    ("colour", "red", "There is no such setting."),
]


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_kept(
    store: Store, now: datetime, name: str, value: Any, message: str
) -> None:
    held = hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"))
    before = Store.objects.values().get()

    with pytest.raises(Invalid) as refused:
        change(store, now, time_zone="Asia/Singapore", **{name: value})

    assert list(refused.value.errors[0]) == [name]
    assert message in refused.value.errors[0][name]
    assert Store.objects.values().get() == before
    assert not Audit.objects.exists()
    assert OrderRow.objects.get(pk=held.pk).plan_at is None


def test_a_change_leaves_what_was_and_what_is_in_plain_values(store: Store, now: datetime) -> None:
    change(store, now, fx_tolerance="0.05", einvoice_since="2026-07-01", tax_registered=False)

    assert Audit.objects.get().detail == {
        "before": {"fx_tolerance": "0.0200", "einvoice_since": None, "tax_registered": True},
        "after": {"fx_tolerance": "0.05", "einvoice_since": "2026-07-01", "tax_registered": False},
    }


@pytest.mark.parametrize("changes", [{"fold_window_seconds": 86_401}, {"fx_tolerance": "0.2"}])
def test_the_database_keeps_the_limits_whoever_writes(
    store: Store, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Store.objects.update(**changes)

    store.refresh_from_db()
    assert (store.fold_window_seconds, store.fx_tolerance) == (0, Decimal("0.02"))
