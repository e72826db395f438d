"""Lines as the books want them: parts of a component merged, prices and tax their way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.connectors import rows
from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.profile import ProfileError
from accounting.connectors.base import Rejected
from accounting.documents.codes import Coding
from accounting.documents.document import Document, DocumentLine
from accounting.documents.lines import split
from accounting.documents.rules import TaxMethod
from tests.accounting.connectors.conftest import AUTOCOUNT, SQL
from tests.accounting.connectors.entries import invoice, line, shipping
from tests.accounting.connectors.test_acctbridge_fields import written
from tests.accounting.connectors.test_acctbridge_profile import changed
from tests.strategies import relaxed

D = Decimal
TOLD = TaxMethod(explicit=True)
BY_LINE = TaxMethod(explicit=False, adjustment=True, inclusive=True)
BY_DOCUMENT = replace(BY_LINE, scope="document")


def sold(**changes: Any) -> DocumentLine:
    """1 x 10.00 plus 10 %."""
    usual = {"quantity": 1, "unit_price": D("10.00"), "net": D("10.00"), "tax": D("1.00")}
    return line(**(usual | changes))


def document(*lines: DocumentLine, mode: str = "explicit") -> Document:
    return invoice(lines=lines, tax_mode=mode, total=sum(one.net + one.tax for one in lines))


def adjustments(entry: Document, method: TaxMethod) -> list[Decimal | None]:
    return [row.adjustment for row in rows.rows(entry, method, counted=True)]


# --- amount-only documents ---


@st.composite
def components(draw: st.DrawFn) -> list[DocumentLine]:
    """The lines of a few components, split where the quantity does not divide (treatment 4.2)."""
    found: list[DocumentLine] = []
    for source_id in range(1, draw(st.integers(1, 4)) + 1):
        code = draw(st.sampled_from(["ST", "SV8", ""]))
        net = D(draw(st.integers(-5000, 50000))) / 100
        found += split(
            role=draw(st.sampled_from(["sales", "shipping"])),
            coding=Coding(account="500-000", tax_code=code, tariff_code="6109" if code else ""),
            text=draw(st.sampled_from(["Tee", "Mug"])),
            quantity=draw(st.integers(1, 9)),
            net=net,
            tax=abs(net) / 10 if code and net == net.quantize(D("0.1")) else D("0.00"),
            currency="MYR",
            source_id=source_id,
        )
    return found


@given(components())
@relaxed
def test_merging_the_parts_of_a_component_changes_no_total(lines: list[DocumentLine]) -> None:
    merged = rows.merged(lines)

    net, tax, count = Counter[int](), Counter[int](), Counter[int]()
    for one in lines:
        net[one.source_id] += int(one.net * 100)
        tax[one.source_id] += int(one.tax * 100)
        count[one.source_id] += one.quantity
    assert [one.source_id for one in merged] == sorted(count)
    assert all(one.net * 100 == net[one.source_id] for one in merged)
    assert all(one.tax * 100 == tax[one.source_id] for one in merged)
    assert all(one.quantity == count[one.source_id] for one in merged)


def test_ar_lines_show_a_component_once_and_item_lines_show_its_two_prices() -> None:
    parts = split(
        role="sales",
        coding=Coding(account="500-000"),
        text="Mug",
        quantity=3,
        net=D("27.52"),
        currency="MYR",
        source_id=7,
    )

    ar, items = (written(books, document(*parts))["details"] for books in (SQL, AUTOCOUNT))

    assert [(row["description"], row["amount"]) for row in ar] == [("3 x Mug", "27.52")]
    assert [(row["qty"], row["unitPrice"]) for row in items] == [("2.00", "9.17"), ("1.00", "9.18")]


@pytest.mark.parametrize(
    "changes",
    [
        {"source_id": 2},
        {"account": "500-200"},
        {"tax_code": "SV"},
        {"tax_rate": D("0.08")},
        {"tariff_code": "6110"},
        {"item_code": "TEE"},
        {"description": "Tee, white"},
        {"role": "tax_only"},
        {"restock": True},
    ],
)
def test_lines_that_differ_in_what_they_are_stay_apart(changes: dict[str, Any]) -> None:
    assert len(rows.merged((line(), line(**changes)))) == 2


# --- books that compute tax ---


@pytest.mark.parametrize("mode", ["explicit", "exclusive", "adjusted"])
def test_books_that_are_told_the_tax_need_no_adjustment(mode: str) -> None:
    entry = document(sold(tax=D("1.07")), mode=mode)

    assert adjustments(entry, TOLD) == [None]
    assert written(SQL, entry)["details"][0]["taxAmt"] == "1.07"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("explicit", D("0.07")), ("adjusted", D("0.07")), ("exclusive", None), ("inclusive", None)],
)
def test_only_an_adjusted_document_states_the_difference(
    mode: str, expected: Decimal | None
) -> None:
    assert adjustments(document(sold(tax=D("1.07")), mode=mode), BY_LINE) == [expected]


def test_half_a_sen_goes_where_the_books_round_it() -> None:
    entry = document(sold(net=D("10.05"), unit_price=D("10.05"), tax=D("1.01")))

    assert adjustments(entry, BY_LINE) == [None]
    assert adjustments(entry, replace(BY_LINE, rounding="half_even")) == [D("0.01")]


def test_books_that_compute_over_the_document_get_one_difference_for_each_code() -> None:
    entry = document(
        sold(net=D("0.05"), tax=D("0.01")),
        sold(net=D("10.00"), tax=D("0.80"), tax_code="SV", tax_rate=D("0.08")),
        sold(net=D("0.05"), tax=D("0.01")),
        shipping(),
    )

    assert adjustments(entry, BY_DOCUMENT) == [D("0.01"), None, None, None]


@pytest.mark.parametrize(
    ("mode", "method", "said"),
    [
        ("inclusive", TOLD, "takes no prices with tax inside"),
        ("inclusive", replace(BY_LINE, inclusive=False), "takes no prices with tax inside"),
        ("adjusted", replace(BY_LINE, adjustment=False), "cannot be told the difference"),
        ("explicit", replace(BY_LINE, adjustment=False), "cannot be told the difference"),
    ],
)
def test_a_way_of_tax_the_books_do_not_know_is_refused(
    mode: str, method: TaxMethod, said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        rows.rows(document(sold(tax=D("1.07")), mode=mode), method, counted=True)


def test_books_that_come_to_our_tax_by_themselves_need_nothing_said() -> None:
    method = replace(BY_LINE, adjustment=False)

    assert adjustments(document(sold(), shipping()), method) == [None, None]


# --- prices ---


def test_prices_with_tax_inside_are_flagged_and_gross() -> None:
    taxed = line(quantity=3, unit_price=D("9.17"), net=D("27.51"), tax=D("2.48"))
    body = written(AUTOCOUNT, document(taxed, shipping(), mode="inclusive"))

    assert body["inclusiveTax"] is True
    assert [row["unitPrice"] for row in body["details"]] == ["9.99666667", "8.00"]
    assert "taxAdjustment" not in body["details"][0]


def test_a_price_that_no_decimals_make_right_is_refused() -> None:
    huge = line(quantity=30_000_001, unit_price=D("1.00"), net=D("30000001.00"), tax=D("0.32"))

    with pytest.raises(Rejected, match="no unit price makes"):
        written(AUTOCOUNT, document(huge, mode="inclusive"))


def test_a_line_that_takes_away_has_a_quantity_below_zero() -> None:
    fee = shipping(unit_price=D("-11.00"), net=D("-11.00"), description="Restocking fee")

    ar, items = (
        written(books, document(sold(net=D("100.00")), fee))["details"][1]
        for books in (SQL, AUTOCOUNT)
    )

    assert ar["amount"] == "-11.00"
    assert (items["qty"], items["unitPrice"]) == ("-1.00", "11.00")


# --- the method in the profile ---


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("tax/explicit", "yes", "tax.explicit: must be true or false"),
        ("tax/scope", "invoice", "tax.scope: must be one of document, line"),
        ("tax/rounding", "up", "tax.rounding: must be one of half_even, half_up"),
        ("tax/status", "sure", "tax.status: must be one of"),
        ("tax/plus", 1, "tax.plus: is not a known key"),
        ("tax/adjustment", True, "objects.invoice.fields: tax.adjustment needs one filled from"),
        ("tax/inclusive", True, "objects.invoice.fields: tax.inclusive needs one filled from"),
        ("limits/negativeLines", 1, "limits.negativeLines: must be true or false"),
    ],
)
def test_a_mistake_in_the_method_is_named_by_its_key(path: str, value: Any, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile.read(changed(path, value))

    assert str(caught.value).startswith(said)


def test_net_amounts_are_no_prices_with_tax_inside() -> None:
    whole = changed("tax/inclusive", True)
    flag = {"name": "inclusive", "from": "tax_inclusive", "type": "boolean", "status": "assumed"}
    for name in ("invoice", "debitNote", "creditNote"):
        whole["objects"][name]["fields"].append(flag)

    with pytest.raises(ProfileError, match="net is no price with tax inside"):
        profile.read(whole)


def test_the_shipped_methods_are_what_each_system_is_known_for() -> None:
    assert SQL.tax == TaxMethod(explicit=True)
    assert AUTOCOUNT.tax == TaxMethod(explicit=False, inclusive=True, adjustment=True)
    assert (SQL.negative_lines, AUTOCOUNT.negative_lines) == (True, True)
