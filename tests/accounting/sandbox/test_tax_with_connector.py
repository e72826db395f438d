"""Books that compute tax arrive at ours in every way a document may be written, whatever their own
way is, as long as the profile knows it; and a wrong belief about it shows when reading back."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import product
from random import Random

import pytest

from accounting.connectors.base import difference
from accounting.documents.codes import Coding
from accounting.documents.document import Document, DocumentLine
from accounting.documents.ledger_tax import choose
from accounting.documents.lines import split
from accounting.documents.rules import Ledger, TaxMethod
from tests.accounting.connectors.entries import credit_note, invoice, line, shipping
from tests.accounting.sandbox.conftest import Desk
from tests.accounting.sandbox.through_desk import charged, connector, send

D = Decimal
SEN = D("0.01")
ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
RATES = {"S-10": D("0.1"), "SV-8": D("0.08"), "": D("0")}
DOCUMENTS = 8

pytestmark = pytest.mark.django_db
habits = pytest.mark.parametrize(
    ("scope", "rounding"), list(product(["line", "document"], ROUNDINGS))
)


def method(scope: str, rounding: str) -> TaxMethod:
    return TaxMethod(
        explicit=False, scope=scope, rounding=rounding, inclusive=True, adjustment=True
    )


def goods(random: Random) -> DocumentLine:
    """Some units under one of the codes; half of the prices end in five sen, so halves occur."""
    quantity, code = random.randint(1, 4), random.choice(list(RATES))
    price = D(random.randint(1, 4000) * random.choice([1, 5])) / 100
    return line(
        account="500-0000",
        quantity=quantity,
        unit_price=price,
        net=quantity * price,
        tax_code=code,
        tax_rate=RATES[code] if code else None,
        tax=D("0.00"),
    )


def document(lines: list[DocumentLine], number: int, mode: str) -> Document:
    total = sum(one.net + one.tax for one in lines)
    kind = credit_note if number % 3 == 0 else invoice
    return kind(number=f"SH-{number}", lines=tuple(lines), total=total, tax_mode=mode, corrects="")


def taxed(
    lines: list[DocumentLine], scope: str, rounding: str, *, inclusive: bool
) -> list[DocumentLine]:
    """The lines with the tax such books compute; their prices have it inside when `inclusive`."""

    def exact(one: DocumentLine) -> Decimal:
        rate = RATES[one.tax_code]
        return one.net * rate / (1 + rate) if inclusive else one.net * rate

    def rounded(amount: Decimal) -> Decimal:
        return amount.quantize(SEN, ROUNDINGS[rounding])

    taxes = [rounded(exact(one)) for one in lines]
    if scope == "document":
        for code in RATES:
            places = [place for place, one in enumerate(lines) if one.tax_code == code]
            whole = rounded(sum((exact(lines[place]) for place in places), D("0")))
            if places:
                taxes[places[0]] += whole - sum(taxes[place] for place in places)
    return [
        replace(one, tax=tax, net=one.net - tax if inclusive else one.net)
        for one, tax in zip(lines, taxes, strict=True)
    ]


def code_totals(entry: Document) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for one in entry.lines:
        totals[one.tax_code] = totals.get(one.tax_code, D("0")) + one.tax
    return totals


def assert_books_agree(desk: Desk, scope: str, rounding: str, entry: Document) -> None:
    """Sent, read back equal, and every code's tax is ours."""
    send(connector(desk, tax=method(scope, rounding)), entry)
    assert charged(desk, entry.number) == (entry.total, code_totals(entry))


@habits
@pytest.mark.parametrize("inclusive", [False, True])
def test_computed_tax_is_ours_where_our_tax_is_computed_alike(
    autocount: Desk, scope: str, rounding: str, inclusive: bool
) -> None:
    autocount.switch(tax_scope=scope, tax_rounding=rounding)
    random = Random(f"{scope} {rounding} {inclusive}")

    for number in range(1, DOCUMENTS + 1):
        lines = [goods(random) for _ in range(random.randint(1, 5))]
        mode = "inclusive" if inclusive else "exclusive"
        entry = document(taxed(lines, scope, rounding, inclusive=inclusive), number, mode)
        assert_books_agree(autocount, scope, rounding, entry)

    autocount.balances()


@habits
@pytest.mark.parametrize("mode", ["adjusted", "explicit"])
def test_an_adjustment_brings_computed_tax_to_ours(
    autocount: Desk, scope: str, rounding: str, mode: str
) -> None:
    autocount.switch(tax_scope=scope, tax_rounding=rounding)
    random = Random(f"{scope} {rounding} {mode}")

    for number in range(1, DOCUMENTS + 1):
        lines = [goods(random) for _ in range(random.randint(1, 5))]
        ours = [
            replace(one, tax=one.tax + D(random.randint(-3, 3)) / 100 if one.tax_code else D("0"))
            for one in taxed(lines, "line", "half_up", inclusive=False)
        ]
        assert_books_agree(autocount, scope, rounding, document(ours, number, mode))

    autocount.balances()


