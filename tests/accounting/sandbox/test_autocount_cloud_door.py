"""The way into an AutoCount Cloud book: keys, permissions, paths, the calls a minute, faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounting.sandbox.autocount_cloud_opening import API_KEY, KEY_ID, demo_book
from accounting.sandbox.models import CallRecord
from tests.accounting.sandbox.autocount_cloud_desk import (
    INVOICE_PAID,
    CloudDesk,
    invoice,
    knock,
    receipt,
)
from tests.accounting.sandbox.conftest import read

D = Decimal
UNAUTHORISED = {"statusCode": 401, "message": "401 Unauthorized."}
START = datetime(2026, 11, 20, 9, 20, 0, 951377, tzinfo=UTC)


@pytest.fixture
def cloud(db: None, client: Client) -> CloudDesk:
    return CloudDesk(client)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time to so many seconds after START."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: START + timedelta(seconds=seconds))

    set_to(0)
    return set_to


def with_key(**changes: Any) -> dict[str, Any]:
    """What changes a demo book's one key."""
    masters = demo_book()["masters"]
    return {"masters": {**masters, "keys": [{"code": KEY_ID, **changes}]}}


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"Key-ID": "wrong"}},
        {"headers": {"API-Key": "wrong"}},
        {"headers": {"API-Key": API_KEY.upper()}},
        {"headers": {"Key-ID": None}},
        {"headers": {"API-Key": None}},
        {"book": "another-book"},
        {"book": "DEMO-BOOK-0001"},
    ],
)
def test_a_wrong_key_and_a_wrong_book_answer_alike(
    cloud: CloudDesk, changes: dict[str, Any]
) -> None:
    before = cloud.contents()

    answer = cloud.call("POST", "invoice", invoice(), **changes)

    assert (answer.status_code, read(answer)) == (401, UNAUTHORISED)
    assert not [name for name in answer.headers if name.startswith("x-rate")]
    assert cloud.contents() == before


def test_keys_that_were_changed_open_nothing_any_more(cloud: CloudDesk) -> None:
    cloud.client.put(
        f"/sandbox/companies/{cloud.company_id}/",
        {"secret": "rotated"},
        content_type="application/json",
    )

    assert cloud.get("companyProfile").status_code == 401
    rotated = cloud.call("GET", "companyProfile", headers={"API-Key": "rotated"})
    assert rotated.status_code == 200


def test_books_do_not_see_each_others_documents(cloud: CloudDesk, client: Client) -> None:
    other = CloudDesk(client, **demo_book(name="Kedai Lain", account_book_id="other-book"))
    cloud.write("invoice", invoice())

    assert other.get("invoice?docNo=SHP-1001").status_code == 404
    other.write("invoice", invoice())
    assert len(cloud.books("documents")) == len(other.books("documents")) == 1


NEEDED = [
    ("GET", "companyProfile", "CompanyProfile.GetRecord"),
    ("POST", "account/listing", "Account.GetRecords"),
    ("GET", "location/listing", "Location.GetRecords"),
    ("GET", "paymentmethod/listing", "PaymentMethod.GetRecords"),
    ("POST", "product/listing", "Product.GetRecords"),
    ("GET", "product?code=TEE-BLK-M", "Product.GetRecord"),
    ("GET", "debtor?code=300-S001", "Debtor.GetRecord"),
    ("POST", "debtor", "Debtor.CreateRecord"),
    ("POST", "invoice", "Invoice.CreateRecord"),
    ("GET", "invoice?docNo=SHP-1001", "Invoice.GetRecord"),
    ("POST", "invoice/listing", "Invoice.GetRecords"),
    ("PUT", "invoice?docNo=SHP-1001", "Invoice.UpdateRecord"),
    ("DELETE", "invoice?docNo=SHP-1001", "Invoice.DeleteRecord"),
    ("POST", "creditNote", "CreditNote.CreateRecord"),
    ("POST", "payment", "Payment.CreateRecord"),
    ("POST", "knockOffEntry", "KnockOffEntry.CreateRecord"),
    (
        "GET",
        "knockOffEntry/outstandingTransactions?accNo=300-S001&docDate=2026-11-20",
        "KnockOffEntry.OutstandingTransactions",
    ),
]


@pytest.mark.parametrize(("method", "path", "permission"), NEEDED)
def test_each_method_takes_its_permission(
    db: None, client: Client, method: str, path: str, permission: str
) -> None:
    others = [name for *_, name in NEEDED if name != permission]
    cloud = CloudDesk(client, **with_key(permissions=others))
    before = cloud.contents()

    answer = cloud.call(method, path, {})

    assert (answer.status_code, read(answer)) == (
        403,
        {"statusCode": 403, "message": f"The API key has no permission {permission}."},
    )
    assert cloud.contents() == before
    assert cloud.rule() == "18.1 O"
    allowed = CloudDesk(client, **with_key(permissions=[permission]))
    assert allowed.call(method, path, {}).status_code != 403


