"""Nothing in a file that a spreadsheet would compute, however it is written."""

from __future__ import annotations

import pytest

from shopify_app.csv_files import harmless

FORMULA = "cmd|'/c calc'!A0"


@pytest.mark.parametrize("sign", list("=+-@") + list("＝＋－＠﹢﹣﹦﹫⁺⁼₌₊"))
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u202e"])
def test_a_formula_stays_a_text_in_any_width_and_behind_anything_unseen(
    sign: str, before: str
) -> None:
    text = f"{before}{sign}{FORMULA}"

    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("first", ["\0", "\t", "\r", "\n", "\x0b", "\x1b", "\x7f", "\x85"])
def test_nothing_begins_with_a_control_character(first: str) -> None:
    assert harmless(f"{first}1") == f"'{first}1"


@pytest.mark.parametrize(
    "text", ["", "Kopi", "#1001", "咖啡 ＝ kopi", "1-2", " a=b", "\u200b", "（a）", "1,234.00"]
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
