"""Listings of an AutoCount Cloud book: pages, filters, an order nobody may rely on, and masters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounting.sandbox.models import Company
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


@pytest.fixture
def cloud(db: None, client: Client) -> CloudDesk:
    return CloudDesk(client)


@pytest.fixture
def seven(cloud: CloudDesk) -> CloudDesk:
    """Seven invoices in pages of three, a day apart, the last of another debtor."""
    cloud.switch(page_rows=3)
    for number in range(1, 8):
        body = invoice(docNo=f"SHP-{number}", docDate=f"2026-11-{number:02}")
        if number == 7:
            body["master"] |= {"debtorCode": "300-S002", "currencyRate": D("3.30")}
        cloud.write("invoice", body)
    return cloud


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["docNo"] for row in read(answer)["data"]]


def filtered(cloud: CloudDesk, resource: str = "invoice", **given: Any) -> list[str]:
    return numbers(cloud.post(f"{resource}/listing", {"page": 1, "filter": given}))


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("", ["SHP-1", "SHP-2", "SHP-3"]),
        ("1", ["SHP-1", "SHP-2", "SHP-3"]),
        ("2", ["SHP-4", "SHP-5", "SHP-6"]),
        ("3", ["SHP-7"]),
        ("4", []),
    ],
)
def test_a_listing_comes_in_pages_that_count_all(
    seven: CloudDesk, page: str, shown: list[str]
) -> None:
    simple = seven.get(f"invoice/listing?page={page}")
    specific = seven.post("invoice/listing", {"page": int(page)} if page else {})

    assert numbers(simple) == numbers(specific) == shown
    assert read(simple)["totalCount"] == read(specific)["totalCount"] == 7


def test_a_page_has_at_most_a_hundred_rows(cloud: CloudDesk) -> None:
    cloud.switch(rate_limit=1000)
    for number in range(102):
        cloud.write("debtor", _debtor(f"300-B{number:03}"))

    first, second = cloud.read("debtor/listing?page=1"), cloud.read("debtor/listing?page=2")

    assert (len(first["data"]), len(second["data"])) == (100, 4)
    assert first["totalCount"] == second["totalCount"] == 104


def _debtor(code: str, **changes: Any) -> dict[str, Any]:
    body = {"accNo": code, "companyName": code, "currencyCode": "MYR", "creditTerm": "C.O.D."}
    return {**body, **changes}


@pytest.mark.parametrize("page", ["0", "-1", "x"])
def test_a_page_is_a_number_from_one(seven: CloudDesk, page: str) -> None:
    assert seven.get(f"invoice/listing?page={page}").status_code == 400
    assert seven.post("invoice/listing", {"page": page}).status_code == 400


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("startDate=2026-11-06", ["SHP-6", "SHP-7"]),
        ("endDate=2026-11-02", ["SHP-1", "SHP-2"]),
        ("startDate=2026-11-03&endDate=2026-11-04T00:00:00", ["SHP-3", "SHP-4"]),
    ],
)
def test_the_simple_listing_takes_the_days_of_documents(
    seven: CloudDesk, query: str, shown: list[str]
) -> None:
    assert numbers(seven.get(f"invoice/listing?{query}")) == shown


def test_a_day_that_is_none_is_refused(seven: CloudDesk) -> None:
    assert seven.get("invoice/listing?startDate=yesterday").status_code == 400


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"docNo": {"multiSelect": ["shp-2", "SHP-5", "SHP-9"]}}, ["SHP-2", "SHP-5"]),
        ({"docNo": {"multiSelect": ["SHP-9"]}}, []),
        ({"docNo": {"from": "SHP-6", "to": "SHP-7"}}, ["SHP-6", "SHP-7"]),
        ({"debtorCode": {"multiSelect": ["300-S002"]}}, ["SHP-7"]),
        ({"date": {"from": "2026-11-03", "to": "2026-11-04"}}, ["SHP-3", "SHP-4"]),
        (
            {"date": {"to": "2026-11-04"}, "docNo": {"multiSelect": ["SHP-4", "SHP-5"]}},
            ["SHP-4"],
        ),
        ({"remark1": {"multiSelect": ["nothing"]}}, ["SHP-1", "SHP-2", "SHP-3"]),
    ],
)
def test_the_specific_listing_takes_the_filters_that_are_documented(
    seven: CloudDesk, given: Any, shown: list[str]
) -> None:
    assert filtered(seven, **given) == shown


def test_sales_agents_are_filtered(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice(salesAgent="AISHAH"))
    cloud.write("invoice", invoice(docNo="SHP-2"))

    assert filtered(cloud, salesAgent={"multiSelect": ["aishah"]}) == ["SHP-1001"]


def test_filters_without_effect_list_everything(cloud: CloudDesk) -> None:
    cloud.write("creditNote", credit_note())
    cloud.write("payment", receipt())
    cloud.write("invoice", invoice())

    for resource in ("creditNote", "payment"):
        assert len(filtered(cloud, resource, docNo={"multiSelect": ["NONE"]})) == 1
    cloud.switch(filter_ignored=True)
    assert filtered(cloud, docNo={"multiSelect": ["NONE"]}) == ["SHP-1001"]


@pytest.mark.parametrize("given", [[], "x", {"docNo": "SHP-1"}])
def test_a_filter_is_an_object_of_objects(seven: CloudDesk, given: Any) -> None:
    answer = seven.post("invoice/listing", {"filter": given})

    assert answer.status_code == (200 if given == [] else 400)


def test_documents_are_found_by_when_they_were_written_and_changed(
    cloud: CloudDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        _set_clock(monkeypatch, day)
        cloud.write("invoice", invoice(docNo=f"SHP-{day}"))
    _set_clock(monkeypatch, 5)
    cloud.call("PUT", "invoice?docNo=SHP-1", {"master": {"ref": "#1"}})

    assert filtered(cloud, createdDate={"from": "2026-12-02", "to": "2026-12-02"}) == ["SHP-2"]
    assert filtered(cloud, createdDate={"to": "2026-12-01"}) == ["SHP-1"]
    assert filtered(cloud, lastModifiedDate={"from": "2026-12-03"}) == ["SHP-1"]


def _set_clock(monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    at = datetime(2026, 12, day, 23, 59, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)


def test_a_listing_may_come_in_any_order_but_always_the_same(seven: CloudDesk) -> None:
    seven.switch(page_rows=3, listing_order="shuffled")

    once, again = _walk(seven, 3), _walk(seven, 3)

    assert once == again != sorted(once)
    assert sorted(once) == [f"SHP-{number}" for number in range(1, 8)]


def test_rows_may_move_between_two_pages(seven: CloudDesk) -> None:
    seven.switch(page_rows=3, reorder_between_pages=True)

    walked = _walk(seven, 3)

    assert len(walked) == 7
    assert len(set(walked)) < 7


def _walk(cloud: CloudDesk, pages: int) -> list[str]:
    rows: list[str] = []
    for page in range(1, pages + 1):
        rows += numbers(cloud.get(f"invoice/listing?page={page}"))
    return rows


def test_rows_of_a_listing_are_heads_of_documents(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())

    row = cloud.read("invoice/listing")["data"][0]

    assert row == cloud.read("invoice?docNo=SHP-1001")["master"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [("OR", ["SHP-1001-P1"]), ("PV", ["SHP-1001-F1"]), ("", ["SHP-1001-P1", "SHP-1001-F1"])],
)
def test_the_cash_book_is_listed_by_type(cloud: CloudDesk, code: str, shown: list[str]) -> None:
    cloud.write("payment", receipt())
    cloud.write("payment", payout())

    assert numbers(cloud.get(f"payment/listing?docType={code}")) == shown


def test_knock_off_entries_are_listed_and_filtered(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt())
    cloud.write("creditNote", credit_note())
    cloud.write("payment", payout())
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))
    cloud.write("knockOffEntry", knock(*CREDIT_RETURNED, docNo="K2", docDate="2026-11-25"))

    rows = cloud.read("knockOffEntry/listing?endDate=2026-11-24")["data"]

    assert [(row["docNo"], row["accNo"], row["totalDR"]) for row in rows] == [
        ("SHP-1001-K1", "300-S001", D("107.00"))
    ]
    assert filtered(cloud, "knockOffEntry", docNo={"multiSelect": ["k2"]}) == ["K2"]
    assert filtered(cloud, "knockOffEntry", accNo={"multiSelect": ["300-S002"]}) == []


def test_the_company_tells_its_name_and_registration(cloud: CloudDesk) -> None:
    assert cloud.read("companyProfile") == {
        "companyName": "Kedai Contoh Cloud Sdn Bhd",
        "registerNo": "202601000001 (1500001-A)",
    }


def test_another_company_file_tells_another_name(cloud: CloudDesk) -> None:
    cloud.client.put(
        f"/sandbox/companies/{cloud.company_id}/",
        {"identity": {"companyName": "Salinan Kedai", "registerNo": "X"}},
        content_type="application/json",
    )

    assert cloud.read("companyProfile")["companyName"] == "Salinan Kedai"


def test_a_book_may_have_no_profile(cloud: CloudDesk) -> None:
    cloud.switch(profile_missing=True)

    assert cloud.get("companyProfile").status_code == 404
    assert cloud.read("location/listing?page=1")["data"] == [
        {"location": "HQ"},
        {"location": "KLANG"},
    ]


def test_debtors_are_listed_with_the_columns_that_are_asked_for(cloud: CloudDesk) -> None:
    cloud.write("debtor", _debtor("300-N001", isActive=False))

    path = "debtor/listing?page=1&activeOnly=true&field=accno&field=companyName"
    shown = cloud.read(path)

    assert shown == {
        "data": [
            {"accNo": "300-S001", "companyName": "Shopify Retail MYR"},
            {"accNo": "300-S002", "companyName": "Shopify Retail SGD"},
        ],
        "totalCount": 2,
    }
    assert cloud.read("debtor/listing")["totalCount"] == 3


def accounts(cloud: CloudDesk, query: str = "", **body: Any) -> list[str]:
    answer = cloud.post(f"account/listing?{query}", body)
    return [row["accNo"] for row in read(answer)["data"]]


def test_leaf_accounts_are_neither_parents_nor_controls(cloud: CloudDesk) -> None:
    every, leaves = accounts(cloud), accounts(cloud, "leafOnly=true")

    assert set(every) - set(leaves) == {"300-0000", "500-P000"}


@pytest.mark.parametrize(
    ("query", "body", "shown"),
    [
        ("searchText=shipping", {}, ["500-1000"]),
        ("searchText=510-", {}, ["510-0000"]),
        ("", {"filterBySpecialAccTypes": True, "specialAccTypes": ["bank"]}, ["310-0000"]),
        ("", {"filterBySpecialAccTypes": False, "specialAccTypes": ["none"]}, None),
        (
            "",
            {"filterByAccTypes": True, "accTypes": {"currentLiabilities": True, "sales": False}},
            ["420-0000", "460-0000"],
        ),
        (
            "",
            {
                "filterByAccTypes": True,
                "accTypes": ["profitLossType"],
                "filterBySpecialAccTypes": True,
                "specialAccTypes": ["bank"],
            },
            [],
        ),
    ],
)
def test_accounts_are_searched_and_filtered(
    cloud: CloudDesk, query: str, body: Any, shown: list[str] | None
) -> None:
    assert accounts(cloud, query, **body) == (accounts(cloud) if shown is None else shown)


def test_payment_methods_tell_their_bank_and_journal(cloud: CloudDesk) -> None:
    first = cloud.read("paymentmethod/listing?page=1&activeOnly=true")["data"][0]

    wanted = {"paymentMethod": "SHOPIFY", "bankAccount": "310-0000", "journalType": "BANK"}
    assert wanted.items() <= first.items()
    assert "code" not in first


def test_products_are_wrapped_and_chosen_by_status(cloud: CloudDesk) -> None:
    statuses = {"active": True, "inactive": False, "discontinued": False}

    answer = cloud.post("product/listing", {"page": 1, "filter": {"statuses": statuses}})

    rows = read(answer)["data"]
    assert [row["product"]["productCode"] for row in rows] == ["TEE-BLK-M", "MUG-WHT"]
    assert rows[0]["product"]["classificationCode"] == "022"
    assert read(cloud.post("product/listing", {}))["totalCount"] == 3


def test_a_product_tells_its_units(cloud: CloudDesk) -> None:
    shown = cloud.read("product?code=TEE-BLK-M")

    assert shown["product"]["unit"] == "UNIT"
    assert [pack["multiPack"] for pack in shown["productMultiPacks"]] == ["DOZEN"]


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("department/listing", {"department": "ONLINE"}),
        ("area/listing", {"area": "CENTRAL"}),
        ("salesAgent/listing", {"salesAgent": "AISHAH"}),
        ("taxEntity/listing", {"taxEntity": "GENERAL PUBLIC"}),
        (
            "docNoFormat/listing?docType=IV",
            {"docType": "IV", "docNoFormatName": "Default", "format": "I-<000000>"},
        ),
    ],
)
def test_other_masters_are_listed(cloud: CloudDesk, path: str, row: Any) -> None:
    assert cloud.read(path)["data"] == [row]


def test_a_book_is_opened_by_its_likeness(db: None, client: Client) -> None:
    opening = {"like": "autocount_cloud", "name": "Kedai", "key": "book-7", "secret": "s3"}

    answer = client.post("/sandbox/companies", opening, content_type="application/json")

    assert answer.status_code == 201
    profile = client.get(
        "/sandbox/autocount_cloud/book-7/companyProfile",
        headers={"Key-ID": "demo-key-id", "API-Key": "s3"},
    )
    assert profile.json()["companyName"] == "Kedai"


def test_a_list_that_is_given_takes_the_place_of_its_namesake_alone(
    db: None, client: Client
) -> None:
    given = {"departments": ["COUNTER"]}
    opening = {"like": "autocount_cloud", "name": "Kedai", "key": "b7", "secret": "s3"}

    answer = client.post(
        "/sandbox/companies", {**opening, "masters": given}, content_type="application/json"
    )

    assert answer.status_code == 201
    kept = Company.objects.get(key="b7").masters
    assert [row["code"] for row in kept["departments"]] == ["COUNTER"]
    assert [row["code"] for row in kept["locations"]] == ["HQ", "KLANG"]


@pytest.fixture
def beancount() -> Callable[[str], list[Any]]:
    loader = pytest.importorskip("beancount.loader")
    return lambda text: list(loader.load_string(text)[1])


def test_the_plain_text_journal_of_a_book_is_accepted_by_beancount(
    cloud: CloudDesk, beancount: Callable[[str], list[Any]]
) -> None:
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt(tender={"bankCharge": D("1.61")}))
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))
    cloud.write("creditNote", credit_note())

    path = f"/sandbox/companies/{cloud.company_id}/journal.beancount"
    text = cloud.client.get(path).content.decode()

    assert "SHP-1001-R1" in text
    assert beancount(text) == []
