"""How the SQL Account API is read, and how its answers go wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from accounting.sandbox.models import Debtor
from tests.accounting.sandbox.sql_account_desk import (
    SqlAccountDesk,
    customer,
    invoice,
    payment,
    said,
)


def many_customers(desk: SqlAccountDesk, number: int) -> None:
    Debtor.objects.bulk_create(
        Debtor(company_id=desk.company_id, code=f"300-S{n:04d}", name="Buyer", currency="MYR")
        for n in range(number)
    )


def test_a_page_has_fifty_rows(desk: SqlAccountDesk) -> None:
    many_customers(desk, 60)

    pages = [desk.get("customer", offset=offset).json() for offset in (0, 50, 100)]

    assert [len(page["data"]) for page in pages] == [50, 12, 0]
    assert pages[1]["pagination"] == {"offset": 50, "limit": 50, "count": 12}
    codes = {row["code"] for page in pages for row in page["data"]}
    assert len(codes) == 62


@pytest.mark.parametrize(("limit", "rows"), [(10, 10), (100, 50)])
def test_a_page_may_be_shorter_and_never_longer(
    desk: SqlAccountDesk, limit: int, rows: int
) -> None:
    many_customers(desk, 60)

    assert len(desk.listed("customer", limit=limit)) == rows


def test_documents_are_paged_alike(desk: SqlAccountDesk) -> None:
    for n in range(3):
        desk.made("salesinvoice", invoice(docno=f"SHP-{n}"))
    desk.switch(page_rows=2)

    numbers = [[row["docno"] for row in desk.listed("salesinvoice", offset=n)] for n in (0, 2)]

    assert numbers == [["SHP-0", "SHP-1"], ["SHP-2"]]


@pytest.mark.parametrize("offset", ["-1", "x", "1.5"])
def test_an_offset_is_a_whole_number(desk: SqlAccountDesk, offset: str) -> None:
    assert desk.get("salesinvoice", offset=offset).status_code == 400


FILTERS: dict[str, dict[str, Any]] = {
    "number": {"docno": "SHP-1001"},
    "number in another case": {"docno": "shp-1001"},
    "order": {"docref1": "5500112233445"},
    "customer": {"code": "300-C0001"},
    "date": {"docdate": "2026-11-20"},
    "total": {"docamt": "107.00"},
    "project": {"project": "SHOPIFY"},
    "name": {"companyname": "Nur Aisyah binti Rahman"},
    "not cancelled": {"cancelled": "false"},
    "wildcard": {"docno": "SHP-1*1"},
    "several": {"docno": "SHP-1001", "code": "300-C0001"},
}


@pytest.mark.parametrize("query", FILTERS.values(), ids=FILTERS)
def test_a_field_of_the_header_filters(desk: SqlAccountDesk, query: dict[str, Any]) -> None:
    desk.made("salesinvoice", invoice())
    other = {"docref1": "2", "docdate": "2026-11-21", "project": "", "companyname": "B"}
    made = desk.made("salesinvoice", invoice(docno="SHP-2", code="300-C0002", **other))
    desk.put(f"salesinvoice/{made['dockey']}", {"updatecount": 1, "cancelled": True})

    found = [row["docno"] for row in desk.listed("salesinvoice", **query)]

    assert found in (["SHP-1001"], ["SHP-1001", "SHP-2"])
    assert found == ["SHP-1001"] or query == {"docamt": "107.00"}


def test_the_moment_of_the_last_change_filters(desk: SqlAccountDesk) -> None:
    made = desk.made("salesinvoice", invoice())

    asked = made["lastmodified"]

    assert asked > 0
    assert len(desk.listed("salesinvoice", lastmodified=asked)) == 1
    assert desk.listed("salesinvoice", lastmodified=asked - 1) == []


@pytest.mark.parametrize("path", ["salesinvoice", "customer", "account"])
def test_a_filter_over_no_field_is_refused(desk: SqlAccountDesk, path: str) -> None:
    answer = desk.get(path, docNumber="X")

    assert answer.status_code == 500
    assert "Column unknown" in said(answer)


def test_a_filter_with_no_value_of_its_field_is_refused(desk: SqlAccountDesk) -> None:
    answers = [
        desk.get("salesinvoice", **query)
        for query in ({"docdate": "soon"}, {"docamt": "much"}, {"cancelled": "maybe"})
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


def test_lists_show_headers_only(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    desk.made("customerpayment", payment())

    rows = desk.listed("salesinvoice") + desk.listed("customerpayment")
    rows += desk.listed("customer") + desk.listed("stockitem")

    assert not [name for row in rows for name in row if name.startswith("sds")]


def test_decimals_are_text_and_integers_are_not(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())

    (row,) = desk.listed("salesinvoice")

    assert (row["docamt"], row["updatecount"], row["cancelled"]) == ("107.00", 0, False)
    assert row["docdate"] == "2026-11-20"


def test_dates_in_lists_may_be_written_otherwise(desk: SqlAccountDesk) -> None:
    desk.switch(list_dates="dmy")
    desk.made("salesinvoice", invoice())

    assert desk.listed("salesinvoice")[0]["docdate"] == "20/11/2026"
    assert desk.only("salesinvoice")["docdate"] == "2026-11-20"


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("envelope", ["data", "bare", "list"])
def test_one_object_comes_in_one_of_three_envelopes(
    desk: SqlAccountDesk, envelope: str, status: int
) -> None:
    desk.switch(envelope=envelope, create_status=status)

    answer = desk.post("salesinvoice", invoice())

    body = answer.json()
    inner = {"data": body.get("data"), "bare": body, "list": (body.get("data") or [None])}
    shown = inner[envelope][0] if envelope == "list" else inner[envelope]
    assert answer.status_code == status
    assert shown["docno"] == "SHP-1001"


def test_an_unknown_key_is_absent(desk: SqlAccountDesk) -> None:
    answers = [
        desk.get("salesinvoice/999"),
        desk.get("salesinvoice/SHP-1001"),
        desk.get("account/999-999"),
        desk.get("customerpayment/99999999999999999999"),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_an_unknown_customer_answers_400(desk: SqlAccountDesk) -> None:
    answer = desk.get("customer/300-NONE")

    assert answer.status_code == 400
    assert said(answer) == "Customer 300-NONE not found"


def test_a_customer_is_found_by_its_document_key_too(desk: SqlAccountDesk) -> None:
    made = desk.made("customer", customer())

    assert desk.get(f"customer/{made['dockey']}").json()["data"]["code"] == "300-S0042"


def test_masters_are_listed_and_read(desk: SqlAccountDesk) -> None:
    (tax,) = desk.listed("tax", code="ST")
    (tee,) = desk.listed("stockitem", code="MUG-WHT")
    rows = {
        name: desk.listed(name)
        for name in ("account", "pmmethod", "project", "location", "agent", "area", "terms")
    }

    assert (tax["taxrate"], tax["isactive"]) == ("10.00", True)
    assert desk.get(f"tax/{tax['autokey']}").json()["data"] == tax
    whole = desk.get(f"stockitem/{tee['dockey']}").json()["data"]
    assert [row["uom"] for row in whole["sdsuom"]] == ["UNIT", "BOX"]
    assert {row["code"]: row["specialacctype"] for row in rows["account"]}["300-000"] == "DC"
    assert {row["code"]: row["journal"] for row in rows["pmmethod"]}["320-000"] == "CASH"
    assert [row["code"] for row in rows["terms"]] == ["C.O.D.", "30 Days"]
    assert desk.get("terms/C.O.D.").json()["data"]["isactive"] is True
    assert desk.listed("currency")[0]["code"] == "----"
    assert rows["project"][0]["code"] == "SHOPIFY"


def test_the_profile_tells_one_company_file_from_another(desk: SqlAccountDesk) -> None:
    before = desk.get("profile").json()["data"]
    desk.set_company(identity={"companyname": "Kedai Lain", "brn": "199901000001"})

    after = desk.get("profile").json()["data"]

    assert before == {"companyname": "Kedai SQL", "remark": "", "brn": "202601012345"}
    assert after == {"companyname": "Kedai Lain", "remark": "", "brn": "199901000001"}
    assert desk.get("version").json()["data"]["version"]


def test_ar_invoices_may_not_be_offered(desk: SqlAccountDesk) -> None:
    desk.switch(no_customerinvoice=True)

    assert desk.get("customerinvoice").status_code == 404


def test_ignored_filters_return_the_whole_list(desk: SqlAccountDesk) -> None:
    desk.made("salesinvoice", invoice())
    desk.switch(filter_ignored=True)

    assert len(desk.listed("salesinvoice", docno="SHP-9999")) == 1


def test_too_many_requests_come_as_a_page_and_leave_nothing(desk: SqlAccountDesk) -> None:
    desk.switch(faults=[{"fault": "429", "when": "before"}])

    answer = desk.post("salesinvoice", invoice())

    assert answer.status_code == 429
    assert b"nginx" in answer.content
    assert "Retry-After" not in answer.headers
    assert desk.books("documents") == []


@pytest.mark.parametrize("fault", ["500", "html", "truncated", "reset", "hang", "error_in_200"])
@pytest.mark.parametrize(("when", "documents"), [("before", 0), ("after", 1)])
def test_an_answer_may_be_lost_on_either_side_of_the_books(
    desk: SqlAccountDesk, monkeypatch: pytest.MonkeyPatch, fault: str, when: str, documents: int
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    desk.switch(faults=[{"fault": fault, "when": when}])

    answer = desk.post("salesinvoice", invoice())

    if fault == "reset":
        with pytest.raises(ConnectionResetError):
            b"".join(answer.streaming_content)
    else:
        assert not answer.content.endswith(b"}]}}")
    assert len(desk.books("documents")) == documents


def test_an_answer_may_tell_another_total(desk: SqlAccountDesk) -> None:
    desk.switch(faults=[{"fault": "wrong_total"}])

    made = desk.made("salesinvoice", invoice())

    assert made["docamt"] == "108.00"
    assert desk.only("salesinvoice")["docamt"] == "107.00"


def test_the_books_may_take_another_number(desk: SqlAccountDesk) -> None:
    desk.switch(faults=[{"fault": "renumbered"}])

    made = desk.made("salesinvoice", invoice())

    assert made["docno"] == "SHP-100Z"
    assert desk.listed("salesinvoice", docno="SHP-1001") == []


def test_a_write_may_reach_the_books_after_a_look_up(desk: SqlAccountDesk) -> None:
    desk.switch(faults=[{"fault": "late_commit", "reads": 1}])

    answer = desk.post("salesinvoice", invoice())

    assert answer.status_code == 500
    found = [len(desk.listed("salesinvoice", docno="SHP-1001")) for _ in range(2)]
    assert found == [0, 1]


def test_a_call_may_get_the_answer_of_another(desk: SqlAccountDesk) -> None:
    desk.switch(faults=[{"fault": "other_answer", "every": 2}])
    desk.made("salesinvoice", invoice())

    made = desk.made("salesinvoice", invoice(docno="SHP-1002"))

    assert made["docno"] == "SHP-1001"
    assert len(desk.books("documents")) == 2


@pytest.mark.parametrize("status", ["401", "403", "418", "504"])
def test_any_status_may_be_answered(desk: SqlAccountDesk, status: str) -> None:
    desk.switch(faults=[{"fault": status, "when": "before", "on": "reads"}])

    assert desk.get("version").status_code == int(status)


@pytest.mark.parametrize(
    "changes",
    [{"name": "Other"}, {"key": ""}, {"secret": 1}, {"identity": []}, {"key": "lb_live_two"}],
)
def test_a_company_is_changed_in_its_key_secret_and_identity_only(
    desk: SqlAccountDesk, changes: dict[str, Any]
) -> None:
    SqlAccountDesk(desk.client, name="Two", key="lb_live_two")
    before = desk.company.name, desk.company.key, desk.company.secret, desk.company.identity

    answer = desk.client.put(
        f"/sandbox/companies/{desk.company_id}/", changes, content_type="application/json"
    )

    assert answer.status_code in (409, 422)
    after = desk.company
    assert (after.name, after.key, after.secret, after.identity) == before


def test_nobody_opens_a_company_like_one_that_is_not_known(desk: SqlAccountDesk) -> None:
    opening = {"like": "ubs", "name": "X", "key": "x"}

    answer = desk.client.post("/sandbox/companies", opening, content_type="application/json")

    assert answer.status_code == 422
