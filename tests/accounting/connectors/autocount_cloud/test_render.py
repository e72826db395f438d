"""The bodies that are sent, and what is refused before anything is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors import exact_json
from accounting.connectors.autocount_cloud.limits import TEXTS
from accounting.connectors.autocount_cloud.render import Renderer
from accounting.connectors.base import Rejected
from accounting.documents.document import BuyerIdentity, Document, Kind
from accounting.documents.rules import TaxMethod
from accounting.documents.texts import fitted
from tests.accounting.connectors.autocount_cloud.conftest import CODES, chosen
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    line,
    payment,
    refund,
    shipping,
)


def renderer(**settings: str) -> Renderer:
    return Renderer(options=chosen(**settings), home_currency="MYR")


def sale(document: Document, **settings: str) -> dict[str, Any]:
    return renderer(**settings).sale(document)


def identity(**changes: str) -> BuyerIdentity:
    usual = {
        "name": "Kedai Buku Sdn Bhd",
        "tin": "C25845632020",
        "id_type": "registration",
        "id_number": "202001234567",
        "sst_number": "W10180812345678",
        "address1": "3 Jalan Cempaka",
        "postcode": "50480",
        "city": "Kuala Lumpur",
        "country": "MY",
        "phone": "+60312345678",
        "email": "akaun@buku.test",
    }
    return BuyerIdentity(**(usual | changes))


def test_an_invoice_says_all_that_the_books_could_otherwise_fill_in_themselves() -> None:
    body = sale(invoice(buyer=("Nur Aisyah", "12 Jalan Teratai", "50480 Kuala Lumpur")))

    assert body == {
        "master": {
            "docNo": "SH-1001",
            "docDate": "2026-11-20",
            "debtorCode": "300-C0001",
            "debtorName": "Nur Aisyah",
            "creditTerm": "C.O.D.",
            "salesLocation": "HQ",
            "address": "12 Jalan Teratai, 50480 Kuala Lumpur",
            "ref": "#1001",
            "description": "Shopify order #1001",
            "remark1": "5501",
            "currencyRate": Decimal("1.00"),
            "inclusiveTax": False,
            "isRoundAdj": False,
            "submitEInvoice": False,
            "submitConsolidatedEInvoice": False,
        },
        "details": [
            {
                "accNo": "500-000",
                "description": "Tee black M",
                "qty": Decimal("2.00"),
                "unitPrice": Decimal("45.00"),
                "taxCode": "ST",
                "tariffCode": "6109",
            },
            {
                "accNo": "500-100",
                "description": "Standard shipping",
                "qty": Decimal("1.00"),
                "unitPrice": Decimal("8.00"),
            },
        ],
        "autoFillOption": {
            "accNo": False,
            "taxCode": False,
            "tariffCode": False,
            "localTotalCost": True,
        },
        "saveApprove": True,
    }


def test_money_is_written_as_bare_numbers_with_their_decimals() -> None:
    written = exact_json.written(sale(invoice()))

    assert '"unitPrice": 45.00' in written
    assert '"currencyRate": 1.00' in written
    assert json.loads(written)["details"][0]["qty"] == 2


def test_a_credit_note_names_the_invoice_and_what_comes_back_into_stock() -> None:
    body = sale(credit_note())

    assert body["master"]["ourInvoiceNo"] == "SH-1001"
    assert body["details"][0]["goodsReturn"] is True
    assert "localTotalCost" not in body["autoFillOption"]


def test_a_debit_note_is_written_as_an_invoice() -> None:
    body = sale(debit_note())

    assert body["master"]["docNo"] == "SH-1001-N533D"
    assert "ourInvoiceNo" not in body["master"]
    assert "goodsReturn" not in body["details"][0]


def test_prices_with_tax_inside_are_said_to_be_so() -> None:
    body = sale(invoice(tax_mode="inclusive"))

    assert body["master"]["inclusiveTax"] is True
    assert body["details"][0]["unitPrice"] == Decimal("49.50")
    assert "taxAdjustment" not in body["details"][0]


def test_what_the_books_compute_otherwise_is_adjusted_in_both_currencies_at_home() -> None:
    document = invoice(tax_mode="adjusted", lines=(line(tax=Decimal("9.01")), shipping()))

    row = sale(document)["details"][0]

    assert row["taxAdjustment"] == row["localTaxAdjustment"] == Decimal("0.01")


def test_abroad_the_difference_is_said_in_the_documents_currency_alone() -> None:
    document = invoice(
        tax_mode="adjusted",
        currency="SGD",
        rate=Decimal("3.45678901"),
        lines=(line(tax=Decimal("9.01")), shipping()),
    )

    body = sale(document)

    assert body["master"]["currencyRate"] == Decimal("3.45678901")
    assert body["details"][0]["taxAdjustment"] == Decimal("0.01")
    assert "localTaxAdjustment" not in body["details"][0]


@pytest.mark.parametrize("document", [invoice(currency="SGD"), credit_note(currency="SGD")])
def test_a_document_abroad_without_a_rate_is_refused(document: Document) -> None:
    with pytest.raises(Rejected, match="has no rate to MYR"):
        sale(document)


def test_settings_fill_what_documents_do_not_say() -> None:
    document = invoice(lines=(line(item_code="TEE-BLK-M"), shipping()), einvoice="consolidated")

    body = sale(
        document,
        credit_term="30 Days",
        sales_location="PG",
        department="WEB",
        unit="UNIT",
        buyer_name="Pembeli",
        save_approved="false",
    )

    assert body["master"]["creditTerm"] == "30 Days"
    assert body["master"]["salesLocation"] == "PG"
    assert body["master"]["debtorName"] == "Pembeli"
    assert body["details"][0]["productCode"] == "TEE-BLK-M"
    assert [row.get("unit") for row in body["details"]] == ["UNIT", None]
    assert [row["deptNo"] for row in body["details"]] == ["WEB", "WEB"]
    assert [row["classificationCode"] for row in body["details"]] == ["022", "022"]
    assert body["saveApprove"] is False


def test_a_project_of_the_shops_rules_is_the_department() -> None:
    assert sale(invoice(project="KLCC"), department="WEB")["details"][0]["deptNo"] == "KLCC"


@pytest.mark.parametrize(
    ("document", "marks"),
    [
        (invoice(), (False, False, None)),
        (invoice(einvoice="consolidated"), (False, True, None)),
        (invoice(einvoice="individual"), (False, False, None)),
        (invoice(einvoice="individual", identity=identity()), (True, False, "C25845632020")),
        (credit_note(einvoice="individual", identity=identity()), (True, False, "C25845632020")),
    ],
)
def test_an_einvoice_of_the_buyers_own_needs_the_buyers_tax_entity(
    document: Document, marks: tuple[bool, bool, str | None]
) -> None:
    master = sale(document)["master"]

    assert (
        master["submitEInvoice"],
        master["submitConsolidatedEInvoice"],
        master.get("taxEntity"),
    ) == marks


def test_the_buyer_of_an_einvoice_is_named_as_they_said() -> None:
    document = invoice(einvoice="individual", identity=identity(), buyer=("Aisyah",))

    master = sale(document)["master"]

    assert master["debtorName"] == "Kedai Buku Sdn Bhd"
    assert master["address"] == "3 Jalan Cempaka, 50480 Kuala Lumpur, MY"
    assert (master["email"], master["phone1"]) == ("akaun@buku.test", "+60312345678")


def test_a_merchant_may_submit_individual_einvoices_in_the_books() -> None:
    document = invoice(einvoice="individual", identity=identity())

    master = sale(document, individual_einvoice="off")["master"]

    assert master["submitEInvoice"] is False
    assert "taxEntity" not in master


@pytest.mark.parametrize(
    ("document", "type_", "amount"),
    [(payment(), "OR", Decimal("107.00")), (refund(), "PV", Decimal("49.50"))],
)
def test_money_is_a_cash_book_entry_on_the_debtor(
    document: Document, type_: str, amount: Decimal
) -> None:
    body = renderer().money(document, {document.account: "BANK"}.__getitem__)

    assert body == {
        "master": {
            "docType": type_,
            "docNo": document.number,
            "docNo2": str(document.key.source_id),
            "docDate": document.date.isoformat(),
            "currencyCode": "MYR",
            "currencyRate": Decimal("1.00"),
            "journalType": "BANK",
            "dealWith": "Online customer",
            "description": document.description,
        },
        "details": [{"accNo": "300-C0001", "description": "Order #1001", "amount": amount}],
        "paymentDetails": [
            {
                "paymentMethod": "310-005",
                "chequeNo": document.reference,
                "paymentAmt": amount,
                "bankCharge": Decimal("0.00"),
                "toBankRate": Decimal("1.00"),
            }
        ],
        "autoFillOption": {"taxCode": False, "tariffCode": False},
    }


def test_of_a_long_gateway_reference_the_end_is_kept_as_the_contract_says() -> None:
    body = renderer().money(payment(reference="ch_" + "0123456789" * 3), lambda _: "BANK")

    assert body["paymentDetails"][0]["chequeNo"] == "0123456789" * 2


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (Kind.PAYMENT, Kind.INVOICE, [("IV", 107), ("OR", -107)]),
        (Kind.PAYMENT, Kind.DEBIT_NOTE, [("IV", 107), ("OR", -107)]),
        (Kind.CREDIT_NOTE, Kind.INVOICE, [("IV", 107), ("CN", -107)]),
        (Kind.REFUND, Kind.CREDIT_NOTE, [("PV", 107), ("CN", -107)]),
        (Kind.REFUND, Kind.PAYMENT, [("PV", 107), ("OR", -107)]),
    ],
)
def test_a_knock_off_has_debits_above_zero_and_credits_below(
    source: Kind, target: Kind, expected: list[tuple[str, int]]
) -> None:
    body = renderer().knock_off(allocation(source_kind=source, target_kind=target), lambda: CODES)

    assert body["master"] == {
        "accNo": "300-C0001",
        "docNo": "SH-1001-P533D_SH-1001",
        "docDate": "2026-11-20",
    }
    rows = body["details"]
    assert [(row["docType"], row["knockOffAmount"]) for row in rows] == expected
    assert {row["docNo"] for row in rows} == {"SH-1001", "SH-1001-P533D"}
    assert sum(row["knockOffAmount"] for row in rows) == 0


def test_a_debtor_gets_the_settings_term_and_control_account() -> None:
    body = renderer(control_account="300-0000").debtor(customer())

    assert body == {
        "accNo": "300-S0042",
        "parentAccNo": "300-0000",
        "companyName": "Nur Aisyah binti Rahman",
        "currencyCode": "MYR",
        "creditTerm": "C.O.D.",
        "isActive": True,
        "address": "12 Jalan Teratai, 50480 Kuala Lumpur",
        "phone1": "+60123456789",
        "emailAddress": "aisyah@contoh.test",
    }


@pytest.mark.parametrize(("id_type", "number"), [("registration", "202001234567"), ("nric", None)])
def test_only_a_companys_identification_is_its_register_number(
    id_type: str, number: str | None
) -> None:
    body = renderer().debtor(customer(identity=identity(id_type=id_type)))

    assert body.get("registerNo") == number
    assert body["taxEntity"] == "C25845632020"
    assert body["taxRegisterNo"] == "W10180812345678"


LONG = "Baju kurung moden " * 30


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (invoice(number="SH-" + "1" * 28), "master.docNo has 31 characters"),
        (invoice(customer="300-C00000001"), "master.debtorCode has 13"),
        (invoice(buyer=(LONG,)), "master.debtorName has 539"),
        (invoice(description="d" * 81), "master.description has 81"),
        (invoice(lines=(line(description="t" * 101),)), r"details\[0\].description has 101"),
        (invoice(order_name="#" + "1" * 40), "master.ref has 41"),
        (invoice(lines=(line(account="500-000000000"),)), r"details\[0\].accNo has 13"),
        (
            invoice(lines=(shipping(), line(tariff_code="6" * 13))),
            r"details\[1\].tariffCode has 13",
        ),
        (invoice(lines=(line(tax_code="T" * 15),)), r"details\[0\].taxCode has 15"),
        (invoice(lines=(line(item_code="P" * 31),)), r"details\[0\].productCode has 31"),
        (invoice(project="P" * 11), r"details\[0\].deptNo has 11"),
        (credit_note(corrects="S" * 31), "master.ourInvoiceNo has 31"),
    ],
)
def test_a_value_too_long_for_a_sales_document_is_refused_by_its_fields_name(
    document: Document, field: str
) -> None:
    with pytest.raises(Rejected, match=field):
        sale(document)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (payment(account="M" * 21), r"paymentDetails\[0\].paymentMethod has 21"),
        (payment(customer="300-C00000001"), r"details\[0\].accNo has 13"),
        (payment(number="SH-" + "1" * 28), "master.docNo has 31"),
    ],
)
def test_a_value_too_long_for_a_cash_book_entry_is_refused_by_its_fields_name(
    document: Document, field: str
) -> None:
    with pytest.raises(Rejected, match=field):
        renderer().money(document, lambda method: "BANK")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "300-S00000042"}, "debtor.accNo has 13"),
        ({"name": "n" * 101}, "debtor.companyName has 101"),
        ({"phone": "1" * 26}, "debtor.phone1 has 26"),
        ({"email": "e" * 256}, "debtor.emailAddress has 256"),
    ],
)
def test_a_value_too_long_for_a_debtor_is_refused_by_its_fields_name(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Rejected, match=field) as caught:
        renderer().debtor(customer(**changes))

    assert not any(value in str(caught.value) for value in changes.values())  # it may be personal


def test_a_refused_length_does_not_repeat_what_it_says_of_the_buyer() -> None:
    with pytest.raises(Rejected) as error:
        sale(invoice(buyer=("Nur Aisyah " * 10,)))

    assert "Aisyah" not in str(error.value)


def test_free_text_is_planned_short_enough_for_every_field() -> None:
    bought = invoice(buyer=(LONG, LONG), description=LONG, lines=(line(description=LONG),))

    body = sale(fitted(bought, TEXTS))  # type: ignore[arg-type]  # an entry stays of its kind

    assert len(body["master"]["description"]) == 76
    renderer().money(fitted(payment(buyer=(LONG,), description=LONG), TEXTS), lambda _: "BANK")  # type: ignore[arg-type]  # as above
    renderer().debtor(fitted(customer(name=LONG, email=LONG, phone=LONG), TEXTS))  # type: ignore[arg-type]  # as above


def test_an_address_that_is_long_as_a_whole_ends_after_a_word() -> None:
    lines = ("Unit 12-3 Menara Teratai Selatan Barat",) * 6

    address = sale(invoice(buyer=("Aisyah", *lines)))["master"]["address"]

    assert len(address) <= 200
    assert ", ".join(lines).startswith(f"{address} ")


def test_a_knock_off_number_may_have_fifty_characters_and_no_more() -> None:
    assert (
        renderer().knock_off(allocation(number="K" * 50), lambda: CODES)["master"]["docNo"]
        == "K" * 50
    )

    with pytest.raises(Rejected, match=r"master.docNo has 51"):
        renderer().knock_off(allocation(number="K" * 51), lambda: CODES)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (invoice(customer=""), "master.debtorCode has no value"),
        (invoice(lines=(line(account=" "),)), r"details\[0\].accNo has no value"),
        (invoice(lines=(line(description=" "),)), r"details\[0\].description has no value"),
    ],
)
def test_what_the_books_need_and_is_empty_is_refused(document: Document, field: str) -> None:
    with pytest.raises(Rejected, match=field):
        sale(document)


def test_finer_money_than_the_books_keep_is_refused_not_rounded() -> None:
    with pytest.raises(Rejected, match=r"unitPrice 8.005 has more than 2 decimals"):
        sale(invoice(lines=(shipping(unit_price=Decimal("8.005")),)))


def test_any_script_is_written_and_line_breaks_are_blanks() -> None:
    body = sale(invoice(lines=(line(description="茶壶\n 👨‍👩‍👧 “teh”"),)))

    assert body["details"][0]["description"] == "茶壶 👨‍👩‍👧 “teh”"
    assert "\\u8336" in exact_json.written(body)


def test_characters_that_no_document_can_hold_are_refused() -> None:
    with pytest.raises(Rejected, match=r"details\[0\].description has characters"):
        sale(invoice(lines=(line(description="Tee\x00"),)))


def test_the_books_are_taken_to_round_over_the_document_unless_the_settings_say_else() -> None:
    both = chosen(), chosen(tax_scope="line", tax_rounding="half_even", tax_adjustment="false")

    assert [each.tax for each in both] == [
        TaxMethod(explicit=False, scope="document", inclusive=True, adjustment=True),
        TaxMethod(explicit=False, scope="line", rounding="half_even", inclusive=True),
    ]
