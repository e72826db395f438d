"""What the SQL Account API refuses: nothing of it reaches the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.accounting.sandbox.sql_account_desk import (
    SqlAccountDesk,
    credit_note,
    customer,
    discount,
    invoice,
    knock,
    line,
    payment,
    refund,
    said,
    shipping,
)

ABORTED, NOT_FOUND = "Operation aborted", "No record found"
VIOLATION = "Access violation"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A body sent to a path. `status`, words of the sentence, and the contract's rule."""

    path: str = "salesinvoice"
    body: Any = field(default_factory=dict)
    status: int = 400
    says: str = ""
    rule: str


def lines(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return invoice(sdsdocdetail=list(rows), **changes)


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def quantity_first() -> dict[str, Any]:
    row = line()
    return {"qty": row.pop("qty"), **row}


def pay(**changes: Any) -> Case:
    options = {name: changes.pop(name) for name in ("status", "says", "rule") if name in changes}
    return Case(path="customerpayment", body=payment(**changes), **options)


CASES: dict[str, Case] = {
    "an empty object": Case(body={}, status=500, says=VIOLATION, rule="4 O"),
    "an empty payment": Case(path="customerpayment", body={}, status=500, rule="4 O"),
    "no JSON": Case(body="{", says="JSON", rule=""),
    "a list": Case(body="[]", says="object", rule=""),
    "a misspelt field": Case(body=invoice(docNo="X"), status=500, says=VIOLATION, rule="7.2 D"),
    "a stray space": Case(body=invoice(**{"docno ": "X"}), status=500, rule="7.2 D"),
    "a misspelt field of a line": Case(body=lines(line(price="1.00")), status=500, rule="7.2 D"),
    "a misspelt field of a knock-off": pay(
        sdsknockoff=[knock("IV", "A", "1.00", sum="1.00")], status=500, rule="7.2 D"
    ),
    "no customer": Case(body=without(invoice(), "code"), says="code", rule="7 D"),
    "no date": Case(body=without(invoice(), "docdate"), says="docdate", rule="7 D"),
    "no lines": Case(body=without(invoice(), "sdsdocdetail"), rule="7.2 D"),
    "no line": Case(body=lines(), rule="7.2 D"),
    "no sequence": Case(body=lines(without(line(), "seq")), says="seq", rule="7 D"),
    "no quantity": Case(body=lines(without(line(), "qty")), says="qty", rule="7 D"),
    "no price": Case(body=lines(without(line(), "unitprice")), says="unitprice", rule="7 D"),
    "no method": Case(path="customerpayment", body=without(payment(), "paymentmethod"), rule="7 D"),
    "no amount": Case(path="customerpayment", body=without(payment(), "docamt"), rule="7 D"),
    "a number of 21 characters": Case(
        body=invoice(docno="S" * 21), says="docno: string right truncation", rule="7 D"
    ),
    "a reference of 26 characters": Case(body=invoice(docref1="1" * 26), rule="7 D"),
    "a name of 101 characters": Case(body=invoice(companyname="N" * 101), rule="7 D"),
    "an address line of 61 characters": Case(body=invoice(address1="A" * 61), rule="7 D"),
    "a description of 201 characters": Case(body=invoice(description="D" * 201), rule="7 D"),
    "a country in words": Case(body=invoice(country="Malaysia"), rule="7 D"),
    "a classification of 4 digits": Case(body=lines(line(irbm_classification="0022")), rule="7 D"),
    "an item code of 31 characters": Case(body=lines(line(itemcode="T" * 31)), rule="7 D"),
    "a cheque number of 26 characters": pay(chequenumber="c" * 26, rule="7 D"),
    "a date in another form": Case(body=invoice(docdate="20/11/2026"), rule="4 O"),
    "a day that is not": Case(body=invoice(docdate="2026-02-30"), rule="4 O"),
    "a number for a text": Case(body=invoice(docno=1001), rule="4 O"),
    "a bare number for money": Case(path="customerpayment", body=payment(docamt=107), rule="4 O"),
    "a bare number for a quantity": Case(body=lines(line(qty=2)), rule="4 O"),
    "a comma in money": pay(docamt="1,107.00", rule="4 O"),
    "an exponent": pay(docamt="1e2", rule="4 O"),
    "tenths of a sen": Case(body=lines(line(taxamt="10.001")), rule="7 A"),
    "a payment of tenths of a sen": pay(docamt="107.001", rule="7 A"),
    "a flag in letters": Case(body=lines(line(taxinclusive="F")), rule="4 O"),
    "a tax rate without its sign": Case(body=lines(line(taxrate="10")), rule="4 O"),
    "an identity type that is not": Case(body=invoice(idtype=6), rule="10 D"),
    "a submission type that is not": Case(body=invoice(submissiontype=19), rule="10 D"),
    "an unknown customer": Case(body=invoice(code="300-NONE"), says=NOT_FOUND, rule="5 O"),
    "an unknown project": Case(body=invoice(project="POS"), says=NOT_FOUND, rule="5 O"),
    "a guessed project": Case(body=invoice(project="----"), says=NOT_FOUND, rule="5 O"),
    "an unknown agent": Case(body=invoice(agent="BOB"), says=NOT_FOUND, rule="5 O"),
    "an unknown area": Case(body=invoice(area="JB"), says=NOT_FOUND, rule="5 O"),
    "unknown terms": Case(body=invoice(terms="COD"), says=NOT_FOUND, rule="5 O"),
    "an unknown tax code": Case(body=lines(line(tax="GST")), says=NOT_FOUND, rule="5 O"),
    "an unknown account": Case(body=lines(line(account="599-000")), says=NOT_FOUND, rule="5 O"),
    "the debtors' own account": Case(body=lines(line(account="300-000")), rule="5 O"),
    "an account that adds up others": Case(body=lines(line(account="900-000")), rule="6 A"),
    "an unknown location": Case(body=lines(line(location="HQ")), says=NOT_FOUND, rule="5 O"),
    "an unknown method": pay(paymentmethod="310-999", says=NOT_FOUND, rule="5 O"),
    "an unknown payment project": pay(paymentproject="POS", says=NOT_FOUND, rule="5 O"),
    "an unknown item": Case(
        body=lines(line(itemcode="NONE")), status=500, says=ABORTED, rule="5 O"
    ),
    "a blank item": Case(body=lines(line(itemcode="")), status=500, says=ABORTED, rule="5 O"),
    "another unit": Case(body=lines(line(uom="BOX")), status=500, says=ABORTED, rule="5 O"),
    "no unit": Case(body=lines(without(line(), "uom")), status=500, rule="5 O"),
    "the quantity before its unit": Case(body=lines(quantity_first()), status=500, rule="7.2 D"),
    "lines numbered 1, 2, 3": Case(body=lines(line(seq=1)), status=500, rule="7.2 O"),
    "a sequence twice": Case(body=lines(line(), line()), status=500, rule="7.2 O"),
    "tax without a code": Case(
        body=lines(line(tax="", taxrate="")), status=500, says=ABORTED, rule="8.2 D"
    ),
    "a discount that is no amount": Case(body=lines(line(disc="five")), rule="7.2 D"),
    "a total below nothing": Case(
        body=lines(discount("-10.00", "-1.00")), says="less than", rule="7.2 D"
    ),
    "another currency than the customer's": Case(
        body=invoice(currencycode="SGD"), says=NOT_FOUND, rule="8.5 D"
    ),
    "a rate for the home currency": Case(body=invoice(currencyrate="1.10"), rule="4 O"),
    "a payment of nothing": pay(docamt="0.00", rule="7.3 D"),
    "a negative payment": pay(docamt="-1.00", rule="7.3 D"),
    "a charge without its account": pay(bankcharge="1.00", rule="7.3 O"),
    "a charge above the payment": pay(
        bankcharge="108.00", bankchargeaccount="900-100", rule="7.3 O"
    ),
    "a knock-off without an amount": pay(
        sdsknockoff=[without(knock("IV", "A", "1.00"), "koamt")], rule="7 D"
    ),
    "a knock-off without its flag": pay(
        sdsknockoff=[without(knock("IV", "A", "1.00"), "knockoff")], rule="7 D"
    ),
    "a knock-off of nothing": pay(sdsknockoff=[knock("IV", "A", "0.00")], rule="7.3 O"),
    "an SST line without a tariff": Case(
        path="customercreditnote",
        body={
            "docno": "A",
            "code": "300-C0001",
            "docdate": "2026-11-22",
            "sdsdocdetail": [
                {"seq": 1000, "account": "510-000", "amount": "9.00", "tax": "ST", "taxamt": "0.90"}
            ],
        },
        says="tariff",
        rule="7.5 O",
    ),
    "knock-offs of a sales document": Case(
        body=invoice(sdsknockoff=[]), status=500, says=VIOLATION, rule="7.2 D"
    ),
    "a customer without a name": Case(path="customer", body=customer(companyname=""), rule="7 D"),
    "a customer's code of 11 characters": Case(
        path="customer", body=customer(code="300-S004200"), rule="7 D"
    ),
    "a customer that is there": Case(
        path="customer", body=customer(code="300-c0001"), says="already exist", rule="7.1 D"
    ),
    "a control account that is none": Case(
        path="customer", body=customer(controlaccount="310-001"), says=NOT_FOUND, rule="5 O"
    ),
    "a customer of unknown terms": Case(
        path="customer", body=customer(creditterm="Net 30"), says=NOT_FOUND, rule="5 O"
    ),
    "a customer of an unknown currency": Case(
        path="customer", body=customer(currencycode="XAU"), says=NOT_FOUND, rule="5 O"
    ),
    "a customer of an unknown tax code": Case(
        path="customer", body=customer(tax="GST"), says=NOT_FOUND, rule="5 O"
    ),
    "an address that is too long": Case(
        path="customer", body=customer(sdsbranch=[{"address1": "A" * 61}]), rule="7 D"
    ),
    "a resource that is not offered": Case(
        path="cashsales", body=invoice(), status=404, rule="5 A"
    ),
    "a method that is not created": Case(
        path="pmmethod", body={"code": "310-007"}, status=405, rule="4 D"
    ),
    "an AR invoice": Case(path="customerinvoice", body=invoice(), status=405, rule="4 D"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_books_refuse(desk: SqlAccountDesk, case: Case) -> None:
    before = desk.contents()

    answer = desk.post(case.path, case.body)

    assert (answer.status_code, desk.rule()) == (case.status, case.rule), said(answer)
    assert case.says in said(answer)
    assert desk.contents() == before


SWITCHED: dict[str, tuple[dict[str, Any], Case]] = {
    "a closed period": (
        {"closed_until": "2026-11-20"},
        Case(body=invoice(), says="2026-11-20", rule="13 D"),
    ),
    "a payment into a closed period": (
        {"closed_until": "2026-11-20"},
        pay(rule="13 D"),
    ),
    "a customer deleted since": (
        {"deleted": ["300-C0001"]},
        Case(body=invoice(), says=NOT_FOUND, rule="5 O"),
    ),
    "a tax code deleted since": ({"deleted": ["ST"]}, Case(body=invoice(), rule="5 O")),
    "an item deleted since": (
        {"deleted": ["SHP-DISC"]},
        Case(body=invoice(), status=500, says=ABORTED, rule="5 O"),
    ),
    "a method deleted since": ({"deleted": ["310-005"]}, pay(says=NOT_FOUND, rule="5 O")),
    "a tax module never started": (
        {"no_tax_module": True},
        Case(body=invoice(), status=500, says="variant of type (Null)", rule="5 D"),
    ),
    "a save that fails for no known reason": (
        {"not_in_edit": ["customer"]},
        Case(path="customer", body=customer(), status=500, says="Dataset not in", rule="5 O"),
    ),
    "text beyond Latin-1 in an older database": (
        {"not_unicode": True},
        Case(body=invoice(companyname="小明"), says="transliterate", rule="4 A"),
    ),
    "a line without the location that is wanted": (
        {"location_required": True},
        Case(body=invoice(), status=500, says=ABORTED, rule="5 O"),
    ),
    "a line without the classification that is wanted": (
        {"classification_required": True},
        Case(body=lines(line(irbm_classification="")), status=500, says=ABORTED, rule="5 O"),
    ),
}


@pytest.mark.parametrize(("switches", "case"), SWITCHED.values(), ids=SWITCHED)
def test_switched_books_refuse(desk: SqlAccountDesk, switches: dict[str, Any], case: Case) -> None:
    desk.switch(**switches)
    before = desk.contents()

    answer = desk.post(case.path, case.body)

    assert (answer.status_code, desk.rule()) == (case.status, case.rule), said(answer)
    assert case.says in said(answer)
    assert desk.contents() == before


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("salesinvoice", invoice),
        ("salesdebitnote", invoice),
        ("salescreditnote", credit_note),
        ("customerpayment", payment),
        ("customerrefund", refund),
    ],
)
def test_a_number_is_used_once_in_its_register(
    desk: SqlAccountDesk, path: str, body: Callable[..., dict[str, Any]], status: int
) -> None:
    desk.switch(duplicate_status=status)
    number = desk.made(path, body())["docno"]
    before = desk.contents()

    answer = desk.post(path, body(docno=number.lower()))

    assert (answer.status_code, desk.rule()) == (status, "8.1 O")
    assert number.lower() in said(answer)
    assert "already exist" in said(answer)
    assert desk.contents() == before


def test_one_number_may_stand_in_each_register(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice(docno="ONE"))

    desk.made("salescreditnote", credit_note(docno="ONE"))
    desk.made("customerpayment", payment(docno="ONE", sdsknockoff=[]))

    assert len(desk.books("documents")) == 3


SILENT = {
    "an unknown number": knock("IV", "SHP-9999", "107.00"),
    "another type": knock("DN", "SHP-1001", "107.00"),
    "a type that cannot be paid": knock("CN", "SHP-1001", "107.00"),
    "another customer's invoice": knock("IV", "OTHER", "107.00"),
    "an invoice that is paid": knock("IV", "PAID", "107.00"),
    "a row that is off": knock("IV", "SHP-1001", "107.00", knockoff=False),
}


@pytest.mark.parametrize("row", SILENT.values(), ids=SILENT)
def test_a_knock_off_that_finds_nothing_open_leaves_the_payment_unapplied(
    desk: SqlAccountDesk, row: dict[str, Any]
) -> None:
    desk.made("customer", customer())
    for number, code in (("SHP-1001", "300-C0001"), ("PAID", "300-C0001"), ("OTHER", "300-S0042")):
        desk.made("salesinvoice", invoice(docno=number, code=code))
    desk.made("customerpayment", payment(docno="P", sdsknockoff=[knock("IV", "PAID", "107.00")]))

    paid = desk.made("customerpayment", payment(sdsknockoff=[row]))

    assert (paid["unappliedamt"], paid["sdsknockoff"]) == ("107.00", [])
    assert desk.only("customerinvoice", docno="SHP-1001")["outstanding"] == "107.00"


@pytest.mark.parametrize("amount", ["107.01", "200.00"])
def test_a_knock_off_over_what_is_open_is_refused(desk: SqlAccountDesk, amount: str) -> None:
    desk.made("salesinvoice", invoice())
    before = desk.contents()
    row = knock("IV", "SHP-1001", amount)

    answer = desk.post("customerpayment", payment(docamt="200.00", sdsknockoff=[row]))

    assert (answer.status_code, desk.rule()) == (400, "5 D")
    assert f"knockoff amount ({amount}) must not exceed outstanding amount (107.00)" in said(answer)
    assert desk.contents() == before


def test_a_payment_knocks_off_no_more_than_it_is(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    before = desk.contents()

    answer = desk.post("customerpayment", payment(docamt="50.00"))

    assert "must not exceed outstanding amount (50.00)" in said(answer)
    assert desk.contents() == before


@pytest.mark.parametrize("count", [None, 0, 2])
def test_a_stale_count_changes_nothing(desk: SqlAccountDesk, count: int | None) -> None:
    made = desk.made("salesinvoice", invoice())
    before = desk.contents()
    changes = {"description": "Other"} | ({} if count is None else {"updatecount": count})

    answer = desk.put(f"salesinvoice/{made['dockey']}", changes)

    assert "Record has been changed by another user" in said(answer)
    assert desk.contents() == before


@pytest.mark.parametrize(("rule", "count"), [("increment", 0), ("same", 1)])
def test_the_count_of_an_ar_document_follows_the_switch(
    desk: SqlAccountDesk, rule: str, count: int
) -> None:
    desk.switch(ar_updatecount=rule)
    paid = desk.made("customerpayment", payment())
    before = desk.contents()

    refused = desk.put(f"customerpayment/{paid['dockey']}", {"updatecount": count})

    assert "changed by another user" in said(refused)
    assert desk.contents() == before
    right = {"updatecount": 1 - count}
    assert desk.put(f"customerpayment/{paid['dockey']}", right).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"description": "Other"}, {"cancelled": True}, {"sdsdocdetail": [shipping()]}],
)
def test_a_knocked_off_invoice_stays_as_it_is(
    desk: SqlAccountDesk, changes: dict[str, Any]
) -> None:
    made = desk.made("salesinvoice", invoice())
    desk.made(
        "customerpayment", payment(docamt="1.00", sdsknockoff=[knock("IV", "SHP-1001", "1.00")])
    )
    before = desk.contents()

    answer = desk.put(f"salesinvoice/{made['dockey']}", {"updatecount": 1, **changes})

    assert (answer.status_code, desk.rule()) == (400, "9 A")
    assert desk.contents() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"docamt": "108.00"},
        {"docdate": "2026-11-21"},
        {"paymentmethod": "310-006"},
        {"docno": "OTHER"},
        {"code": "300-C0002"},
        {"cancelled": True},
    ],
)
def test_the_amounts_of_an_ar_document_are_not_changed(
    desk: SqlAccountDesk, changes: dict[str, Any]
) -> None:
    paid = desk.made("customerpayment", payment())
    before = desk.contents()

    answer = desk.put(f"customerpayment/{paid['dockey']}", {"updatecount": 1, **changes})

    assert (answer.status_code, desk.rule()) == (500, "7.5 A")
    assert desk.contents() == before


