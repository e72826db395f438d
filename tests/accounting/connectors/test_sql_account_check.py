"""The connection check: one button, and every trouble in words a merchant can act on."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from accounting.connectors.base import Finding, Health
from accounting.connectors.http import Http
from tests.accounting.connectors.sql_account import NOW, connected, document, listed, shown
from tests.scripted_server import Handler, Received, ScriptedServer, Step, reply

ITEMS = ("SHP-GOODS", "SHP-SHIPPING", "SHP-DISC", "SHP-TIP", "SHP-ROUNDING", "SHP-ALLOWANCE")
UNITS = {"sdsuom": [{"uom": "UNIT"}, {"uom": "BOX"}]}
PAGE_404 = reply(404, "<html><h1>404 Not Found</h1></html>")


def books(**changes: Step) -> Handler:
    """A company with all that is needed; `changes` are answers by path, "_" for "/"."""

    def answer(request: Received) -> Step:
        path = request.path.strip("/")
        if path.replace("/", "_") in changes:
            return changes[path.replace("/", "_")]
        if path in ANSWERS:
            return ANSWERS[path]
        code = request.query.get("code", "")
        if path == "stockitem":
            return listed({"dockey": 8, "code": code, "isactive": True} if code in ITEMS else {})
        if path.startswith("stockitem/"):
            return shown(UNITS)
        if path in ("terms", "area", "agent", "location"):
            return listed({"code": code})
        return listed()

    return answer


ANSWERS = {
    "version": reply(200, {"data": {"version": "6.2026.1089.898"}}),
    "profile": shown({"companyname": "Kedai Contoh", "brn": "202001012345", "remark": "2026"}),
    "customer/300-C0001": shown({"code": "300-C0001", "status": "A"}),
    "pmmethod": listed({"code": "310-005"}),
    "tax": listed({"code": "ST"}),
}


def check(server: ScriptedServer, client: Http, handler: Handler, **settings: str) -> Health:
    server.handler = handler
    return connected(server, client, settings, debtors=("300-C0001",)).check()


def bad(health: Health) -> list[Finding]:
    """What failed or warns, but for the reminder that is always there."""
    return [
        one for one in health.findings if one.status != "ok" and one.subject != "Please confirm"
    ]


def test_a_good_company_passes_and_is_told(server: ScriptedServer, client: Http) -> None:
    health = check(server, client, books())

    assert health.ok
    assert bad(health) == []
    assert health.fingerprint == "Kedai Contoh 202001012345"
    assert health.settings == {"customer_invoices": "true"}
    messages = " ".join(one.message for one in health.findings)
    assert "SQL Account 6.2026.1089.898 answers." in messages
    assert "These books are Kedai Contoh 202001012345. 2026" in messages
    assert {one.method for one in server.requests} == {"GET"}


def test_what_cannot_be_read_must_be_confirmed(server: ScriptedServer, client: Http) -> None:
    health = check(server, client, books())

    (reminder,) = (one for one in health.findings if one.subject == "Please confirm")
    assert reminder.status == "warning"
    assert "Perform Tax / Local Amount Rounding" in reminder.advice


def test_the_other_signature_is_tried_and_kept(server: ScriptedServer, client: Http) -> None:
    usual = books()

    def older(request: Received) -> Step:
        if "ap-southeast-1/execute-api" in request.headers["authorization"]:
            return usual(request)
        return reply(401, {"message": "Invalid signature"})

    health = check(server, client, older)

    assert health.ok
    assert health.settings == {
        "region": "ap-southeast-1",
        "service": "execute-api",
        "signed_headers": "content-type;host;x-amz-date",
        "customer_invoices": "true",
    }


def test_a_setting_that_is_right_already_is_not_kept_anew(
    server: ScriptedServer, client: Http
) -> None:
    health = check(server, client, books(), customer_invoices="true")

    assert health.settings == {}


def test_books_without_customer_invoices_are_remembered_so(
    server: ScriptedServer, client: Http
) -> None:
    health = check(server, client, books(customerinvoice=PAGE_404), customer_invoices="true")

    assert health.ok
    assert health.settings == {"customer_invoices": "false"}


def test_a_wrong_key_is_said_after_both_signatures_and_ends_the_check(
    server: ScriptedServer, client: Http
) -> None:
    refusal = reply(401, {"message": "Invalid signature"})

    health = check(server, client, lambda _: refusal)

    (found,) = health.findings
    assert (found.subject, found.status) == ("API secret key", "failed")
    assert "same API Secret Key" in found.advice
    assert health.settings == {}
    assert len(server.requests) == 2


def test_a_wrong_clock_is_told_from_a_wrong_key(server: ScriptedServer, client: Http) -> None:
    refusal = reply(401, "", headers={"Date": "Fri, 20 Nov 2026 01:02:03 GMT"})
    server.handler = lambda _: refusal
    connector = connected(server, client, now=lambda: NOW + timedelta(minutes=20))

    (found,) = connector.check().findings

    assert found.subject == "Clock"
    assert "20 minutes" in found.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(503, "offline"), "offline"),
        (Step(then="close"), "did not answer"),
        (reply(429, ""), "slow down"),
        (PAGE_404, "does not offer /version"),
        (reply(403, "No API right"), "No API right"),
    ],
)
def test_books_that_do_not_answer_are_one_finding(
    server: ScriptedServer, client: Http, answer: Step, words: str
) -> None:
    health = check(server, client, lambda _: answer)

    (found,) = health.findings
    assert found.status == "failed"
    assert words in found.message
    assert health.fingerprint == ""


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (reply(200, "5.2024.1007.860"), "failed", "needs a newer one"),
        (reply(200, "5.2025.1038.875"), "ok", "5.2025.1038.875 answers"),
        (reply(200, {"data": {}}), "ok", "SQL Account answers."),
    ],
)
def test_the_version_decides_whether_there_is_an_api(
    server: ScriptedServer, client: Http, answer: Step, status: str, words: str
) -> None:
    health = check(server, client, books(version=answer))

    (found,) = (one for one in health.findings if one.subject in ("Version", "Connection"))
    assert found.status == status
    assert words in found.message


def test_books_that_do_not_say_whose_they_are_are_a_warning(
    server: ScriptedServer, client: Http
) -> None:
    health = check(server, client, books(profile=reply(404, {"error": "?"})))

    assert health.ok
    assert health.fingerprint == ""
    assert [one.subject for one in bad(health)] == ["Company"]


def test_a_profile_that_may_not_be_read_ends_the_check(
    server: ScriptedServer, client: Http
) -> None:
    health = check(server, client, books(profile=reply(403, "No right")))

    assert [one.subject for one in bad(health)] == ["Connection"]
    assert "Maintain User" in bad(health)[0].advice


@pytest.mark.parametrize(
    "resource",
    [
        "salesinvoice",
        "salescreditnote",
        "customerpayment",
        "customerrefund",
        "customercreditnote",
    ],
)
@pytest.mark.parametrize(
    ("answer", "words", "advice"),
    [
        (PAGE_404, "does not offer", "Update SQL Account"),
        (reply(404, {"error": "?"}), "offers no", "Update SQL Account"),
        (reply(403, "No right"), "No right", "Maintain User"),
        (reply(500, "Access violation"), "Access violation", ""),
        (
            listed(*(document(f"IV-{n}") for n in range(50))),
            "duplicates cannot be ruled out",
            "",
        ),
    ],
)
def test_each_kind_of_document_that_cannot_be_used_is_named(
    server: ScriptedServer, client: Http, resource: str, answer: Step, words: str, advice: str
) -> None:
    health = check(server, client, books(**{resource: answer}))

    (found,) = bad(health)
    assert found.status == "failed"
    assert words in found.message
    assert advice in found.advice


def test_an_empty_list_may_be_answered_as_absence(server: ScriptedServer, client: Http) -> None:
    usual = books()

    def nothing_yet(request: Received) -> Step:
        if request.path == "/salesinvoice" and "docno" in request.query:
            return reply(400, "No record found")
        return usual(request)

    assert bad(check(server, client, nothing_yet)) == []


def test_debit_notes_are_checked_where_they_are_written_as_such(
    server: ScriptedServer, client: Http
) -> None:
    usual = check(server, client, books(salesdebitnote=PAGE_404))
    chosen = check(server, client, books(salesdebitnote=PAGE_404), debit_notes="salesdebitnote")

    assert usual.ok
    assert [one.subject for one in bad(chosen)] == ["Sales debit notes"]


@pytest.mark.parametrize(
    ("changes", "settings", "subject", "words"),
    [
        ({"customer_300-C0001": reply(400, "Customer not found")}, {}, "Cash debtor", "not in"),
        (
            {"customer_300-C0001": shown({"code": "300-C0001", "status": "I"})},
            {},
            "Cash debtor",
            "not active",
        ),
        ({}, {"item_tip": "TIPS"}, "Item TIPS", "not in"),
        ({"stockitem_8": shown({"sdsuom": [{"uom": "PCS"}]})}, {}, "Item", "only PCS"),
        ({"terms": listed()}, {"terms": "30 Days"}, "Terms 30 Days", "not in"),
        ({"location": listed()}, {"location": "ECOM"}, "Location ECOM", "not in"),
        ({"agent": reply(500, "Oops")}, {"agent": "ALI"}, "Agent ALI", "Oops"),
        ({}, {"item_goods": ""}, "Item for goods", "No item is chosen"),
        ({"pmmethod": listed()}, {}, "Payment methods", "There are none"),
    ],
)
def test_each_record_that_documents_would_miss_is_named(
    server: ScriptedServer,
    client: Http,
    changes: dict[str, Step],
    settings: dict[str, str],
    subject: str,
    words: str,
) -> None:
    health = check(server, client, books(**changes), **settings)

    assert not health.ok
    assert bad(health)
    assert all(one.subject.startswith(subject) and words in one.message for one in bad(health))


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"tax": listed()}, "Tax codes"),
        ({"tax": reply(403, "No right")}, "Tax codes"),
        ({"pmmethod": PAGE_404}, "Payment methods"),
    ],
)
def test_lists_that_cannot_be_read_only_warn(
    server: ScriptedServer, client: Http, changes: dict[str, Step], subject: str
) -> None:
    health = check(server, client, books(**changes))

    assert health.ok
    assert [one.subject for one in bad(health)] == [subject]


def test_an_inactive_item_and_one_without_units(server: ScriptedServer, client: Http) -> None:
    usual = books(stockitem_8=shown({"sdsuom": None}))

    def one_closed(request: Received) -> Step:
        if request.query.get("code") == "SHP-TIP":
            return listed({"dockey": 8, "code": "SHP-TIP", "isactive": "F"})
        return usual(request)

    assert [one.subject for one in bad(check(server, client, one_closed))] == ["Item SHP-TIP"]


def test_the_item_of_five_sen_rounding_is_a_warning(server: ScriptedServer, client: Http) -> None:
    usual = books()

    def rounds(request: Received) -> Step:
        if request.query.get("code") == "RTN5Cents":
            return listed({"dockey": 9, "code": "RTN5Cents"})
        return usual(request)

    (found,) = bad(check(server, client, rounds))

    assert (found.subject, found.status) == ("Rounding", "warning")
    assert "5 Cents Rounding" in found.advice


def test_no_debtor_yet_is_a_warning(server: ScriptedServer, client: Http) -> None:
    server.handler = books()

    health = connected(server, client).check()

    assert health.ok
    assert [one.subject for one in bad(health)] == ["Cash debtor"]


@pytest.mark.parametrize("resource", ["customercreditnote", "customerinvoice", "stockitem", "tax"])
def test_a_request_to_wait_ends_the_check(
    server: ScriptedServer, client: Http, resource: str
) -> None:
    changes = {resource: reply(429, "")}

    health = check(server, client, books(**changes), customer_invoices="true")

    assert [one.advice for one in bad(health)] == ["Check again in some minutes."]
    assert server.requests[-1].path == f"/{resource}"
    assert "customer_invoices" not in health.settings


def test_trouble_says_nothing_about_customer_invoices(server: ScriptedServer, client: Http) -> None:
    handler = books(customerinvoice=reply(500, "Access violation"))

    health = check(server, client, handler, customer_invoices="true")

    assert health.settings == {}


def test_a_long_version_is_read_in_no_time(server: ScriptedServer, client: Http) -> None:
    digits = reply(200, {"version": "1" * 300_000})
    begun = time.monotonic()

    health = check(server, client, books(version=digits))

    assert health.ok
    assert time.monotonic() - begun < 5


def test_an_impossible_time_of_the_books_tells_nothing_of_the_clocks(
    server: ScriptedServer, client: Http
) -> None:
    refused = reply(401, "", headers={"Date": "Fri, 20 Nov 99999999999 01:02:03 GMT"})

    health = check(server, client, books(version=refused))

    assert [one.subject for one in bad(health)] == ["API secret key"]
