"""Connections that are kept, closed or reset: what is repeated, and what may have been sent."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from accounting.connectors.http import Http, HttpError, MaybeSent, NotSent
from tests.accounting.connectors.asking import ask, peer
from tests.scripted_server import ScriptedServer, Step, reply, scripted


def test_one_connection_carries_many_requests(server: ScriptedServer, client: Http) -> None:
    for _ in range(3):
        ask(client, server.url)

    assert (len(server.requests), server.connections) == (3, 1)


def _reset(accepted: socket.socket) -> None:
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _reset_in_the_request(accepted: socket.socket) -> None:
    accepted.recv(1)
    _reset(accepted)


def test_a_connection_reset_before_the_request_has_no_answer(client: Http) -> None:
    with peer(_reset) as url, pytest.raises(HttpError):  # which kind, depends on who is faster
        ask(client, url, "POST")


def test_a_connection_reset_in_the_request_may_have_seen_it(client: Http) -> None:
    with peer(_reset_in_the_request) as url, pytest.raises(MaybeSent, match="ended the connection"):
        ask(client, url, "POST")


def test_a_get_on_a_new_connection_that_breaks_is_not_repeated(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [Step(then="reset"), reply(200, "two")]

    with pytest.raises(MaybeSent, match="ended the connection"):
        ask(client, server.url)

    assert len(server.requests) == 1


def test_a_kept_connection_that_was_closed_is_replaced_before_anything_is_sent(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(200, "one", then="close"), reply(200, "two")]
    ask(client, server.url, "POST")
    _wait_until_stale(client)

    answer = ask(client, server.url, "POST")

    assert answer.body == b"two"
    assert [request.method for request in server.requests] == ["POST", "POST"]


def test_a_post_on_a_kept_connection_that_breaks_is_never_repeated(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(200, "one"), Step(then="close")]
    ask(client, server.url, "POST")

    with pytest.raises(MaybeSent):
        ask(client, server.url, "POST")

    assert len(server.requests) == 2


def test_a_get_on_a_kept_connection_that_breaks_is_sent_once_more(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(200, "one"), Step(then="close"), reply(200, "three")]
    ask(client, server.url)

    answer = ask(client, server.url)

    assert answer.body == b"three"
    assert len(server.requests) == 3


def test_a_closed_port_was_not_sent(client: Http) -> None:
    with scripted() as gone:
        url = gone.url

    with pytest.raises(NotSent):
        ask(client, url, "POST")


def _wait_until_stale(http: Http) -> None:
    pools = http._session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]  # BaseAdapter
    kept = [one for key in list(pools.keys()) for one in pools[key].pool.queue if one]
    deadline = time.monotonic() + 2
    while any(one.is_connected for one in kept):
        assert time.monotonic() < deadline
