"""What the SQL Account API writes into the books, and reads back."""

from __future__ import annotations

from decimal import Decimal

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
    shipping,
)

D = Decimal


def test_an_invoice_debits_the_debtor_and_credits_sales_and_tax(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())

    read = desk.get(f"salesinvoice/{made['dockey']}").json()["data"]
    assert read == made
    assert (read["docno"], read["docamt"], read["cancelled"]) == ("SHP-1001", "107.00", False)
    assert [row["amount"] for row in read["sdsdocdetail"]] == ["100.00", "-10.00", "8.00"]
    assert [row["taxamt"] for row in read["sdsdocdetail"]] == ["10.00", "-1.00", "0.00"]
    assert desk.sides("SHP-1001") == {
        "300-000": D("107.00"),
        "500-000": D("-90.00"),
        "500-100": D("-8.00"),
        "460-000": D("-9.00"),
    }


def test_the_flow_of_a_paid_and_partly_refunded_order(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())

    paid = desk.made("customerpayment", payment())
    credit = desk.made("salescreditnote", credit_note())
    back = desk.made("customerrefund", refund())

    assert (paid["docamt"], paid["unappliedamt"]) == ("107.00", "0.00")
    assert paid["sdsknockoff"][0] | knock("IV", "SHP-1001", "107.00") == paid["sdsknockoff"][0]
    assert credit["docamt"] == "49.50"
    assert back["unappliedamt"] == "0.00"
    assert desk.only("customercreditnote", docno="SHP-1001-R1")["unappliedamt"] == "0.00"
    assert desk.only("customerinvoice", docno="SHP-1001")["outstanding"] == "0.00"
    assert desk.sides("SHP-1001-P1") == {"310-005": D("107.00"), "300-000": D("-107.00")}
    assert desk.sides("SHP-1001-R1") == {
        "510-000": D("50.00"),
        "500-000": D("-5.00"),
        "460-000": D("4.50"),
        "300-000": D("-49.50"),
    }
    assert desk.sides("SHP-1001-F1") == {"300-000": D("49.50"), "310-005": D("-49.50")}
    assert desk.balances()["300-000"] == 0


def test_a_debit_note_is_posted_as_an_invoice_is(desk: SqlAccountDesk) -> None:
    desk.made("salesdebitnote", invoice(docno="SHP-1001-N1", sdsdocdetail=[shipping("5.00")]))

    paid = desk.made(
        "customerpayment", payment(docamt="5.00", sdsknockoff=[knock("DN", "SHP-1001-N1", "5.00")])
    )

    assert paid["unappliedamt"] == "0.00"
    assert desk.sides("SHP-1001-N1") == {"300-000": D("5.00"), "500-100": D("-5.00")}


def test_a_sales_document_has_an_ar_document_with_a_key_of_its_own(desk: SqlAccountDesk) -> None:
    sold = desk.made("salesinvoice", invoice())

    owed = desk.only("customerinvoice", docno="SHP-1001")

    assert (owed["docno"], owed["outstanding"]) == ("SHP-1001", "107.00")
    assert owed["dockey"] != sold["dockey"]
    assert desk.get(f"customerinvoice/{sold['dockey']}").status_code == 404


