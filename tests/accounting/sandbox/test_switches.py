"""Each way a company can be made to misbehave."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.sandbox.conftest import Desk, read
from tests.accounting.sandbox.samples import (
    ac_invoice,
    ac_line,
    ac_money,
    ac_tender,
    sql_invoice,
    sql_line,
    sql_money,
)

D = Decimal


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the stand-in would have slept."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def test_an_offline_instance_answers_503_and_writes_nothing(sql: Desk) -> None:
    sql.switch(offline=True)

    answers = [sql.get("customer"), sql.post("customer-invoice", sql_invoice())]

    assert {answer.status_code for answer in answers} == {503}
    assert read(answers[1])["error"]["code"] == "instance_offline"
    assert sql.books("documents") == []


def test_ignored_filters_return_the_whole_list(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.switch(filter_ignored=True)

    assert len(sql.rows("customer-invoice?DOCNO=SHP-9999")) == 1
    assert len(sql.rows("customer?CODE=300-NOONE")) == 2


def test_the_total_may_exceed_the_rows_of_a_list(sql: Desk) -> None:
    sql.switch(page_rows=1)

    answer = read(sql.get("customer"))

    assert len(answer["data"]) == 1
    assert answer["totalRecords"] == 2


@pytest.mark.parametrize("status", [409, 422])
def test_a_duplicate_answers_with_the_status_chosen(autocount: Desk, status: int) -> None:
    autocount.post("invoice", ac_invoice())
    autocount.switch(duplicate_status=status)

    answer = autocount.post("invoice", ac_invoice())

    assert answer.status_code == status
    assert "already exist" in read(answer)["error"]["message"]
    assert len(autocount.books("documents")) == 1


@pytest.mark.parametrize(("until", "status"), [("2026-11-20", 422), ("2026-11-19", 201)])
def test_a_closed_period_takes_no_documents(sql: Desk, until: str, status: int) -> None:
    sql.switch(closed_until=until)

    answer = sql.post("customer-payment", sql_money())

    assert answer.status_code == status
    assert len(sql.books("documents")) == (status == 201)
    assert status == 201 or "fiscal year" in read(answer)["error"]["message"]


def test_refund_paths_may_be_missing(sql: Desk) -> None:
    sql.switch(refund_missing=True)

    statuses = [
        sql.get("customer-refund").status_code,
        sql.post("customer-refund", sql_money()).status_code,
        sql.post("customer-refund/knockoff", {}).status_code,
        sql.get("customer-payment").status_code,
    ]

    assert statuses == [404, 404, 404, 200]
    assert sql.books("documents") == []


def test_debit_notes_may_be_offered_for_reading_only(sql: Desk) -> None:
    sql.switch(debit_note_missing=True)

    answers = [sql.post("customer-debit-note", sql_invoice()), sql.get("customer-debit-note")]

    assert [answer.status_code for answer in answers] == [405, 200]
    assert sql.books("documents") == []


def test_tax_over_the_document_is_spread_so_that_equal_lines_may_differ(autocount: Desk) -> None:
    autocount.switch(tax_scope="document")
    half = ac_line(qty=D("1.00"), unitPrice=D("0.05"), discount="")

    autocount.post("invoice", ac_invoice(details=[half, half, half, half]))

    lines = autocount.books("documents")[0]["lines"]
    assert [line["tax"] for line in lines] == [D("0.01"), D("0.00"), D("0.01"), D("0.00")]


def test_half_a_sen_of_tax_may_go_to_the_even_sen(autocount: Desk) -> None:
    line = ac_line(qty=D("1.00"), unitPrice=D("10.05"), discount="")
    autocount.post("invoice", ac_invoice(details=[line]))
    autocount.switch(tax_rounding="half_even")
    autocount.post("invoice", ac_invoice(docNo="SHP-1002", details=[line]))

    assert [row["total"] for row in autocount.books("documents")] == [D("11.06"), D("11.05")]


def test_books_set_to_compute_tax_take_no_amounts_with_tax_inside(sql: Desk) -> None:
    sql.switch(tax_scope="line")

    answer = sql.post("customer-invoice", sql_invoice(details=[sql_line(taxInclusive=True)]))

    assert answer.status_code == 422
    assert sql.books("documents") == []


def test_latency_is_added_to_every_call(sql: Desk, slept: list[float]) -> None:
    sql.switch(latency_ms=250)

    sql.get("customer")

    assert slept == [0.25]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("502", 502, "bad_gateway"),
        ("hang", 504, "timeout"),
        ("html", 500, "<html>"),
        ("truncated", 201, '{"data"'),
        ("error_in_200", 200, '"success": false'),
    ],
)
def test_a_fault_hides_the_answer_and_keeps_or_loses_the_document(
    sql: Desk, slept: list[float], fault: str, when: str, status: int, said: str
) -> None:
    sql.switch(faults=[{"fault": fault, "when": when}], hang_seconds=7)

    answer = sql.post("customer-payment", sql_money())

    assert answer.status_code == status
    assert said in answer.content.decode()
    assert "SHP-1001-P1" not in answer.content.decode() or fault == "truncated"
    assert len(sql.books("documents")) == (when == "after")
    assert (7 in slept) == (fault == "hang")


def test_a_truncated_answer_is_no_json(sql: Desk) -> None:
    sql.switch(faults=[{"fault": "truncated", "when": "after"}])

    answer = sql.post("customer-payment", sql_money())

    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        read(answer)


def test_a_reset_breaks_the_body_before_its_announced_end(sql: Desk) -> None:
    sql.switch(faults=[{"fault": "reset", "when": "after"}])

    answer = sql.post("customer-payment", sql_money())
    body = iter(answer.streaming_content)
    received = next(body)
    with pytest.raises(ConnectionResetError):
        next(body)

    assert 0 < len(received) < int(answer["Content-Length"])
    assert len(sql.books("documents")) == 1


def test_faults_count_writes_and_never_reads(sql: Desk) -> None:
    sql.switch(faults=[{"fault": "502", "when": "before", "times": 2, "every": 2}])

    statuses = []
    for number in range(1, 7):
        sql.get("customer")
        answer = sql.post("customer-payment", sql_money(docNo=f"P{number}"))
        statuses.append(answer.status_code)

    assert statuses == [201, 502, 201, 502, 201, 201]


def test_fields_before_the_debtor_are_lost_where_key_order_matters(autocount: Desk) -> None:
    early = {"inclusiveTax": True, **ac_invoice(details=[ac_line()])}
    early["inclusiveTax"] = True
    late = ac_invoice(docNo="SHP-1002", inclusiveTax=True, details=[ac_line()])
    autocount.switch(key_order=True)

    totals = [read(autocount.post("invoice", body))["data"]["netTotal"] for body in (early, late)]

    assert totals == [D("99.00"), D("90.00")]


def test_an_amount_without_decimals_rounds_its_set_where_integers_are_inferred(
    autocount: Desk,
) -> None:
    autocount.switch(integer_inference=True)
    whole = {"paymentMethod": "SHOPIFY", "paymentAmt": 107, "bankCharge": 0}
    rows = [whole, ac_tender("49.50")]

    rounded = autocount.post("ar-payment", ac_money(details=rows))
    exact = autocount.post("ar-payment", ac_money(docNo="P2", details=rows[::-1]))

    assert read(rounded)["data"]["paymentAmt"] == D("157.00")
    assert read(exact)["data"]["paymentAmt"] == D("156.50")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ofline": True},
        {"offline": 1},
        {"duplicate_status": 200},
        {"tax_scope": "order"},
        {"tax_rounding": "down"},
        {"latency_ms": -1},
        {"closed_until": "soon"},
        {"faults": [{"fault": "301", "when": "after"}]},
        {"faults": [{"fault": "502", "when": "later"}]},
        {"faults": [{"fault": "502", "when": "after", "times": 0}]},
        {"faults": {"fault": "502", "when": "after"}},
    ],
)
def test_a_switch_that_cannot_be_thrown_is_refused(sql: Desk, wrong: dict[str, Any]) -> None:
    sql.switch(offline=True)

    answer = sql.client.put(
        f"/sandbox/companies/{sql.company_id}/switches", wrong, content_type="application/json"
    )

    assert answer.status_code == 422
    assert sql.company.switches["offline"] is True
