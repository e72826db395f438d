"""Answers that are spoiled, too large or packed."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from accounting.connectors.http import Http, MaybeSent
from tests.accounting.connectors.asking import CHUNKED, GZIPPED, ask
from tests.scripted_server import ScriptedServer, Step, reply

BOMB = gzip.compress(bytes(64 * 1024 * 1024))


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step(then="reset"), id="reset"),
        pytest.param(Step(then="close"), id="closed without an answer"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nContent-Le", "reset"), id="reset in the header"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "close"), id="short"),
        pytest.param(
            Step(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", "close"),
            id="short chunk",
        ),
        pytest.param(
            Step(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "close"),
            id="bad chunk",
        ),
        pytest.param(Step(b"SSH-2.0-something\r\n", "close"), id="not HTTP"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n"), id="long line"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), id="many headers"),
        pytest.param(reply(200, "y" * 5000), id="too large"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 5000, "close"), id="endless"),
        pytest.param(Step(CHUNKED + (b"400\r\n" + b"y" * 1024 + b"\r\n") * 999), id="chunks"),
        pytest.param(Step(CHUNKED + b"1" * 99_999), id="long chunk size"),
        pytest.param(Step(CHUNKED + b"0\r\nX: " + b"y" * 99_999), id="long trailer"),
        pytest.param(
            Step(b"HTTP/1.1 302 OK\r\nLocation: /x\r\n\r\n" + b"y" * 5000, "close"),
            id="large redirect",
        ),
        pytest.param(
            Step(GZIPPED + b"Content-Length: 5\r\n\r\nplain"),
            id="not gzip",
        ),
    ],
)
def test_a_spoiled_answer_says_that_the_request_may_have_arrived(
    server: ScriptedServer, client: Http, step: Step
) -> None:
    server.script = [step]

    with pytest.raises(MaybeSent):
        ask(client, server.url, "POST", max_bytes=4000)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "raw",
    [
        GZIPPED + b"Content-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB),
        GZIPPED + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB),
        GZIPPED.replace(b"200 OK\r\n", b"302 Found\r\nLocation: /x\r\n")
        + b"Content-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB),
    ],
    ids=["whole", "chunked", "redirect"],
)
def test_a_compressed_answer_is_unpacked_no_further_than_the_limit(
    server: ScriptedServer, client: Http, raw: bytes
) -> None:
    server.script = [Step(raw)]
    tracemalloc.start()

    with pytest.raises(MaybeSent, match="larger than 4000 bytes"):
        ask(client, server.url, max_bytes=4000)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_a_compressed_answer_is_unpacked(server: ScriptedServer, client: Http) -> None:
    packed = gzip.compress(b'{"a": 1}')
    server.script = [Step(GZIPPED + b"Content-Length: %d\r\n\r\n%b" % (len(packed), packed))]

    answer = ask(client, server.url)

    assert answer.body == b'{"a": 1}'
