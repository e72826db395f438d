"""Mappings as files: nothing a spreadsheet would compute, and nothing lost on the way back."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting import mapping_csv
from accounting.mapping_csv import WrongFile, cell, columns, decoded, parsed, value_of
from accounting.mapping_tables import ITEMS, TAXES
from accounting.models import ItemMapping, Store, TaxMapping

KEPT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@given(KEPT)
def test_a_cell_comes_back_as_it_was(value: str) -> None:
    assert value_of(ITEMS, "value", cell(value)) == value


@given(KEPT)
def test_no_cell_begins_like_a_formula(value: str) -> None:
    assert not cell(value).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.lists(st.tuples(KEPT, KEPT), min_size=1, max_size=5))
def test_a_line_comes_back_whatever_is_in_it(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    written = [[cell(value) for value in row] for row in rows]
    csv.writer(text, lineterminator="\r\n").writerows([["value", "account"], *written])

    read = [values for _, values in parsed_values("value,match,account", rows)]

    assert read == [row for row in rows if any(part.strip() for part in row)]


def parsed_values(header: str, rows: list[tuple[str, str]]) -> list[tuple[int, tuple[str, str]]]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header.split(","))
    writer.writerows([[cell(a), "x" if (a + b).strip() else "", cell(b)] for a, b in rows])
    found = parsed("items", text.getvalue())
    return [(line, (row["value"], row["account"])) for line, row in found]


@pytest.mark.django_db
def test_a_table_is_written_with_the_names_of_the_api(store: Store) -> None:
    ItemMapping.objects.create(store=store, match="sku", value="=1+1", account="500-001")
    TaxMapping.objects.create(store=store, title="sst, old", rate=Decimal("0.08"), code="SV-8")

    items = "".join(mapping_csv.exported(store.pk, "items"))
    taxes = "".join(mapping_csv.exported(store.pk, "taxes"))

    assert items == (
        "\ufeffmatch,value,account,item_code,tariff_code,returns_account,"
        "returns_nostock_account\r\nsku,'=1+1,500-001,,,,\r\n"
    )
    assert taxes.splitlines()[1] == '"sst, old",0.08,false,SV-8,'


@pytest.mark.django_db
def test_another_shops_rows_are_not_in_the_file(store: Store, other: Store) -> None:
    ItemMapping.objects.create(store=other, match="sku", value="geheim", account="500-001")

    assert "geheim" not in "".join(mapping_csv.exported(store.pk, "items"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_of_any_country_saves_is_read(delimiter: str) -> None:
    text = "Title;RATE;code\r\n\r\nSST;8%;SV-8\r\n;;\r\n".replace(";", delimiter)

    assert list(parsed("taxes", text)) == [(3, {"title": "SST", "rate": "0.08", "code": "SV-8"})]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("TRUE", True), ("yes", True), ("1", True), ("false", False), ("", False), ("ja", "ja")],
)
def test_a_tick_is_read_as_people_write_it(said: str, meant: Any) -> None:
    assert value_of(TAXES, "channel_liable", said) == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\r\n", "empty"),
        ("title,rate,colour\r\n", "no column “colour”"),
        ("title,rate,title\r\n", "there twice"),
        ("title,code\r\n", "“rate” is missing"),
        ('title,rate\r\n"sst,0.08', "line 2 cannot be read"),
    ],
)
def test_a_file_that_is_none_says_why(text: str, message: str) -> None:
    with pytest.raises(WrongFile, match=message):
        list(parsed("taxes", text))


def test_a_file_in_another_encoding_says_how_to_save_it() -> None:
    with pytest.raises(WrongFile, match="CSV UTF-8"):
        decoded("Größe".encode("latin-1"))


def test_the_mark_that_excel_writes_is_no_part_of_the_first_column() -> None:
    assert columns("roles", decoded("\ufeffrole,account\r\n".encode())) == ["role", "account"]


def test_more_rows_than_a_file_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_csv, "MOST_ROWS", 2)

    with pytest.raises(WrongFile, match="more than 2 rows"):
        list(parsed("roles", "role,account\r\n" + "tips,1\r\n" * 3))
