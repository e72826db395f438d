"""What AutoCount Cloud refuses: nothing is written, and the rule it rests on is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.accounting.sandbox.autocount_cloud_desk import (
    CloudDesk,
    credit_note,
    invoice,
    line,
    payout,
    receipt,
    shipping,
)
from tests.accounting.sandbox.conftest import json_text, read

D = Decimal
DEBTOR = {
    "accNo": "300-N001",
    "companyName": "Nur Aisyah",
    "currencyCode": "MYR",
    "creditTerm": "C.O.D.",
}


@pytest.fixture
def cloud(db: None, client: Client) -> CloudDesk:
    return CloudDesk(client)


def assert_refused(
    cloud: CloudDesk, path: str, body: Any, message: str, rule: str, status: int = 400
) -> None:
    before = cloud.contents()

    answer = cloud.post(path, body)

    assert (answer.status_code, read(answer)) == (
        status,
        {"statusCode": status, "message": message},
    )
    assert cloud.contents() == before
    assert cloud.rule() == rule


def without(body: dict[str, Any], part: str, name: str) -> dict[str, Any]:
    rows = body[part] if isinstance(body[part], list) else [body[part]]
    for row in rows:
        row.pop(name, None)
    return body


@pytest.mark.parametrize(
    ("path", "body", "part", "names"),
    [
        ("invoice", invoice, "master", "docDate debtorCode debtorName creditTerm salesLocation"),
        ("creditNote", credit_note, "master", "docDate debtorCode creditTerm salesLocation"),
        ("payment", receipt, "master", "docType docDate currencyCode currencyRate journalType"),
        ("payment", payout, "details", "accNo amount"),
        ("payment", receipt, "paymentDetails", "paymentMethod paymentAmt"),
    ],
)
def test_a_required_field_must_carry_a_value(
    cloud: CloudDesk, path: str, body: Any, part: str, names: str
) -> None:
    for name in names.split():
        message = f"{name[0].upper()}{name[1:]} is required."
        assert_refused(cloud, path, without(body(), part, name), message, "18.3 D")


@pytest.mark.parametrize("name", ["companyName", "currencyCode", "creditTerm"])
def test_a_debtor_needs_its_name_currency_and_term(cloud: CloudDesk, name: str) -> None:
    message = f"{name[0].upper()}{name[1:]} is required."

    assert_refused(cloud, "debtor", {**DEBTOR, name: ""}, message, "18.3 D")


def test_a_line_needs_an_account(cloud: CloudDesk) -> None:
    body = without(invoice(), "details", "accNo")

    assert_refused(cloud, "invoice", body, "AccNo is required.", "18.3 O")


@pytest.mark.parametrize("path", ["invoice", "creditNote", "payment", "knockOffEntry"])
def test_a_body_needs_its_master(cloud: CloudDesk, path: str) -> None:
    assert_refused(cloud, path, {"details": []}, "The Master field is required.", "18.6 O")


@pytest.mark.parametrize("details", [[], [{"accNo": "500-0000"}]])
def test_an_invoice_needs_a_line_that_is_kept(cloud: CloudDesk, details: list[Any]) -> None:
    message = "The Details field is required."

    assert_refused(cloud, "invoice", invoice(details=details), message, "18.3 A")


SALE_LENGTHS = {
    "docNo": 50,
    "debtorCode": 12,
    "debtorName": 100,
    "address": 200,
    "deliverAddress": 200,
    "email": 255,
    "attention": 40,
    "phone1": 25,
    "ref": 40,
    "description": 80,
    "remark1": 40,
    "remark4": 40,
}
LINE_LENGTHS = {
    "accNo": 12,
    "description": 100,
    "unit": 8,
    "discount": 20,
    "yourPONo": 50,
    "classificationCode": 3,
}


@pytest.mark.parametrize(("name", "largest"), SALE_LENGTHS.items())
def test_a_text_of_the_master_has_its_length(cloud: CloudDesk, name: str, largest: int) -> None:
    body = invoice()
    body["master"][name] = "x" * (largest + 1)

    assert_refused(cloud, "invoice", body, _too_long(name, largest), "18.3 A")


@pytest.mark.parametrize(("name", "largest"), LINE_LENGTHS.items())
def test_a_text_of_a_line_has_its_length(cloud: CloudDesk, name: str, largest: int) -> None:
    body = invoice(details=[line(**{name: "x" * (largest + 1)})])

    assert_refused(cloud, "invoice", body, _too_long(name, largest), "18.3 A")


@pytest.mark.parametrize(
    ("part", "name", "largest"),
    [
        ("master", "docNo2", 25),
        ("master", "dealWith", 100),
        ("master", "description", 80),
        ("details", "description", 100),
        ("paymentDetails", "paymentMethod", 20),
        ("paymentDetails", "chequeNo", 20),
        ("paymentDetails", "paymentBy", 20),
    ],
)
def test_a_text_of_a_payment_has_its_length(
    cloud: CloudDesk, part: str, name: str, largest: int
) -> None:
    body = receipt()
    row = body[part] if part == "master" else body[part][0]
    row[name] = "x" * (largest + 1)

    assert_refused(cloud, "payment", body, _too_long(name, largest), "18.3 A")


def test_a_debtors_texts_have_their_lengths(cloud: CloudDesk) -> None:
    for name, largest in (("accNo", 12), ("companyName", 100), ("postCode", 10)):
        body = {**DEBTOR, name: "x" * (largest + 1)}
        assert_refused(cloud, "debtor", body, _too_long(name, largest), "18.3 A")


def _too_long(name: str, largest: int) -> str:
    shown = name[0].upper() + name[1:]
    return f"The field {shown} must be a string with a maximum length of {largest}."


def test_a_book_that_cuts_takes_what_is_too_long(cloud: CloudDesk) -> None:
    cloud.switch(length_policy="truncate")

    cloud.write("invoice", invoice(description="x" * 81))

    assert cloud.read("invoice?docNo=SHP-1001")["master"]["description"] == "x" * 80


@pytest.mark.parametrize(
    ("body", "what", "code", "rule"),
    [
        (invoice(debtorCode="300-X"), "Debtor", "300-X", "18.3 D"),
        (invoice(creditTerm="COD"), "CreditTerm", "COD", "18.3 O"),
        (invoice(creditTerm="c.o.d."), "CreditTerm", "c.o.d.", "18.3 O"),
        (invoice(salesLocation="JB"), "SalesLocation", "JB", "18.3 D"),
        (invoice(salesAgent="NOBODY"), "SalesAgent", "NOBODY", "18.3 D"),
        (invoice(details=[line(accNo="500-9999")]), "Account", "500-9999", "18.3 D"),
        (invoice(details=[line(accNo="300-0000")]), "Account", "300-0000", "18.3 D"),
        (invoice(details=[line(accNo="500-P000")]), "Account", "500-P000", "18.3 D"),
        (invoice(details=[line(taxCode="S-11")]), "TaxCode", "S-11", "18.3 D"),
        (invoice(details=[line(productCode="HAT")]), "Product", "HAT", "18.3 D"),
        (invoice(details=[line(unit="PAIR")]), "Unit", "PAIR", "18.3 D"),
        (invoice(details=[line(deptNo="SHOP")]), "Dept", "SHOP", "18.3 D"),
    ],
)
def test_masters_must_exist_letter_by_letter(
    cloud: CloudDesk, body: Any, what: str, code: str, rule: str
) -> None:
    message = f"{what} ({what}Key = {code}) not exists"

    assert_refused(cloud, "invoice", body, message, rule)
    assert_refused(cloud, "creditNote", body, message, rule)


@pytest.mark.parametrize(
    ("changes", "what", "code"),
    [
        ({"currencyCode": "EUR"}, "Currency", "EUR"),
        ({"areaCode": "NORTH"}, "Area", "NORTH"),
        ({"salesAgent": "NOBODY"}, "SalesAgent", "NOBODY"),
        ({"taxCode": "S-11"}, "TaxCode", "S-11"),
        ({"parentAccNo": "310-0000"}, "ParentAccNo", "310-0000"),
    ],
)
def test_a_debtors_masters_must_exist(
    cloud: CloudDesk, changes: dict[str, str], what: str, code: str
) -> None:
    message = f"{what} ({what}Key = {code}) not exists"

    assert_refused(cloud, "debtor", {**DEBTOR, **changes}, message, "18.3 D")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("300-S001", "Account 300-S001 already exists"),
        ("500-0000", "Account 500-0000 already exists"),
        ("300-N1", "AccNo 300-N1 does not fit the account code format"),
    ],
)
def test_a_debtors_code_is_new_and_fits_the_format(
    cloud: CloudDesk, code: str, message: str
) -> None:
    assert_refused(cloud, "debtor", {**DEBTOR, "accNo": code}, message, "18.3 D")


def test_a_debtor_is_not_renamed_by_a_change(cloud: CloudDesk) -> None:
    before = cloud.contents()

    answer = cloud.call("PUT", "debtor?code=300-S001", {"accNo": "300-S009"})

    assert answer.status_code == 400
    assert cloud.contents() == before


QUOTED = [
    ("invoice", invoice(currencyRate="1.00"), "master.currencyRate"),
    ("invoice", invoice(details=[line(qty="2")]), "details[0].qty"),
    ("creditNote", credit_note(details=[line(unitPrice="50.00")]), "details[0].unitPrice"),
    ("payment", receipt(tender={"paymentAmt": "107.00"}), "paymentDetails[0].paymentAmt"),
]


@pytest.mark.parametrize(("path", "body", "place"), QUOTED)
def test_a_decimal_in_quotes_is_refused(cloud: CloudDesk, path: str, body: Any, place: str) -> None:
    message = f"The JSON value could not be converted to System.Decimal. Path: $.{place}."

    assert_refused(cloud, path, body, message, "18.7 O")


@pytest.mark.parametrize(
    ("changes", "kind", "name"),
    [
        ({"inclusiveTax": "true"}, "Boolean", "inclusiveTax"),
        ({"isRoundAdj": 1}, "Boolean", "isRoundAdj"),
        ({"docDate": "20/11/2026"}, "DateTime", "docDate"),
        ({"docDate": "2026-02-30"}, "DateTime", "docDate"),
        ({"docDate": "2026-11-20T00:00:00Z"}, "DateTime", "docDate"),
        ({"docNo": 1001}, "String", "docNo"),
        ({"currencyRate": True}, "Decimal", "currencyRate"),
    ],
)
def test_values_have_their_types(
    cloud: CloudDesk, changes: dict[str, Any], kind: str, name: str
) -> None:
    message = f"The JSON value could not be converted to System.{kind}. Path: $.master.{name}."

    assert_refused(cloud, "invoice", invoice(**changes), message, "18.7 O")


def test_parts_of_a_body_have_their_types(cloud: CloudDesk) -> None:
    for name, kind in (("master", "Object"), ("details", "Collections.Generic.List")):
        message = f"The JSON value could not be converted to System.{kind}. Path: $.{name}."
        assert_refused(cloud, "invoice", {**invoice(), name: "x"}, message, "18.7 O")


def test_a_number_too_large_is_refused(cloud: CloudDesk) -> None:
    body = json_text(invoice(details=[line(unitPrice=D(5))])).replace(":5,", ":1e400,")
    message = "Value was either too large or too small for a Decimal. Path: $.details[0].unitPrice."

    assert_refused(cloud, "invoice", body, message, "18.7 A")


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '"x"', b"\xff", '{"master": {"docNo": "\\u0000"}}']
)
def test_a_body_is_one_json_object(cloud: CloudDesk, body: Any) -> None:
    before = cloud.contents()

    answer = cloud.call("POST", "invoice", body)

    assert (answer.status_code, read(answer)["statusCode"]) == (400, 400)
    assert cloud.contents() == before


@pytest.mark.parametrize("day", ["2024-12-31", "2028-01-01"])
@pytest.mark.parametrize(
    ("path", "body"), [("invoice", invoice), ("creditNote", credit_note), ("payment", receipt)]
)
def test_a_date_lies_in_an_open_fiscal_year(
    cloud: CloudDesk, path: str, body: Any, day: str
) -> None:
    message = f"Document date {day} is not within an open fiscal year"

    assert_refused(cloud, path, body(docDate=day), message, "18.4 D")


def test_a_closed_period_takes_nothing(cloud: CloudDesk) -> None:
    cloud.switch(closed_until="2026-11-20")
    message = "Document date 2026-11-20 is not within an open fiscal year"

    assert_refused(cloud, "invoice", invoice(), message, "18.4 D")
    cloud.write("invoice", invoice(docDate="2026-11-21"))


@pytest.mark.parametrize(("path", "body"), [("invoice", invoice), ("payment", receipt)])
def test_the_tax_date_is_not_before_the_document(cloud: CloudDesk, path: str, body: Any) -> None:
    message = "Tax date must be on or after the document date"

    assert_refused(cloud, path, body(taxDate="2026-11-19"), message, "18.4 D")


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize(
    ("path", "body"),
    [("invoice", invoice), ("creditNote", credit_note), ("payment", receipt), ("payment", payout)],
)
def test_a_number_is_taken_once_whatever_its_case(
    cloud: CloudDesk, path: str, body: Any, status: int
) -> None:
    cloud.switch(duplicate_status=status)
    cloud.write(path, body(docNo="Shp-1"))

    for number in ("Shp-1", "SHP-1"):
        message = "Duplicate document number"
        assert_refused(cloud, path, body(docNo=number), message, "18.5 O", status)


def test_credit_notes_may_share_a_number_where_the_book_allows(cloud: CloudDesk) -> None:
    cloud.switch(unique_creditnote="off")

    for _ in range(3):
        cloud.write("creditNote", credit_note())

    cloud.write("invoice", invoice())
    assert_refused(cloud, "invoice", invoice(), "Duplicate document number", "18.5 O")
    path = "knockOffEntry/outstandingTransactions?accNo=300-S001&docDate=2026-12-01"
    rows = [row for row in cloud.read(path) if row["sourceType"] == "CN"]
    assert [row["docNo"] for row in rows] == ["SHP-1001-R1"] * 3
    assert len({row["sourceKey"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("changes", "message", "rule"),
    [
        ({"qty": D("-1.00")}, "Qty must be positive", "8.2 D"),
        ({"unitPrice": D("-1.00")}, "UnitPrice must not be negative", "8.2 A"),
        ({"discount": "a fifth"}, "Discount 'a fifth' is not valid", "18.7 A"),
        ({"discount": "-5"}, "Discount '-5' is not valid", "18.7 A"),
        ({"discount": "100.01"}, "Discount 100.01 is more than 100.00", "18.7 A"),
        (
            {"taxCode": "", "taxAdjustment": D("0.01"), "localTaxAdjustment": D("0.01")},
            "TaxAdjustment needs a TaxCode",
            "18.7 A",
        ),
        (
            {"taxAdjustment": D("0.01")},
            "LocalTaxAdjustment differs from TaxAdjustment",
            "18.7 A",
        ),
    ],
)
def test_a_line_that_does_not_add_up_is_refused(
    cloud: CloudDesk, changes: dict[str, Any], message: str, rule: str
) -> None:
    body = invoice(details=[line(**changes)])

    assert_refused(cloud, "invoice", body, message, rule)


def test_negative_prices_pass_where_the_book_takes_them_but_no_negative_total(
    cloud: CloudDesk,
) -> None:
    cloud.switch(negative_price="accept")
    less = shipping(unitPrice=D("-8.00"))

    message = "The net total must not be negative"
    assert_refused(cloud, "invoice", invoice(details=[less]), message, "18.7 A")
    cloud.write("invoice", invoice(details=[line(), less]))

    assert cloud.balances()["500-1000"] == D("8.00")


def test_the_local_tax_adjustment_is_ignored_where_the_book_does(cloud: CloudDesk) -> None:
    cloud.switch(local_tax_adjustment="ignored")

    cloud.write("invoice", invoice(details=[line(taxAdjustment=D("0.01"))]))

    assert cloud.balances()["460-0000"] == D("-9.01")


def test_rounding_to_5_sen_needs_an_account(db: None, client: Client) -> None:
    accounts = [{"code": "500-1000", "name": "Shipping", "type": "sales"}]
    cloud = CloudDesk(
        client,
        accounts=[*accounts, *({"code": c, "name": c, "type": "bank"} for c in METHOD_ACCOUNTS)],
    )
    cloud.switch(five_sen="enforced")
    body = invoice(details=[shipping(unitPrice=D("9.98"))])

    assert_refused(cloud, "invoice", body, "The rounding account is not set", "18.7 A")


METHOD_ACCOUNTS = ("310-0000", "320-0000", "420-0000")


@pytest.mark.parametrize(
    ("debtor", "rate", "message"),
    [
        ("300-S001", D("1.1"), "CurrencyRate 1.100000000000 is not valid for MYR"),
        ("300-S002", D("0"), "CurrencyRate 0.000000000000 is not valid for SGD"),
        ("300-S002", D("-3"), "CurrencyRate -3.000000000000 is not valid for SGD"),
        ("300-S002", None, "CurrencyRate is required."),
    ],
)
def test_a_rate_fits_its_currency(
    cloud: CloudDesk, debtor: str, rate: Decimal | None, message: str
) -> None:
    body = invoice(debtorCode=debtor, currencyRate=rate)

    assert_refused(cloud, "invoice", body, message, "18.3 A")


def test_a_payment_on_the_invoice_is_not_taken(cloud: CloudDesk) -> None:
    message = "The stand-in takes no payment on an invoice"
    body = invoice(paymentMethod="SHOPIFY", paymentAmt=D("107.00"))
    missing = "PaymentMethod (PaymentMethodKey = CHEQUE) not exists"

    assert_refused(cloud, "invoice", body, message, "8.1 A")
    assert_refused(cloud, "invoice", invoice(paymentMethod="CHEQUE"), missing, "18.3 D")
    cloud.write("invoice", invoice(paymentMethod="SHOPIFY"))


def test_saving_as_approved_is_refused_where_nothing_is_approved(cloud: CloudDesk) -> None:
    cloud.switch(save_approve="refuse")

    body = {**invoice(), "saveApprove": True}
    assert_refused(cloud, "invoice", body, "Approval is not enabled", "8.2 A")
    cloud.write("invoice", {**invoice(), "saveApprove": False})


def test_the_plan_caps_documents_but_not_knock_offs(cloud: CloudDesk) -> None:
    cloud.switch(document_cap=2)
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt())
    message = "The document limit of the subscribed plan (2) has been reached."

    for path, body in (("invoice", invoice), ("creditNote", credit_note), ("payment", payout)):
        assert_refused(cloud, path, body(docNo="NEXT"), message, "18.2 O")


def _cash(**changes: Any) -> dict[str, Any]:
    body = receipt(**changes.pop("master", {}), tender=changes.pop("tender", {}))
    return {**body, **changes}


@pytest.mark.parametrize(
    ("body", "message", "rule"),
    [
        (_cash(master={"docType": "CS"}), "DocType CS is not valid", "18.8 D"),
        (
            _cash(details=[{"accNo": "300-S001", "amount": D("100.00")}]),
            "Total of details 100.00 differs from total payment 107.00",
            "18.8 D",
        ),
        (
            _cash(tender={"paymentAmt": D("0.00")}),
            "PaymentAmt must be greater than 0",
            "18.8 D",
        ),
        (
            _cash(details=[{"accNo": "300-S001", "amount": D("0.00")}]),
            "The Details field is required.",
            "18.8 D",
        ),
        (
            _cash(details=[{"accNo": "300-S001", "amount": D("-107.00")}]),
            "Amount must be greater than 0",
            "18.8 A",
        ),
        (
            _cash(details=[{"accNo": "300-S001", "amount": D("107.00"), "taxCode": "S-10"}]),
            "A debtor's row bears no tax",
            "18.8 A",
        ),
        (
            _cash(
                details=[
                    {"accNo": "300-S001", "amount": D("100.00")},
                    {"accNo": "300-S002", "amount": D("7.00")},
                ]
            ),
            "The stand-in keeps one debtor in an entry",
            "18.8 A",
        ),
        (
            _cash(details=[{"accNo": "500-0000", "amount": D("107.00")}]),
            "Account (AccountKey = 500-0000) not exists",
            "18.3 D",
        ),
        (
            _cash(tender={"paymentMethod": "PAYPAL"}),
            "PaymentMethod (PaymentMethodKey = PAYPAL) not exists",
            "18.3 D",
        ),
        (
            _cash(master={"journalType": "PETTY"}),
            "JournalType (JournalTypeKey = PETTY) not exists",
            "18.3 A",
        ),
        (
            _cash(master={"currencyCode": "EUR"}),
            "Currency (CurrencyKey = EUR) not exists",
            "18.3 D",
        ),
        (
            _cash(master={"currencyCode": "SGD"}),
            "CurrencyCode SGD is not the debtor's",
            "18.8 A",
        ),
        (
            _cash(tender={"bankCharge": D("107.01")}),
            "BankCharge 107.01 is not valid",
            "18.8 A",
        ),
        (_cash(tender={"bankCharge": D("-1")}), "BankCharge -1.00 is not valid", "18.8 A"),
        (_cash(tender={"toBankRate": D("2")}), "ToBankRate 2.000000000000 is not valid", "18.3 A"),
        (_cash(paymentDetails=[]), "The PaymentDetails field is required.", "18.3 A"),
    ],
)
def test_money_that_does_not_add_up_is_refused(
    cloud: CloudDesk, body: Any, message: str, rule: str
) -> None:
    assert_refused(cloud, "payment", body, message, rule)


def test_a_change_needs_its_master(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    before = cloud.contents()

    answer = cloud.call("PUT", "invoice?docNo=SHP-1001", {"details": [{}]})

    assert (answer.status_code, read(answer)["message"]) == (400, "The Master field is required.")
    assert cloud.contents() == before


def test_a_change_is_checked_like_a_new_document(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    cloud.write("invoice", invoice(docNo="SHP-1002"))
    before = cloud.contents()

    for changes in ({"creditTerm": "COD"}, {"docDate": "2024-01-01"}, {"docNo": "SHP-1002"}):
        answer = cloud.call("PUT", "invoice?docNo=SHP-1001", {"master": changes})
        assert answer.status_code == 400
        assert cloud.contents() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "invoice?docNo=X"),
        ("DELETE", "invoice?docNo=X"),
        ("POST", "invoice/void?docNo=X"),
        ("DELETE", "knockOffEntry?docNo=X"),
        ("PUT", "debtor?code=X"),
    ],
)
def test_what_is_not_there_cannot_be_changed(cloud: CloudDesk, method: str, path: str) -> None:
    before = cloud.contents()

    answer = cloud.call(method, path, {"master": {}})

    assert answer.status_code == 404
    assert cloud.contents() == before


@pytest.mark.parametrize("how", ["fiscal_years", "closed_until"])
def test_a_document_of_a_closed_period_stays_as_it_is(cloud: CloudDesk, how: str) -> None:
    cloud.write("invoice", invoice())
    company = cloud.company
    if how == "closed_until":
        company.switches["closed_until"] = "2026-11-20"
    else:
        company.masters[how] = [{"code": "x", "from": "2027-01-01", "to": "2027-12-31"}]
    company.save()
    before = cloud.contents()

    for method, path in (
        ("DELETE", "invoice?docNo=SHP-1001"),
        ("POST", "invoice/void?docNo=SHP-1001"),
        ("PUT", "invoice?docNo=SHP-1001"),
    ):
        answer = cloud.call(method, path, {"master": {"docDate": "2027-05-01"}})
        assert answer.status_code == 400
        assert cloud.contents() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "invoice?docNo=SHP-1001"),
        ("DELETE", "invoice?docNo=SHP-1001"),
        ("POST", "invoice/void?docNo=SHP-1001"),
    ],
)
def test_a_void_document_stays_as_it_is(cloud: CloudDesk, method: str, path: str) -> None:
    cloud.write("invoice", invoice())
    cloud.post("invoice/void?docNo=SHP-1001", {})
    before = cloud.contents()

    answer = cloud.call(method, path, {"master": {}})

    assert (answer.status_code, read(answer)["message"]) == (400, "The document is void")
    assert cloud.contents() == before
