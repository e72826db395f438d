"""What books that compute tax themselves will make of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.build import build
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind, Role
from accounting.documents.ledger_tax import adjustments, choose, predicted
from accounting.documents.rules import Ledger, TaxMethod
from accounting.facts import merge
from tests.casefiles import load
from tests.strategies import relaxed

EXPLICIT = TaxMethod()
COMPUTES = TaxMethod(explicit=False)
BOTH_WAYS = TaxMethod(explicit=False, inclusive=True)
ADJUSTS = TaxMethod(explicit=False, adjustment=True)
ANY_WAY = TaxMethod(explicit=False, inclusive=True, adjustment=True)
WHOLE_DOCUMENT = TaxMethod(explicit=False, scope="document")


def make_line(net: str, tax: str, **changes: Any) -> DocumentLine:
    """One unit at 10 % on code S10."""
    values: dict[str, Any] = {
        "role": "sales",
        "account": "500-000",
        "description": "TEE",
        "quantity": 1,
        "net": Decimal(net),
        "tax": Decimal(tax),
        "tax_code": "S10",
        "tax_rate": Decimal("0.1"),
    } | changes
    return DocumentLine(unit_price=values["net"] / values["quantity"], **values)


def make_document(*lines: DocumentLine, **changes: Any) -> Document:
    values: dict[str, Any] = {
        "kind": Kind.INVOICE,
        "key": Key(role=Role.INVOICE, source_id=1),
        "number": "SH-1001",
        "date": date(2026, 11, 20),
        "currency": "MYR",
        "customer": "300-C0001",
        "total": sum((line.net + line.tax for line in lines), ZERO),
        "description": "Shopify order #1001",
        "order_name": "#1001",
        "order_id": 1,
        "lines": lines,
    } | changes
    return Document(**values)


def mode_of(document: Document, method: TaxMethod) -> str:
    """The chosen mode, "held" where there is none; a held document comes back unchanged."""
    chosen, problems = choose(document, Ledger(tax=method))
    if problems:
        assert chosen == document
        return "held"
    assert replace(chosen, tax_mode=document.tax_mode) == document
    return chosen.tax_mode


def taxes(document: Document, method: TaxMethod, *, inclusive: bool = False) -> list[str]:
    return [str(tax) for tax in predicted(document, method, inclusive=inclusive)]


def test_books_that_take_the_stated_tax_take_any() -> None:
    strange = make_document(
        make_line("100.00", "99.99"),
        make_line("0.00", "1.00"),
        make_line("5.00", "0.50", tax_code="", tax_rate=None),
    )

    assert mode_of(strange, EXPLICIT) == "explicit"


def test_money_documents_have_no_tax_to_compute() -> None:
    payment = make_document(kind=Kind.PAYMENT, total=Decimal("50.00"))

    assert choose(payment, Ledger(tax=COMPUTES)) == (payment, ())


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE])
def test_lines_whose_tax_is_net_times_rate_are_exclusive(kind: Kind) -> None:
    document = make_document(
        make_line("18.34", "1.65", tax_rate=Decimal("0.09")),
        make_line("9.18", "0.83", tax_rate=Decimal("0.09")),
        make_line("8.00", "0.00", tax_code="", tax_rate=None),
        kind=kind,
    )

    assert mode_of(document, COMPUTES) == "exclusive"
    assert mode_of(document, ANY_WAY) == "exclusive"


def test_prices_that_only_fit_with_their_tax_are_inclusive() -> None:
    # 0.60 contains 0.60 x 0.10 / 1.10 = 0.0545 of tax, but 0.55 net would be taxed 0.055.
    document = make_document(make_line("0.55", "0.05"), make_line("20.00", "2.00", quantity=2))

    assert mode_of(document, BOTH_WAYS) == "inclusive"
    assert mode_of(document, ANY_WAY) == "inclusive"
    assert mode_of(document, COMPUTES) == "held"


def test_a_price_with_tax_that_its_quantity_does_not_divide_cannot_be_inclusive() -> None:
    document = make_document(make_line("0.55", "0.05", quantity=7))

    assert taxes(document, BOTH_WAYS, inclusive=True) == ["0.05"]
    assert mode_of(document, BOTH_WAYS) == "held"
    assert mode_of(document, ANY_WAY) == "adjusted"


@pytest.mark.parametrize(("rounding", "tax"), [("half_up", "0.03"), ("half_even", "0.02")])
@pytest.mark.parametrize("sign", ["", "-"])
def test_half_a_sen_is_rounded_as_the_books_do(rounding: str, tax: str, sign: str) -> None:
    method = replace(COMPUTES, rounding=rounding)
    document = make_document(make_line(f"{sign}0.25", f"{sign}{tax}"))

    assert taxes(document, method) == [f"{sign}{tax}"]
    assert mode_of(document, method) == "exclusive"


def test_a_currency_without_cents_is_rounded_to_whole_units() -> None:
    document = make_document(make_line("1005", "101"), currency="JPY")

    assert taxes(document, COMPUTES) == ["101"]
    assert taxes(document, COMPUTES, inclusive=True) == ["101"]


def test_tax_over_the_document_differs_on_the_first_line_of_a_code() -> None:
    # Each 0.14 is taxed 0.014, so 0.01; their sum 0.42 is taxed 0.042, so 0.04.
    document = make_document(
        make_line("8.00", "0.00", tax_code="", tax_rate=None),
        make_line("0.14", "0.02"),
        make_line("0.14", "0.01"),
        make_line("3.00", "0.27", tax_code="SR9", tax_rate=Decimal("0.09")),
        make_line("0.14", "0.01"),
    )

    assert taxes(document, COMPUTES) == ["0.00", "0.01", "0.01", "0.27", "0.01"]
    assert taxes(document, WHOLE_DOCUMENT) == ["0.00", "0.02", "0.01", "0.27", "0.01"]
    assert mode_of(document, WHOLE_DOCUMENT) == "exclusive"
    assert mode_of(document, COMPUTES) == "held"


def test_a_right_total_on_the_wrong_line_is_held() -> None:
    document = make_document(
        make_line("0.14", "0.01"), make_line("0.14", "0.02"), make_line("0.14", "0.01")
    )

    assert mode_of(document, WHOLE_DOCUMENT) == "held"
    assert mode_of(document, replace(WHOLE_DOCUMENT, adjustment=True)) == "adjusted"


def test_inclusive_tax_over_the_document_differs_on_the_first_line_too() -> None:
    # Each 0.16 contains 0.01454, so 0.01; their sum 0.48 contains 0.0436, so 0.04.
    document = make_document(
        make_line("0.14", "0.02"), make_line("0.15", "0.01"), make_line("0.15", "0.01")
    )
    method = replace(WHOLE_DOCUMENT, inclusive=True)

    assert taxes(document, method, inclusive=True) == ["0.02", "0.01", "0.01"]
    assert taxes(document, BOTH_WAYS, inclusive=True) == ["0.01", "0.01", "0.01"]
    assert mode_of(document, BOTH_WAYS) == "held"


def test_adjustments_lead_from_the_books_tax_to_ours() -> None:
    document = make_document(
        make_line("0.55", "0.05"),
        make_line("20.00", "2.00"),
        make_line("8.00", "0.00", tax_code="", tax_rate=None),
    )

    assert mode_of(document, ADJUSTS) == "adjusted"
    assert [str(amount) for amount in adjustments(document, ADJUSTS)] == ["-0.01", "0.00", "0.00"]


@pytest.mark.parametrize(
    ("quantity", "off", "mode"),
    [
        (1, "0.02", "adjusted"),
        (1, "-0.02", "adjusted"),
        (1, "0.03", "held"),
        (1, "-0.03", "held"),
        (3, "0.03", "adjusted"),
        (3, "0.04", "held"),
        (5, "0.05", "adjusted"),
        (100, "0.05", "adjusted"),
        (100, "0.06", "held"),
    ],
)
def test_more_than_rounding_is_not_adjusted_away(quantity: int, off: str, mode: str) -> None:
    tax = str(Decimal("10.00") + Decimal(off))

    assert mode_of(make_document(make_line("100.00", tax, quantity=quantity)), ADJUSTS) == mode


def test_the_documents_own_rounding_does_not_count_against_an_adjustment() -> None:
    # 30 lines of 0.14: the first is taxed 0.13 by the books and adjusted by 0.12.
    document = make_document(*[make_line("0.14", "0.01") for _ in range(30)])
    method = replace(WHOLE_DOCUMENT, adjustment=True)

    assert mode_of(document, method) == "adjusted"
    assert str(adjustments(document, method)[0]) == "-0.12"


@pytest.mark.parametrize("method", [COMPUTES, BOTH_WAYS, ANY_WAY, WHOLE_DOCUMENT])
@pytest.mark.parametrize(
    "line",
    [
        make_line("100.00", "0.01", tax_code=""),
        make_line("100.00", "0.01", tax_rate=None),
        make_line("0.00", "0.01"),
        make_line("0.00", "0.01", tax_rate=Decimal("1")),
    ],
)
def test_tax_that_nothing_can_be_computed_from_is_held(
    line: DocumentLine, method: TaxMethod
) -> None:
    assert mode_of(make_document(line), method) == "held"


def test_lines_without_tax_are_no_obstacle() -> None:
    document = make_document(
        make_line("100.00", "0.00", tax_code=""),
        make_line("0.00", "0.00"),
        make_line("100.00", "0.00", tax_code="", tax_rate=None),
        make_line("100.00", "0.00", tax_rate=None),
    )

    assert mode_of(document, COMPUTES) == "exclusive"


def test_one_code_at_two_rates_is_held() -> None:
    document = make_document(
        make_line("100.00", "10.00"), make_line("100.00", "5.00", tax_rate=Decimal("0.05"))
    )

    _, (problem,) = choose(document, Ledger(tax=ANY_WAY))

    assert ("rates of tax code S10", "0.05, 0.1") in problem.terms


def test_a_hold_shows_both_columns_and_says_what_to_do() -> None:
    document = make_document(
        make_line("0.55", "0.05", description="STICKER"),
        make_line("20.00", "2.00"),
        make_line("8.00", "0.00", tax_code="", tax_rate=None, description="Standard"),
    )

    same, problems = choose(document, Ledger(name="AutoCount", tax=COMPUTES))

    assert same is document
    (problem,) = problems
    assert (problem.code, problem.subject) == ("TAX_RECOMPUTE", "SH-1001")
    assert problem.blocks == (document.key,)
    assert problem.message.startswith("AutoCount would compute the tax of SH-1001 line by line")
    assert "state their tax" in problem.message
    assert "5-sen rounding off" in problem.message
    assert problem.terms == (
        ("line 1, STICKER", "ours 0.05, the books 0.06, difference -0.01"),
        ("line 2, TEE", "ours 2.00, the books 2.00, difference 0.00"),
        ("tax code S10", "ours 2.05, the books 2.06, difference -0.01"),
        ("document total", "ours 30.60, the books 30.61, difference -0.01"),
    )


def test_tax_that_only_the_books_would_compute_is_shown_too() -> None:
    _, (problem,) = choose(make_document(make_line("100.00", "0.00")), Ledger(tax=ANY_WAY))

    assert problem.terms[0] == ("line 1, TEE", "ours 0.00, the books 10.00, difference -10.00")


def test_a_hold_names_the_scope_of_the_books() -> None:
    _, (problem,) = choose(make_document(make_line("0.10", "0.09")), Ledger(tax=WHOLE_DOCUMENT))

    assert problem.message.startswith(
        "The books would compute the tax of SH-1001 over the whole document"
    )


minors = st.integers(-(10**6), 10**6)
RATES = [Decimal(rate) for rate in ("0", "0.05", "0.06", "0.08", "0.09", "0.1", "0.1025")]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents whose every line's tax is one sen, or a few, from its rate; each rate has a code.

    One line in four has no tax at all."""
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        net, rate = Decimal(draw(minors)).scaleb(-2), draw(st.sampled_from([None, *RATES]))
        tax = (net * (rate or 0)).quantize(Decimal("0.01"))
        tax += Decimal(draw(st.sampled_from([0, 0, 0, 1, -1, 3]))).scaleb(-2) if rate else 0
        code = "" if rate is None else f"T{rate}"
        lines.append(
            make_line(
                str(net),
                str(tax),
                tax_code=code,
                tax_rate=rate,
                quantity=draw(st.integers(1, 4)),
            )
        )
    return make_document(*lines)


