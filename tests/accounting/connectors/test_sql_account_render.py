"""What is written to SQL Account, to the letter, and what is refused before anything is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.base import Rejected
from accounting.connectors.http import Http
from accounting.documents.document import BuyerIdentity, Entry, Key, Kind, Role
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
from tests.accounting.connectors.sql_account import (
    Row,
    calls,
    connected,
    document,
    money,
    sent,
    shown,
)
from tests.scripted_server import ScriptedServer

BUYER = BuyerIdentity(
    name="Contoh Sdn Bhd",
    tin="C1234567890",
    id_type="registration",
    id_number="202001012345",
    sst_number="W10-1808-32000001",
    address1="Level 5, Menara Contoh",
    address2="1 Jalan Contoh",
    postcode="50480",
    city="Kuala Lumpur",
    state="Kuala Lumpur",
    country="MY",
    phone="+60312345678",
    email="akaun@contoh.test",
)


def written(server: ScriptedServer, client: Http, entry: Entry, **settings: str) -> Row:
    """The body that `entry` is posted with."""
    server.script = [shown(document(entry.number))]
    connected(server, client, settings).post(entry)
    return sent(server.requests[-1])


def refused(server: ScriptedServer, client: Http, entry: Entry, **settings: str) -> str:
    with pytest.raises(Rejected) as error:
        connected(server, client, settings).post(entry)
    assert server.requests == []
    return str(error.value)


def test_an_invoice_is_a_sales_invoice_with_items(server: ScriptedServer, client: Http) -> None:
    entry = invoice(
        einvoice="consolidated",
        project="SHOPIFY",
        buyer=("Nur Aisyah binti Rahman", "12 Jalan Teratai", "50480 Kuala Lumpur"),
        lines=(line(item_code="TEE-BLK-M"), shipping()),
    )

    body = written(server, client, entry)

    assert calls(server) == [("POST", "/salesinvoice")]
    assert list(body.items()) == [
        ("docno", "SH-1001"),
        ("docdate", "2026-11-20"),
        ("postdate", "2026-11-20"),
        ("taxdate", "2026-11-20"),
        ("code", "300-C0001"),
        ("companyname", "Nur Aisyah binti Rahman"),
        ("address1", "12 Jalan Teratai"),
        ("address2", "50480 Kuala Lumpur"),
        ("project", "SHOPIFY"),
        ("description", "Shopify order #1001"),
        ("docref1", "5501"),
        ("submissiontype", 18),
        ("sdsdocdetail", body["sdsdocdetail"]),
    ]
    assert [list(one.items()) for one in body["sdsdocdetail"]] == [
        [
            ("seq", 1000),
            ("itemcode", "TEE-BLK-M"),
            ("account", "500-000"),
            ("description", "Tee black M"),
            ("project", "SHOPIFY"),
            ("uom", "UNIT"),
            ("qty", "2.00"),
            ("unitprice", "45.00"),
            ("tax", "ST"),
            ("taxrate", "10%"),
            ("taxamt", "9.00"),
            ("taxinclusive", False),
            ("amount", "90.00"),
            ("tariff", "6109"),
            ("irbm_classification", "022"),
        ],
        [
            ("seq", 2000),
            ("itemcode", "SHP-SHIPPING"),
            ("account", "500-100"),
            ("description", "Standard shipping"),
            ("project", "SHOPIFY"),
            ("uom", "UNIT"),
            ("qty", "1.00"),
            ("unitprice", "8.00"),
            ("tax", ""),
            ("taxamt", "0.00"),
            ("taxinclusive", False),
            ("amount", "8.00"),
            ("irbm_classification", "022"),
        ],
    ]


def test_a_credit_note_names_its_invoice_and_moves_stock_only_for_what_came_back(
    server: ScriptedServer, client: Http
) -> None:
    back, kept = credit_note().lines[0], credit_note().lines[0]
    entry = credit_note(
        lines=(replace(back, item_code="TEE"), replace(kept, item_code="TEE", restock=False))
    )

    body = written(server, client, entry)

    assert calls(server) == [("POST", "/salescreditnote")]
    assert (body["docnoex"], body["docref1"]) == ("SH-1001", "7701")
    assert [one["itemcode"] for one in body["sdsdocdetail"]] == ["TEE", "SHP-ALLOWANCE"]
    assert {one["remark1"] for one in body["sdsdocdetail"]} == {"SH-1001"}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("sales", "SHP-GOODS"),
        ("shipping", "SHP-SHIPPING"),
        ("discount", "SHP-DISC"),
        ("tips", "SHP-TIP"),
        ("rounding", "SHP-ROUNDING"),
        ("allowance", "SHP-ALLOWANCE"),
        ("fees", "SHP-GOODS"),
        ("gift_card", "SHP-GOODS"),
        ("tax_only", "SHP-GOODS"),
    ],
)
def test_every_line_has_an_item_for_what_it_is(
    server: ScriptedServer, client: Http, role: str, expected: str
) -> None:
    body = written(server, client, invoice(lines=(line(role=role),)))

    assert body["sdsdocdetail"][0]["itemcode"] == expected


def test_an_item_of_its_own_comes_before_what_it_falls_back_to(
    server: ScriptedServer, client: Http
) -> None:
    kept = replace(credit_note().lines[0], restock=False)
    entry = credit_note(lines=(kept, shipping(role="duties")))

    body = written(server, client, entry, item_no_return="NO-RETURN", item_other="OTHER")

    assert [one["itemcode"] for one in body["sdsdocdetail"]] == ["NO-RETURN", "OTHER"]


def test_a_discount_is_a_line_with_a_price_below_zero(server: ScriptedServer, client: Http) -> None:
    discount = line(
        role="discount",
        quantity=1,
        unit_price=Decimal("-10.00"),
        net=Decimal("-10.00"),
        tax=Decimal("-1.00"),
    )

    (written_line,) = written(server, client, invoice(lines=(discount,)))["sdsdocdetail"]

    assert written_line["itemcode"] == "SHP-DISC"
    assert (written_line["qty"], written_line["unitprice"]) == ("1.00", "-10.00")
    assert (written_line["amount"], written_line["taxamt"]) == ("-10.00", "-1.00")


@pytest.mark.parametrize(("rate", "shown_as"), [("0.08", "8%"), ("0.085", "8.5%"), ("0.1", "10%")])
def test_the_rate_is_said_with_a_percent_sign(
    server: ScriptedServer, client: Http, rate: str, shown_as: str
) -> None:
    body = written(server, client, invoice(lines=(line(tax_rate=Decimal(rate)),)))

    assert body["sdsdocdetail"][0]["taxrate"] == shown_as


def test_settings_stand_on_every_document(server: ScriptedServer, client: Http) -> None:
    chosen = {"terms": "C.O.D.", "area": "KL", "agent": "NA", "location": "ECOMMERCE"}

    body = written(server, client, invoice(), **chosen, uom="", classification="")

    assert (body["terms"], body["area"], body["agent"]) == ("C.O.D.", "KL", "NA")
    assert body["sdsdocdetail"][0]["location"] == "ECOMMERCE"
    assert not {"uom", "irbm_classification"} & set(body["sdsdocdetail"][0])


@pytest.mark.parametrize(
    ("choice", "path"), [("salesinvoice", "/salesinvoice"), ("salesdebitnote", "/salesdebitnote")]
)
def test_a_debit_note_is_written_as_the_merchant_chose(
    server: ScriptedServer, client: Http, choice: str, path: str
) -> None:
    body = written(server, client, debit_note(), debit_notes=choice)

    assert calls(server) == [("POST", path)]
    assert (body["docnoex"], body["docref1"]) == ("SH-1001", "N6601")


def test_documents_of_one_edit_have_different_markers(server: ScriptedServer, client: Http) -> None:
    roles = (Role.SUPPLEMENTARY, Role.INCREASE)
    entries = [invoice(key=Key(role=role, source_id=9901)) for role in roles]

    markers = [written(server, client, one)["docref1"] for one in entries]

    assert markers == ["S9901", "Q9901"]


# --- e-invoice --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "choice", "expected"),
    [
        ("", "consolidated", 0),
        ("consolidated", "consolidated", 18),
        ("individual", "consolidated", 18),
        ("individual", "individual", 17),
    ],
)
def test_a_sale_without_an_identity_is_reported_as_the_merchant_chose(
    server: ScriptedServer, client: Http, category: str, choice: str, expected: int
) -> None:
    body = written(server, client, invoice(einvoice=category), without_identity=choice)

    assert body["submissiontype"] == expected
    assert not {"tin", "idtype", "idno"} & set(body)


def test_an_individual_e_invoice_names_the_buyer(server: ScriptedServer, client: Http) -> None:
    entry = invoice(einvoice="individual", identity=BUYER, buyer=("Somebody else", "Elsewhere"))

    body = written(server, client, entry)

    assert body["companyname"] == "Contoh Sdn Bhd"
    assert (body["address1"], body["address2"]) == ("Level 5, Menara Contoh", "1 Jalan Contoh")
    assert (body["postcode"], body["city"], body["country"]) == ("50480", "Kuala Lumpur", "MY")
    assert (body["tin"], body["idtype"], body["idno"]) == ("C1234567890", 1, "202001012345")
    assert (body["salestaxno"], body["phone1"]) == ("W10-1808-32000001", "+60312345678")
    assert body["submissiontype"] == 17


@pytest.mark.parametrize(
    ("id_type", "expected"), [("registration", 1), ("nric", 2), ("passport", 3), ("army", 4)]
)
def test_identifications_have_sql_accounts_numbers(
    server: ScriptedServer, client: Http, id_type: str, expected: int
) -> None:
    entry = invoice(einvoice="individual", identity=replace(BUYER, id_type=id_type))

    body = written(server, client, entry, sst_field="servicetaxno")

    assert body["idtype"] == expected
    assert body["servicetaxno"] == BUYER.sst_number


# --- money ------------------------------------------------------------------------------------


def test_a_payment_is_written_with_its_knock_off(server: ScriptedServer, client: Http) -> None:
    server.script = [shown(money())]

    connected(server, client).post(payment(project="SHOPIFY"), [allocation()])

    assert calls(server) == [("POST", "/customerpayment")]
    assert list(sent(server.requests[0]).items()) == [
        ("docno", "SH-1001-P533D"),
        ("code", "300-C0001"),
        ("docdate", "2026-11-20"),
        ("postdate", "2026-11-20"),
        ("paymentmethod", "310-005"),
        ("chequenumber", "ch_3Qx9"),
        ("description", "Shopify Payments #1001"),
        ("docamt", "107.00"),
        ("project", "SHOPIFY"),
        ("paymentproject", "SHOPIFY"),
        ("docref1", "6601"),
        ("docref2", "5501"),
        (
            "sdsknockoff",
            [{"doctype": "IV", "docno": "SH-1001", "koamt": "107.00", "knockoff": True}],
        ),
    ]


def refund_of(kind: Kind, number: str) -> Any:
    return allocation(
        source_kind=Kind.REFUND,
        source="SH-1001-F533E",
        target_kind=kind,
        target=number,
        amount=Decimal("49.50"),
        source_open=Decimal("49.50"),
        target_open=Decimal("49.50"),
    )


@pytest.mark.parametrize(("kind", "expected"), [(Kind.CREDIT_NOTE, "CN"), (Kind.PAYMENT, "PM")])
def test_a_refund_knocks_off_a_credit_note_or_a_payment(
    server: ScriptedServer, client: Http, kind: Kind, expected: str
) -> None:
    server.script = [shown(money("SH-1001-F533E", docamt="49.50"))]

    connected(server, client).post(refund(), [refund_of(kind, "SH-1001-X")])

    body = sent(server.requests[0])
    assert calls(server) == [("POST", "/customerrefund")]
    assert (body["docno"], body["docamt"], body["docref1"]) == ("SH-1001-F533E", "49.50", "6602")
    assert body["sdsknockoff"] == [
        {"doctype": expected, "docno": "SH-1001-X", "koamt": "49.50", "knockoff": True}
    ]


@pytest.mark.parametrize(("choice", "expected"), [("salesinvoice", "IV"), ("salesdebitnote", "DN")])
def test_a_debit_note_is_knocked_off_as_what_it_was_written_as(
    server: ScriptedServer, client: Http, choice: str, expected: str
) -> None:
    server.script = [shown(money())]
    entry = allocation(target_kind=Kind.DEBIT_NOTE, target="SH-1001-N533D")

    connected(server, client, debit_notes=choice).post(payment(), [entry])

    assert sent(server.requests[0])["sdsknockoff"][0]["doctype"] == expected


def test_two_knock_offs_of_one_document_are_one_row(server: ScriptedServer, client: Http) -> None:
    first = allocation(amount=Decimal("60.00"))
    second = allocation(
        key=Key(role=Role.ALLOCATION, source_id=2, source=first.source, target=first.target),
        amount=Decimal("47.00"),
    )
    other = allocation(target="SH-1001-N533D", amount=Decimal("0.05"))
    server.script = [shown(money())]

    connected(server, client).post(payment(), [first, second, other])

    rows = sent(server.requests[0])["sdsknockoff"]
    assert [(one["docno"], one["koamt"]) for one in rows] == [
        ("SH-1001", "107.00"),
        ("SH-1001-N533D", "0.05"),
    ]


def test_full_knock_off_rows_say_what_is_open(server: ScriptedServer, client: Http) -> None:
    server.script = [shown(money()), shown(money())]
    foreign = allocation(currency="USD")

    connected(server, client, knockoff_row="full").post(payment(), [allocation()])
    connected(server, client, knockoff_row="full").post(payment(), [foreign])

    own, other = (sent(one)["sdsknockoff"][0] for one in server.requests)
    assert own == {
        "doctype": "IV",
        "docno": "SH-1001",
        "koamt": "107.00",
        "knockoff": True,
        "outstanding": "107.00",
        "localkoamt": "107.00",
        "actuallocalkoamt": "107.00",
    }
    assert not {"localkoamt", "actuallocalkoamt"} & set(other)


def test_a_payment_that_settles_nothing_yet_has_no_rows(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [shown(money())]

    connected(server, client).post(payment())

    assert "sdsknockoff" not in sent(server.requests[0])


def test_a_reference_too_long_for_a_cheque_number_is_kept_whole_in_the_description(
    server: ScriptedServer, client: Http
) -> None:
    reference = "pi_3NqQ2wLkdIwHu7ix0abcdefg"
    server.script = [shown(money())]

    connected(server, client).post(payment(reference=reference))

    body = sent(server.requests[0])
    assert "chequenumber" not in body
    assert body["description"] == f"Shopify Payments #1001 {reference}"


def test_a_foreign_document_states_currency_and_rate(server: ScriptedServer, client: Http) -> None:
    entry = invoice(currency="USD", rate=Decimal("4.21500000"))

    body = written(server, client, entry)

    assert (body["currencycode"], body["currencyrate"]) == ("USD", "4.215")


# --- customers --------------------------------------------------------------------------------


def test_a_customer_has_one_billing_branch(server: ScriptedServer, client: Http) -> None:
    body = written(server, client, customer(), terms="30 Days")

    assert calls(server) == [("POST", "/customer")]
    assert body == {
        "code": "300-S0042",
        "controlaccount": "300-000",
        "companyname": "Nur Aisyah binti Rahman",
        "creditterm": "30 Days",
        "allowexceedcreditlimit": True,
        "sdsbranch": [
            {
                "branchtype": "B",
                "branchname": "BILLING",
                "address1": "12 Jalan Teratai",
                "address2": "50480 Kuala Lumpur",
                "country": "MY",
                "phone1": "+60123456789",
                "email": "aisyah@contoh.test",
            }
        ],
    }


def test_a_customer_with_an_identity_is_known_to_the_tax_office(
    server: ScriptedServer, client: Http
) -> None:
    entry = customer(identity=BUYER, currency="USD", country="Malaysia")

    body = written(server, client, entry, exceed_credit_limit="false", control_account="")

    assert (body["tin"], body["idtype"], body["idno"]) == ("C1234567890", 1, "202001012345")
    assert (body["submissiontype"], body["currencycode"]) == (17, "USD")
    assert body["sdsbranch"][0]["postcode"] == "50480"
    assert not {"allowexceedcreditlimit", "controlaccount"} & set(body)


def test_a_country_written_out_is_left_out(server: ScriptedServer, client: Http) -> None:
    body = written(server, client, customer(country="Malaysia"))

    assert "country" not in body["sdsbranch"][0]


# --- limits -----------------------------------------------------------------------------------


LONG = "x" * 201


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (invoice(number="S" * 21), "docno"),
        (invoice(customer="300-C000001"), "code"),
        (invoice(description=LONG), "description"),
        (invoice(project="P" * 21), "project"),
        (invoice(buyer=("N" * 101,)), "companyname"),
        (invoice(lines=(line(), line(description=LONG))), "sdsdocdetail 2, description"),
        (invoice(lines=(line(account="500-0000000"),)), "sdsdocdetail 1, account"),
        (invoice(lines=(line(item_code="I" * 31),)), "sdsdocdetail 1, itemcode"),
        (invoice(lines=(line(tax_code="ST-10-PERCENT"),)), "sdsdocdetail 1, tax"),
        (invoice(lines=(line(tariff_code="6" * 21),)), "sdsdocdetail 1, tariff"),
        (invoice(lines=(line(unit_price=Decimal("45.005")),)), "sdsdocdetail 1, unitprice"),
        (invoice(lines=(line(net=Decimal("90.005")),)), "sdsdocdetail 1, amount"),
        (invoice(lines=(line(tax=Decimal("9.005")),)), "sdsdocdetail 1, taxamt"),
        (credit_note(corrects="S" * 21), "docnoex"),
        (payment(account="310-0000005"), "paymentmethod"),
        (payment(total=Decimal("107.005")), "docamt"),
        (payment(description="y" * 190, reference="r" * 26), "description"),
        (customer(code="300-S000042"), "code"),
        (customer(name="N" * 101), "companyname"),
        (customer(email="e" * 201), "sdsbranch 1, email"),
        (customer(address=("A" * 241,)), "address"),
        (invoice(buyer=("Name", *("word " * 15 for _ in range(4)))), "address"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_its_field_and_nothing_is_sent(
    server: ScriptedServer, client: Http, entry: Entry, field: str
) -> None:
    message = refused(server, client, entry)

    assert message.startswith(f"{field} ")
    assert not any(secret in message for secret in (LONG, "N" * 101, "A" * 60))


def test_what_just_fits_is_written_whole(server: ScriptedServer, client: Http) -> None:
    entry = invoice(
        number="S" * 20,
        customer="300-C00001",
        description="d" * 200,
        buyer=("N" * 100, *("A" * 60 for _ in range(4))),
        lines=(line(description="t" * 200, unit_price=Decimal("45.00000000")),),
    )

    body = written(server, client, entry)

    assert len(body["description"]) == len(body["sdsdocdetail"][0]["description"]) == 200
    assert [len(body[f"address{n}"]) for n in (1, 2, 3, 4)] == [60] * 4


def test_addresses_break_between_words_and_join_the_last_line(
    server: ScriptedServer, client: Http
) -> None:
    long_line = "Lot 12, Blok C, Kompleks Perindustrian Contoh Jaya, Persiaran Contoh Utama"
    parts = ("Unit 3", long_line, "Taman Contoh", "43200 Cheras", "Selangor")

    wrapped = written(server, client, invoice(buyer=("Aisyah", "Unit 3", long_line)))
    unbroken = written(server, client, invoice(buyer=("Aisyah", "A" * 61)))
    joined = written(server, client, invoice(buyer=("Aisyah", *parts)))

    assert wrapped["address2"] == "Lot 12, Blok C, Kompleks Perindustrian Contoh Jaya,"
    assert wrapped["address3"] == "Persiaran Contoh Utama"
    assert [unbroken["address1"], unbroken["address2"]] == ["A" * 60, "A"]
    lines = [joined[f"address{n}"] for n in (1, 2, 3, 4) if f"address{n}" in joined]
    assert " ".join(lines) == ", ".join(parts)
    assert max(map(len, lines)) <= 60


def test_prices_may_be_as_fine_as_the_company_keeps_them(
    server: ScriptedServer, client: Http
) -> None:
    entry = invoice(lines=(line(unit_price=Decimal("45.0050")),))

    body = written(server, client, entry, unit_price_decimals="4")

    assert body["sdsdocdetail"][0]["unitprice"] == "45.005"


def test_no_amount_is_ever_minus_nothing(server: ScriptedServer, client: Http) -> None:
    body = written(server, client, invoice(lines=(line(tax=Decimal("-0.00")),)))

    assert body["sdsdocdetail"][0]["taxamt"] == "0.00"


def test_half_a_character_is_refused(server: ScriptedServer, client: Http) -> None:
    assert "half a character" in refused(server, client, invoice(description="\ud83d"))


def test_a_kind_that_cannot_be_knocked_off_is_refused(server: ScriptedServer, client: Http) -> None:
    with pytest.raises(Rejected, match="knocks off no refund"):
        connected(server, client).post(payment(), [allocation(target_kind=Kind.REFUND)])

    assert server.requests == []


def test_texts_are_sent_as_they_are(server: ScriptedServer, client: Http) -> None:
    entry = invoice(description="  Pesanan\n#1001 – 茶 😀 ")

    body = written(server, client, entry)

    assert body["description"] == "Pesanan #1001 – 茶 😀"
    assert "茶" in server.requests[0].body  # not escaped
    assert json.loads(server.requests[0].body)


def test_dates_stand_as_sql_account_writes_them(server: ScriptedServer, client: Http) -> None:
    body = written(server, client, invoice(date=date(2026, 1, 2)))

    assert {body["docdate"], body["postdate"], body["taxdate"]} == {"2026-01-02"}