def test_documents_are_stamped_with_the_keys_user(db: None, client: Client) -> None:
    cloud = CloudDesk(client, **with_key(user="LEJAR"))

    cloud.write("invoice", invoice())

    assert cloud.read("invoice?docNo=SHP-1001")["master"]["createdUserID"] == "LEJAR"


@pytest.mark.parametrize(
    "path", ["knockoffentry?docno=shp-1001-k1", "KNOCKOFFENTRY?DocNo=SHP-1001-K1"]
)
def test_paths_and_names_have_any_case(cloud: CloudDesk, path: str) -> None:
    cloud.write("invoice", invoice())
    cloud.write("payment", receipt())
    cloud.write("knockOffEntry", knock(*INVOICE_PAID))

    assert cloud.read(path)["master"]["docNo"] == "SHP-1001-K1"


@pytest.mark.parametrize(
    "path", ["", "cashSale", "arPayment", "arRefund", "deliveryOrder", "taxCode/listing", "x/y/z"]
)
def test_what_this_system_has_not_answers_404(cloud: CloudDesk, path: str) -> None:
    answer = cloud.post(path or "%20", {})

    assert (answer.status_code, read(answer)["statusCode"]) == (404, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "invoice"), ("POST", "companyProfile"), ("GET", "account/listing")],
)
def test_another_method_answers_405(cloud: CloudDesk, method: str, path: str) -> None:
    assert cloud.call(method, path, {}).status_code == 405


def test_a_body_is_sent_as_json(cloud: CloudDesk) -> None:
    before = cloud.contents()

    answer = cloud.call("POST", "invoice", invoice(), content_type="text/plain")

    assert answer.status_code == 415
    assert cloud.contents() == before


@pytest.mark.parametrize(("switch", "status"), [(404, 404), (400, 400), ("empty200", 200)])
@pytest.mark.parametrize(
    "path",
    [
        "invoice?docNo=NONE",
        "creditNote?docNo=NONE",
        "payment?docNo=NONE",
        "knockOffEntry?docNo=NONE",
        "debtor?code=NONE",
        "product?code=NONE",
        "invoice?docNo=%00",
    ],
)
def test_an_unknown_number_is_answered_as_the_book_does(
    cloud: CloudDesk, path: str, switch: Any, status: int
) -> None:
    cloud.switch(unknown_docno=switch)

    answer = cloud.get(path)

    assert answer.status_code == status
    assert answer.content == b"" if status == 200 else read(answer)["statusCode"] == status


def test_a_read_needs_a_number(cloud: CloudDesk) -> None:
    answer = cloud.get("invoice")

    assert (answer.status_code, read(answer)["message"]) == (400, "docNo is required.")


def test_every_answer_tells_how_many_calls_are_left(
    cloud: CloudDesk, clock: Callable[[float], None]
) -> None:
    first, second = cloud.get("companyProfile"), cloud.get("invoice?docNo=NONE")

    assert first.headers["x-rate-limit-limit"] == "1m"
    assert first.headers["x-rate-limit-remaining"] == "99"
    assert first.headers["x-rate-limit-reset"] == "2026-11-20T09:21:00.9513770Z"
    assert second.headers["x-rate-limit-remaining"] == "98"
    assert second.headers["x-rate-limit-reset"] == first.headers["x-rate-limit-reset"]


def test_one_call_too_many_is_turned_away_until_the_minute_is_over(
    cloud: CloudDesk, clock: Callable[[float], None]
) -> None:
    cloud.switch(rate_limit=2)
    for _ in range(2):
        cloud.get("companyProfile")
    before = cloud.contents()

    answer = cloud.post("invoice", invoice())
    clock(59.9)
    again = cloud.post("invoice", invoice())

    assert answer.status_code == again.status_code == 429
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert cloud.contents() == before
    assert cloud.rule() == "18.2 O"
    clock(60)
    cloud.write("invoice", invoice())


def test_a_hundred_calls_a_minute_are_taken(
    cloud: CloudDesk, clock: Callable[[float], None]
) -> None:
    statuses = [cloud.get("invoice?docNo=NONE").status_code for _ in range(101)]

    assert statuses == [404] * 100 + [429]


