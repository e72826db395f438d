"""The books of the simulated world keep proper accounts, refuse what they should, and notice what
is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounting.documents.document import Kind
from shopify_app.simulation.books import Books
from shopify_app.simulation.journal import Call, Customer, Duplicate, Header, Line, Refusal, Written

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
BOUGHT = Header(
    kind=Kind.INVOICE,
    number="SH-1001",
    customer="300-C0001",
    date=date(2026, 11, 20),
    marker="5501",
)
PAID = replace(BOUGHT, kind=Kind.PAYMENT, number="SH-1001-P533D", marker="6601")
LINES = (
    Line(account="500-000", net=Decimal("90.00"), tax=Decimal("9.00"), tax_code="ST"),
    Line(account="500-100", net=Decimal("8.00")),
)


def invoiced(books: Books, **changes: object) -> Written:
    return books.post_sale(replace(BOUGHT, **changes), LINES, NOW)  # type: ignore[arg-type]


def paid(books: Books, amount: str = "107.00", **changes: object) -> Written:
    header = replace(PAID, **changes)  # type: ignore[arg-type]  # of the header's own fields
    return books.post_money(header, "310-005", Decimal(amount), NOW)


def test_an_invoice_debits_the_customer_and_credits_sales_and_tax() -> None:
    books = Books(name="Kedai")

    written = invoiced(books)

    assert (written.total, written.outstanding, written.unapplied) == (
        Decimal("107.00"),
        Decimal("107.00"),
        None,
    )
    assert books.trial_balance() == {
        "300-000": Decimal("107.00"),
        "500-000": Decimal("-90.00"),
        "500-100": Decimal("-8.00"),
        "460-000": Decimal("-9.00"),
    }
    assert books.problems() == []


def test_a_foreign_document_balances_at_home_whatever_its_roundings_leave() -> None:
    books = Books(name="Kedai", customers={"300-C0002": Customer(name="SG", currency="SGD")})

    invoiced(books, customer="300-C0002", currency="SGD", rate=Decimal("3.33335"))

    assert books.trial_balance()["300-000"] == Decimal("356.67")
    assert sum(books.trial_balance().values()) == 0


def test_a_knock_off_uses_up_both_documents() -> None:
    books = Books(name="Kedai")
    owed, money = invoiced(books), paid(books, "110.00")

    books.knock_off(money, [(Kind.INVOICE, "sh-1001", Decimal("107.00"))], NOW)

    assert (owed.outstanding, money.unapplied) == (Decimal("0.00"), Decimal("3.00"))
    assert [(one.target, one.amount) for one in money.knock_offs] == [("SH-1001", Decimal("107"))]
    assert books.problems() == []


def test_a_knock_off_of_a_document_that_is_not_there_is_passed_over() -> None:
    books = Books(name="Kedai")
    money = paid(books)

    books.knock_off(money, [(Kind.INVOICE, "SH-1001", Decimal("107.00"))], NOW)

    assert (money.unapplied, money.knock_offs) == (Decimal("107.00"), [])


@pytest.mark.parametrize("amount", ["107.01", "0.00", "-1.00"])
def test_a_knock_off_of_more_than_is_open_or_of_nothing_is_refused(amount: str) -> None:
    books = Books(name="Kedai")
    owed, money = invoiced(books), paid(books, "200.00")

    with pytest.raises(Refusal):
        books.knock_off(money, [(Kind.INVOICE, owed.number, Decimal(amount))], NOW)

    assert owed.applied == money.applied == 0
    assert money.knock_offs == []


def test_documents_of_two_customers_are_not_knocked_off() -> None:
    books = Books(name="Kedai", customers={"300-S1": Customer(name="Siti", currency="MYR")})
    owed, money = invoiced(books), paid(books, customer="300-S1")

    with pytest.raises(Refusal, match="another customer"):
        books.knock_off(money, [(Kind.INVOICE, owed.number, Decimal("1.00"))], NOW)

    assert owed.applied == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"customer": "300-NONE"}, "No record found: code"),
        ({"currency": "SGD", "rate": Decimal("3.30")}, "is not the customer's"),
        ({"rate": Decimal("2")}, "currencyRate"),
        ({"date": date(2026, 10, 31)}, "fiscal year"),
    ],
)
def test_a_document_that_the_books_cannot_take_changes_nothing(
    changes: dict[str, object], why: str
) -> None:
    books = Books(name="Kedai", closed_until=date(2026, 10, 31))

    with pytest.raises(Refusal, match=why):
        invoiced(books, **changes)

    assert books.journal == []


@pytest.mark.parametrize("code", ["500-000", "ST", "300-C0001"])
def test_what_somebody_deleted_is_unknown_until_it_is_back(code: str) -> None:
    books = Books(name="Kedai", gone={code})

    with pytest.raises(Refusal, match="No record found"):
        invoiced(books)
    books.gone.clear()

    assert invoiced(books) in books.journal


@pytest.mark.parametrize("account", ["NONE", "300-000"])
def test_a_line_needs_an_account_that_is_not_the_debtor_control(account: str) -> None:
    books = Books(name="Kedai")

    with pytest.raises(Refusal, match="account"):
        books.post_sale(BOUGHT, [Line(account=account, net=Decimal("1.00"))], NOW)

    assert books.journal == []


def test_a_number_is_taken_once_in_each_register_whatever_its_case() -> None:
    books = Books(name="Kedai")
    invoiced(books)
    paid(books, number="SH-1001")

    with pytest.raises(Duplicate, match="already exist"):
        invoiced(books, number="sh-1001")

    assert len(books.journal) == 2


def test_a_customer_is_created_once() -> None:
    books, siti = Books(name="Kedai"), Customer(name="Siti", currency="MYR")
    books.create_customer("300-S1", siti, "300-000", NOW)

    with pytest.raises(Duplicate):
        books.create_customer("300-s1", siti, "300-000", NOW)
    with pytest.raises(Refusal, match="controlAccount"):
        books.create_customer("300-S2", siti, "3000/000", NOW)

    assert [one.number for one in books.journal] == ["300-S1"]


@pytest.mark.parametrize(
    "second",
    [
        {"number": "SH-O48T"},  # the same order under a number of its own
        {"asked": "SH-1001", "number": "AUTO-00002"},  # renumbered, then sent again
    ],
)
def test_an_order_with_two_invoices_is_found(second: dict[str, str]) -> None:
    books = Books(name="Kedai")
    invoiced(books)
    other = invoiced(books, number=second["number"], marker="5501")

    other.asked = second.get("asked", other.asked)

    assert any("are one invoice" in problem for problem in books.problems())


def test_a_transaction_with_two_payments_is_found() -> None:
    books = Books(name="Kedai")
    paid(books)
    paid(books, number="SH-O48T-P533D")

    assert books.problems() == ["Kedai: SH-O48T-P533D and SH-1001-P533D are one payment"]


@pytest.mark.parametrize("number", ["SH-1001-S7", "ZZ-1001", "SH-1001-P9"])
def test_what_only_looks_alike_is_no_double(number: str) -> None:
    """Supplementary invoices carry their order's id, two shops may have the same ids, and another
    event has another id."""
    books = Books(name="Kedai")
    invoiced(books)
    paid(books)

    if number == "SH-1001-P9":
        paid(books, number=number, marker="9")
    else:
        invoiced(books, number=number)

    assert books.problems() == []


def test_books_that_were_tampered_with_say_so() -> None:
    books = Books(name="Kedai")
    owed, money = invoiced(books), paid(books)
    books.knock_off(money, [(Kind.INVOICE, owed.number, Decimal("107.00"))], NOW)

    owed.entries = owed.entries[:-1]
    owed.applied = Decimal("214.00")

    assert len(books.problems()) == 3  # the entries, the trial balance, the knock-off


def test_calls_that_overlap_are_found_and_calls_in_a_row_are_not() -> None:
    books = Books(name="Kedai")
    for start, end in ((0, 10), (10, 10), (10, 30), (20, None)):
        ended = None if end is None else NOW + timedelta(seconds=end)
        began = NOW + timedelta(seconds=start)
        until = began + timedelta(seconds=100)
        call = Call(
            method="POST",
            path="customer",
            number="X",
            write=True,
            started=began,
            until=until,
            ended=ended,
        )
        books.calls.append(call)

    assert len(books.overlaps()) == 1
