"""The outside client: what is sent, what comes back, and what is told to nobody."""

from __future__ import annotations

import gc
import logging
from pathlib import Path

import pytest

from accounting.connectors.http import Http, HttpError, Refused
from tests.accounting.connectors.asking import ask
from tests.accounting.connectors.conftest import KEY
from tests.scripted_server import ScriptedServer, Step, reply


def test_an_answer_comes_back_whole_whatever_its_status(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(503, {"a": 1}, {"Retry-After": "7"})]

    answer = ask(client, server.url + "/v1/x", "POST")

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b'{"a": 1}', "7")
    assert server.requests[0].path == "/v1/x"
    assert server.requests[0].query == {"DOCNO": "SECRET-NUMBER"}
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert server.requests[0].body == '{"secret": "body"}'


def test_a_redirect_is_an_answer_and_never_followed(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(302, "", {"Location": server.url + "/elsewhere"})]

    answer = ask(client, server.url)

    assert answer.status == 302
    assert len(server.requests) == 1


def test_cookies_are_not_kept(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(200, "", {"Set-Cookie": "a=b"})]

    ask(client, server.url)
    ask(client, server.url)

    assert "cookie" not in server.requests[1].headers


def test_proxies_and_netrc_of_the_environment_are_ignored(
    server: ScriptedServer, client: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    answer = ask(client, server.url, headers={})

    assert answer.status == 200
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("key", ["two\nlines", "curly \u2019 quote"])
def test_a_header_that_cannot_be_sent_is_refused(
    server: ScriptedServer, client: Http, key: str
) -> None:
    with pytest.raises(Refused) as caught:
        ask(client, server.url, "POST", headers={"Authorization": key})

    assert key not in str(caught.value)
    assert (server.requests, server.connections) == ([], 0)


def test_nothing_of_a_request_is_logged(
    server: ScriptedServer, client: Http, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = [Step(b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 0\r\n\r\n", "close")]

    with caplog.at_level(logging.DEBUG):
        ask(client, server.url)

    assert caplog.text == ""


def test_a_client_that_is_let_go_leaves_no_connection_open(server: ScriptedServer) -> None:
    http = Http(allow_loopback=True)
    ask(http, server.url)

    del http
    gc.collect()  # an open socket would warn here, and warnings are errors

    assert server.connections == 1


@pytest.mark.parametrize(
    "step",
    [Step(then="reset"), Step(then="close"), Step(b"garbage\r\n", "close"), Step(then="silence")],
)
def test_no_failure_repeats_a_secret(server: ScriptedServer, client: Http, step: Step) -> None:
    server.script = [step]

    with pytest.raises(HttpError) as caught:
        ask(client, server.url, "POST", total_seconds=0.3)

    shown = repr(caught.value) + str(caught.value)
    assert not any(word in shown for word in (KEY, "SECRET-NUMBER", "body"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
