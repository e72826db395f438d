"""The connection check: reads only, and sentences a merchant can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.base import Finding, Health
from tests.accounting.connectors.conftest import AUTOCOUNT, KEY, SQL, Connect
from tests.scripted_server import Received, ScriptedServer, Step, reply, rows

DEBTOR = {"code": "300-C0001", "companyName": "Online Sales", "accNo": "300-C0001"}
DOCUMENT = {"docNo": "SH-1", "docAmt": 1.00, "outstanding": 1.00, "unappliedAmt": 0.00}
BOOKS = {**DOCUMENT, "knockOffAmt": 0.00}


def company(**answers: Step) -> Callable[[Received], Step]:
    """Books with one debtor and one document of each kind, whose filters work; `answers` replace
    those of a path's last part, with - written as _."""

    def handler(request: Received) -> Step:
        name = request.path.rpartition("/")[2]
        if name.replace("-", "_") in answers:
            return answers[name.replace("-", "_")]
        row = DEBTOR if name in ("customer", "debtor") else BOOKS
        wanted = next(iter(request.query.values()), None)
        return rows(row) if wanted in (None, *row.values()) else rows()

    return handler


def find(health: Health, subject: str, words: str = "") -> Finding:
    """The first finding about a subject that says the words."""
    about = (finding for finding in health.findings if finding.subject == subject)
    return next(finding for finding in about if words in finding.message)


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
def test_healthy_books_are_read_and_never_written(
    server: ScriptedServer, connect: Connect, books: Profile
) -> None:
    server.handler = company()

    health = connect(books, debtors=("300-C0001",)).check()

    assert health.ok
    assert health.fingerprint == "300-C0001 Online Sales"
    assert {request.method for request in server.requests} == {"GET"}
    assert find(health, "Company").message.endswith("300-C0001 Online Sales")
    assert find(health, "Invoices").status == "ok"
    assert find(health, "Payments").status == "ok"
    assert find(health, "Endpoints not verified").status == "warning"
    assert find(health, "Please confirm").message in books.acknowledge
    assert KEY not in repr(health)


def test_a_key_of_another_kind_is_refused_before_any_request(
    server: ScriptedServer, connect: Connect
) -> None:
    health = connect(key="sk_live_something").check()

    assert [finding.status for finding in health.findings] == ["failed"]
    assert "lb_live_" in health.findings[0].message
    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(401, ""), "AcctBridge refused the API key. Create a key under API Keys"),
        (reply(403, ""), "This key may not use this instance."),
        (reply(404, ""), "AcctBridge does not offer SQL Accounting under /v1/sqlacc."),
        (
            reply(503, {"error": {"code": "instance_offline", "message": "x"}}),
            "The accounting PC is not connected. Switch it on, check Instances",
        ),
        (reply(500, {"error": "Something broke"}), "Something broke"),
        (reply(200, "<html>Welcome</html>"), "unreadable"),
    ],
)
def test_the_first_answer_that_makes_the_rest_pointless_stops_the_check(
    server: ScriptedServer, connect: Connect, answer: Step, words: str
) -> None:
    server.handler = lambda request: answer

    health = connect(debtors=("300-C0001",)).check()

    assert not health.ok
    assert words in health.findings[-1].message
    assert health.fingerprint == ""
    assert len(server.requests) == 1


