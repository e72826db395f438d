"""Which item a product probably is, and when nothing is said."""

from __future__ import annotations

from random import Random

import pytest

from accounting.product_names import Item, Items, Proposal, barcodes_in, likeness, name_of

LIST = [
    Item(code="KR-MUG-01", name="Teh Tarik Mug"),
    Item(code="TOTE02", name="Batik Tote Bag"),
    Item(code="9550000000017", name="Kopi Beans 500 g"),
    Item(code="KB250", name="Kopi Beans 250 g", barcodes=("955-0000000024",)),
    Item(code="A-1", name="Wau Bulan"),
    Item(code="A1", name="Wau Puyuh"),
    Item(code="SAM1", name="Sambal Bilis"),
    Item(code="SAM2", name="Sambal Bilis"),
    Item(code="咖1", name="云南咖啡豆"),
]


def proposed(sku: str = "", barcode: str = "", name: str = "") -> tuple[str, str, int] | None:
    found = Items.of(LIST).proposal(sku=sku, barcode=barcode, name=name)
    return (found.item.code, found.by, found.likeness) if found else None


@pytest.mark.parametrize(
    ("sku", "barcode", "name", "expected"),
    [
        ("kr-mug-01", "", "", ("KR-MUG-01", "sku", 100)),
        ("TOTE-02", "", "", ("TOTE02", "sku", 100)),
        ("A-1", "", "", ("A-1", "sku", 100)),
        ("a_1", "", "", None),  # two items are A1 without their signs
        ("", "9550000000017", "", ("9550000000017", "barcode", 100)),
        ("", "9550000000024", "", ("KB250", "barcode", 100)),
        ("nothing", "", "Tote Bag, Batik", ("TOTE02", "name", 100)),
        ("", "", "Batik Tote Bags", ("TOTE02", "name", 86)),
        ("", "", "Kopi Beans 250g", ("KB250", "name", 100)),
        ("", "", "Kopi Beans 1 kg", None),  # another size
        ("", "", "Kopi Beans", None),
        ("", "", "Sambal Bilis", None),  # equally alike
        ("", "", "Wau", None),
        ("", "", "云南咖啡豆", ("咖1", "name", 100)),
        ("", "", "", None),
    ],
)
def test_the_surest_way_is_proposed_or_none(
    sku: str, barcode: str, name: str, expected: tuple[str, str, int] | None
) -> None:
    assert proposed(sku, barcode, name) == expected


def test_the_order_of_the_list_changes_nothing() -> None:
    shuffled = [*LIST]
    Random(3).shuffle(shuffled)
    asked = {"sku": "", "barcode": "", "name": "Batik Tote Bags"}

    assert Items.of(shuffled).proposal(**asked) == Items.of(LIST).proposal(**asked)


def test_likeness_is_the_same_both_ways_and_whole_for_equals() -> None:
    one, other = name_of("Teh Tarik Mug"), name_of("Teh Tarik Mugs")

    assert likeness(one, other) == likeness(other, one) == 86
    assert likeness(one, one) == 100
    assert likeness(one, name_of("")) == 0


def test_barcodes_stand_under_the_names_that_books_use() -> None:
    assert barcodes_in({"barcode": "955", "group": "X", "ean": ""}) == ("955",)


def test_a_proposal_says_what_it_rests_on() -> None:
    assert Proposal(item=LIST[0], by="sku").likeness == 100
