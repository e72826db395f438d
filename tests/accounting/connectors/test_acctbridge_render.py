"""Bodies, to the character: key order and decimals are part of what the books accept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors import exact_json
from accounting.connectors.acctbridge import profile, render
from accounting.connectors.base import Rejected
from accounting.documents.document import BuyerIdentity, Document, Entry, Kind
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    invoice,
    line,
    payment,
    refund,
    shipping,
)

SQL = profile.load("sql_accounting", None)
AUTOCOUNT = profile.load("autocount", None)


def written(books: profile.Profile, entry: Entry) -> str:
    """The body that is sent to books kept in ringgit."""
    return render.body(books, entry, "MYR").decode()


BODIES: list[tuple[str, profile.Profile, Entry, str]] = [
    (
        "sql invoice",
        SQL,
        invoice(),
        '{"docNo": "SH-1001", "docDate": "2026-11-20", "postDate": "2026-11-20", '
        '"taxDate": "2026-11-20", "code": "300-C0001", "description": "Shopify order #1001", '
        '"docRef1": "5501", "details": [{"account": "500-000", "description": "2 x Tee black M", '
        '"tax": "ST", "taxRate": "10%", "tariff": "6109", "taxAmt": 9.00, "taxInclusive": false, '
        '"amount": 90.00}, {"account": "500-100", "description": "Standard shipping", '
        '"taxAmt": 0.00, "taxInclusive": false, "amount": 8.00}]}',
    ),
    (
        "sql credit note",
        SQL,
        credit_note(),
        '{"docNo": "SH-1001-C5XX", "docDate": "2026-11-22", "postDate": "2026-11-22", '
        '"taxDate": "2026-11-22", "code": "300-C0001", "docNoEx": "SH-1001", '
        '"description": "Refund #1001", "docRef1": "7701", "details": [{"account": "510-000", '
        '"description": "Tee black M", "tax": "ST", "taxRate": "10%", "tariff": "6109", '
        '"taxAmt": 4.50, "taxInclusive": false, "amount": 45.00}]}',
    ),
    (
        "sql payment",
        SQL,
        payment(),
        '{"docNo": "SH-1001-P533D", "docDate": "2026-11-20", "postDate": "2026-11-20", '
        '"code": "300-C0001", "paymentMethod": "310-005", "chequeNumber": "ch_3Qx9", '
        '"docAmt": 107.00, "description": "Shopify Payments #1001", "docRef1": "6601", '
        '"docRef2": "5501"}',
    ),
    (
        "sql refund",
        SQL,
        refund(reference=""),
        '{"docNo": "SH-1001-F533E", "docDate": "2026-11-22", "postDate": "2026-11-22", '
        '"code": "300-C0001", "paymentMethod": "310-005", "docAmt": 49.50, '
        '"description": "Refund Shopify #1001", "docRef1": "6602", "docRef2": "5501"}',
    ),
    (
        "sql allocation of a payment",
        SQL,
        allocation(),
        '{"docNo": "SH-1001-P533D", "knockOffs": [{"docType": "IV", "docNo": "SH-1001", '
        '"koAmt": 107.00}]}',
    ),
    (
        "sql allocation of a refund",
        SQL,
        allocation(source_kind=Kind.REFUND, source="F", target_kind=Kind.CREDIT_NOTE, target="C"),
        '{"docNo": "F", "knockOffs": [{"docType": "CN", "docNo": "C", "koAmt": 107.00}]}',
    ),
    (
        "sql allocation of a refund to a payment",
        SQL,
        allocation(source_kind=Kind.REFUND, source="F", target_kind=Kind.PAYMENT, target="P"),
        '{"docNo": "F", "knockOffs": [{"docType": "PM", "docNo": "P", "koAmt": 107.00}]}',
    ),
    (
        "autocount invoice",
        AUTOCOUNT,
        invoice(lines=(line(item_code="TEE-BLK-M", tax_code="S-10"), shipping())),
        '{"docNo": "SH-1001", "docDate": "2026-11-20", "debtorCode": "300-C0001", '
        '"displayTerm": "C.O.D.", "ref": "#1001", "refNo2": "5501", '
        '"description": "Shopify order #1001", "inclusiveTax": false, "isRoundAdj": false, '
        '"details": [{"itemCode": "TEE-BLK-M", "accNo": "500-000", "description": "Tee black M", '
        '"uom": "UNIT", "qty": 2.00, "unitPrice": 45.00, "taxCode": "S-10", '
        '"tariffCode": "6109"}, {"accNo": "500-100", "description": "Standard shipping", '
        '"qty": 1.00, "unitPrice": 8.00}], "submitEInvoice": false, "consolidatedEInvoice": false}',
    ),
    (
        "autocount credit note",
        AUTOCOUNT,
        credit_note(),
        '{"docNo": "SH-1001-C5XX", "docDate": "2026-11-22", "debtorCode": "300-C0001", '
        '"displayTerm": "C.O.D.", "cnType": "RETURN", "ourInvoiceNo": "SH-1001", '
        '"reason": "Shopify refund", "ref": "#1001", "refNo2": "7701", '
        '"description": "Refund #1001", "inclusiveTax": false, "isRoundAdj": false, '
        '"details": [{"accNo": "510-000", "description": "Tee black M", "qty": 1.00, '
        '"unitPrice": 45.00, "taxCode": "ST", "tariffCode": "6109", "goodsReturn": true}], '
        '"submitEInvoice": false, "consolidatedEInvoice": false}',
    ),
    (
        "autocount payment",
        AUTOCOUNT,
        payment(account="SHOPIFY"),
        '{"docNo": "SH-1001-P533D", "docDate": "2026-11-20", "debtorCode": "300-C0001", '
        '"docNo2": "6601", "description": "Shopify Payments #1001", "details": '
        '[{"paymentMethod": "SHOPIFY", "paymentAmt": 107.00, "paymentBy": "shopify_payments", '
        '"chequeNo": "ch_3Qx9", "bankCharge": 0.00}]}',
    ),
    (
        "autocount refund",
        AUTOCOUNT,
        refund(),
        '{"docNo": "SH-1001-F533E", "docDate": "2026-11-22", "debtorCode": "300-C0001", '
        '"docNo2": "6602", "description": "Refund Shopify #1001", "details": '
        '[{"paymentMethod": "310-005", "paymentAmt": 49.50, "paymentBy": "shopify_payments", '
        '"chequeNo": "re_3Qx9", "bankCharge": 0.00}]}',
    ),
    (
        "autocount allocation of a credit note",
        AUTOCOUNT,
        allocation(source_kind=Kind.CREDIT_NOTE, source="C", amount=Decimal("4.5")),
        '{"docNo": "C", "docDate": "2026-11-20", "knockOffs": [{"docType": "RI", '
        '"docNo": "SH-1001", "knockOffAmount": 4.50}]}',
    ),
]


@pytest.mark.parametrize(
    ("books", "entry", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in BODIES],
)
def test_a_body_is_written_in_the_order_of_its_table(
    books: profile.Profile, entry: Entry, expected: str
) -> None:
    assert written(books, entry) == expected


@pytest.mark.parametrize(
    ("books", "entry", "path"),
    [
        (SQL, invoice(number="N" * 21), "docNo"),
        (SQL, invoice(customer="C" * 11), "code"),
        (SQL, invoice(lines=(shipping(), shipping(account="5" * 11))), "details[1].account"),
        (SQL, invoice(lines=(line(tariff_code="6" * 21),)), "details[0].tariff"),
        (SQL, credit_note(corrects="N" * 21), "docNoEx"),
        (SQL, payment(account="A" * 11), "paymentMethod"),
        (SQL, allocation(target="N" * 21), "knockOffs[0].docNo"),
        (AUTOCOUNT, invoice(number="N" * 31), "docNo"),
        (AUTOCOUNT, invoice(customer="C" * 13), "debtorCode"),
        (AUTOCOUNT, invoice(lines=(line(item_code="I" * 31),)), "details[0].itemCode"),
        (AUTOCOUNT, invoice(lines=(line(tax_code="T" * 15),)), "details[0].taxCode"),
        (AUTOCOUNT, payment(account="A" * 21), "details[0].paymentMethod"),
    ],
)
def test_a_code_or_number_that_is_too_long_is_refused_by_name(
    books: profile.Profile, entry: Entry, path: str
) -> None:
    with pytest.raises(Rejected) as caught:
        written(books, entry)

    assert str(caught.value).startswith(f"{path} ")


@pytest.mark.parametrize(
    ("books", "entry", "expected"),
    [
        (SQL, invoice(description="é" * 151), '"description": "' + "\\u00e9" * 150 + '"'),
        (SQL, payment(reference="r" * 26), '"chequeNumber": "' + "r" * 25 + '"'),
        (AUTOCOUNT, payment(reference="r" * 21), '"chequeNo": "' + "r" * 20 + '"'),
        (AUTOCOUNT, invoice(description="d" * 81), '"description": "' + "d" * 80 + '"'),
        (SQL, invoice(description="two\nlines"), '"description": "two lines"'),
    ],
)
def test_free_text_is_cut_to_its_length(
    books: profile.Profile, entry: Entry, expected: str
) -> None:
    assert expected in written(books, entry)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"net": Decimal("90.05"), "tax": Decimal("9.01")}, None),  # 9.005 rounds up
        ({"net": Decimal("90.05"), "tax": Decimal("9.00")}, "-0.01"),
        ({"net": Decimal("90.04"), "tax": Decimal("9.01")}, "0.01"),
        ({"tax_code": "", "tax_rate": None, "tax": Decimal("0")}, None),
        ({"tax_rate": None, "tax": Decimal("0.30")}, "0.30"),
        ({"net": Decimal("-90.05"), "quantity": -1, "tax": Decimal("-9.01")}, None),
    ],
)
def test_autocount_is_told_the_difference_to_the_tax_it_will_compute(
    changes: dict[str, Any], expected: str | None
) -> None:
    body = written(AUTOCOUNT, invoice(lines=(line(**changes),)))

    found = body.partition('"taxAdjustment": ')[2].partition(",")[0] or None
    assert found == expected


@pytest.mark.parametrize(
    ("rate", "expected"), [("0.06", "6%"), ("0.085", "8.5%"), ("0.1000", "10%"), ("1", "100%")]
)
def test_a_rate_is_written_as_a_percentage(rate: str, expected: str) -> None:
    body = written(SQL, invoice(lines=(line(tax_rate=Decimal(rate)),)))

    assert f'"taxRate": "{expected}"' in body


@pytest.mark.parametrize(
    ("price", "expected"),
    [("45", "45.00"), ("0.1", "0.10"), ("3.33333", "3.33333"), ("1E+2", "100.00"), ("-0", "0.00")],
)
def test_numbers_have_at_least_two_decimals_and_no_exponent(price: str, expected: str) -> None:
    body = written(AUTOCOUNT, invoice(lines=(shipping(unit_price=Decimal(price)),)))

    assert f'"unitPrice": {expected}}}' in body


@pytest.mark.parametrize(
    ("books", "entry"),
    [
        (SQL, payment(total=Decimal("107.005"))),
        (AUTOCOUNT, invoice(lines=(shipping(unit_price=Decimal("0.123456789")),))),
    ],
)
def test_an_amount_with_too_many_decimals_is_refused_rather_than_rounded(
    books: profile.Profile, entry: Entry
) -> None:
    with pytest.raises(Rejected, match="decimals"):
        written(books, entry)


@pytest.mark.parametrize("code", ["ST", "ST10", "SV"])
def test_sql_lines_with_sst_need_a_tariff_code(code: str) -> None:
    entry = invoice(lines=(line(tax_code=code, tariff_code=""),))

    with pytest.raises(Rejected, match="tariff code"):
        written(SQL, entry)


@pytest.mark.parametrize(
    "entry",
    [invoice(lines=()), invoice(customer=""), payment(account=""), invoice(number="")],
)
def test_a_required_field_without_a_value_is_refused(entry: Document) -> None:
    with pytest.raises(Rejected, match="has no value"):
        written(SQL, entry)


def test_a_target_without_a_document_type_is_refused() -> None:
    types = {name: code for name, code in SQL.doc_types.items() if name != "debitNote"}
    books = replace(SQL, doc_types=types)

    with pytest.raises(Rejected, match="no document type for knocking off a debit_note"):
        written(books, allocation(target_kind=Kind.DEBIT_NOTE))


def test_a_float_never_becomes_text() -> None:
    with pytest.raises(TypeError):
        exact_json.written({"amount": 1.1})


@pytest.mark.parametrize(
    ("id_type", "number", "said"),
    [
        (
            "registration",
            "202601012345",
            '"brn": "202601012345", "tin": "C20880050010", "idType": 1, "idNo": "202601012345"}',
        ),
        ("nric", "900101145678", '"tin": "C20880050010", "idType": 2, "idNo": "900101145678"}'),
    ],
)
def test_a_customer_is_written_with_the_tax_identity_they_gave(
    id_type: str, number: str, said: str
) -> None:
    identity = BuyerIdentity(
        name="Syarikat Contoh", tin="C20880050010", id_type=id_type, id_number=number
    )

    body = written(SQL, customer(identity=identity))

    assert body.endswith(said)
    assert ("brn" in body) == (id_type == "registration")