def test_a_cash_debtor_that_is_missing_fails_the_check(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company()

    health = connect(debtors=("300-C0001", "300-GONE")).check()

    assert find(health, "Cash debtor 300-GONE").status == "failed"
    assert find(health, "Cash debtor 300-C0001").status == "ok"
    assert health.fingerprint == "300-C0001 Online Sales"


def test_another_company_file_has_another_fingerprint(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company(customer=rows({"code": "300-C0001", "companyName": "Someone Else"}))

    health = connect(debtors=("300-C0001",)).check()

    assert health.fingerprint == "300-C0001 Someone Else"


def test_no_cash_debtor_yet_is_only_a_warning(server: ScriptedServer, connect: Connect) -> None:
    server.handler = company()

    health = connect().check()

    assert health.ok
    assert find(health, "Cash debtor").status == "warning"
    assert health.fingerprint == ""


IGNORED: Step = rows(*({**BOOKS, "docNo": f"SH-{n}"} for n in range(3)), total=42)


@pytest.mark.parametrize(
    ("answers", "subject", "status", "words"),
    [
        (
            {"customer_invoice": IGNORED},
            "Invoices",
            "failed",
            "AcctBridge cannot look up an invoice by number, so Lejar cannot rule out duplicates.",
        ),
        (
            {"customer_payment": IGNORED},
            "Payments",
            "failed",
            "AcctBridge cannot look up a payment by number",
        ),
        (
            {"customer_refund": IGNORED},
            "Refunds",
            "warning",
            "AcctBridge cannot look up a refund by number",
        ),
        (
            {"customer_refund": reply(404, "")},
            "Refunds",
            "warning",
            "Refund payouts cannot be posted through AcctBridge.",
        ),
        ({"customer_credit_note": reply(404, "")}, "Credit notes", "failed", "does not offer"),
        (
            {"customer_credit_note": reply(403, "")},
            "Credit notes",
            "failed",
            "The key is good, but may not read credit notes.",
        ),
        ({"customer_payment": reply(500, "")}, "Payments", "failed", "Unclear"),
        ({"customer_invoice_item": reply(404, "")}, "Invoices", "warning", "does not offer"),
        (
            {"customer_payment": rows({"docNo": "SH-1", "docAmt": 1})},
            "Payments",
            "warning",
            "These do not say unappliedAmt",
        ),
        ({"sales_invoice": rows()}, "More endpoints", "ok", "also answers under /sales-invoice"),
    ],
)
def test_what_is_missing_is_said_with_its_consequence(
    server: ScriptedServer,
    connect: Connect,
    answers: dict[str, Any],
    subject: str,
    status: str,
    words: str,
) -> None:
    server.handler = company(**answers)

    health = connect(debtors=("300-C0001",)).check()

    assert find(health, subject, words).status == status
    assert health.ok is (status != "failed")
    assert {request.method for request in server.requests} == {"GET"}


def test_a_complete_list_makes_a_filter_unnecessary(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company(customer_payment=rows(BOOKS, {**BOOKS, "docNo": "SH-2"}))

    health = connect(debtors=("300-C0001",)).check()

    assert find(health, "Payments").status == "ok"


def test_candidates_that_do_not_answer_are_not_mentioned(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company(sales_invoice=reply(404, ""), cash_sales=reply(500, "down"))

    health = connect(debtors=("300-C0001",)).check()

    told = {one.message for one in health.findings if one.subject == "More endpoints"}
    assert not [one for one in told if "/sales-invoice" in one or "/cash-sales" in one]


@pytest.mark.parametrize(
    ("operation", "subject", "words"),
    [
        (
            "debitNote.create",
            "Debit notes",
            "Debit notes cannot be posted through AcctBridge. Lejar holds what needs one, such as "
            "a gain on a payment in another currency.",
        ),
        ("customer.create", "Customers", "Create customers in the accounting system."),
    ],
)
def test_a_write_that_is_not_offered_is_told_before_it_is_missed(
    server: ScriptedServer, connect: Connect, operation: str, subject: str, words: str
) -> None:
    server.handler = company()
    kept = {name: one for name, one in SQL.operations.items() if name != operation}

    whole, less = (connect(books).check() for books in (SQL, replace(SQL, operations=kept)))

    assert words not in {finding.message for finding in whole.findings}
    assert find(less, subject, words).status == "warning"


def test_a_debit_note_that_does_not_say_what_is_outstanding_cannot_be_verified(
    server: ScriptedServer, connect: Connect
) -> None:
    row = {name: value for name, value in BOOKS.items() if name != "outstanding"}
    server.handler = company(customer_debit_note=rows(row))

    health = connect().check()

    assert find(health, "Debit notes", "do not say outstanding").status == "warning"


@pytest.mark.parametrize(
    ("amounts", "rounds"),
    [
        ({"netTotal": 107.02, "finalTotal": 107.00}, True),
        ({"netTotal": 107.00, "finalTotal": 107.00}, False),
        ({"finalTotal": 107.00}, False),
    ],
)
def test_books_that_round_on_their_own_are_known_by_their_documents(
    server: ScriptedServer, connect: Connect, amounts: dict[str, float], rounds: bool
) -> None:
    invoice = {"docNo": "SH-1", "outstanding": 0.00, **amounts}
    server.handler = company(invoice=rows(invoice))

    health = connect(AUTOCOUNT, debtors=("300-C0001",)).check()

    told = [finding for finding in health.findings if finding.subject == "Rounding"]
    assert len(told) == rounds
    assert all("SH-1 is 107.02, then 107.0" in finding.message for finding in told)
    assert all("5-sen rounding" in finding.advice for finding in told)


def test_every_failure_of_the_check_says_what_to_do(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company(
        customer_invoice=IGNORED, customer_credit_note=reply(403, ""), customer_payment=IGNORED
    )

    health = connect(debtors=("300-GONE",)).check()

    failed = [finding for finding in health.findings if finding.status == "failed"]
    assert len(failed) == 4
    assert all(finding.advice for finding in failed)


def test_debit_notes_that_are_not_offered_for_reading_are_only_a_warning(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = company(customer_debit_note=reply(404, "Not Found"))

    health = connect(debtors=("300-C0001",)).check()

    assert find(health, "Debit notes").status == "warning"
    assert health.ok
