"""Writing through the gateway, over real HTTP: one request, or a refusal before it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.base import Rejected
from accounting.documents.document import Entry, Kind
from tests.accounting.connectors.conftest import AUTOCOUNT, SQL, Connect
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.accounting.connectors.listed import sql_row
from tests.scripted_server import ScriptedServer, reply


@pytest.mark.parametrize(
    ("books", "entry", "path"),
    [
        (SQL, invoice(), "/v1/sqlacc/customer-invoice"),
        (SQL, payment(), "/v1/sqlacc/customer-payment"),
        (SQL, credit_note(), "/v1/sqlacc/customer-credit-note"),
        (SQL, refund(), "/v1/sqlacc/customer-refund"),
        (SQL, debit_note(), "/v1/sqlacc/customer-debit-note"),
        (SQL, customer(), "/v1/sqlacc/customer"),
        (AUTOCOUNT, debit_note(), "/v1/autocount/invoice"),
        (AUTOCOUNT, customer(), "/v1/autocount/debtor"),
        (SQL, allocation(), "/v1/sqlacc/customer-payment/knockoff"),
        (
            SQL,
            allocation(source_kind=Kind.CREDIT_NOTE),
            "/v1/sqlacc/customer-credit-note/knockoff",
        ),
        (AUTOCOUNT, invoice(), "/v1/autocount/invoice"),
        (
            AUTOCOUNT,
            allocation(source_kind=Kind.REFUND, target_kind=Kind.CREDIT_NOTE),
            "/v1/autocount/ar-refund/knockoff",
        ),
    ],
)
def test_a_write_is_one_post_of_the_rendered_body(
    server: ScriptedServer, connect: Connect, books: profile.Profile, entry: Entry, path: str
) -> None:
    server.script = [reply(201, {"data": {"docNo": "SH-1001"}})]

    connect(books).post(entry)

    assert [(one.method, one.path, one.query) for one in server.requests] == [("POST", path, {})]
    assert server.requests[0].headers["content-type"] == "application/json"
    body = json.loads(server.requests[0].body)
    assert entry.number.startswith(next(iter(body.values())))  # a knock-off names its source


@pytest.mark.parametrize(
    "body", [{"data": [{"docNo": "SH-1001"}]}, {"docNo": "SH-1001"}, {"data": {}}, {}]
)
def test_every_shape_of_an_accepted_write_is_taken(
    server: ScriptedServer, connect: Connect, body: Any
) -> None:
    server.script = [reply(200, body)]

    connect().post(invoice())

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "entry",
    [
        invoice(number="N" * 21),
        payment(account="A" * 11),
        allocation(target="N" * 21),
        debit_note(number="N" * 21),
        customer(code="3" * 11),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_sent(
    server: ScriptedServer, connect: Connect, entry: Entry
) -> None:
    with pytest.raises(Rejected, match="characters"):
        connect().post(entry)

    assert server.requests == []
    assert server.connections == 0


@pytest.mark.parametrize(
    ("entry", "operation", "spoken"),
    [
        (refund(), "refund.create", "a refund"),
        (debit_note(), "debitNote.create", "a debit_note"),
        (customer(), "customer.create", "a customer"),
    ],
)
def test_a_kind_the_profile_has_no_way_to_write_is_refused_and_nothing_is_sent(
    server: ScriptedServer, connect: Connect, entry: Entry, operation: str, spoken: str
) -> None:
    kept = {name: one for name, one in SQL.operations.items() if name != operation}
    gateway = connect(replace(SQL, operations=kept))

    with pytest.raises(Rejected, match=f"no way to post {spoken}"):
        gateway.post(entry)

    assert gateway.kinds == frozenset(Kind) - {entry.kind}
    assert server.requests == []


PAID = sql_row("SH-1001-P533D", docAmt=107.00, outstanding=None, unappliedAmt=0.00)


@pytest.mark.parametrize(
    ("entry", "row", "proved"),
    [
        (invoice(), sql_row(), True),
        (invoice(), sql_row("SH-1002"), False),
        (invoice(), sql_row(outstanding=None), False),
        (invoice(), sql_row(code=""), False),
        (allocation(), PAID, True),
        (allocation(), PAID | {"docNo": "SH-1002-P1"}, False),
        (allocation(), PAID | {"unappliedAmt": 107.00}, False),
        (customer(), {"code": "300-S0042"}, False),
    ],
    ids=[
        *("all it needs", "another number", "nothing of what is open", "no customer"),
        *("a knock-off", "another source", "a knock-off that was passed over", "a customer"),
    ],
)
def test_an_answer_is_a_receipt_only_where_it_proves_the_write(
    server: ScriptedServer, connect: Connect, entry: Entry, row: dict[str, Any], proved: bool
) -> None:
    server.script = [reply(201, {"data": row})]

    receipt = connect(SQL).post(entry)

    assert (receipt is not None) == proved
    assert len(server.requests) == 1