methods = st.builds(
    TaxMethod,
    explicit=st.just(False),
    scope=st.sampled_from(["line", "document"]),
    rounding=st.sampled_from(["half_up", "half_even"]),
    inclusive=st.booleans(),
    adjustment=st.booleans(),
)


def computed_by_the_books(document: Document, mode: str, method: TaxMethod) -> Sequence[Decimal]:
    theirs = predicted(document, method, inclusive=mode == "inclusive")
    if mode != "adjusted":
        return theirs
    added = adjustments(document, method)
    return [tax + more for tax, more in zip(theirs, added, strict=True)]


@relaxed
@given(document=documents(), method=methods)
def test_what_is_let_through_is_computed_to_the_sen(document: Document, method: TaxMethod) -> None:
    mode = mode_of(document, method)

    if mode != "held":
        assert list(computed_by_the_books(document, mode, method)) == [
            line.tax for line in document.lines
        ]


@relaxed
@given(document=documents(), method=methods)
def test_a_mirrored_document_is_computed_as_the_mirror_image(
    document: Document, method: TaxMethod
) -> None:
    mirrored = make_document(
        *[make_line(str(-line.net), str(-line.tax), **kept(line)) for line in document.lines]
    )

    assert mode_of(mirrored, method) == mode_of(document, method)
    assert [-tax for tax in predicted(mirrored, method, inclusive=False)] == list(
        predicted(document, method, inclusive=False)
    )