@pytest.mark.parametrize(("scope", "status"), [("book", 429), ("key", 200)])
def test_calls_are_counted_for_the_book_or_for_each_key(
    db: None, client: Client, clock: Callable[[float], None], scope: str, status: int
) -> None:
    masters = {**demo_book()["masters"], "keys": [{"code": KEY_ID}, {"code": "second"}]}
    cloud = CloudDesk(client, masters=masters)
    cloud.switch(rate_limit=1, rate_scope=scope)
    cloud.get("companyProfile")

    answer = cloud.call("GET", "companyProfile", headers={"Key-ID": "second"})

    assert answer.status_code == status


def test_a_clock_that_jumps_back_begins_another_minute(
    cloud: CloudDesk, clock: Callable[[float], None]
) -> None:
    cloud.switch(rate_limit=1)
    cloud.get("companyProfile")

    clock(-3600)

    assert cloud.get("companyProfile").status_code == 200


def test_calls_are_recorded_with_the_rule_they_break(cloud: CloudDesk) -> None:
    cloud.get("invoice?docNo=NONE")
    cloud.call("GET", "invoice?docNo=NONE", headers={"API-Key": "wrong"})

    rows = CallRecord.objects.filter(company=cloud.company).order_by("id")
    assert [(row.door, row.path, row.status, row.rule) for row in rows] == [
        ("autocount_cloud", "invoice?docNo=NONE", 404, "18.1 A"),
        ("autocount_cloud", "invoice?docNo=NONE", 401, "18.1 D"),
    ]


def test_a_book_that_is_offline_answers_503(cloud: CloudDesk) -> None:
    cloud.switch(offline=True)
    before = cloud.contents()

    answer = cloud.post("invoice", invoice())

    assert (answer.status_code, read(answer)["statusCode"]) == (503, 503)
    assert cloud.contents() == before


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "429", "500", "502", "503", "504"])
@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_any_status_can_be_shown_before_and_after_the_book(
    cloud: CloudDesk, status: str, when: str, written: int
) -> None:
    cloud.switch(faults=[{"fault": status, "when": when}])

    answer = cloud.post("invoice", invoice())

    assert answer.status_code == int(status)
    assert "Location" not in answer
    assert len(cloud.books("documents")) == written


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("html", 500, "<html>"),
        ("error_in_200", 200, '{"statusCode": 400'),
        ("truncated", 201, ""),
    ],
)
@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_answers_that_lie_can_be_shown(
    cloud: CloudDesk, fault: str, status: int, said: str, when: str, written: int
) -> None:
    cloud.switch(faults=[{"fault": fault, "when": when}])

    answer = cloud.post("invoice", invoice())

    assert answer.status_code == status
    assert answer.content.decode().startswith(said)
    assert len(cloud.books("documents")) == written


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_a_connection_breaks_before_and_after_the_book(
    cloud: CloudDesk, when: str, written: int
) -> None:
    cloud.switch(faults=[{"fault": "reset", "when": when}])

    answer = cloud.post("invoice", invoice())

    with pytest.raises(ConnectionResetError):
        b"".join(answer.streaming_content)
    assert len(cloud.books("documents")) == written


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_a_call_hangs_before_and_after_the_book(cloud: CloudDesk, when: str, written: int) -> None:
    cloud.switch(faults=[{"fault": "hang", "when": when}], hang_seconds=0)

    answer = cloud.post("invoice", invoice())

    assert (answer.status_code, read(answer)["statusCode"]) == (504, 504)
    assert len(cloud.books("documents")) == written


