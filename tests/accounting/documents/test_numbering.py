from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.document import Key, Role
from accounting.documents.numbering import (
    LONGEST,
    NUMBER,
    allocation_number,
    long_stem,
    number,
    stem_for,
)
from tests.facts import make_order

NUMBERED = [r for r in Role if r not in (Role.ALLOCATION, Role.CUSTOMER, Role.CONTRA)]


def key_of(role: str, source_id: int, taken_back: bool) -> Key:
    """The key of a document, or of its contra."""
    if taken_back:
        return Key(role=Role.CONTRA, source_id=source_id, source=role)
    return Key(role=Role(role), source_id=source_id)


def test_the_invoice_is_numbered_by_the_order() -> None:
    assert stem_for("SH", make_order(number=1001)) == "SH-1001"


def test_an_order_without_a_number_or_with_too_long_a_one_takes_its_id() -> None:
    assert stem_for("SH", make_order(id=36, number=None)) == "SH-O10"
    assert stem_for("SHOP", make_order(id=36, number=10**16)) == "SHOP-O10"


def test_a_number_that_would_be_too_long_leaves_out_the_order() -> None:
    key = Key(role=Role.PAYMENT, source_id=8200000000101)

    assert number("SH-1001", "SH", key) == "SH-1001-P2WN10A5WL"
    assert number("SHOP-100234", "SHOP", key) == "SHOP-P2WN10A5WL"


def test_the_cancellation_of_an_order_without_a_number_takes_the_order_id() -> None:
    key = Key(role=Role.CANCELLATION, source_id=36)

    assert number("SH-1001", "SH", key) == "SH-1001-X"
    assert number(long_stem("SH", 36), "SH", key) == "SH-X10"
    assert number("SHOP-12345678901234", "SHOP", key) == "SHOP-X10"


def test_a_pair_that_is_knocked_off_again_gets_a_running_number() -> None:
    assert allocation_number("SH-1-P2", "SH-1", 1) == "SH-1-P2_SH-1"
    assert allocation_number("SH-1-P2", "SH-1", 2) == "SH-1-P2_SH-1_2"


def test_a_contra_is_numbered_by_the_document_that_it_takes_back() -> None:
    key = Key(role=Role.CONTRA, source_id=8200000000101, source="P")
    first = Key(role=Role.CONTRA, source_id=36, source="IV")

    assert number("SH-1001", "SH", key) == "SH-1001-ZP2WN10A5WL"
    assert number("SHOP-10023", "SHOP", key) == "SHOP-ZP2WN10A5WL"
    assert number("SH-1001", "SH", first) == "SH-1001-ZI10"


IDS = st.integers(1, 36**13 - 1)  # whatever fits the column


@given(
    prefix=st.from_regex(r"[A-Z][A-Z0-9]{0,3}", fullmatch=True),
    order_number=st.one_of(st.none(), st.integers(0, 10**20)),
    order_id=IDS,
    source_id=IDS,
    role=st.sampled_from([role.value for role in NUMBERED]),
    taken_back=st.booleans(),
)
def test_every_number_fits_and_has_the_one_form(
    prefix: str,
    order_number: int | None,
    order_id: int,
    source_id: int,
    role: str,
    taken_back: bool,
) -> None:
    stem = stem_for(prefix, make_order(id=order_id, number=order_number))

    text = number(stem, prefix, key_of(role, source_id, taken_back))

    assert len(text) <= LONGEST
    assert NUMBER.fullmatch(text)


NUMBERS = st.one_of(st.none(), st.integers(0, 10**20))


@given(
    prefix=st.from_regex(r"[A-Z][A-Z0-9]{0,3}", fullmatch=True),
    orders=st.tuples(st.tuples(NUMBERS, IDS), st.tuples(NUMBERS, IDS)),
    ids=st.tuples(IDS, IDS),
    roles=st.tuples(*[st.sampled_from([role.value for role in NUMBERED])] * 2),
    taken_back=st.booleans(),
)
def test_the_number_of_a_contra_belongs_to_no_other_document(
    prefix: str,
    orders: tuple[tuple[int | None, int], tuple[int | None, int]],
    ids: tuple[int, int],
    roles: tuple[str, str],
    taken_back: bool,
) -> None:
    """Of the same order or another one of the shop."""
    stems = [stem_for(prefix, make_order(id=order_id, number=n)) for n, order_id in orders]
    contra, other = key_of(roles[0], ids[0], True), key_of(roles[1], ids[1], taken_back)

    same = number(stems[0], prefix, contra) == number(stems[1], prefix, other)

    assert not same or contra == other
