"""What the books hold under a number, and when they certainly hold nothing."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.base import Receipt, Rejected, Settled, Unavailable, difference
from accounting.documents.document import Allocation, Document, Entry, Kind
from tests.accounting.connectors.autocount_cloud.conftest import BOOK, Connect
from tests.accounting.connectors.autocount_cloud.records import (
    KNOCKED,
    NOTHING,
    PAID,
    UNKNOWN,
    credit_row,
    invoice_row,
    knock_off_row,
    listed,
    one,
    payment_row,
)
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.scripted_server import ScriptedServer, Step, reply

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("entry", "answer", "path", "expected"),
    [
        (
            invoice(),
            one(invoice_row(), {"seq": 1}, {"seq": 2}),
            "invoice",
            Receipt(
                number="SH-1001",
                customer="300-C0001",
                total=Decimal("107.0"),
                outstanding=Decimal("107.0"),
                external_id="121",
                marker="5501",
                dated=DAY,
            ),
        ),
        (
            debit_note(),
            one(invoice_row("SH-1001-N533D", tax=0, finalTotal=0.05, status="Full Payment")),
            "invoice",
            Receipt(
                number="SH-1001-N533D",
                customer="300-C0001",
                total=Decimal("0.05"),
                outstanding=Decimal(0),
                external_id="121",
                marker="5501",
                dated=DAY,
            ),
        ),
        (
            credit_note(),
            one(credit_row(status="Fully Applied"), {"seq": 1}),
            "creditNote",
            Receipt(
                number="SH-1001-C5XX",
                customer="300-C0001",
                total=Decimal("49.5"),
                unapplied=Decimal(0),
                external_id="122",
                marker="5501",
                dated=DAY,
            ),
        ),
        (
            payment(),
            one(payment_row(status="Partly"), *PAID),
            "payment",
            Receipt(
                number="SH-1001-P533D",
                customer="300-C0001",
                total=Decimal("107.0"),
                external_id="123",
                marker="6601",
                dated=DAY,
            ),
        ),
        (
            refund(),
            one(payment_row("SH-1001-F533E", docType="PV", totalPayment="49.50"), *PAID),
            "payment",
            Receipt(
                number="SH-1001-F533E",
                customer="300-C0001",
                total=Decimal("49.50"),
                unapplied=Decimal("49.50"),
                external_id="123",
                marker="6601",
                dated=DAY,
            ),
        ),
    ],
)
def test_a_document_is_read_by_its_number(
    server: ScriptedServer,
    connect: Connect,
    entry: Entry,
    answer: Step,
    path: str,
    expected: Receipt,
) -> None:
    server.script = [answer]

    found = connect().find(entry)

    assert found == expected
    asked = [(one.method, one.path, one.query) for one in server.requests]
    assert asked == [("GET", f"/{BOOK}/{path}", {"docNo": entry.number})]


@pytest.mark.parametrize("body", [{"master": invoice_row(" sh-1001 ")}, invoice_row("sh-1001")])
def test_numbers_are_compared_without_case_and_the_master_may_stand_alone(
    server: ScriptedServer, connect: Connect, body: Any
) -> None:
    server.script = [reply(200, body)]

    found = connect().find(invoice())

    assert found is not None
    assert difference(invoice(), found) == ""


ABSENT = [
    UNKNOWN,
    reply(404, "<html>Not Found</html>"),
    reply(400, {"message": "Document SH-1001 not found"}),
    reply(400, {"message": "DocNo does not exist"}),
    reply(204, ""),
    reply(200, ""),
    reply(200, "null"),
]


@pytest.mark.parametrize("step", ABSENT)
@pytest.mark.parametrize("entry", [invoice(), debit_note(), allocation()])
def test_where_numbers_can_be_filtered_an_empty_list_proves_absence(
    server: ScriptedServer, connect: Connect, entry: Entry, step: Step
) -> None:
    server.script = [step, NOTHING]

    assert connect().find(entry) is None

    proof = server.requests[1]
    assert (proof.method, proof.path.rpartition("/")[2]) == ("POST", "listing")
    assert json.loads(proof.body) == {
        "page": 1,
        "filter": {"docNo": {"multiSelect": [entry.number]}},
    }


@pytest.mark.parametrize(
    ("entry", "query"),
    [
        (credit_note(), {"startDate": "2026-11-21", "endDate": "2026-11-23"}),
        (payment(), {"startDate": "2026-11-19", "endDate": "2026-11-21", "docType": "OR"}),
        (refund(), {"startDate": "2026-11-21", "endDate": "2026-11-23", "docType": "PV"}),
    ],
)
@pytest.mark.parametrize("step", ABSENT)
def test_elsewhere_the_list_of_the_days_around_proves_absence(
    server: ScriptedServer, connect: Connect, entry: Entry, query: dict[str, str], step: Step
) -> None:
    server.script = [step, listed(payment_row("SH-9-P1"), payment_row("SH-9-P2", docKey=9))]

    assert connect().find(entry) is None

    assert server.requests[1].query == query | {"page": "1"}


def test_a_long_list_is_walked_to_its_end(server: ScriptedServer, connect: Connect) -> None:
    rows = [payment_row(f"SH-{n}-P1", docKey=n) for n in range(101)]
    server.script = [UNKNOWN, listed(*rows[:100], total=101), listed(*rows[100:], total=101)]

    assert connect().find(payment()) is None

    assert [one.query["page"] for one in server.requests[1:]] == ["1", "2"]


def test_a_list_without_a_count_is_walked_until_a_page_is_empty(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, reply(200, [payment_row("SH-9-P1")]), reply(200, [])]

    assert connect().find(payment()) is None

    assert len(server.requests) == 3


def test_a_list_that_changes_while_it_is_walked_is_begun_anew(
    server: ScriptedServer, connect: Connect
) -> None:
    rows = [payment_row(f"SH-{n}-P1", docKey=n) for n in range(3)]
    server.script = [
        UNKNOWN,
        listed(rows[0], total=2),
        listed(rows[1], total=3),
        listed(*rows, total=3),
    ]

    assert connect().find(payment()) is None

    assert [one.query["page"] for one in server.requests[1:]] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "pages",
    [
        [listed(payment_row("A"), total=2), listed(payment_row("A"), total=2)],  # twice
        [listed(payment_row("A"), total=2), listed(total=2)],  # one short
    ],
)
def test_a_list_that_shows_a_row_twice_or_too_few_proves_nothing(
    server: ScriptedServer, connect: Connect, pages: list[Step]
) -> None:
    server.script = [UNKNOWN, *pages * 3]

    with pytest.raises(Unavailable, match="changed while it was read"):
        connect().find(payment())


def test_a_number_that_only_the_list_shows_is_neither_found_nor_absent(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, listed({"master": invoice_row()})]

    with pytest.raises(Unavailable, match="does not say for certain whether it holds SH-1001"):
        connect().find(invoice())


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        (invoice(), one(invoice_row("SH-1002"))),
        (payment(), one(payment_row("SH-1002-P1"), *PAID)),
        (allocation(), one(knock_off_row("SH-1002-P1_SH-1002"), *KNOCKED)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_record_of_another_number_is_neither_found_nor_absent(
    server: ScriptedServer, connect: Connect, entry: Entry, answer: Step
) -> None:
    server.script = [answer]

    with pytest.raises(Unavailable, match="does not say for certain whether it holds"):
        connect().find(entry)


def test_a_number_that_two_documents_carry_is_a_conflict(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, listed(invoice_row(docKey=1), invoice_row(docKey=2))]

    with pytest.raises(Rejected, match="2 invoices numbered SH-1001"):
        connect().find(invoice())


def test_a_filter_that_is_ignored_finds_nothing_of_ours(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, listed(invoice_row("I-000001"))]

    assert connect().find(invoice()) is None


@pytest.mark.parametrize(
    ("entry", "master", "lines", "words"),
    [
        (invoice(), invoice_row(roundAdj=-0.02, finalTotal=106.98), (), "rounded SH-1001 by -0.02"),
        (invoice(), invoice_row(), ({"seq": 1},), "has 1 lines in the books, 2 here"),
        (invoice(), invoice_row(tax=9.01), (), "tax of SH-1001 is 9.01 in the books, 9.00 here"),
        (
            invoice(),
            invoice_row(currencyCode="SGD"),
            (),
            "SH-1001 is in SGD in the books, in MYR here",
        ),
        (payment(), payment_row(docType="PV"), PAID, "SH-1001-P533D is PV in the books, OR here"),
    ],
)
def test_what_was_sent_otherwise_than_the_books_hold_it_is_a_conflict(
    server: ScriptedServer,
    connect: Connect,
    entry: Document,
    master: dict[str, Any],
    lines: tuple[dict[str, Any], ...],
    words: str,
) -> None:
    server.script = [one(master, *lines)]

    with pytest.raises(Rejected, match=words):
        connect().find(entry)


@pytest.mark.parametrize(
    ("entry", "answer", "words"),
    [
        (invoice(), one(invoice_row(debtorCode="300-X")), "customer is 300-X in the books"),
        (invoice(), one(invoice_row(finalTotal=106.99)), "total is 106.99 in the books"),
        (invoice(), one(invoice_row(finalTotal=8, tax=0), {"seq": 1}), "total is 8 in the books"),
        (invoice(), one(invoice_row(cancelled=True, roundAdj=1)), "is cancelled there"),
        (payment(), one(payment_row(), {"accNo": "300-X"}), "customer is 300-X in the books"),
        (
            payment(),
            one(payment_row(), {"accNo": "300-C0001"}, {"accNo": "500-000"}),
            "customer is  in the books",
        ),
    ],
)
def test_customer_total_and_cancellation_are_compared_by_who_asked(
    server: ScriptedServer, connect: Connect, entry: Document, answer: Step, words: str
) -> None:
    server.script = [answer]

    found = connect().find(entry)

    assert found is not None
    assert words in difference(entry, found)


@pytest.mark.parametrize("total", [None, "much", True])
def test_a_document_without_a_total_cannot_be_verified(
    server: ScriptedServer, connect: Connect, total: Any
) -> None:
    server.script = [one(invoice_row(finalTotal=total))]

    with pytest.raises(Unavailable, match="does not say the total of SH-1001"):
        connect().find(invoice())


def test_a_debtor_is_found_by_its_code_whatever_else_it_says(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, {"accNo": "300-s0042", "companyName": "Somebody"})]

    found = connect().find(customer())

    assert found is not None
    assert difference(customer(), found) == ""
    assert server.requests[0].query == {"code": "300-S0042"}


@pytest.mark.parametrize("step", ABSENT)
def test_a_debtor_that_is_not_read_is_absent_because_a_code_is_refused_twice(
    server: ScriptedServer, connect: Connect, step: Step
) -> None:
    server.script = [step]

    assert connect().find(customer()) is None

    assert len(server.requests) == 1


def test_another_debtor_than_was_asked_for_proves_nothing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, {"accNo": "300-X"})]

    with pytest.raises(Unavailable):
        connect().find(customer())


def test_a_knock_off_is_found_as_the_entry_of_its_own_number(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [one(knock_off_row(), *KNOCKED)]

    found = connect().find(allocation())

    assert found == Receipt(
        number="SH-1001-P533D",
        customer="300-C0001",
        total=Decimal("107.0"),
        external_id="77",
        settled=(Settled(number="SH-1001", amount=Decimal("107.00")),),
        dated=DAY,
    )
    assert server.requests[0].query == {"docNo": "SH-1001-P533D_SH-1001"}


def test_a_part_of_a_payment_may_settle_an_invoice(
    server: ScriptedServer, connect: Connect
) -> None:
    part = allocation(amount=Decimal("7.00"))
    lines = (KNOCKED[0] | {"knockOffAmount": 7}, KNOCKED[1] | {"knockOffAmount": -7})
    server.script = [one(knock_off_row(totalDR=7, totalCR=7), *lines)]

    found = connect().find(part)

    assert found is not None
    assert (found.total, found.settled[0].amount) == (Decimal("107.0"), Decimal("7.00"))


def test_a_cancelled_knock_off_is_found_cancelled(server: ScriptedServer, connect: Connect) -> None:
    server.script = [one(knock_off_row(cancelled=True))]

    found = connect().find(allocation())

    assert found is not None
    assert "is cancelled there" in difference(allocation(), found)


@pytest.mark.parametrize(
    ("master", "lines", "words"),
    [
        (knock_off_row(), (KNOCKED[0], KNOCKED[1] | {"knockOffAmount": -100}), "100.00 of SH-1001"),
        (knock_off_row(), (KNOCKED[0],), "knocks off nothing of SH-1001-P533D"),
        (knock_off_row(), (KNOCKED[0], *KNOCKED), r"107.00, 107.00 of SH-1001 in"),
        (knock_off_row(), (*KNOCKED, {"docNo": "SH-2"}), "knocks off 3 documents"),
        (knock_off_row(totalDR=100), KNOCKED, "knocks off 100"),
    ],
)
def test_an_entry_that_knocks_off_something_else_is_a_conflict(
    server: ScriptedServer,
    connect: Connect,
    master: dict[str, Any],
    lines: tuple[dict[str, Any], ...],
    words: str,
) -> None:
    server.script = [one(master, *lines)]

    with pytest.raises(Rejected, match=words):
        connect().find(allocation())


def test_an_entry_without_its_lines_cannot_be_verified(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [one(knock_off_row())]

    with pytest.raises(Unavailable, match="does not say what"):
        connect().find(allocation())


@pytest.mark.parametrize(
    "entry",
    [
        allocation(source_kind=Kind.CREDIT_NOTE),
        allocation(source_kind=Kind.REFUND, target_kind=Kind.CREDIT_NOTE),
        allocation(source_kind=Kind.REFUND, target_kind=Kind.PAYMENT),
    ],
)
def test_every_knock_off_is_looked_up_alike(
    server: ScriptedServer, connect: Connect, entry: Allocation
) -> None:
    server.script = [one(knock_off_row(), *KNOCKED)]

    assert connect().find(entry) is not None
    assert server.requests[0].path == f"/{BOOK}/knockOffEntry"