def test_half_an_answer_is_no_json(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    cloud.switch(faults=[{"fault": "truncated", "on": "reads"}])

    answer = cloud.get("invoice?docNo=SHP-1001")

    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        read(answer)


def test_a_wrong_total_is_told_of_a_right_document(cloud: CloudDesk) -> None:
    cloud.write("invoice", invoice())
    cloud.switch(faults=[{"fault": "wrong_total", "on": "reads"}])

    told = cloud.read("invoice?docNo=SHP-1001")["master"]

    assert told["finalTotal"] == told["netTotal"] == D("108.00")
    assert cloud.read("invoice?docNo=SHP-1001")["master"]["finalTotal"] == D("107.00")


def test_a_wrong_number_is_told_by_the_location(cloud: CloudDesk) -> None:
    cloud.switch(faults=[{"fault": "wrong_number"}])

    location = cloud.write("invoice", invoice())

    assert location.endswith("/invoice?docNo=SHP-100Z")
    assert cloud.books("documents")[0]["number"] == "SHP-1001"


def test_a_document_is_renumbered_by_the_book(cloud: CloudDesk) -> None:
    cloud.switch(faults=[{"fault": "renumbered"}])

    location = cloud.write("invoice", invoice())

    number = cloud.books("documents")[0]["number"]
    assert number != "SHP-1001"
    assert location.endswith(f"/invoice?docNo={number}")


def test_the_answer_of_another_call_is_shown(cloud: CloudDesk) -> None:
    cloud.switch(faults=[{"fault": "other_answer", "every": 2}])
    first = cloud.write("invoice", invoice())

    second = cloud.write("invoice", invoice(docNo="SHP-1002"))

    assert second == first
    assert [row["number"] for row in cloud.books("documents")] == ["SHP-1001", "SHP-1002"]


def test_an_empty_answer_comes_slowly_as_well(cloud: CloudDesk) -> None:
    cloud.switch(faults=[{"fault": "slow"}], drip_ms=1)

    answer = cloud.post("invoice", invoice())

    assert b"".join(answer.streaming_content) == b""
    assert answer["Location"].endswith("/invoice?docNo=SHP-1001")


@pytest.mark.parametrize(
    ("method", "path", "body", "total"),
    [
        ("POST", "invoice", invoice(docNo="SHP-1002"), "214.00"),
        ("PUT", "invoice?docNo=SHP-1001", {"master": {}, "details": [{}]}, "99.00"),
        ("DELETE", "invoice?docNo=SHP-1001", None, "0.00"),
    ],
)
def test_a_write_reaches_the_book_after_it_was_looked_for(
    cloud: CloudDesk, method: str, path: str, body: Any, total: str
) -> None:
    cloud.write("invoice", invoice())
    cloud.switch(faults=[{"fault": "late_commit", "reads": 2}])

    answer = cloud.call(method, path, body)
    cloud.get("invoice?docNo=SHP-1002")

    assert answer.status_code == 500
    assert cloud.balances()["300-0000"] == D("107.00")
    cloud.get("invoice?docNo=SHP-1002")
    assert cloud.balances().get("300-0000", D("0.00")) == D(total)


def test_an_ambiguous_duplicate_is_the_document_that_came_late(cloud: CloudDesk) -> None:
    cloud.switch(faults=[{"fault": "late_commit"}])
    cloud.post("invoice", invoice())

    absent = cloud.get("invoice?docNo=SHP-1001")
    again = cloud.post("invoice", invoice())

    assert absent.status_code == 404
    assert (again.status_code, read(again)["message"]) == (400, "Duplicate document number")
    assert len(cloud.books("documents")) == 1


def test_a_master_that_was_deleted_is_refused(cloud: CloudDesk) -> None:
    for code in ("300-S001", "C.O.D.", "HQ", "500-0000", "S-10", "TEE-BLK-M"):
        cloud.switch(deleted=[code])
        answer = cloud.post("invoice", invoice())
        assert (answer.status_code, code in answer.content.decode()) == (400, True)
    cloud.switch(deleted=["SHOPIFY"])
    assert cloud.post("payment", receipt()).status_code == 400
    assert cloud.books("documents") == []


def test_numbers_without_decimals_round_their_set_where_a_front_infers(cloud: CloudDesk) -> None:
    body = receipt("107.50")
    body["details"] = [
        {"accNo": "300-S001", "amount": 100},
        {"accNo": "300-S001", "amount": D("7.50")},
    ]
    cloud.switch(integer_inference=True)

    answer = cloud.post("payment", body)

    assert read(answer)["message"] == "Total of details 108.00 differs from total payment 107.50"
    cloud.switch()
    cloud.write("payment", body)


@pytest.mark.parametrize(("switch", "kept"), [(False, True), (True, None)])
def test_e_invoice_flags_before_the_debtor_are_lost_where_a_front_resets(
    cloud: CloudDesk, switch: bool, kept: Any
) -> None:
    cloud.switch(key_order=switch)
    body = invoice()
    body["master"] = {"submitConsolidatedEInvoice": True, **body["master"]}

    cloud.write("invoice", body)

    master = cloud.read("invoice?docNo=SHP-1001")["master"]
    assert master.get("submitConsolidatedEInvoice") is kept


@pytest.mark.parametrize(
    "switches",
    [
        {"unknown_docno": 500},
        {"rate_limit": -1},
        {"rate_scope": "user"},
        {"ko_type_codes": ["IV", "OR", "PV", "CN"]},
        {"ko_type_codes": ["IV", "IV", "PV", "CN", "JE"]},
        {"five_sen": True},
        {"listing_order": "newest"},
    ],
)
def test_a_switch_that_is_none_is_refused(cloud: CloudDesk, switches: dict[str, Any]) -> None:
    answer = cloud.client.put(
        f"/sandbox/companies/{cloud.company_id}/switches",
        switches,
        content_type="application/json",
    )

    assert answer.status_code == 422
    assert cloud.company.switches == {}
