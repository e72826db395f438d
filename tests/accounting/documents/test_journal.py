"""What each kind of document posts, by the table of the treatment (1.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounting.documents.document import Document, Key, Kind, Role
from accounting.documents.journal import Place, postings
from tests.accounting.connectors.entries import credit_note, invoice, line, payment, refund

D = Decimal


def sides(document: Document) -> list[tuple[str, Decimal]]:
    return [(posting.account, posting.amount) for posting in postings(document)]


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.DEBIT_NOTE])
def test_an_invoice_debits_the_receivable_and_credits_lines_and_taxes(kind: Kind) -> None:
    document = invoice(kind=kind)

    assert sides(document) == [
        ("AR", D("107.00")),
        ("500-000", D("-90.00")),
        ("tax:ST", D("-9.00")),
        ("500-100", D("-8.00")),
    ]


def test_a_credit_note_mirrors_an_invoice() -> None:
    assert sides(credit_note()) == [
        ("AR", D("-49.50")),
        ("510-000", D("45.00")),
        ("tax:ST", D("4.50")),
    ]


def test_a_payment_debits_its_account_and_credits_the_receivable() -> None:
    assert sides(payment()) == [("AR", D("-107.00")), ("310-005", D("107.00"))]


@pytest.mark.parametrize("role", [Role.REFUND, Role.REVERSAL])
def test_a_refund_and_a_reversed_payment_mirror_a_payment(role: Role) -> None:
    document = refund(key=Key(role=role, source_id=6602))

    assert sides(document) == [("AR", D("49.50")), ("310-005", D("-49.50"))]


def test_a_line_of_nothing_is_posted_and_a_tax_of_nothing_is_not() -> None:
    free = line(unit_price=D("0.00"), net=D("0.00"), tax=D("0.00"))

    document = invoice(lines=(free,), total=D("0.00"))

    assert sides(document) == [("AR", D("0.00")), ("500-000", D("0.00"))]


def test_a_posting_says_where_its_code_is_from_and_in_which_currency() -> None:
    document = invoice(currency="SGD", rate=D("3.41234567"))

    found = [(p.place, p.code, p.role, p.currency, p.line) for p in postings(document)]

    taxed, untaxed = document.lines
    assert found == [
        (Place.RECEIVABLE, "300-C0001", "", "SGD", None),
        (Place.LEDGER, "500-000", "sales", "SGD", taxed),
        (Place.TAX, "ST", "", "SGD", taxed),
        (Place.LEDGER, "500-100", "shipping", "SGD", untaxed),
    ]


@pytest.mark.parametrize(
    ("gateway", "role"),
    [
        ("stripe", "clearing"),
        ("gift_card", "gift_card"),
        ("shopify_store_credit", "store_credit"),
        ("", "clearing"),
    ],
)
def test_money_moves_through_clearing_or_draws_a_liability(gateway: str, role: str) -> None:
    _, money = postings(payment(gateway=gateway))

    assert (money.role, money.line) == (role, None)
