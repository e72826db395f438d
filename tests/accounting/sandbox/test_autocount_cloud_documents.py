"""What AutoCount Cloud makes of documents that it takes: answers, totals, journals, changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounting.sandbox.autocount_cloud_opening import demo_book
from tests.accounting.sandbox.autocount_cloud_desk import (
    CREDIT_RETURNED,
    INVOICE_PAID,
    CloudDesk,
    credit_note,
    inclusive_invoice,
    invoice,
    knock,
    line,
    payout,
    receipt,
    shipping,
)
from tests.accounting.sandbox.conftest import read

D = Decimal


@pytest.fixture
def cloud(db: None, client: Client) -> CloudDesk:
    return CloudDesk(client)


def paid(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt())
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))


def test_a_creation_answers_201_with_nothing_but_a_location(cloud: CloudDesk) -> None:
    answer = cloud.post("invoice", invoice(docNo="SHP 1001/ä"))

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer["Location"] == (
        "http://testserver/sandbox/autocount_cloud/demo-book-0001/invoice?docNo=SHP+1001%2F%C3%A4"
    )
    assert cloud.client.get(
        answer["Location"], headers={"Key-ID": "demo-key-id", "API-Key": "demo-api-key"}
    ).json()["master"]["docNo"] == ("SHP 1001/ä")


def test_an_invoice_is_read_back_with_its_totals(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())

    shown = cloud.read("invoice?docNo=shp-1001")

    master = shown["master"]
    assert master["finalTotal"] == master["netTotal"] == D("107.00")
    assert master["total"] == master["totalExTax"] == D("98.00")
    assert (master["tax"], master["taxableAmt"], master["roundAdj"]) == (D("9.00"), D(90), 0)
    assert (master["docDate"], master["currencyCode"]) == ("2026-11-20T00:00:00", "MYR")
    assert (master["cancelled"], master["status"]) == (False, "Unapplied")
    assert (master["remark1"], master["createdUserID"]) == ("5500112233445", "ADMIN")
    assert [row["subTotal"] for row in shown["details"]] == [D("90.00"), D("8.00")]
    assert [row["tax"] for row in shown["details"]] == [D("9.00"), D("0.00")]


def test_an_invoice_debits_the_debtors_and_credits_sales_and_tax(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())

    assert cloud.balances() == {
        "300-0000": D("107.00"),
        "500-0000": D("-90.00"),
        "500-1000": D("-8.00"),
        "460-0000": D("-9.00"),
    }


def test_an_inclusive_invoice_keeps_its_tax_inside(cloud: CloudDesk) -> None:
    cloud.write("invoice", inclusive_invoice())

    master = cloud.read("invoice?docNo=SHP-1002")["master"]

    assert (master["finalTotal"], master["tax"]) == (D("105.20"), D("9.29"))
    assert master["totalExTax"] == D("95.91")
    assert cloud.balances()["460-0000"] == D("-9.29")


def test_a_whole_order_with_a_refund_ends_with_nothing_owed(cloud: CloudDesk) -> None:
    paid(cloud)
    cloud.write("creditNote", credit_note())
    cloud.write("payment", payout())
    cloud.write("knockOffEntry", knock(*CREDIT_RETURNED, docNo="SHP-1001-K2"))

    assert cloud.balances() == {
        "310-0000": D("57.50"),
        "500-0000": D("-90.00"),
        "510-0000": D("45.00"),
        "500-1000": D("-8.00"),
        "460-0000": D("-4.50"),
    }
    note = cloud.read("creditNote?docNo=SHP-1001-R1")["master"]
    assert (note["finalTotal"], note["ourInvoiceNo"]) == (D("49.50"), "SHP-1001")
    assert note["status"] == "Fully Applied"
    assert cloud.read("invoice?docNo=SHP-1001")["master"]["status"] == "Full Payment"
    assert cloud.read("payment?docNo=SHP-1001-F1")["master"]["docType"] == "PV"
    assert (
        cloud.read("knockOffEntry/outstandingTransactions?accNo=300-S001&docDate=2026-12-01") == []
    )


def test_money_is_read_back_with_what_was_paid_how(cloud: CloudDesk) -> None:
    cloud.write("payment", receipt(tender={"bankCharge": D("1.61")}))

    shown = cloud.read("payment?docNo=SHP-1001-P1")

    assert shown["master"]["totalPayment"] == shown["master"]["netTotal"] == D("107.00")
    assert shown["paymentDetails"][0]["paymentMethod"] == "SHOPIFY"
    assert shown["details"][0]["accNo"] == "300-S001"
    assert cloud.balances() == {
        "310-0000": D("105.39"),
        "902-0000": D("1.61"),
        "300-0000": D("-107.00"),
    }


@pytest.mark.parametrize(("switch", "charge"), [("percent", "1.61"), ("zero", "0.00")])
def test_a_charge_that_is_left_out_is_the_methods_own(
    cloud: CloudDesk, switch: str, charge: str
) -> None:
    cloud.switch(omitted_bank_charge=switch)
    body = receipt()
    del body["paymentDetails"][0]["bankCharge"]

    cloud.write("payment", body)

    assert cloud.read("payment?docNo=SHP-1001-P1")["paymentDetails"][0]["bankCharge"] == D(charge)
    assert cloud.balances().get("902-0000", D("0.00")) == D(charge)


def test_a_method_without_an_account_for_charges_takes_the_books(db: None, client: Client) -> None:
    masters = demo_book()["masters"]
    method = {"code": "SHOPIFY", "journalType": "BANK"}
    cloud = CloudDesk(client, masters={**masters, "payment_methods": [method]})

    cloud.write("payment", payout(tender={"bankCharge": D("0.50")}))

    assert cloud.balances() == {
        "310-0000": D("-50.00"),
        "902-0000": D("0.50"),
        "300-0000": D("49.50"),
    }


def test_a_row_of_nothing_is_dropped_from_a_payment(cloud: CloudDesk) -> None:
    body = receipt()
    body["details"].append({"accNo": "999-9999", "amount": D("0.00")})

    cloud.write("payment", body)

    assert len(cloud.read("payment?docNo=SHP-1001-P1")["details"]) == 1


def test_a_line_without_product_text_and_price_is_dropped(cloud: CloudDesk) -> None:
    empty = {"accNo": "500-0000", "qty": D("1.00"), "unitPrice": D("0.00")}

    cloud.write("invoice", invoice(details=[line(), empty, shipping()]))

    assert len(cloud.read("invoice?docNo=SHP-1001")["details"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "number"),
    [
        ("invoice", invoice, "I-000002"),
        ("creditNote", credit_note, "CN-000002"),
        ("payment", receipt, "OR-000002"),
        ("payment", payout, "PV-000002"),
    ],
)
def test_a_blank_number_becomes_the_next_one(
    cloud: CloudDesk, path: str, body: Any, number: str
) -> None:
    cloud.write(path, body(docNo=""))

    location = cloud.write(path, body(docNo=""))

    assert location.endswith(f"/{path}?docNo={number}")


def test_numbers_are_apart_for_each_type_of_document(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice(docNo="SAME"))
    cloud.write("creditNote", credit_note(docNo="SAME"))
    cloud.write("payment", receipt(docNo="SAME"))
    cloud.write("payment", payout(docNo="SAME"))
    cloud.write(
        "knockOffEntry", knock(("IV", "SAME", "107.00"), ("OR", "SAME", "-107.00"), docNo="SAME")
    )

    assert len(cloud.books("documents")) == 4


def test_money_is_rounded_to_the_books_decimals(cloud: CloudDesk) -> None:
    noisy = line(unitPrice=D("50.0000000001"), qty=D("2.000000001"))

    cloud.write("invoice", invoice(details=[noisy, shipping(unitPrice=D("7.995"))]))

    shown = cloud.read("invoice?docNo=SHP-1001")
    assert [row["unitPrice"] for row in shown["details"]] == [D("50.00"), D("8.00")]
    assert shown["master"]["finalTotal"] == D("107.00")


def test_a_book_with_more_decimals_keeps_more(db: None, client: Client) -> None:
    masters = {**CloudDesk(client).company.masters}
    masters["decimals"] = [{"code": "price", "places": 4}]
    cloud = CloudDesk(client, masters=masters)

    cloud.write("invoice", invoice(details=[shipping(qty=D("3.00"), unitPrice=D("3.3333"))]))

    assert cloud.read("invoice?docNo=SHP-1001")["details"][0]["unitPrice"] == D("3.3333")
    assert cloud.balances()["300-0000"] == D("10.00")


@pytest.mark.parametrize(
    ("switches", "taxes"),
    [
        ({}, ["0.05", "0.04"]),
        ({"rounding": "line"}, ["0.05", "0.05"]),
        ({"rounding": "line", "number_rounding": "bankers"}, ["0.04", "0.04"]),
    ],
)
def test_tax_is_rounded_as_the_book_is_set(
    cloud: CloudDesk, switches: dict[str, str], taxes: list[str]
) -> None:
    cloud.switch(**switches)
    lines = [shipping(unitPrice=D("0.45"), taxCode="S-10") for _ in taxes]

    cloud.write("invoice", invoice(details=lines))

    shown = cloud.read("invoice?docNo=SHP-1001")
    assert [row["tax"] for row in shown["details"]] == [D(tax) for tax in taxes]
    assert cloud.balances()["460-0000"] == -sum(D(tax) for tax in taxes)


def test_a_tax_adjustment_is_added_to_the_computed_tax(cloud: CloudDesk) -> None:
    adjusted = line(taxAdjustment=D("-0.01"), localTaxAdjustment=D("-0.01"))

    cloud.write("invoice", invoice(details=[adjusted, shipping()]))

    assert cloud.read("invoice?docNo=SHP-1001")["master"]["finalTotal"] == D("106.99")
    assert cloud.balances()["460-0000"] == D("-8.99")


@pytest.mark.parametrize(
    ("setting", "asked", "rounding"),
    [
        ("off", True, "0.00"),
        ("tick", False, "0.00"),
        ("tick", True, "0.02"),
        ("enforced", False, "0.02"),
    ],
)
def test_totals_are_rounded_to_5_sen_where_the_book_does(
    cloud: CloudDesk, setting: str, asked: bool, rounding: str
) -> None:
    cloud.switch(five_sen=setting)

    cloud.write("invoice", invoice(details=[shipping(unitPrice=D("9.98"))], isRoundAdj=asked))

    master = cloud.read("invoice?docNo=SHP-1001")["master"]
    assert master["roundAdj"] == D(rounding)
    assert master["finalTotal"] == D("9.98") + D(rounding)
    assert cloud.balances().get("990-0000", D("0.00")) == -D(rounding)


@pytest.mark.parametrize(
    ("formula", "amount"),
    [("", "100.00"), ("10.00", "90.00"), ("10%", "90.00"), ("10%+5", "85.00"), ("5+10%", "85.50")],
)
def test_a_discount_is_a_formula_of_amounts_and_percentages(
    cloud: CloudDesk, formula: str, amount: str
) -> None:
    cloud.write("invoice", invoice(details=[line(discount=formula, taxCode="")]))

    assert cloud.read("invoice?docNo=SHP-1001")["master"]["finalTotal"] == D(amount)


@pytest.mark.parametrize(("ticked", "account"), [(True, "500-0000"), (False, "500-1000")])
def test_what_is_auto_filled_overwrites_what_was_sent(
    cloud: CloudDesk, ticked: bool, account: str
) -> None:
    body = invoice(details=[line(accNo="500-1000")])
    body["autoFillOption"] = {"accNo": ticked}

    cloud.write("invoice", body)

    assert cloud.read("invoice?docNo=SHP-1001")["details"][0]["accNo"] == account


def test_a_document_of_another_currency_is_booked_at_its_rate(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice(debtorCode="300-S002", currencyRate=D("3.30")))

    master = cloud.read("invoice?docNo=SHP-1001")["master"]

    assert (master["currencyCode"], master["localNetTotal"]) == ("SGD", D("353.10"))
    assert cloud.balances()["300-0000"] == D("353.10")


def test_a_change_keeps_what_it_leaves_out_and_erases_what_is_blank(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    key = cloud.read("invoice?docNo=SHP-1001")["master"]["docKey"]

    answer = cloud.call(
        "PUT", "invoice?docNo=SHP-1001", {"master": {"ref": "", "description": "Changed"}}
    )

    master = cloud.read("invoice?docNo=SHP-1001")["master"]
    assert (answer.status_code, answer.content) == (204, b"")
    assert ("ref" in master, master["description"]) == (False, "Changed")
    assert (master["remark1"], master["docKey"]) == ("5500112233445", key)
    assert cloud.balances()["300-0000"] == D("107.00")


def test_the_lines_of_a_change_are_laid_over_by_their_place(cloud: CloudDesk) -> None:
    three = [line(), shipping(), shipping(unitPrice=D("1.00"))]
    cloud.write("invoice", invoice(details=three))

    cloud.call(
        "PUT",
        "invoice?docNo=SHP-1001",
        {"master": {}, "details": [{}, {"unitPrice": D("9.00")}]},
    )

    shown = cloud.read("invoice?docNo=SHP-1001")
    assert [row["unitPrice"] for row in shown["details"]] == [D("50.00"), D("9.00")]
    assert cloud.balances()["300-0000"] == D("108.00")


def test_money_can_be_changed_as_well(cloud: CloudDesk) -> None:
    cloud.write("payment", receipt())

    cloud.call(
        "PUT",
        "payment?docNo=SHP-1001-P1",
        {
            "master": {},
            "details": [{"amount": D("100.00")}],
            "paymentDetails": [{"paymentAmt": D("100.00")}],
        },
    )

    assert cloud.balances() == {"310-0000": D("100.00"), "300-0000": D("-100.00")}


def test_a_deleted_document_is_gone_and_its_number_free(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())

    answer = cloud.call("DELETE", "invoice?docNo=SHP-1001")

    assert answer.status_code == 204
    assert cloud.balances() == {}
    assert cloud.get("invoice?docNo=SHP-1001").status_code == 404
    cloud.write("invoice", invoice())


def test_a_void_document_keeps_its_number_and_loses_its_entries(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())

    answer = cloud.post("invoice/void?docNo=SHP-1001", {"voidReason": "Wrong customer"})

    master = cloud.read("invoice?docNo=SHP-1001")["master"]
    assert answer.status_code == 204
    assert (master["cancelled"], master["voidReason"]) == (True, "Wrong customer")
    assert cloud.balances() == {}
    assert read(cloud.post("invoice", invoice()))["message"] == "Duplicate document number"


def test_a_debtor_is_created_and_takes_invoices(cloud: CloudDesk) -> None:
    body = {
        "accNo": "300-N001",
        "companyName": "Nur Aisyah",
        "currencyCode": "MYR",
        "creditTerm": "30 Days",
        "isActive": True,
        "emailAddress": "nur@buyer.test",
    }

    location = cloud.write("debtor", body)
    cloud.write("invoice", invoice(debtorCode="300-N001"))

    assert location.endswith("/debtor?code=300-N001")
    shown = cloud.read("debtor?code=300-N001")
    assert body.items() <= shown.items()
    assert cloud.books("documents")[0]["debtor"] == "300-N001"


def test_a_debtor_without_a_code_gets_one(cloud: CloudDesk) -> None:
    body = {"companyName": "Nur Aisyah", "currencyCode": "MYR", "creditTerm": "30 Days"}

    assert cloud.write("debtor", body).endswith("/debtor?code=300-A001")


def test_a_changed_debtor_keeps_what_is_left_out(cloud: CloudDesk) -> None:
    cloud.call("PUT", "debtor?code=300-S001", {"phone1": "03-1"})
    answer = cloud.call("PUT", "debtor?code=300-S001", {"attention": "Accounts"})

    shown = cloud.read("debtor?code=300-S001")
    assert answer.status_code == 204
    assert (shown["phone1"], shown["attention"]) == ("03-1", "Accounts")
    assert shown["companyName"] == "Shopify Retail MYR"