def test_a_change_that_knocks_off_too_much_changes_nothing(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    paid = desk.made("customerpayment", payment())
    before = desk.contents()
    rows = [knock("IV", "SHP-1001", "107.01")]

    answer = desk.put(f"customerpayment/{paid['dockey']}", {"updatecount": 1, "sdsknockoff": rows})

    assert (answer.status_code, desk.rule()) == (400, "5 D")
    assert desk.contents() == before


@pytest.mark.parametrize("path", ["salesinvoice", "customerpayment", "customer"])
def test_an_empty_change_crashes(desk: SqlAccountDesk, path: str) -> None:
    made = desk.made("salesinvoice", invoice())
    keys = {"salesinvoice": made["dockey"], "customer": "300-C0001"}
    keys["customerpayment"] = desk.made("customerpayment", payment())["dockey"]
    before = desk.contents()

    answer = desk.put(f"{path}/{keys[path]}", {})

    assert answer.status_code == 500
    assert desk.contents() == before


def test_a_number_or_customer_is_not_changed(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())
    before = desk.contents()

    for changes in ({"docno": "OTHER"}, {"code": "300-C0002"}):
        answer = desk.put(f"salesinvoice/{made['dockey']}", {"updatecount": 1, **changes})
        assert answer.status_code in (400, 500)

    assert desk.contents() == before


def test_a_document_of_a_closed_period_is_not_deleted(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())
    desk.switch(closed_until="2026-11-30")
    before = desk.contents()

    answers = [
        desk.ask("DELETE", f"salesinvoice/{made['dockey']}"),
        desk.put(f"salesinvoice/{made['dockey']}", {"updatecount": 1, "docdate": "2026-12-01"}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert desk.contents() == before


def test_a_customer_with_documents_is_not_deleted(desk: SqlAccountDesk) -> None:
    desk.made("customer", customer())
    desk.made("salesinvoice", invoice())

    answers = [desk.ask("DELETE", f"customer/{code}") for code in ("300-C0001", "300-S0042")]

    assert [answer.status_code for answer in answers] == [400, 204]
    assert desk.get("customer/300-S0042").status_code == 400


def test_a_credit_limit_holds_unless_it_may_be_exceeded(desk: SqlAccountDesk) -> None:
    limited = customer(creditlimit="150.00", allowexceedcreditlimit=False)
    desk.made("customer", limited)
    desk.made("salesinvoice", invoice(code="300-S0042"))
    before = desk.contents()

    answer = desk.post("salesinvoice", invoice(docno="SHP-1002", code="300-S0042"))

    assert (answer.status_code, desk.rule()) == (400, "13 D")
    assert desk.contents() == before


def test_an_item_that_is_not_active_or_sold_too_cheap_is_refused(desk: SqlAccountDesk) -> None:
    items = [
        {"code": "OLD", "account": "500-000", "active": False},
        {"code": "DEAR", "account": "500-000", "minprice": "60.00"},
    ]
    other = SqlAccountDesk(desk.client, items=items)
    before = other.contents()

    answers = [other.post("salesinvoice", lines(line(itemcode=code))) for code in ("OLD", "DEAR")]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert other.contents() == before


def test_what_was_sent_before_the_customer_is_lost_where_the_order_counts(
    desk: SqlAccountDesk,
) -> None:
    desk.switch(key_order=True)
    body = {"description": "Early", **invoice()}
    del body["description"]

    made = desk.made("salesinvoice", {"docref2": "early", **body, "docref3": "late"})

    assert (made["docref2"], made["docref3"]) == ("", "late")


def test_a_refund_settles_a_credit_note_or_a_payment(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    desk.made("customerpayment", payment(sdsknockoff=[]))

    wrong = desk.made("customerrefund", refund(sdsknockoff=[knock("IV", "SHP-1001", "49.50")]))
    right = desk.made(
        "customerrefund", refund(docno="F2", sdsknockoff=[knock("PM", "SHP-1001-P1", "49.50")])
    )

    assert (wrong["unappliedamt"], right["unappliedamt"]) == ("49.50", "0.00")
