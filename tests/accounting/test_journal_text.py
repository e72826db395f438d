"""The text of a journal, read back by Beancount."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount.core import account as beancount_account
from hypothesis import example, given
from hypothesis import strategies as st

from accounting.documents.document import Document, Key, Role, Why
from accounting.documents.journal import Place
from accounting.journal_text import account_names, account_part, journal_text
from tests.accounting.connectors.entries import (
    credit_note,
    invoice,
    line,
    payment,
    refund,
    shipping,
)
from tests.judge import Verdict, judge

D = Decimal
ORDER = (invoice(), payment(), credit_note(), refund())
CODES = st.text(alphabet=st.one_of(st.sampled_from("AZaz09-X ."), st.characters()), max_size=12)


def read(*documents: Document, **options: Any) -> Verdict:
    options = {"title": "Kedai", "home_currency": "MYR"} | options
    verdict = judge(journal_text(documents, **options))
    assert verdict.errors == ()
    return verdict


def printed(text: str) -> str:
    """The text with a space for what cannot be printed."""
    unprintable = {*range(32), 127, *range(0xD800, 0xE000)}
    return text.translate(dict.fromkeys(unprintable, " "))


# --- names of accounts -------------------------------------------------------------------------


@given(CODES)
@example("")
@example("clearing:stripe")
@example("--")
@example("税")
def test_any_code_is_a_legal_part_of_an_accounts_name(code: str) -> None:
    name = f"Income:{account_part(code)}"

    assert name.isascii()
    assert beancount_account.is_valid(name)


@given(st.lists(CODES, min_size=2, max_size=2, unique=True))
@example(["A-", "A--2d-"])
@example(["A -", "A--20-"])
@example(["sales", "X---sales"])
@example(["sales", "Sales"])
@example(["A--", "A-- "])
@example(["", "X---"])
def test_different_codes_are_different_accounts(codes: list[str]) -> None:
    first, second = codes

    assert account_part(first) != account_part(second)


@pytest.mark.parametrize("code", ["500-000", "300-C0001", "SV-8", "ST", "310-IPAY", "Kedai1"])
def test_everyday_codes_stay_as_they_are(code: str) -> None:
    assert account_part(code) == code


@given(CODES)
def test_beancount_reads_back_an_account_of_any_code_and_the_code_itself(code: str) -> None:
    document = invoice(lines=(line(account=code), shipping(account="500-100")))

    codes = read(document).codes()

    names = account_names([document])
    assert codes[names[Place.LEDGER, code]] == printed(code)


def test_the_same_code_of_a_debtor_an_account_and_a_tax_is_three_accounts() -> None:
    document = invoice(customer="ST", lines=(line(account="ST"), shipping(account="ST")))

    names = account_names([document])

    assert sorted(names.values()) == ["Assets:Receivable:ST", "Income:ST", "Liabilities:Tax:ST"]


def test_accounts_are_what_their_roles_make_them() -> None:
    roles = ("sales", "gift_card", "tips", "rounding", "tax_only", "restock_fee")
    lines = tuple(shipping(role=role, account=role.upper()) for role in roles)
    total = sum((each.net for each in lines), D(0))

    names = account_names([invoice(lines=lines, total=total), payment()])

    found = {code: name.partition(":")[0] for (_, code), name in names.items()}
    assert found == {
        "SALES": "Income",
        "GIFT_CARD": "Liabilities",
        "TIPS": "Liabilities",
        "ROUNDING": "Expenses",
        "TAX_ONLY": "Liabilities",
        "RESTOCK_FEE": "Income",
        "300-C0001": "Assets",
        "310-005": "Assets",
    }


@pytest.mark.parametrize("turn", [1, -1])
def test_a_gift_card_sold_and_redeemed_is_one_account_whatever_comes_first(turn: int) -> None:
    sold = invoice(lines=(shipping(role="gift_card", account="450-200"),), total=D("8.00"))
    redeemed = payment(gateway="stripe", account="450-200", total=D("8.00"))

    names = account_names([sold, redeemed][::turn])

    assert names[Place.LEDGER, "450-200"] == "Liabilities:450-200"


# --- documents ---------------------------------------------------------------------------------


def test_an_order_is_read_as_it_was_posted() -> None:
    verdict = read(*ORDER)

    assert verdict.balances() == {
        ("Assets:Clearing:310-005", "MYR"): D("57.50"),
        ("Income:500-000", "MYR"): D("-90.00"),
        ("Income:500-100", "MYR"): D("-8.00"),
        ("Income:510-000", "MYR"): D("45.00"),
        ("Liabilities:Tax:ST", "MYR"): D("-4.50"),
    }
    assert [(each.date, each.meta["number"]) for each in verdict.transactions] == [
        (document.date, document.number) for document in ORDER
    ]


def test_the_documents_of_an_order_are_linked_by_its_invoice_and_tagged_by_their_kind() -> None:
    transactions = read(*ORDER).transactions

    assert {each.links for each in transactions} == {frozenset({"SH-1001"})}
    assert [set(each.tags) for each in transactions] == [
        {"invoice"},
        {"payment"},
        {"credit-note"},
        {"refund"},
    ]


def test_a_number_too_long_to_show_its_order_is_linked_like_the_others() -> None:
    short = payment(number="SH-P533D")

    together, alone = read(invoice(), short).transactions, read(short).transactions

    assert {each.links for each in together} == {frozenset({"SH-1001"})}
    assert alone[0].links == {"SH-O48T"}


def test_what_is_not_in_the_books_yet_is_flagged() -> None:
    transactions = read(*ORDER, pending={"SH-1001-F533E"}).transactions

    assert [each.flag for each in transactions] == ["*", "*", "*", "!"]


def test_a_document_says_what_it_is_and_why_its_figures_are_what_they_are() -> None:
    why = Why(fact="order 5501", amount="4.1 net", code="item TEE")
    document = credit_note(lines=(line(net=D("45.00"), tax=D("4.50"), source_id=77, why=why),))

    (found,) = read(document).transactions

    meta = dict(found.meta or {})
    assert {key: meta[key] for key in ("number", "order", "kind", "role", "corrects")} == {
        "number": "SH-1001-C5XX",
        "order": "#1001",
        "kind": "credit_note",
        "role": "C",
        "corrects": "SH-1001",
    }
    posted = dict(found.postings[1].meta or {})
    assert (posted["text"], posted["source"]) == ("Tee black M", "77")
    assert [posted[f"why-{what}"] for what in ("fact", "amount", "code")] == [
        "order 5501",
        "4.1 net",
        "item TEE",
    ]


def test_no_buyer_is_written() -> None:
    document = invoice(buyer=("Puan Contoh", "1 Jalan Contoh"))

    text = journal_text([document], title="Kedai", home_currency="MYR")

    assert "Contoh" not in text


@given(st.text())
@example('"quoted" \\" and \\\\')
@example("two\nlines\r\n\0 \ud800")
@example('" ; a comment\n2026-11-20 open Assets:Injected\n')
def test_no_text_breaks_out_of_its_quotes(text: str) -> None:
    document = payment(description=text, reference=text, order_name=text)

    verdict = read(document, title=text)

    (found,) = verdict.transactions
    assert found.narration == printed(text)
    assert len(verdict.codes()) == 2


def test_a_foreign_document_keeps_its_currency_and_is_priced_in_the_home_currency() -> None:
    changes: dict[str, Any] = {"currency": "SGD", "customer": "300-C0002", "rate": D("3.41234567")}

    foreign = tuple(replace(document, **changes) for document in ORDER[:2])
    part = replace(foreign[1], total=D("100.00"))
    verdict = read(invoice(), foreign[0], part)

    balances = verdict.balances()
    assert balances["Assets:Receivable:300-C0002", "SGD"] == D("7.00")
    assert balances["Assets:Receivable:300-C0001", "MYR"] == D("107.00")
    prices = {str(p.price) for t in verdict.transactions[1:] for p in t.postings}
    assert prices == {"3.41234567 MYR"}


def test_a_document_whose_total_is_not_its_lines_is_refused() -> None:
    text = journal_text([invoice(total=D("107.01"))], title="", home_currency="MYR")

    assert ["does not balance" in error for error in judge(text).errors] == [True]


def test_a_foreign_sen_is_not_forgiven_for_its_low_rate() -> None:
    changes: dict[str, Any] = {"currency": "JPY", "rate": D("0.00000001")}
    document = replace(invoice(**changes), total=D("107.01"))

    verdict = judge(journal_text([document], title="", home_currency="MYR"))

    assert len(verdict.errors) == 1


def test_a_balance_may_be_stated_of_all_debtors_together() -> None:
    other = invoice(number="SH-1002", customer="300-C0002", date=date(2026, 11, 21))
    balances = {("Assets:Receivable", "MYR"): D("214.00")}

    verdict = read(invoice(), other, balances=balances)
    wrong = {("Assets:Receivable", "MYR"): D("214.01")}
    refused = judge(journal_text([invoice(), other], title="", home_currency="MYR", balances=wrong))

    assert [(each.date, each.account) for each in verdict.asserted] == [
        (date(2026, 11, 22), "Assets:Receivable")
    ]
    assert len(refused.errors) == 1


def test_a_journal_without_documents_is_legal() -> None:
    verdict = read()

    assert verdict.entries == []


def test_the_text_does_not_depend_on_the_order_of_the_documents() -> None:
    forwards = journal_text(ORDER, title="", home_currency="MYR")

    assert journal_text(ORDER[::-1], title="", home_currency="MYR") == forwards


def test_documents_without_lines_have_the_why_themselves() -> None:
    reversed_ = refund(
        key=Key(role=Role.REVERSAL, source_id=6601), why=Why(amount="R1", code="gateway stripe")
    )

    (found,) = read(reversed_).transactions

    assert found.meta["role"] == "V"
    assert (found.meta["why-amount"], found.meta["why-code"]) == ("R1", "gateway stripe")
