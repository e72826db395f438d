"""What a buyer typed at the checkout, as an identity or as what is wrong with it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.document import BuyerIdentity
from accounting.documents.identity import NOTHING_GIVEN, Reading, read
from accounting.documents.identity_forms import FORMS, ID_NUMBERS, ID_TYPES
from accounting.facts import Customer, TaxDetails
from tests.facts import make_order
from tests.strategies import relaxed

TYPED = TaxDetails(
    tin="C90000000017",
    id_type="BRN",
    id_number="209901000123",
    name="Kedai Contoh Sdn. Bhd.",
)
KNOWN = BuyerIdentity(
    name="Kedai Contoh Sdn. Bhd.",
    tin="C90000000017",
    id_type="registration",
    id_number="209901000123",
)
PERSON = Customer(
    id=7, name="Nur Contoh", company="Contoh", email="nur@contoh.test", phone="+60 3-0000 0000"
)


def reading_of(**changes: Any) -> Reading:
    customer = changes.pop("customer", None)
    return read(make_order(tax_details=replace(TYPED, **changes), customer=customer))


def identity_of(**changes: Any) -> BuyerIdentity:
    reading = reading_of(**changes)
    assert reading.identity is not None, reading.faults
    return reading.identity


def test_nothing_typed_asks_for_nothing() -> None:
    assert read(make_order()) == Reading()
    assert reading_of(tin="", id_number="") == Reading()
    assert reading_of(tin=" N/A", id_number="-", email="nobody") == Reading()


def test_what_is_whole_and_in_form_is_an_identity() -> None:
    assert reading_of() == Reading(identity=KNOWN)


@pytest.mark.parametrize(
    ("field", "typed", "written"),
    [
        ("tin", " c 90000000-017 ", "C90000000017"),
        ("tin", "IG123456789", "IG123456789"),
        ("tin", "EI00000000010", "EI00000000010"),
        ("sst_number", "z99-9999-99000001", "Z99-9999-99000001"),
        ("sst_number", "NA", ""),
        ("id_number", "llp 0009999-lgn", "LLP0009999-LGN"),
        ("name", " Ah Beng & Söhne ", "Ah Beng & Söhne"),
        ("country", "my", "MY"),
        ("country", "NA", "NA"),
        ("address1", "12, Jalan Contoh", "12, Jalan Contoh"),
        ("email", "akaun@kedai-contoh.test", "akaun@kedai-contoh.test"),
    ],
)
def test_blanks_strokes_and_small_letters_are_no_mistake(
    field: str, typed: str, written: str
) -> None:
    assert getattr(identity_of(**{field: typed}), field) == written


@pytest.mark.parametrize(
    ("id_type", "number", "kind", "written"),
    [
        ("NRIC", "900101-14-5566", "nric", "900101145566"),
        ("MyKad", "900101145566", "nric", "900101145566"),
        ("Passport No.", "a 1234567", "passport", "A1234567"),
        ("army", "T 1234567", "army", "T1234567"),
        ("Business registration number", "209901000123", "registration", "209901000123"),
        ("护照", "A1234567", "passport", "A1234567"),
    ],
)
def test_each_kind_of_identification_has_a_form(
    id_type: str, number: str, kind: str, written: str
) -> None:
    identity = identity_of(id_type=id_type, id_number=number)

    assert (identity.id_type, identity.id_number) == (kind, written)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"tin": "90000000017"}, [("wrong characters", "TIN")]),
        ({"tin": "C9000000"}, [("wrong characters", "TIN")]),
        ({"tin": "IG9000000001７"}, [("wrong characters", "TIN")]),
        ({"tin": "C900000000000017"}, [("too long", "TIN")]),
        ({"tin": ""}, [("missing", "TIN")]),
        ({"id_type": ""}, [("missing", "ID type")]),
        ({"id_type": "driving licence"}, [("unknown", "ID type")]),
        ({"id_number": "tiada"}, [("missing", "ID number")]),
        ({"id_number": "12"}, [("wrong characters", "ID number")]),
        ({"id_number": "2" * 21}, [("too long", "ID number")]),
        ({"id_type": "IC", "id_number": "90010114556"}, [("wrong characters", "ID number")]),
        ({"id_type": "passport", "id_number": "A123456789012"}, [("too long", "ID number")]),
        ({"name": ""}, [("missing", "name")]),
        ({"name": "x" * 101}, [("too long", "name")]),
        ({"name": "Kedai\x07"}, [("wrong characters", "name")]),
        ({"sst_number": "?"}, []),
        ({"sst_number": "A01 & B02"}, [("wrong characters", "SST number")]),
        ({"email": "nobody"}, [("wrong characters", "email")]),
        ({"country": "Malaysia"}, [("too long", "country code")]),
        ({"address1": "Jalan\x07", "address2": "2\x00"}, [("wrong characters", "address")]),
        (
            {"tin": "?!x", "id_type": "", "id_number": ""},
            [("missing", "ID type"), ("missing", "ID number"), ("wrong characters", "TIN")],
        ),
    ],
)
def test_one_fault_keeps_the_whole_from_being_an_identity(
    changes: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    reading = reading_of(**changes)

    assert list(reading.faults) == faults
    assert (reading.identity is None) == bool(faults)


def test_the_customer_fills_in_what_was_not_typed() -> None:
    company = identity_of(customer=PERSON, name="")
    person = identity_of(customer=PERSON, name="", id_type="IC", id_number="900101145566")
    typed = identity_of(customer=PERSON, email="akaun@kedai-contoh.test", phone="03")

    assert (company.name, person.name) == ("Contoh", "Nur Contoh")
    assert (company.email, company.phone) == ("nur@contoh.test", "+60 3-0000 0000")
    assert (typed.name, typed.email, typed.phone) == (TYPED.name, "akaun@kedai-contoh.test", "03")


def test_an_address_is_never_filled_in_from_elsewhere() -> None:
    customer = replace(PERSON, address=("1 Jalan Lain",), country="SG")

    identity = identity_of(customer=customer)

    assert (identity.address1, identity.country) == ("", "")


@relaxed
@given(st.builds(TaxDetails, **{f.name: st.text(max_size=30) for f in fields(TaxDetails)}))
def test_whatever_is_typed_is_an_identity_in_form_or_a_fault_that_does_not_repeat_it(
    details: TaxDetails,
) -> None:
    reading = read(make_order(tax_details=details))

    labels = {form.label for form in FORMS.values()} | {label for _, label in NOTHING_GIVEN}
    assert {label for _, label in reading.faults} <= labels
    assert reading.identity is None or not reading.faults


def test_the_forms_are_those_of_an_identity() -> None:
    named: set[str] = {field.name for field in fields(BuyerIdentity)}

    assert {*FORMS, "id_type", "id_number"} == named
    assert set(ID_TYPES.values()) == set(ID_NUMBERS)
    assert {field.name for field in fields(TaxDetails)} == named


@pytest.mark.parametrize("kept", [TYPED, KNOWN])
def test_a_log_that_shows_one_shows_nothing(kept: Any) -> None:
    assert repr(kept) == f"{type(kept).__name__}()"
