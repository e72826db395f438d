"""Free text that is too long for the books ends after a whole word; nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounting.documents.build import build
from accounting.documents.document import Debtor, Document
from accounting.documents.rules import Ledger, TextLengths
from accounting.documents.texts import fitted, shortened
from accounting.facts import merge
from tests.accounting.connectors.entries import allocation, customer, invoice, line, payment
from tests.casefiles import load


@pytest.mark.parametrize(
    ("text", "longest", "left"),
    [
        ("Baju kurung", 0, "Baju kurung"),
        ("Baju kurung", 11, "Baju kurung"),
        ("Baju kurung", 10, "Baju"),
        ("Baju kurung", 5, "Baju"),
        ("Baju kurung", 4, "Baju"),
        ("Baju kurung", 3, "Baj"),
        ("Baju  kurung", 6, "Baju"),
    ],
)
def test_a_text_ends_after_the_last_word_that_fits(text: str, longest: int, left: str) -> None:
    assert shortened(text, longest) == left


def test_every_free_text_of_a_document_has_its_own_length() -> None:
    entry = payment(
        description="one two", reference="one two", gateway="one two", buyer=("one two", "three")
    )
    entry = replace(entry, lines=(line(description="one two"),))

    short = fitted(entry, TextLengths(description=3, line=4, reference=5, gateway=6, address=4))

    assert isinstance(short, Document)
    assert (short.description, short.reference, short.gateway) == ("one", "one", "one")
    assert short.lines[0].description == "one"
    assert short.buyer == ("one", "thre")
    assert (short.number, short.total, short.account) == (entry.number, entry.total, entry.account)


def test_every_free_text_of_a_customer_has_its_own_length() -> None:
    entry = customer(name="one two", company="one two", email="a@b.test", phone="012 345")
    entry = replace(entry, address=("one two",))

    short = fitted(entry, TextLengths(name=3, email=8, phone=6, address=3))

    assert isinstance(short, Debtor)
    assert (short.name, short.company, short.email, short.phone) == ("one", "one", "a@b.test", "")
    assert (short.address, short.code) == (("one",), entry.code)


@pytest.mark.parametrize("entry", [allocation(), invoice(), customer()])
def test_books_without_lengths_get_the_texts_as_they_are(entry: Document) -> None:
    assert fitted(entry, TextLengths()) == entry


def test_what_is_planned_fits_the_books() -> None:
    case = load("e1-paid-order")
    ledger = Ledger(texts=TextLengths(description=5, line=3))

    plan = build(merge(case.facts), replace(case.rules, ledger=ledger), (), stem="", settled=True)

    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    assert max(len(document.description) for document in documents) <= 5
    assert max(len(one.description) for document in documents for one in document.lines) <= 3
