"""What a merchant is told about their account book before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounting.connectors.base import Finding, Health
from tests.accounting.connectors.autocount_cloud.conftest import API_KEY, BOOK, KEY_ID, Connect
from tests.accounting.connectors.autocount_cloud.records import invoice_row, listed
from tests.scripted_server import Received, ScriptedServer, Step, reply

DEBTOR = {"accNo": "300-C0001", "companyName": "Shopify MYR", "creditTerm": "C.O.D."}
METHOD = {"paymentMethod": "STRIPE", "bankAccount": "310-0005", "journalType": "BANK"}
UNREADABLE = {
    "Permission to write",
    "Tax codes and credit terms",
    "Tax rounding",
    "Fiscal year",
}

Answers = dict[str, Step]


def good() -> Answers:
    """By the path behind the account book id."""
    return {
        "companyProfile": reply(200, {"companyName": "Kedai Sdn Bhd", "registerNo": "2020"}),
        "location/listing": listed({"location": "HQ"}, {"location": "PG"}),
        "department/listing": listed({"deptNo": "WEB"}),
        "debtor": reply(200, DEBTOR),
        "paymentmethod/listing": listed(METHOD),
        "account/listing": listed({"accNo": "500-0000"}, total=900),
        "product/listing": listed(),
        "invoice/listing": listed(invoice_row(), total=900),
        "creditNote/listing": listed(),
        "payment/listing": listed(),
        "knockOffEntry/listing": listed(),
        "knockOffEntry/outstandingTransactions": reply(200, []),
    }


def answering(answers: Answers) -> Callable[[Received], Step]:
    return lambda request: answers.get(
        request.path.removeprefix(f"/{BOOK}/"), reply(404, {"message": "no such path"})
    )


def check(server: ScriptedServer, connect: Connect, answers: Answers, **settings: str) -> Health:
    server.handler = answering(answers)
    health = connect(debtors=("300-C0001",), **settings).check()
    for secret in (API_KEY, KEY_ID, BOOK):
        assert secret not in repr(health)
    return health


def bad(health: Health) -> dict[str, Finding]:
    """What is not ok, without what no check can read."""
    return {
        finding.subject: finding
        for finding in health.findings
        if finding.status != "ok" and finding.subject not in UNREADABLE
    }


def test_books_in_order_are_read_only_and_named(server: ScriptedServer, connect: Connect) -> None:
    health = check(server, connect, good(), department="WEB")

    assert health.ok
    assert bad(health) == {}
    assert health.fingerprint == "Kedai Sdn Bhd 2020"
    assert {finding.subject for finding in health.findings if finding.status == "warning"} == (
        UNREADABLE
    )
    shown = {finding.subject: finding.message for finding in health.findings}
    assert shown["Company"] == "These are the books of Kedai Sdn Bhd 2020."
    assert shown["Cash debtor 300-C0001"] == "Found: 300-C0001 Shopify MYR"
    assert shown["Payment methods"] == "STRIPE → 310-0005"
    creating = {"debtor", "invoice", "creditNote", "payment", "knockOffEntry"}
    written = [one.path for one in server.requests if one.method == "POST"]
    assert not creating & {path.removeprefix(f"/{BOOK}/") for path in written}
    assert len(server.requests) == 13


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "wrong Account Book Id"),
        (403, "tick CompanyProfile GetRecord"),
        (500, "AutoCount Cloud answered 500"),
        (429, "takes no more calls"),
    ],
)
def test_where_the_key_is_wrong_nothing_else_is_asked(
    server: ScriptedServer, connect: Connect, status: int, words: str
) -> None:
    health = check(server, connect, good() | {"companyProfile": reply(status, "")})

    (finding,) = health.findings
    assert (finding.subject, finding.status) == ("Connection", "failed")
    assert words in finding.message
    assert finding.advice
    assert len(server.requests) == 1
    assert health.fingerprint == ""


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (reply(404, ""), "offers no company profile"),
        (reply(200, {"other": "fields"}), "does not say whose books"),
    ],
)
def test_books_that_do_not_say_whose_they_are_are_a_warning(
    server: ScriptedServer, connect: Connect, profile: Step, words: str
) -> None:
    health = check(server, connect, good() | {"companyProfile": profile})

    assert health.ok
    assert words in bad(health)["Company"].message


@pytest.mark.parametrize(
    ("path", "subject", "permission"),
    [
        ("location/listing", "Sales location", "Location GetRecords"),
        ("debtor", "Cash debtor 300-C0001", "Debtor GetRecord"),
        ("paymentmethod/listing", "Payment methods", "PaymentMethod GetRecords"),
        ("invoice/listing", "Invoices", "Invoice GetRecords"),
        ("creditNote/listing", "Credit notes", "CreditNote GetRecords"),
        ("payment/listing", "Receipts", "Payment GetRecords"),
        ("payment/listing", "Payment vouchers", "Payment GetRecords"),
        ("knockOffEntry/listing", "Knock-off entries", "KnockOffEntry GetRecords"),
        (
            "knockOffEntry/outstandingTransactions",
            "Open items",
            "KnockOffEntry OutstandingTransactions",
        ),
    ],
)
def test_a_missing_permission_or_endpoint_is_found_before_it_is_needed(
    server: ScriptedServer, connect: Connect, path: str, subject: str, permission: str
) -> None:
    forbidden = check(server, connect, good() | {path: reply(403, "")})

    assert bad(forbidden)[subject].status == "failed"
    assert f"tick {permission} for it" in bad(forbidden)[subject].message
    assert "Settings › API Keys" in bad(forbidden)[subject].advice

    missing = check(server, connect, good() | {path: reply(404, "")})

    assert bad(missing)[subject].status == "failed"


@pytest.mark.parametrize("path", ["account/listing", "product/listing"])
def test_what_only_helps_to_pick_codes_is_a_warning(
    server: ScriptedServer, connect: Connect, path: str
) -> None:
    health = check(server, connect, good() | {path: reply(403, "")})

    assert health.ok
    assert [finding.status for finding in bad(health).values()] == ["warning"]


@pytest.mark.parametrize(
    ("changes", "settings", "subject", "words"),
    [
        (
            {},
            {"sales_location": "hq"},
            "Sales location",
            "hq is not in these books, which have HQ, PG.",
        ),
        (
            {"location/listing": listed()},
            {},
            "Sales location",
            "HQ is not in these books, which have none.",
        ),
        ({}, {"department": "POS"}, "Department", "POS is not in these books, which have WEB."),
        ({"debtor": reply(404, "")}, {}, "Cash debtor 300-C0001", "It is not in these books."),
        (
            {"debtor": reply(200, DEBTOR | {"isActive": False})},
            {},
            "Cash debtor 300-C0001",
            "It is not active.",
        ),
        (
            {"paymentmethod/listing": listed()},
            {},
            "Payment methods",
            "There is no active payment method.",
        ),
    ],
)
def test_a_code_of_the_settings_that_the_books_do_not_know_fails(
    server: ScriptedServer,
    connect: Connect,
    changes: Answers,
    settings: dict[str, str],
    subject: str,
    words: str,
) -> None:
    health = check(server, connect, good() | changes, **settings)

    assert not health.ok
    assert bad(health)[subject].message == words
    assert bad(health)[subject].advice


def test_many_codes_are_shown_in_part(server: ScriptedServer, connect: Connect) -> None:
    locations = listed(*({"location": f"L{n}"} for n in range(7)))

    health = check(server, connect, good() | {"location/listing": locations})

    assert "which have L0, L1, L2, L3, L4 and 2 more." in bad(health)["Sales location"].message


def test_departments_that_cannot_be_listed_are_a_warning(
    server: ScriptedServer, connect: Connect
) -> None:
    answers = good()
    del answers["department/listing"]

    health = check(server, connect, answers, department="WEB")

    assert bad(health)["Department"].status == "warning"


def test_a_credit_term_spelt_otherwise_on_the_debtor_is_a_warning(
    server: ScriptedServer, connect: Connect
) -> None:
    health = check(server, connect, good(), credit_term="COD")

    finding = bad(health)["Credit term of 300-C0001"]
    assert finding.message == "Its credit term is C.O.D.; documents will say COD."
    assert finding.status == "warning"


@pytest.mark.parametrize("path", ["invoice/listing", "creditNote/listing"])
def test_books_that_round_documents_by_themselves_are_told_by_earlier_ones(
    server: ScriptedServer, connect: Connect, path: str
) -> None:
    rows: list[dict[str, Any]] = [invoice_row("I-1"), {"master": invoice_row("I-2", roundAdj=0.02)}]

    health = check(server, connect, good() | {path: listed(*rows)})

    (finding,) = bad(health).values()
    assert finding.subject.startswith("5-sen rounding of")
    assert "rounded I-2 to 5 sen" in finding.message


def test_without_a_debtor_the_check_says_that_one_is_missing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = answering(good())

    health = connect().check()

    assert bad(health)["Cash debtor"].message == "No cash debtor is chosen yet."
    assert not any("outstanding" in one.path for one in server.requests)
