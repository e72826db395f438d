"""Knock-offs that are written after their source: read, add a row, put all rows back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.base import Rejected, Settled, Unavailable, Uncertain
from accounting.connectors.http import Http
from accounting.documents.document import Allocation, Key, Kind, Role
from tests.accounting.connectors.entries import allocation
from tests.accounting.connectors.sql_account import (
    Row,
    calls,
    connected,
    listed,
    money,
    row,
    sent,
    shown,
)
from tests.scripted_server import ScriptedServer, Step, reply

STALE = reply(500, {"error": "Record has been changed by another user"})


def credit(**changes: Any) -> Allocation:
    """The credit note of 49.50 settles 49.50 of the open invoice."""
    usual = {
        "source_kind": Kind.CREDIT_NOTE,
        "source": "SH-1001-C5XX",
        "amount": Decimal("49.50"),
        "source_open": Decimal("49.50"),
    }
    return allocation(**(usual | changes))


def twin(**changes: Any) -> Row:
    """The credit note's AR twin, nothing applied."""
    usual = {"docamt": "49.50", "unappliedamt": "49.50", "sdsknockoff": []}
    return money("SH-1001-C5XX", **(usual | changes))


def applied(**changes: Any) -> Row:
    usual = {"unappliedamt": "0.00", "sdsknockoff": [row("SH-1001", "49.50")]}
    return twin(**(usual | changes))


def second(**changes: Any) -> Allocation:
    """A later knock-off of the same pair."""
    key = Key(role=Role.ALLOCATION, source_id=2, source="SH-1001-P533D", target="SH-1001")
    usual = {"key": key, "amount": Decimal("47.00"), "source_open": Decimal("47.00")}
    return allocation(**(usual | changes))


# --- has it been made? ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Kind.PAYMENT, "/customerpayment"),
        (Kind.CREDIT_NOTE, "/customercreditnote"),
        (Kind.REFUND, "/customerrefund"),
    ],
)
def test_a_knock_off_is_found_on_its_source(
    server: ScriptedServer, client: Http, kind: Kind, path: str
) -> None:
    server.script = [listed(money()), shown(money())]

    receipt = connected(server, client).find(allocation(source_kind=kind))

    assert receipt is not None
    assert receipt.settled == (Settled(number="SH-1001", amount=Decimal("107.00")),)
    assert calls(server) == [("GET", path), ("GET", f"{path}/4712")]


def test_a_knock_off_without_a_row_has_not_been_made(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(twin()), shown(twin())]

    assert connected(server, client).find(credit()) is None


def test_knock_offs_written_at_once_are_each_found(server: ScriptedServer, client: Http) -> None:
    """The books tell them apart by their rows: what was open before each is no longer seen."""
    rows = [row("SH-1001", "100.00"), row("SH-1001-N533D", "7.00")]
    one = allocation(amount=Decimal("100.00"))
    other = allocation(target="SH-1001-N533D", amount=Decimal("7.00"), source_open=Decimal("7.00"))

    for entry in (one, other):
        server.script = [listed(money()), shown(money(sdsknockoff=rows))]
        assert connected(server, client).find(entry) is not None


def test_a_knock_off_is_not_made_because_a_later_one_is(
    server: ScriptedServer, client: Http
) -> None:
    half = money(unappliedamt="7.00", sdsknockoff=[row("SH-1001", "100.00")])
    server.script = [listed(half), shown(half)]
    earlier = allocation(target="SH-1001-N533D", amount=Decimal("7.00"))

    assert connected(server, client).find(earlier) is None


@pytest.mark.parametrize(
    ("unapplied", "koamt", "made"), [("47.00", "60.00", False), ("0.00", "107.00", True)]
)
def test_a_second_knock_off_of_a_pair_is_told_by_what_is_left(
    server: ScriptedServer, client: Http, unapplied: str, koamt: str, made: bool
) -> None:
    source = money(unappliedamt=unapplied, sdsknockoff=[row("SH-1001", koamt)])
    server.script = [listed(source), shown(source)]

    assert (connected(server, client).find(second()) is not None) is made


@pytest.mark.parametrize(
    ("entry", "source", "message"),
    [
        (allocation(), money(unappliedamt="0.00", sdsknockoff=[]), "0.00 open in the books"),
        (
            allocation(),
            money(unappliedamt="7.00", sdsknockoff=[row("SH-1001", "100.00")]),
            "settles SH-1001 by 100.00 in the books, 107.00 here",
        ),
        (
            second(),
            money(unappliedamt="20.00", sdsknockoff=[row("SH-1001", "87.00")]),
            "20.00 open in the books, 47.00 here",
        ),
        (
            second(),  # its amount went elsewhere; the row is the first one's
            money(
                docamt="94.00",
                sdsknockoff=[row("SH-1001", "47.00"), row("IV-0001", "47.00")],
            ),
            "settles SH-1001 by 47.00 in the books",
        ),
        (allocation(), money(cancelled=True), "is cancelled in the books"),
        (
            allocation(),
            money(sdsknockoff=[row("SH-0999", "107.00")]),
            "0.00 open in the books",
        ),
    ],
)
def test_books_that_contradict_a_knock_off_need_a_person(
    server: ScriptedServer, client: Http, entry: Allocation, source: Row, message: str
) -> None:
    for act in ("find", "post"):
        server.script = [listed(source), shown(source)]

        with pytest.raises(Rejected, match=message):
            getattr(connected(server, client), act)(entry)

    assert {one.method for one in server.requests} == {"GET"}