def shopify_taxed(random: Random) -> list[DocumentLine]:
    """Lines as Shopify taxes them: each rounded half up, with the tax inside the price or beside
    it and then sometimes a sen off; now and then with a discount on a line of its own."""
    inclusive, lines = random.random() < 0.5, []
    for one in [goods(random) for _ in range(random.randint(1, 4))]:
        lines += taxed([one], "line", "half_up", inclusive=inclusive)
    first = lines[0]
    if not inclusive and random.random() < 0.5 and first.tax:
        lines[0] = replace(first, tax=first.tax + random.choice([SEN, -SEN]))
    if random.random() < 0.5:
        off = replace(first, quantity=1, unit_price=-SEN, net=-SEN, tax=D("0.00"))
        lines.append(replace(off, description="Discount"))
    return [part for one in lines for part in whole_prices(one)]


def whole_prices(one: DocumentLine) -> list[DocumentLine]:
    """The line in one or two whose prices are whole sen (treatment 4.2)."""
    coding = Coding(account=one.account, tax_code=one.tax_code, tax_rate=one.tax_rate)
    return split(
        role=one.role,
        coding=coding,
        text=one.description,
        quantity=one.quantity,
        net=one.net,
        tax=one.tax,
        currency="MYR",
    )


@habits
def test_what_is_predicted_to_fit_the_books_does(
    autocount: Desk, scope: str, rounding: str
) -> None:
    """The engine chooses how a document is written by predicting the books (treatment 4.5)."""
    autocount.switch(tax_scope=scope, tax_rounding=rounding)
    random, chosen = Random(f"{scope} {rounding}"), set()

    for number in range(1, 4 * DOCUMENTS + 1):
        lines = shopify_taxed(random)
        if sum(one.net + one.tax for one in lines) < 0:
            continue
        entry, problems = choose(
            document(lines, number, "explicit"), Ledger(tax=method(scope, rounding))
        )
        if not problems:
            chosen.add(entry.tax_mode)
            assert_books_agree(autocount, scope, rounding, entry)

    assert chosen == {"exclusive", "inclusive", "adjusted"}
    autocount.balances()


@pytest.mark.parametrize(
    ("switches", "mode", "there"),
    [
        ({"tax_rounding": "half_even"}, "exclusive", "11.05"),
        ({"tax_rounding": "half_even"}, "adjusted", "11.05"),
        ({"tax_rounding": "half_even"}, "inclusive", None),
    ],
)
def test_a_wrong_belief_about_rounding_shows_when_reading_back(
    autocount: Desk, switches: dict[str, str], mode: str, there: str | None
) -> None:
    autocount.switch(**switches)
    half = line(
        account="500-0000",
        quantity=1,
        unit_price=D("10.05"),
        net=D("10.05"),
        tax=D("1.01"),  # 1.005 rounded up
        tax_code="S-10",
    )
    entry, way = document([half], 1, mode), connector(autocount)

    way.post(entry)
    found = way.find(entry)

    assert found is not None
    expected = f"total is {there} in the books, 11.06 here" if there else ""
    assert difference(entry, found) == expected


def test_two_halves_are_one_sen_over_the_document_and_two_by_line(autocount: Desk) -> None:
    half = line(
        account="500-0000", quantity=1, unit_price=D("0.05"), net=D("0.05"), tax_code="S-10"
    )
    by_line = [replace(half, tax=SEN), replace(half, tax=SEN)]
    totals = []

    for number, scope in enumerate(["line", "document"], start=1):
        autocount.switch(tax_scope=scope)
        connector(autocount).post(document(by_line, number, "exclusive"))
        totals.append(charged(autocount, f"SH-{number}")[0])

    assert totals == [D("0.12"), D("0.11")]


@pytest.mark.parametrize("scope", [None, "line", "document"])
def test_sql_accounting_takes_our_tax_unless_it_is_set_to_compute_it(
    sql: Desk, scope: str | None
) -> None:
    sql.switch(**({"tax_scope": scope} if scope else {}))
    entry = document([line(tax=D("8.97")), line(tax=D("8.97")), shipping()], 1, "explicit")
    way = connector(sql)

    way.post(entry)
    found = way.find(entry)

    assert found is not None
    told = "" if scope is None else "total is 206.00 in the books, 205.94 here"
    assert difference(entry, found) == told
    sql.balances()


def test_sql_accounting_puts_what_roundings_leave_on_the_first_line(sql: Desk) -> None:
    sql.switch(tax_scope="document")
    half = line(quantity=1, unit_price=D("0.05"), net=D("0.05"), tax=SEN, description="Pin")
    other = replace(half, description="Clip")

    connector(sql).post(document([half, other], 1, "explicit"))

    lines = sql.books("documents")[0]["lines"]
    assert [one["tax"] for one in lines] == [D("0.00"), D("0.01")]
