"""Knock-off entries of AutoCount Cloud: signs, sums, open amounts, dates, and giving back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.accounting.sandbox.autocount_cloud_desk import (
    CREDIT_RETURNED,
    INVOICE_PAID,
    CloudDesk,
    credit_note,
    invoice,
    knock,
    payout,
    receipt,
)
from tests.accounting.sandbox.conftest import read

D = Decimal
OPEN = "knockOffEntry/outstandingTransactions?accNo=300-S001&docDate=2026-12-31"


@pytest.fixture
def cloud(db: None, client: Client) -> CloudDesk:
    """A book with order A and its refund, nothing knocked off."""
    cloud = CloudDesk(client)
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt())
    cloud.write("creditNote", credit_note())
    cloud.write("payment", payout())
    return cloud


def open_items(cloud: CloudDesk) -> dict[str, Decimal]:
    """What is open of each document, credits below zero."""
    return {
        f"{row['sourceType']} {row['docNo']}": row["amount"] - row["knockOffAmount"]
        for row in cloud.read(OPEN)
    }


def assert_refused(cloud: CloudDesk, body: Any, message: str, rule: str) -> None:
    before = cloud.contents()

    answer = cloud.post("knockOffEntry", body)

    assert (answer.status_code, read(answer)["message"]) == (400, message)
    assert cloud.contents() == before
    assert cloud.rule() == rule


def test_open_items_come_as_a_bare_list_with_credits_below_zero(cloud: CloudDesk) -> None:
    first = cloud.read(OPEN)[0]

    assert open_items(cloud) == {
        "IV SHP-1001": D("107.00"),
        "OR SHP-1001-P1": D("-107.00"),
        "CN SHP-1001-R1": D("-49.50"),
        "PV SHP-1001-F1": D("49.50"),
    }
    assert {**first, "koTransKey": 0, "sourceKey": 0} == {
        "koTransKey": 0,
        "sourceType": "IV",
        "sourceKey": 0,
        "sourceDtlKey": None,
        "docNo": "SHP-1001",
        "docDate": "2026-11-20T00:00:00",
        "accNo": "300-S001",
        "currencyCode": "MYR",
        "currencyRate": D("1.000000000000"),
        "amount": D("107.00"),
        "localAmount": D("107.00"),
        "knockOffAmount": D("0.00"),
        "localKnockOffAmount": D("0.00"),
    }
    assert first["koTransKey"] != first["sourceKey"]


def test_open_items_are_those_dated_up_to_a_day(cloud: CloudDesk) -> None:
    rows = cloud.read(OPEN.replace("2026-12-31", "2026-11-20"))

    assert [row["sourceType"] for row in rows] == ["IV", "OR"]


@pytest.mark.parametrize(
    "query", ["accNo=300-S001", "docDate=2026-11-20", "accNo=300-X&docDate=2026-11-20"]
)
def test_open_items_need_a_debtor_and_a_day(cloud: CloudDesk, query: str) -> None:
    answer = cloud.get(f"knockOffEntry/outstandingTransactions?{query}")

    assert answer.status_code == 400


def test_open_items_come_in_an_envelope_where_the_book_does_so(cloud: CloudDesk) -> None:
    cloud.switch(outstanding_shape="data")

    assert len(cloud.read(OPEN)["data"]) == 4


def test_money_on_a_debtor_is_no_open_item_where_the_book_does_not_make_it_one(
    cloud: CloudDesk,
) -> None:
    cloud.switch(or_debtor_open_item="off")

    assert list(open_items(cloud)) == ["IV SHP-1001", "CN SHP-1001-R1"]
    message = "KnockOffAmount -107.00 of OR SHP-1001-P1 is more than outstanding"
    assert_refused(cloud, knock(*INVOICE_PAID), message, "18.9 A")


def test_an_entry_is_read_back_with_both_sides(cloud: CloudDesk) -> None:
    location = cloud.write("knockOffEntry", knock(*INVOICE_PAID))

    shown = cloud.read("knockOffEntry?docNo=SHP-1001-K1")

    assert location.endswith("/knockOffEntry?docNo=SHP-1001-K1")
    master = shown["master"]
    assert (master["accNo"], master["docDate"]) == ("300-S001", "2026-11-22T00:00:00")
    assert (master["totalDR"], master["totalCR"], master["gainLoss"]) == (D(107), D(107), 0)
    assert [(row["sourceType"], row["knockOffAmount"]) for row in shown["details"]] == [
        ("IV", D("107.00")),
        ("OR", D("-107.00")),
    ]
    assert list(open_items(cloud)) == ["CN SHP-1001-R1", "PV SHP-1001-F1"]


def test_knocking_off_in_the_home_currency_moves_no_account(cloud: CloudDesk) -> None:
    before = cloud.balances()

    cloud.write("knockOffEntry", knock(*INVOICE_PAID))
    cloud.write("knockOffEntry", knock(*CREDIT_RETURNED, docNo="SHP-1001-K2"))

    assert cloud.balances() == before


def test_part_of_a_document_is_knocked_off(cloud: CloudDesk) -> None:
    part = knock(("IV", "SHP-1001", "49.50"), ("CN", "SHP-1001-R1", "-49.50"))

    cloud.write("knockOffEntry", part)

    assert open_items(cloud)["IV SHP-1001"] == D("57.50")
    assert cloud.read("invoice?docNo=SHP-1001")["master"]["status"] == "Partially Applied"
    rest = knock(("IV", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "-107.00"), docNo="K2")
    message = "KnockOffAmount 107.00 of IV SHP-1001 is more than outstanding"
    assert_refused(cloud, rest, message, "18.9 A")


def test_one_entry_settles_many_documents(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice(docNo="SHP-1002"))
    cloud.write("payment", receipt("80.00", docNo="SHP-1002-P1"))
    rows = [
        ("IV", "SHP-1001", "107.00"),
        ("IV", "SHP-1002", "80.00"),
        ("PV", "SHP-1001-F1", "49.50"),
        ("CN", "SHP-1001-R1", "-49.50"),
        ("OR", "SHP-1001-P1", "-107.00"),
        ("OR", "SHP-1002-P1", "-80.00"),
    ]

    cloud.write("knockOffEntry", knock(*rows))

    assert open_items(cloud) == {"IV SHP-1002": D("27.00")}


@pytest.mark.parametrize(
    ("rows", "message", "rule"),
    [
        (
            [("IV", "SHP-1001", "107.01"), ("OR", "SHP-1001-P1", "-107.01")],
            "KnockOffAmount 107.01 of IV SHP-1001 is more than outstanding",
            "18.9 A",
        ),
        (
            [("IV", "SHP-1001", "50.00"), ("CN", "SHP-1001-R1", "-50.00")],
            "KnockOffAmount -50.00 of CN SHP-1001-R1 is more than outstanding",
            "18.9 A",
        ),
        (
            [("IV", "SHP-1001", "-107.00"), ("OR", "SHP-1001-P1", "107.00")],
            "KnockOffAmount -107.00 of IV SHP-1001 has the wrong sign",
            "18.9 D",
        ),
        (
            [("IV", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "107.00")],
            "KnockOffAmount 107.00 of OR SHP-1001-P1 has the wrong sign",
            "18.9 D",
        ),
        (
            [("PV", "SHP-1001-F1", "-49.50"), ("CN", "SHP-1001-R1", "-49.50")],
            "KnockOffAmount -49.50 of PV SHP-1001-F1 has the wrong sign",
            "18.9 D",
        ),
        (
            [("IV", "SHP-1001", "0.00"), ("OR", "SHP-1001-P1", "0.00")],
            "KnockOffAmount 0.00 of IV SHP-1001 has the wrong sign",
            "18.9 D",
        ),
        (
            [("IV", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "-100.00")],
            "Total debit and total credit differ by 7.00",
            "18.9 A",
        ),
        (
            [
                ("IV", "SHP-1001", "50.00"),
                ("IV", "shp-1001", "57.00"),
                ("OR", "SHP-1001-P1", "-107.00"),
            ],
            "A document can be knocked off once in an entry",
            "18.9 D",
        ),
        (
            [("IV", "SHP-9999", "107.00"), ("OR", "SHP-1001-P1", "-107.00")],
            "IV document (IV documentKey = SHP-9999) not exists",
            "18.9 A",
        ),
        (
            [("JE", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "-107.00")],
            "JE document (JE documentKey = SHP-1001) not exists",
            "18.9 A",
        ),
        (
            [("RI", "SHP-1001", "107.00"), ("OR", "SHP-1001-P1", "-107.00")],
            "DocType RI is not valid",
            "18.9 D",
        ),
    ],
)
def test_an_entry_that_does_not_add_up_is_refused(
    cloud: CloudDesk, rows: Any, message: str, rule: str
) -> None:
    assert_refused(cloud, knock(*rows), message, rule)


def test_documents_of_other_debtors_are_not_knocked_off(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice(docNo="SHP-1003", debtorCode="300-S002", currencyRate=D("3.30")))
    rows = (("IV", "SHP-1003", "107.00"), ("OR", "SHP-1001-P1", "-107.00"))

    assert_refused(cloud, knock(*rows), "Document IV SHP-1003 is not of 300-S001", "18.9 A")
    missing = "Account (AccountKey = 300-X) not exists"
    assert_refused(cloud, knock(*rows, accNo="300-X"), missing, "18.3 D")


@pytest.mark.parametrize("name", ["docType", "docNo", "knockOffAmount"])
def test_a_row_of_an_entry_needs_all_its_fields(cloud: CloudDesk, name: str) -> None:
    body = knock(*INVOICE_PAID)
    del body["details"][1][name]

    message = f"{name[0].upper()}{name[1:]} is required."
    assert_refused(cloud, body, message, "18.3 D")


def test_an_amount_in_quotes_is_refused(cloud: CloudDesk) -> None:
    body = knock(*INVOICE_PAID)
    body["details"][0]["knockOffAmount"] = "107.00"

    message = (
        "The JSON value could not be converted to System.Decimal. "
        "Path: $.details[0].knockOffAmount."
    )
    assert_refused(cloud, body, message, "18.7 O")


def test_an_entry_is_not_dated_before_its_documents(cloud: CloudDesk) -> None:
    early = knock(*CREDIT_RETURNED, docDate="2026-11-21")

    message = "The knock off is dated before PV SHP-1001-F1"
    assert_refused(cloud, early, message, "18.9 A")
    cloud.switch(ko_date_check="off")
    cloud.write("knockOffEntry", early)


def test_an_entry_lies_in_an_open_fiscal_year(cloud: CloudDesk) -> None:
    message = "Document date 2028-01-01 is not within an open fiscal year"

    assert_refused(cloud, knock(*INVOICE_PAID, docDate="2028-01-01"), message, "18.4 D")


def test_entries_are_numbered_once_and_by_themselves_when_blank(cloud: CloudDesk) -> None:
    cloud.write("knockOffEntry", knock(*INVOICE_PAID, docNo="k1"))

    again = knock(*CREDIT_RETURNED, docNo="K1")
    assert_refused(cloud, again, "Duplicate document number", "18.5 O")
    assert cloud.write("knockOffEntry", knock(*CREDIT_RETURNED, docNo="")).endswith("KO-000001")


def test_the_codes_of_documents_are_those_of_the_book(cloud: CloudDesk) -> None:
    cloud.switch(ko_type_codes=["RI", "RP", "RF", "RC", "GL"])

    assert {row["sourceType"] for row in cloud.read(OPEN)} == {"RI", "RP", "RF", "RC"}
    assert_refused(cloud, knock(*INVOICE_PAID), "DocType IV is not valid", "18.9 D")
    cloud.write(
        "knockOffEntry", knock(("RI", "SHP-1001", "107.00"), ("RP", "SHP-1001-P1", "-107.00"))
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "knockOffEntry?docNo=shp-1001-k1"),
        ("POST", "knockOffEntry/void?docNo=SHP-1001-K1"),
    ],
)
def test_taking_an_entry_back_opens_its_documents_again(
    cloud: CloudDesk, method: str, path: str
) -> None:
    before = open_items(cloud)
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))

    answer = cloud.call(method, path, {})

    assert answer.status_code == 204
    assert open_items(cloud) == before
    cloud.write("knockOffEntry", knock(*INVOICE_PAID, docNo="SHP-1001-K2"))


def test_an_entry_is_taken_back_once(cloud: CloudDesk) -> None:
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))
    cloud.post("knockOffEntry/void?docNo=SHP-1001-K1", {})
    before = cloud.contents()

    answer = cloud.post("knockOffEntry/void?docNo=SHP-1001-K1", {})

    assert answer.status_code == 400
    assert cloud.contents() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "invoice?docNo=SHP-1001"),
        ("POST", "invoice/void?docNo=SHP-1001"),
        ("PUT", "invoice?docNo=SHP-1001"),
        ("DELETE", "payment?docNo=SHP-1001-P1"),
    ],
)
def test_a_document_that_was_knocked_off_stays_as_it_is(
    cloud: CloudDesk, method: str, path: str
) -> None:
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))
    before = cloud.contents()

    answer = cloud.call(method, path, {"master": {"ref": "#1"}})

    assert (answer.status_code, read(answer)["message"]) == (
        400,
        "The document has been knocked off",
    )
    assert cloud.contents() == before
    assert cloud.rule() == "18.9 O"


def test_a_gain_between_rates_is_booked_and_given_back(db: None, client: Client) -> None:
    cloud = CloudDesk(client)
    cloud.write("invoice", invoice(debtorCode="300-S002", currencyRate=D("3.30")))
    money = receipt(currencyCode="SGD", currencyRate=D("3.40"), tender={"toBankRate": D("1.00")})
    money["details"][0]["accNo"] = "300-S002"
    cloud.write("payment", money)
    before = cloud.balances()

    cloud.write("knockOffEntry", knock(*INVOICE_PAID, accNo="300-S002"))

    shown = cloud.read("knockOffEntry?docNo=SHP-1001-K1")["master"]
    assert shown["gainLoss"] == D("10.70")
    assert cloud.balances()["980-0000"] == D("-10.70")
    assert "300-0000" not in cloud.balances()
    cloud.call("DELETE", "knockOffEntry?docNo=SHP-1001-K1")
    assert cloud.balances() == before