def test_a_source_that_is_missing_cannot_be_knocked_off(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed()]

    with pytest.raises(Rejected, match="SH-1001-C5XX is not in the books"):
        connected(server, client).find(credit())


def test_books_that_do_not_say_what_is_left_prove_nothing(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(twin()), shown(twin(unappliedamt=None))] * 2

    for act in (connected(server, client).find, connected(server, client).post):
        with pytest.raises(Unavailable, match="cannot be verified"):
            act(credit())

    assert {one.method for one in server.requests} == {"GET"}


# --- making it --------------------------------------------------------------------------------


def test_a_credit_note_is_knocked_off_through_its_twin(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(twin()), shown(twin(updatecount=3)), shown(applied())]

    receipt = connected(server, client).post(credit())

    assert receipt is not None
    assert receipt.unapplied == Decimal("0.00")
    assert calls(server) == [
        ("GET", "/customercreditnote"),
        ("GET", "/customercreditnote/4712"),
        ("PUT", "/customercreditnote/4712"),
    ]
    assert sent(server.requests[-1]) == {
        "docno": "SH-1001-C5XX",
        "updatecount": 4,
        "sdsknockoff": [{"doctype": "IV", "docno": "SH-1001", "koamt": "49.50", "knockoff": True}],
    }


def test_rows_that_are_there_are_kept(server: ScriptedServer, client: Http) -> None:
    kept = row("SH-0999", "7.00", dtlkey=55, docdate="2026-11-20")
    offered = row("SH-0998", "7.00", knockoff=False)
    source = money(unappliedamt="100.00", sdsknockoff=[kept, offered])
    server.script = [listed(source), shown(source), shown(money())]

    connected(server, client).post(allocation(amount=Decimal("100.00")))

    assert sent(server.requests[-1])["sdsknockoff"] == [
        row("SH-0999", "7.00"),
        row("SH-1001", "100.00"),
    ]


def test_a_second_knock_off_of_a_pair_raises_its_row(server: ScriptedServer, client: Http) -> None:
    source = money(unappliedamt="47.00", sdsknockoff=[row(" sh-1001 ", "60.00")])
    server.script = [listed(source), shown(source), shown(money())]

    assert connected(server, client).post(second()) is not None
    assert [one["koamt"] for one in sent(server.requests[-1])["sdsknockoff"]] == ["107.00"]


def test_a_row_that_took_no_effect_is_written_anew_and_not_added_to(
    server: ScriptedServer, client: Http
) -> None:
    """The books keep a row whose target was not open yet: it has settled nothing so far."""
    source = money(unappliedamt="107.00", sdsknockoff=[row("SH-1001", "60.00")])
    entry = allocation(amount=Decimal("60.00"))
    after = money(unappliedamt="47.00", sdsknockoff=[row("SH-1001", "60.00")])
    server.script = [listed(source), shown(source), shown(after)]

    receipt = connected(server, client).post(entry)

    assert receipt is not None
    assert [one["koamt"] for one in sent(server.requests[-1])["sdsknockoff"]] == ["60.00"]


def test_a_second_knock_off_adds_to_no_row_that_may_not_count(
    server: ScriptedServer, client: Http
) -> None:
    rows = [row("SH-1001", "60.00"), row("SH-0999", "7.00")]
    source = money(unappliedamt="47.00", sdsknockoff=rows)
    server.script = [listed(source), shown(source)]

    with pytest.raises(Rejected, match="more than it has applied"):
        connected(server, client).post(second())

    assert {one.method for one in server.requests} == {"GET"}


def test_a_row_that_is_raised_is_raised_in_all_its_amounts(
    server: ScriptedServer, client: Http
) -> None:
    before = row("SH-1001", "60.00", localkoamt="60.00", actuallocalkoamt="60.00")
    source = money(unappliedamt="47.00", sdsknockoff=[before])
    server.script = [listed(source), shown(source), shown(money())]

    connected(server, client, knockoff_row="full").post(second())

    (written,) = sent(server.requests[-1])["sdsknockoff"]
    amounts = [written[name] for name in ("koamt", "localkoamt", "actuallocalkoamt")]
    assert amounts == ["107.00"] * 3


