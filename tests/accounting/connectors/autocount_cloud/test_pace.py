"""A hundred calls a minute, counted by what the books say."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from accounting.connectors.autocount_cloud import memory
from accounting.connectors.autocount_cloud.memory import Memory, Pace
from accounting.connectors.base import Throttled
from tests.accounting.connectors.autocount_cloud.conftest import NOW, Connect
from tests.accounting.connectors.autocount_cloud.records import created, invoice_row, one
from tests.accounting.connectors.entries import invoice
from tests.books import Clock
from tests.scripted_server import ScriptedServer, Step, reply

RESET = "2026-11-20T09:20:49.9513771Z"  # 49.95 seconds after NOW


def headers(left: int, reset: str = RESET) -> dict[str, str]:
    return {
        "x-rate-limit-limit": "1m",
        "x-rate-limit-remaining": str(left),
        "x-rate-limit-reset": reset,
    }


def answered(left: int) -> Step:
    return reply(200, {"companyName": "Kedai"}, headers(left))


def test_below_five_calls_nothing_is_begun_until_the_count_begins_anew(
    server: ScriptedServer, connect: Connect, clock: Clock
) -> None:
    server.script = [answered(4), answered(99)]
    books = connect()
    books.identity()

    with pytest.raises(Throttled) as caught:
        books.identity()

    assert caught.value.retry_after == pytest.approx(49.95, abs=0.01)
    assert len(server.requests) == 1

    clock.advance(seconds=50)
    books.identity()

    assert len(server.requests) == 2


def test_five_calls_left_are_enough_to_begin(server: ScriptedServer, connect: Connect) -> None:
    server.script = [answered(5), answered(4)]
    books = connect()

    books.identity()
    books.identity()

    assert len(server.requests) == 2


def test_the_reserve_is_for_reading_back_what_was_just_written(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [
        reply(201, "", headers(4) | {"Location": "/kedai-1042/invoice?docNo=SH-1001"}),
        one(invoice_row()),
    ]
    books = connect()
    books.post(invoice())

    assert books.find(invoice()) is not None

    with pytest.raises(Throttled):
        books.find(invoice())

    assert len(server.requests) == 2


def test_a_write_in_a_minute_without_calls_is_not_sent(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [answered(0)]
    books = connect()
    books.identity()

    with pytest.raises(Throttled):
        books.post(invoice())

    assert [one.method for one in server.requests] == ["GET"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (headers(0), 49.95),
        ({}, 60),
        (headers(0, "yesterday"), 60),
        (headers(0, "2026-11-20T09:20:49"), 60),  # without a zone
        (headers(0, "2026-11-20T09:19:00Z"), 60),  # past by our clock
        (headers(0, "2027-11-20T09:19:00Z"), 3600),
    ],
)
def test_too_many_calls_wait_until_the_count_begins_anew_else_a_minute(
    server: ScriptedServer, connect: Connect, said: dict[str, str], seconds: float
) -> None:
    server.script = [reply(429, {"message": "Too many requests"}, said)]
    books = connect()

    with pytest.raises(Throttled) as caught:
        books.identity()

    assert caught.value.retry_after == pytest.approx(seconds, abs=0.01)


def test_after_too_many_calls_the_process_sends_none_until_the_count_begins_anew(
    server: ScriptedServer, connect: Connect, clock: Clock
) -> None:
    server.script = [reply(429, "", headers(0)), answered(99)]
    books = connect()
    for _ in range(2):
        with pytest.raises(Throttled):
            books.identity()
    assert len(server.requests) == 1

    clock.advance(seconds=50)
    books.identity()

    assert len(server.requests) == 2


def test_a_refusal_without_a_count_leaves_it_to_whoever_is_told_when_to_call_again(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(429, ""), answered(99)]
    books = connect()
    with pytest.raises(Throttled):
        books.identity()

    assert books.identity() == "Kedai"


def test_a_write_that_was_turned_away_was_not_written(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(429, "", headers(0))]

    with pytest.raises(Throttled):
        connect().post(invoice())


def test_books_that_say_nothing_are_not_waited_for(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [created(), one(invoice_row())]
    books = connect()

    books.post(invoice())

    assert books.find(invoice()) is not None


def test_threads_of_a_process_count_together() -> None:
    pace, sent = Pace(), []
    pace.told(headers(30), NOW)

    def call() -> None:
        for _ in range(20):
            try:
                pace.take(NOW, 5)
            except Throttled:
                return
            sent.append(1)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(sent) == 26  # from 30 down to 5


def test_an_answer_that_comes_late_gives_no_calls_back() -> None:
    pace = Pace()
    pace.told(headers(6), NOW)
    pace.take(NOW, 5)

    pace.told(headers(90), NOW)

    pace.take(NOW, 5)
    with pytest.raises(Throttled):
        pace.take(NOW, 5)


def test_an_answer_of_the_minute_before_counts_nothing() -> None:
    pace, later = Pace(), NOW + timedelta(seconds=55)
    pace.told(headers(99, "2026-11-20T09:21:50Z"), later)

    pace.told(headers(2, "2026-11-20T09:20:57Z"), later)

    pace.take(later, 5)


def test_connectors_of_one_book_share_a_memory_and_those_of_others_do_not() -> None:
    first = memory.of("https://books.test", "one", "key")

    assert memory.of("https://books.test", "one", "key") is first
    assert memory.of("https://books.test", "two", "key") is not first
    assert memory.of("https://books.test", "one", "other") is not first
    assert isinstance(first, Memory)