def test_a_credit_note_reduces_an_open_invoice_by_a_change_of_its_ar_document(
    desk: SqlAccountDesk,
) -> None:
    desk.made("salesinvoice", invoice())
    desk.made("salescreditnote", credit_note())
    found = desk.only("customercreditnote", docno="SHP-1001-R1")
    rows = [knock("IV", "SHP-1001", "49.50")]

    answer = desk.put(
        f"customercreditnote/{found['dockey']}",
        {"docno": "SHP-1001-R1", "updatecount": found["updatecount"] + 1, "sdsknockoff": rows},
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["unappliedamt"] == "0.00"
    assert desk.only("customerinvoice", docno="SHP-1001")["outstanding"] == "57.50"


def test_an_ar_credit_note_posts_to_the_accounts_of_its_lines(desk: SqlAccountDesk) -> None:
    taxed = {"tax": "ST", "taxrate": "10%", "taxamt": "1.00", "tariff": "6109"}
    body = {
        "docno": "SHP-1001-A1",
        "code": "300-C0001",
        "docdate": "2026-11-22",
        "sdsdocdetail": [{"seq": 1000, "account": "510-000", "amount": "10.00", **taxed}],
    }

    desk.made("customercreditnote", body)

    assert desk.sides("SHP-1001-A1") == {
        "510-000": D("10.00"),
        "460-000": D("1.00"),
        "300-000": D("-11.00"),
    }
    assert desk.listed("salescreditnote") == []


def test_the_banks_charge_is_taken_out_of_what_it_brings_in(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())

    charged = {"bankcharge": "3.00", "bankchargeaccount": "900-100"}
    paid = desk.made("customerpayment", payment(**charged))

    assert paid["unappliedamt"] == "0.00"
    assert desk.sides("SHP-1001-P1") == {
        "310-005": D("104.00"),
        "900-100": D("3.00"),
        "300-000": D("-107.00"),
    }


def test_a_foreign_customers_invoice_is_kept_at_its_rate(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice(code="300-C0002"))

    assert (made["currencycode"], made["docamt"], made["localdocamt"]) == (
        "SGD",
        "107.00",
        "363.80",
    )
    assert desk.balances()["300-000"] == D("363.80")


def test_a_document_without_a_number_gets_one(desk: SqlAccountDesk) -> None:
    made = [desk.made("salesinvoice", invoice(docno=""))["docno"] for _ in range(2)]

    assert made == ["IV-00001", "IV-00002"]


def test_the_amount_is_quantity_times_the_rounded_unit_price(desk: SqlAccountDesk) -> None:
    third = line(qty="3.00", unitprice="33.333", amount="100.00")

    made = desk.made("salesinvoice", invoice(sdsdocdetail=[third]))

    assert made["sdsdocdetail"][0]["amount"] == "99.99"
    assert made["docamt"] == "109.99"


def test_unit_prices_may_have_more_decimals(desk: SqlAccountDesk) -> None:
    desk.switch(unit_price_decimals=4)
    third = line(qty="3.00", unitprice="33.3333", amount="100.00")

    made = desk.made("salesinvoice", invoice(sdsdocdetail=[third]))

    assert made["docamt"] == "110.00"


def test_a_discount_is_a_chain_of_rates_and_amounts(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice(sdsdocdetail=[line(disc="5%+3", taxamt="9.20")]))

    assert made["docamt"] == "101.20"


def test_tax_that_is_not_stated_is_computed_at_the_rate_of_the_line(desk: SqlAccountDesk) -> None:
    untold = line(tax="SV", taxrate="8%")
    del untold["taxamt"]

    made = desk.made("salesinvoice", invoice(sdsdocdetail=[untold]))

    assert made["sdsdocdetail"][0]["taxamt"] == "8.00"
    assert desk.sides("SHP-1001")["460-300"] == D("-8.00")


def test_the_option_that_rounds_over_the_document_puts_the_rest_on_the_first_line(
    desk: SqlAccountDesk,
) -> None:
    small = [
        line(seq=1000 * n, qty="1.00", unitprice="0.05", taxamt="0.01", amount="0.05")
        for n in (1, 2, 3)
    ]
    desk.switch(tax_scope="document")

    made = desk.made("salesinvoice", invoice(sdsdocdetail=small))

    assert [row["taxamt"] for row in made["sdsdocdetail"]] == ["0.00", "0.01", "0.01"]
    assert made["docamt"] == "0.17"


def test_the_option_for_five_sen_adds_a_line(desk: SqlAccountDesk) -> None:
    desk.switch(five_cents=True)

    made = desk.made("salesinvoice", invoice(sdsdocdetail=[shipping("8.02")]))

    assert made["docamt"] == "8.00"
    assert made["sdsdocdetail"][1]["itemcode"] == "RTN5Cents"
    assert desk.sides("SHP-1001")["500-900"] == D("0.02")


def test_a_tax_inclusive_amount_has_its_tax_inside(desk: SqlAccountDesk) -> None:
    inside = line(unitprice="55.00", amount="110.00", taxamt="10.00", taxinclusive=True)

    made = desk.made("salesinvoice", invoice(sdsdocdetail=[inside]))

    assert made["docamt"] == "110.00"
    assert desk.sides("SHP-1001")["500-000"] == D("-100.00")


def test_a_new_customer_has_its_branch_and_the_home_currency(desk: SqlAccountDesk) -> None:
    made = desk.made("customer", customer())

    read = desk.get("customer/300-S0042").json()["data"]
    assert read == made
    assert (read["companyname"], read["currencycode"], read["status"]) == (
        "Nur Aisyah binti Rahman",
        "----",
        "A",
    )
    assert read["sdsbranch"][0]["address1"] == "12 Jalan Teratai"


def test_a_customer_is_changed_by_who_read_it_last(desk: SqlAccountDesk) -> None:
    desk.made("customer", customer())

    answers = [
        desk.put("customer/300-S0042", {"companyname": "N. Aisyah", "updatecount": 1})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert desk.get("customer/300-S0042").json()["data"]["companyname"] == "N. Aisyah"


def test_an_open_invoice_may_be_written_anew(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())
    kept = made["sdsdocdetail"][0]["dtlkey"]
    lines = [line(dtlkey=kept), shipping("9.00", dtlkey=-1)]

    answer = desk.put(
        f"salesinvoice/{made['dockey']}", made | {"updatecount": 1, "sdsdocdetail": lines}
    )

    changed = answer.json()["data"]
    assert (changed["docamt"], changed["updatecount"]) == ("119.00", 1)
    assert changed["sdsdocdetail"][0]["dtlkey"] == kept
    assert changed["sdsdocdetail"][1]["dtlkey"] not in (-1, kept)
    assert desk.balances()["300-000"] == D("119.00")


def test_an_open_invoice_may_be_cancelled(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())

    answer = desk.put(f"salesinvoice/{made['dockey']}", {"cancelled": True, "updatecount": 1})

    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["cancelled"] is True
    assert desk.balances()["300-000"] == 0


def test_a_deleted_payment_leaves_its_invoice_open_again(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    paid = desk.made("customerpayment", payment())

    answer = desk.ask("DELETE", f"customerpayment/{paid['dockey']}")

    assert answer.status_code == 204
    assert desk.only("customerinvoice", docno="SHP-1001")["outstanding"] == "107.00"
    assert desk.balances()["300-000"] == D("107.00")


def test_a_change_replaces_all_knock_offs(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    desk.made("salesinvoice", invoice(docno="SHP-1002"))
    paid = desk.made("customerpayment", payment())
    rows = [knock("IV", "SHP-1001", "50.00"), knock("IV", "SHP-1002", "57.00")]

    desk.put(f"customerpayment/{paid['dockey']}", paid | {"updatecount": 1, "sdsknockoff": rows})

    assert desk.only("customerinvoice", docno="SHP-1001")["outstanding"] == "57.00"
    assert desk.only("customerinvoice", docno="SHP-1002")["outstanding"] == "50.00"
    assert desk.only("customerpayment", docno="SHP-1001-P1")["unappliedamt"] == "0.00"


def test_undoing_a_knock_off_undoes_what_it_realised(desk: SqlAccountDesk) -> None:
    foreign = {"code": "300-C0002"}
    desk.made("salesinvoice", invoice(**foreign, currencyrate="3.400000"))
    paid = desk.made("customerpayment", payment(**foreign, currencyrate="3.500000"))
    assert desk.balances()["980-000"] == D("-10.70")

    desk.put(f"customerpayment/{paid['dockey']}", {"updatecount": 1, "sdsknockoff": []})

    assert desk.balances()["980-000"] == 0
    assert desk.balances()["300-000"] == D("-10.70")


def test_the_reference_order_with_tax_inside_comes_to_its_total(desk: SqlAccountDesk) -> None:
    service = {"tax": "SV", "taxrate": "6%", "taxamt": "0.45"}
    lines = [
        line(unitprice="49.09", taxamt="9.82", amount="98.18"),
        discount("-9.82", "-0.98"),
        shipping("7.55") | service,
    ]

    made = desk.made("salesinvoice", invoice(docno="SHP-1002", sdsdocdetail=lines))

    assert made["docamt"] == "105.20"