def test_a_document_of_another_type_with_the_same_number_is_another(
    server: ScriptedServer, client: Http
) -> None:
    source = money(unappliedamt="100.00", sdsknockoff=[row("SH-1001", "7.00", doctype="DN")])
    entry = allocation(amount=Decimal("100.00"), key=second().key, source_open=Decimal("100.00"))
    server.script = [listed(source), shown(source), shown(money())]

    connected(server, client).post(entry)

    rows = sent(server.requests[-1])["sdsknockoff"]
    assert [(one["doctype"], one["koamt"]) for one in rows] == [("DN", "7.00"), ("IV", "100.00")]


def test_full_rows_keep_what_the_books_said(server: ScriptedServer, client: Http) -> None:
    kept = row("SH-0999", "7.00", outstanding=None, localkoamt="7.00", dtlkey=55)
    source = money(unappliedamt="100.00", sdsknockoff=[kept])
    server.script = [listed(source), shown(source), shown(money())]

    connected(server, client, knockoff_row="full").post(allocation(amount=Decimal("100.00")))

    assert sent(server.requests[-1])["sdsknockoff"][0] == row(
        "SH-0999", "7.00", outstanding="", localkoamt="7.00"
    )


def test_a_knock_off_that_is_there_is_not_made_again(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(applied()), shown(applied())]

    receipt = connected(server, client).post(credit())

    assert receipt is not None
    assert {one.method for one in server.requests} == {"GET"}


@pytest.mark.parametrize(("rule", "counts"), [("increment", [4, 8]), ("same", [3, 9])])
def test_a_refused_counter_is_read_again_and_tried_by_the_other_rule_once(
    server: ScriptedServer, client: Http, rule: str, counts: list[int]
) -> None:
    first = [listed(twin()), shown(twin(updatecount=3)), STALE]
    again = [listed(twin()), shown(twin(updatecount=8)), shown(applied())]
    server.script = [*first, *again]

    receipt = connected(server, client, ar_updatecount=rule).post(credit())

    writes = [sent(one)["updatecount"] for one in server.requests if one.method == "PUT"]
    assert writes == counts
    assert receipt is not None


def test_a_counter_refused_twice_needs_a_person(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(twin()), shown(twin()), STALE] * 3

    with pytest.raises(Rejected, match="changed by another user"):
        connected(server, client).post(credit())

    assert [one.method for one in server.requests].count("PUT") == 2


def test_somebody_elses_knock_off_meanwhile_is_seen_before_the_second_try(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(twin()), shown(twin()), STALE, listed(applied()), shown(applied())]

    assert connected(server, client).post(credit()) is not None
    assert [one.method for one in server.requests].count("PUT") == 1


def test_the_rule_that_worked_is_kept(server: ScriptedServer, client: Http) -> None:
    steps = [listed(twin()), shown(twin()), STALE, listed(twin()), shown(twin()), shown(applied())]
    connector = connected(server, client)
    server.script = list(steps)
    connector.post(credit())
    server.script = [listed(twin()), shown(twin(updatecount=5)), shown(applied())]

    connector.post(credit())

    assert sent(server.requests[-1])["updatecount"] == 5


def test_books_without_a_counter_are_sent_none(server: ScriptedServer, client: Http) -> None:
    source = twin(updatecount=None)
    server.script = [listed(source), shown(source), shown(applied())]

    connected(server, client).post(credit())

    assert "updatecount" not in sent(server.requests[-1])


# --- what its answer proves -------------------------------------------------------------------


def test_a_knock_off_that_was_saved_without_being_applied_is_shown(
    server: ScriptedServer, client: Http
) -> None:
    echoed = twin(sdsknockoff=[row("SH-1001", "49.50")])  # the row is there, and counts for nothing
    server.script = [listed(twin()), shown(twin()), shown(echoed)]

    with pytest.raises(Rejected, match=r"was not applied to SH-1001: it has 49\.50 left"):
        connected(server, client).post(credit())


@pytest.mark.parametrize(
    "answer",
    [
        {"dockey": 4712, "docno": "SH-1001-C5XX"},
        {"dockey": 4712, "docno": "SH-1001-C5XX", "docamt": "49.50"},
        twin(unappliedamt="40.00"),
    ],
)
def test_an_answer_that_says_too_little_is_read_back(
    server: ScriptedServer, client: Http, answer: Row
) -> None:
    server.script = [listed(twin()), shown(twin()), shown(answer)]

    assert connected(server, client).post(credit()) is None


@pytest.mark.parametrize("answer", [Step(then="close"), reply(500, "Access violation")])
def test_a_lost_answer_leaves_the_knock_off_unknown(
    server: ScriptedServer, client: Http, answer: Step
) -> None:
    server.script = [listed(twin()), shown(twin()), answer]

    with pytest.raises(Uncertain):
        connected(server, client).post(credit())

    assert [one.method for one in server.requests].count("PUT") == 1


def test_a_source_that_cannot_be_read_is_not_written(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(twin()), reply(500, "Access violation")]

    with pytest.raises(Unavailable):
        connected(server, client).post(credit())

    assert {one.method for one in server.requests} == {"GET"}
