"""Whether a knock-off is in the books, told from what its two sides have open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.base import Rejected, Unavailable
from accounting.documents.document import Kind
from tests.accounting.connectors.conftest import AUTOCOUNT, SQL, Connect
from tests.accounting.connectors.entries import allocation
from tests.accounting.connectors.listed import ac_row, sql_row
from tests.scripted_server import Received, ScriptedServer, Step, rows


def open_amounts(books: profile.Profile, source: str, target: str) -> Any:
    """Answers for a source of 107.00 and a target of 107.00 with these amounts open."""

    def handler(request: Received) -> Step:
        number = request.query["DOCNO" if books is SQL else "DocNo"]
        left = Decimal(source if number == "SH-1001-P533D" else target)
        if books is SQL:
            return rows(sql_row(number, unappliedAmt=str(left), outstanding=str(left)))
        applied = str(107 - left)
        return rows(
            ac_row(number, paymentAmt=107, finalTotal=107, knockOffAmt=applied)
            | {"outstanding": str(left)}
        )

    return handler


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize(
    ("source", "target", "amount", "requests"),
    [
        ("107.00", "107.00", "107.00", 1),
        ("107.00", "0.00", "60.00", 1),
    ],
)
def test_an_allocation_is_absent_while_its_source_is_as_open_as_before(
    server: ScriptedServer,
    connect: Connect,
    books: profile.Profile,
    source: str,
    target: str,
    amount: str,
    requests: int,
) -> None:
    server.handler = open_amounts(books, source, target)

    assert connect(books).find(allocation(amount=Decimal(amount))) is None
    assert len(server.requests) == requests


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize(
    ("source", "target", "amount"),
    [("0.00", "0.00", "107.00"), ("47.00", "47.00", "60.00"), ("47.00", "0.00", "60.00")],
)
def test_an_allocation_is_found_by_what_its_source_has_left(
    server: ScriptedServer,
    connect: Connect,
    books: profile.Profile,
    source: str,
    target: str,
    amount: str,
) -> None:
    server.handler = open_amounts(books, source, target)

    found = connect(books).find(allocation(amount=Decimal(amount)))

    assert found is not None
    assert (found.number, found.unapplied) == ("SH-1001-P533D", Decimal(source))
    assert len(server.requests) == 2


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("12.34", "107.00", "SH-1001-P533D has 12.34 open in the books, 47.00 here"),
        ("47.00", "107.00", "SH-1001 has 107.00 open in the books, 47.00 here"),
    ],
)
def test_an_allocation_that_the_books_contradict_is_rejected_with_both_figures(
    server: ScriptedServer,
    connect: Connect,
    books: profile.Profile,
    source: str,
    target: str,
    words: str,
) -> None:
    server.handler = open_amounts(books, source, target)

    with pytest.raises(Rejected) as caught:
        connect(books).find(allocation(amount=Decimal("60.00")))

    assert str(caught.value) == words


def test_an_allocation_without_its_source_is_rejected(
    server: ScriptedServer, connect: Connect
) -> None:
    with pytest.raises(Rejected, match="SH-1001-P533D is not in the books"):
        connect().find(allocation())


def test_an_allocation_of_a_cancelled_source_is_rejected(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-1001-P533D", unappliedAmt=107, cancelled=True))]

    with pytest.raises(Rejected, match="cancelled"):
        connect().find(allocation())


def test_an_applied_source_whose_target_is_missing_is_rejected(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-1001-P533D", unappliedAmt=0)), rows()]

    with pytest.raises(Rejected, match="not to SH-1001"):
        connect().find(allocation())


def test_an_open_amount_that_is_not_offered_cannot_be_verified(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-1001-P533D"))]

    with pytest.raises(Unavailable, match="cannot be verified"):
        connect().find(allocation())


def test_a_refund_is_knocked_off_against_the_open_amount_of_its_credit_note(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [
        rows(sql_row("F", docAmt=49.5, unappliedAmt=0)),
        rows(sql_row("C", docAmt=49.5, unappliedAmt=49.5)),
    ]
    entry = allocation(
        source_kind=Kind.REFUND,
        source="F",
        target_kind=Kind.CREDIT_NOTE,
        target="C",
        amount=Decimal("49.50"),
        source_open=Decimal("49.50"),
        target_open=Decimal("49.50"),
    )

    with pytest.raises(Rejected, match=r"C has 49\.50 open in the books, 0\.00 here"):
        connect().find(entry)


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize("kind", [Kind.PAYMENT, Kind.CREDIT_NOTE])
def test_a_debit_note_is_settled_by_what_it_has_outstanding(
    server: ScriptedServer, connect: Connect, books: profile.Profile, kind: Kind
) -> None:
    server.handler = open_amounts(books, "106.95", "0.00")
    entry = allocation(
        source_kind=kind,
        target_kind=Kind.DEBIT_NOTE,
        target="SH-1001-N533D",
        amount=Decimal("0.05"),
        target_open=Decimal("0.05"),
    )

    found = connect(books).find(entry)

    assert found is not None
    assert server.requests[-1].path.endswith("/customer-debit-note" if books is SQL else "/invoice")


def test_a_debit_note_that_is_still_open_contradicts_its_knock_off(
    server: ScriptedServer, connect: Connect
) -> None:
    server.handler = open_amounts(SQL, "106.95", "0.05")
    entry = allocation(
        target_kind=Kind.DEBIT_NOTE,
        target="N",
        amount=Decimal("0.05"),
        target_open=Decimal("0.05"),
    )

    with pytest.raises(Rejected, match=r"N has 0\.05 open in the books, 0\.00 here"):
        connect().find(entry)