def kept(line: DocumentLine) -> dict[str, Any]:
    return {"tax_code": line.tax_code, "tax_rate": line.tax_rate, "quantity": line.quantity}


@relaxed
@given(document=documents(), method=methods, inclusive=st.booleans())
def test_over_the_document_each_code_is_taxed_as_one_sum(
    document: Document, method: TaxMethod, inclusive: bool
) -> None:
    whole = replace(method, scope="document")

    theirs = predicted(document, whole, inclusive=inclusive)

    for code in {line.tax_code for line in document.lines if line.tax_code}:
        mine = [line for line in document.lines if line.tax_code == code]
        summed = make_document(
            make_line(
                str(sum((line.net for line in mine), ZERO)),
                str(sum((line.tax for line in mine), ZERO)),
                tax_code=code,
                tax_rate=mine[0].tax_rate,
            )
        )
        parts = [
            tax for line, tax in zip(document.lines, theirs, strict=True) if line.tax_code == code
        ]
        assert sum(parts, ZERO) == predicted(summed, whole, inclusive=inclusive)[0]


def test_a_tax_without_a_code_is_held_for_its_code_alone() -> None:
    case = load("e1-paid-order")
    plan = build(
        merge(case.facts),
        replace(case.rules, taxes={}, ledger=Ledger(tax=COMPUTES)),
        (),
        stem="",
        settled=True,
    )

    assert {problem.code for problem in plan.problems} == {"UNMAPPED_TAX"}
