"""What buyers type for an e-invoice of their own, under the names of a merchant's checkout."""

from __future__ import annotations

from typing import Any

import pytest

from accounting.facts import Order, TaxDetails
from accounting.policy import TAX_ATTRIBUTES
from shopify_app.payloads import BadPayload, facts_from
from shopify_app.payloads.tax_details import FIELDS
from tests.payloads import as_body, make_address, make_order, make_refund
from tests.shopify_app.reading import SENT, only, order_of

NAMES = {"tin": "TIN", "id_type": "ID type", "id_number": "ID number"}
TYPED = {"TIN": "C90000000017", "ID type": "BRN", "ID number": "209901000123"}
DETAILS = TaxDetails(tin="C90000000017", id_type="BRN", id_number="209901000123")


def attributes(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in said.items()]


def details_of(
    said: dict[str, Any], names: dict[str, str] = NAMES, **changes: Any
) -> TaxDetails | None:
    values = {"billing_address": None, "shipping_address": None, **changes}
    body = as_body(make_order(note_attributes=attributes(said), **values))
    facts = facts_from("orders/create", body, triggered_at=SENT, tax_attributes=names)
    return only(Order, facts).tax_details


def test_what_the_merchant_named_is_kept_letter_for_letter() -> None:
    assert details_of(TYPED) == DETAILS
    assert details_of({**TYPED, "TIN": "not even near"}) == TaxDetails(
        tin="not even near", id_type="BRN", id_number="209901000123"
    )


def test_what_nobody_named_is_not_kept() -> None:
    body = make_order(note_attributes=attributes(TYPED))

    assert order_of(body).tax_details is None
    assert details_of({**TYPED, "Gift note": "for Aisyah"}) == DETAILS
    assert details_of({"tin ": " c9 ", "NRIC": "900101145566"}) == TaxDetails(tin="c9")


def test_case_and_blanks_in_a_name_do_not_matter() -> None:
    assert details_of({"tin": "C9", "idTYPE": "ic", "Id  Number": "9"}) == TaxDetails(
        tin="C9", id_type="ic", id_number="9"
    )


def test_without_a_tin_or_a_number_nothing_is_kept() -> None:
    names = {**NAMES, "email": "e-mail", "name": "company"}

    assert details_of({}, names) is None
    assert details_of({"ID type": "BRN", "e-mail": "a@b.test", "company": "Contoh"}, names) is None
    assert details_of({"TIN": "  ", "ID number": None}, names) is None
    assert details_of({"ID number": "1"}, names) == TaxDetails(id_number="1")


@pytest.mark.parametrize("value", [None, 7, True, ["C9"], {"tin": "C9"}, ""])
def test_a_value_that_is_no_text_counts_as_not_typed(value: Any) -> None:
    assert details_of({**TYPED, "TIN": value}) == TaxDetails(
        id_type="BRN", id_number="209901000123"
    )


def test_the_first_of_two_attributes_of_one_name_counts() -> None:
    said = [*attributes({"TIN": ""}), *attributes(TYPED), *attributes({"tin": "C1"})]
    body = as_body(make_order(note_attributes=said, billing_address=None, shipping_address=None))

    facts = facts_from("orders/updated", body, triggered_at=SENT, tax_attributes=NAMES)

    assert only(Order, facts).tax_details == DETAILS


def test_an_attribute_may_say_by_its_name_of_which_kind_a_number_is() -> None:
    names = {"tin": "TIN", "registration": "BRN", "nric": "IC"}

    person = details_of({"TIN": "IG1", "IC": "900101145566"}, names)
    both = details_of({"TIN": "C1", "IC": "900101145566", "BRN": "209901000123"}, names)
    neither = details_of({"TIN": "C1"}, names)

    assert person == TaxDetails(tin="IG1", id_type="nric", id_number="900101145566")
    assert both == TaxDetails(tin="C1", id_type="registration", id_number="209901000123")
    assert neither == TaxDetails(tin="C1")


def test_a_number_that_was_typed_with_its_kind_beside_it_comes_first() -> None:
    names = {**NAMES, "nric": "IC"}

    assert details_of({**TYPED, "IC": "900101145566"}, names) == DETAILS


PLACE = {
    "address1": "12 Jalan Contoh",
    "address2": "",
    "zip": "50480",
    "city": "Kuala Lumpur",
    "province": "Wilayah Persekutuan",
    "country_code": "MY",
}
AT_THE_PLACE = {
    "address1": "12 Jalan Contoh",
    "postcode": "50480",
    "city": "Kuala Lumpur",
    "state": "Wilayah Persekutuan",
    "country": "MY",
}


@pytest.mark.parametrize("key", ["billing_address", "shipping_address"])
def test_the_address_is_the_billing_address_where_none_was_typed(key: str) -> None:
    details = details_of({"TIN": "C1"}, **{key: make_address(**PLACE)})

    assert details == TaxDetails(tin="C1", **AT_THE_PLACE)


def test_a_typed_address_is_not_mixed_with_another() -> None:
    names = {**NAMES, "address1": "address", "city": "city"}
    billing = make_address(**PLACE)

    details = details_of({"TIN": "C1", "address": "1 Jalan Lain"}, names, billing_address=billing)

    assert details == TaxDetails(tin="C1", address1="1 Jalan Lain", country="MY")


def test_only_orders_have_tax_details() -> None:
    body = make_order(note_attributes=attributes(TYPED), refunds=[make_refund()])

    asked = facts_from("orders/updated", as_body(body), triggered_at=SENT, tax_attributes=NAMES)
    plain = facts_from("orders/updated", as_body(body), triggered_at=SENT)

    assert len(asked) > 1
    assert asked[1:] == plain[1:]
    refund = as_body(make_refund())
    assert facts_from(
        "refunds/create", refund, triggered_at=SENT, tax_attributes=NAMES
    ) == facts_from("refunds/create", refund, triggered_at=SENT)


def test_attributes_that_nobody_asked_for_may_be_anything() -> None:
    assert order_of(make_order(note_attributes="nothing")).tax_details is None


def test_attributes_that_are_asked_for_must_be_readable() -> None:
    body = as_body(make_order(note_attributes=[{"name": 7, "value": "C1"}]))

    with pytest.raises(BadPayload, match=r"note_attributes\[0\].name: This must be text."):
        facts_from("orders/create", body, triggered_at=SENT, tax_attributes=NAMES)


def test_every_field_can_be_named() -> None:
    assert set(TAX_ATTRIBUTES) >= FIELDS
