"""Signatures against vectors that were made without this code: those AWS publishes for Signature
Version 4, those written down for SQL Account after two other signers had agreed on them, and some
computed with `openssl dgst -mac HMAC` step by step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounting.connectors.http import Http
from accounting.connectors.sql_account_api.signing import (
    NEWER,
    OLDER,
    Variant,
    headers,
    other,
    query_text,
)
from tests.accounting.connectors.sql_account import ACCESS_KEY, SECRET_KEY, connected, listed
from tests.scripted_server import ScriptedServer

AWS = Variant("us-east-1", "service", "host;x-amz-date")
HASHED = Variant("ap-southeast-5", "sqlaccount", "host;x-amz-content-sha256;x-amz-date")
PAYMENT = b'{"docno":"SHP-1001-P1","code":"300-C0001","docamt":"107.00"}'


def signature(method: str, url: str, body: bytes | None, variant: Variant, **by: object) -> str:
    who = {"access_key": "0a1b2c3d4e5f.sql.my/APIUSER", "secret_key": "EXAMPLE-SECRET-NOT-REAL"}
    now = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    given = headers(method, url, body, variant=variant, **(who | {"now": now} | by))  # type: ignore[arg-type] # keywords of several types
    return given["authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET",
            "/?Param1=value1&Param2=value2",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ],
)
def test_the_vectors_that_aws_publishes_come_out(method: str, target: str, expected: str) -> None:
    found = signature(
        method,
        f"https://example.amazonaws.com{target}",
        None,
        AWS,
        access_key="AKIDEXAMPLE",
        secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )

    assert found == expected


@pytest.mark.parametrize(
    ("variant", "method", "target", "body", "expected"),
    [
        (
            NEWER,
            "GET",
            "/salesinvoice?docno=SHP-1001",
            None,
            "93cbd4d59872f82832e465eaa653d35360554ebc3258b7f7d6a94d167ba14ccd",
        ),
        (
            NEWER,
            "GET",
            "/version",
            None,
            "218b5a4369781be6cac0b40e9507937118fa5bb2ef3639ed2483df65089a18f0",
        ),
        (
            NEWER,
            "POST",
            "/customerpayment",
            PAYMENT,
            "ea05816f5efc9709a8a8106f7a42a8f7c913f9dec910d64b5a4dcb736cfa2166",
        ),
        (
            OLDER,
            "POST",
            "/customerpayment",
            PAYMENT,
            "356e5f611911f3300f8989e64c39359bbb25e0f6ec756ba0b981dc0b6ddc3332",
        ),
        (
            OLDER,
            "GET",
            "/version",
            None,
            "5c1874d939823434f4b4805c44d4b0500d3c20b5870d1aa42a0c2a28831ddbe0",
        ),
    ],
)
def test_both_variants_sign_as_sql_account_expects(
    variant: Variant, method: str, target: str, body: bytes | None, expected: str
) -> None:
    assert signature(method, f"https://api.sql.my{target}", body, variant) == expected


def test_a_path_a_port_and_odd_characters_are_signed_as_they_are_sent() -> None:
    query = query_text({"code": "300-C 1*", "a": "é~"})

    found = signature(
        "GET",
        f"http://127.0.0.1:8123/sandbox/customer?{query}",
        None,
        HASHED,
        access_key="k/U",
        secret_key="s",
    )

    assert query == "a=%C3%A9~&code=300-C%201%2A"
    assert found == "d3fa3e8e1dcb3f2341980d0877faac05cddb2052cb53c275e74312b0e10268b7"


def test_the_time_is_signed_in_utc() -> None:
    malaysian = datetime(2026, 11, 20, 9, 2, 3, tzinfo=timezone(timedelta(hours=8)))

    found = signature("GET", "https://api.sql.my/version", None, NEWER, now=malaysian)

    assert found == "218b5a4369781be6cac0b40e9507937118fa5bb2ef3639ed2483df65089a18f0"


def test_the_port_of_a_scheme_is_not_part_of_the_host() -> None:
    with_port = signature("GET", "https://api.sql.my:443/version", None, NEWER)

    assert with_port == signature("GET", "https://api.sql.my/version", None, NEWER)


def test_only_a_body_has_a_type_in_the_newer_variant() -> None:
    who = {"access_key": "k", "secret_key": "s", "variant": NEWER, "now": datetime.now(UTC)}

    asked = headers("GET", "https://api.sql.my/version", None, **who)  # type: ignore[arg-type] # keywords of several types
    written = headers("POST", "https://api.sql.my/customer", b"{}", **who)  # type: ignore[arg-type] # as above

    assert "content-type" not in asked
    assert written["content-type"] == "application/json"
    assert "host" not in asked
    assert "SignedHeaders=host;x-amz-date," in written["authorization"]


def test_each_variant_has_another_to_try() -> None:
    assert other(NEWER) == OLDER
    assert other(OLDER) == NEWER
    assert other(AWS) == NEWER


def test_what_arrives_is_what_was_signed(server: ScriptedServer, client: Http) -> None:
    """The server's view of a request, signed anew, has the same signature."""
    server.script = [listed()]
    connector = connected(server, client, signed_headers="content-type;host;x-amz-date")

    connector.identity()

    (request,) = server.requests
    expected = headers(
        "GET",
        f"http://{request.headers['host']}{request.path}",
        None,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        variant=Variant("ap-southeast-5", "sqlaccount", OLDER.signed_headers),
        now=datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
    )
    assert request.headers["authorization"] == expected["authorization"]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-amz-date"] == "20261120T010203Z"
