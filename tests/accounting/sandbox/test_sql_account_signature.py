"""Who is let in at the door of the SQL Account API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounting.sandbox.models import CallRecord
from accounting.sandbox.sql_account_signature import (
    PARAMETERS,
    Claim,
    Message,
    canonical,
    signature,
)
from tests.accounting.sandbox.sql_account_desk import (
    KEY,
    MOUNT,
    NEWER,
    OLDER,
    SECRET,
    SqlAccountDesk,
    invoice,
    payment,
    said,
    signed_headers,
)

BODY = b'{"docno":"SHP-1001-P1","code":"300-C0001","docamt":"107.00"}'
MOMENT = "20261120T010203Z"
VECTORS = [
    (
        *("newer", "GET", "/salesinvoice", "docno=SHP-1001", b""),
        "93cbd4d59872f82832e465eaa653d35360554ebc3258b7f7d6a94d167ba14ccd",
    ),
    (
        *("newer", "GET", "/version", "", b""),
        "218b5a4369781be6cac0b40e9507937118fa5bb2ef3639ed2483df65089a18f0",
    ),
    (
        *("newer", "POST", "/customerpayment", "", BODY),
        "ea05816f5efc9709a8a8106f7a42a8f7c913f9dec910d64b5a4dcb736cfa2166",
    ),
    (
        *("older", "POST", "/customerpayment", "", BODY),
        "356e5f611911f3300f8989e64c39359bbb25e0f6ec756ba0b981dc0b6ddc3332",
    ),
    (
        *("older", "GET", "/version", "", b""),
        "5c1874d939823434f4b4805c44d4b0500d3c20b5870d1aa42a0c2a28831ddbe0",
    ),
]


def message(variant: str, method: str, path: str, query: str, payload: bytes) -> Message:
    headers = {
        "content-type": "application/json",
        "host": "api.sql.my",
        "x-amz-date": MOMENT,
    }
    signed = [(name, headers[name]) for name in sorted(PARAMETERS[variant].signed)]
    return Message(method=method, path=path, query=query, headers=signed, payload=payload)


@pytest.mark.parametrize(("variant", "method", "path", "query", "payload", "wanted"), VECTORS)
def test_the_published_requests_have_the_published_signatures(
    variant: str, method: str, path: str, query: str, payload: bytes, wanted: str
) -> None:
    parameters = PARAMETERS[variant]
    claim = Claim(
        key=KEY,
        day=MOMENT[:8],
        region=parameters.region,
        service=parameters.service,
        signed=(),
        signature="",
    )

    found = signature(SECRET, claim, message(variant, method, path, query, payload), MOMENT)

    assert found == wanted


def test_a_query_is_sorted_and_a_space_is_no_plus() -> None:
    asked = message("newer", "GET", "/customer", "code=300%2A&agent=A%20B+C&area", b"")

    assert canonical(asked).splitlines()[2] == "agent=A%20B%2BC&area=&code=300%2A"


def test_both_sets_of_parameters_open_the_company_that_has_them(desk: SqlAccountDesk) -> None:
    newer = [desk.ask("GET", "version", **way).status_code for way in (NEWER, OLDER)]
    desk.switch(signature="older")

    older = [desk.ask("GET", "version", **way).status_code for way in (NEWER, OLDER)]

    assert newer == [200, 401]
    assert older == [401, 200]


def test_more_headers_may_be_signed(desk: SqlAccountDesk) -> None:
    more = ("content-type", "host", "x-amz-content-sha256", "x-amz-date")

    assert desk.ask("GET", "version", signed=more).status_code == 200


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WRONG: dict[str, dict[str, Any]] = {
    "an unknown access key": {"key": "ffff.sql.my/APIUSER"},
    "another secret": {"secret": "EXAMPLE-OTHER"},
    "the other region": {"region": "ap-southeast-1"},
    "the other service": {"service": "execute-api"},
    "the host unsigned": {"signed": ("x-amz-date",)},
    "the date unsigned": {"signed": ("host",)},
    "headers out of order": {"signed": ("x-amz-date", "host")},
    "a date long past": {"at": LONG_AGO},
    "another day in the scope": {"day": "20200101"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_wrong_signature_is_refused_in_one_sentence(
    desk: SqlAccountDesk, changes: dict[str, Any]
) -> None:
    before = desk.contents()

    answer = desk.ask("POST", "salesinvoice", invoice(), **changes)

    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid signature"}
    assert desk.contents() == before


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_may_be_off_by_minutes(desk: SqlAccountDesk, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    assert desk.ask("GET", "version", at=at).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (15, 401)])
def test_how_far_a_clock_may_be_off_is_a_switch(
    desk: SqlAccountDesk, minutes: int, status: int
) -> None:
    desk.switch(clock_minutes=minutes)

    assert desk.ask("GET", "version", at=LONG_AGO).status_code == status


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer lb_live_sql", "AWS4-HMAC-SHA256 Credential=/a, SignedHeaders=, Signature=00"],
)
def test_without_a_signature_nothing_is_told(desk: SqlAccountDesk, authorization: str) -> None:
    answer = desk.client.get(MOUNT + "version", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert not CallRecord.objects.exists()


@pytest.mark.parametrize(
    "moment", ["", "20261120T010203", "2026-11-20T01:02:03Z", "20261320T010203Z"]
)
def test_a_time_in_another_form_is_refused(desk: SqlAccountDesk, moment: str) -> None:
    headers = signed_headers("GET", MOUNT + "version", "", b"") | {"X-Amz-Date": moment}

    assert desk.client.get(MOUNT + "version", headers=headers).status_code == 401


def test_a_body_changed_after_signing_is_refused(desk: SqlAccountDesk) -> None:
    headers = signed_headers("POST", MOUNT + "customerpayment", "", BODY)
    sent = BODY.replace(b"107.00", b"170.00")

    answer = desk.client.generic(
        "POST", MOUNT + "customerpayment", sent, "application/json", headers=headers
    )

    assert answer.status_code == 401
    assert desk.books("documents") == []


def test_a_query_changed_after_signing_is_refused(desk: SqlAccountDesk) -> None:
    headers = signed_headers("GET", MOUNT + "salesinvoice", "docno=SHP-1001", b"")

    answer = desk.client.get(MOUNT + "salesinvoice?docno=SHP-1002", headers=headers)

    assert answer.status_code == 401


def test_old_credentials_open_nothing_after_a_change(desk: SqlAccountDesk) -> None:
    desk.set_company(secret="EXAMPLE-NEW")

    answers = [desk.ask("GET", "version", secret=secret) for secret in (SECRET, "EXAMPLE-NEW")]

    assert [answer.status_code for answer in answers] == [401, 200]


def test_a_company_without_a_secret_has_no_such_door(desk: SqlAccountDesk) -> None:
    SqlAccountDesk(desk.client, name="No door", key="other.sql.my/APIUSER", secret="")

    answer = desk.ask("GET", "version", key="other.sql.my/APIUSER", secret="")

    assert answer.status_code == 401


def test_a_busy_licence_turns_every_call_away(desk: SqlAccountDesk) -> None:
    desk.switch(licence_taken=True)

    answers = [desk.get("version"), desk.post("customerpayment", payment())]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert "maximum 1 concurrent connection" in said(answers[1])
    assert desk.books("documents") == []


def test_a_user_without_the_right_reads_only(desk: SqlAccountDesk) -> None:
    desk.switch(read_only=True)

    answers = [desk.get("salesinvoice"), desk.post("salesinvoice", invoice())]

    assert [answer.status_code for answer in answers] == [200, 403]
    assert desk.books("documents") == []


def test_an_offline_company_answers_503(desk: SqlAccountDesk) -> None:
    desk.switch(offline=True)

    answers = [desk.get("version"), desk.post("salesinvoice", invoice())]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert desk.books("documents") == []
