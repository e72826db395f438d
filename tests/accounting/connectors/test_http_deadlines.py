"""Nothing outlasts its deadline, whoever is slow."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from accounting.connectors.http import Http, MaybeSent, NotSent
from tests.accounting.connectors.asking import CHUNKED, ask, peer
from tests.accounting.connectors.tls import serving, trusting
from tests.scripted_server import ScriptedServer, Step, scripted


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step(then="silence"), id="silence"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 4000, "drip"), id="dripping header"),
        pytest.param(Step(b"HTTP/1.1 100 Continue\r\n\r\n" * 500, "drip"), id="endless continue"),
        pytest.param(
            Step(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"y" * 4000, "drip"),
            id="dripping body",
        ),
        pytest.param(
            Step(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90 + b"\r\n", "drip"),
            id="dripping headers",
        ),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 400, "drip"), id="no length"),
        pytest.param(Step(CHUNKED + b"1\r\ny\r\n" * 400, "drip"), id="dripping chunks"),
        pytest.param(Step(CHUNKED + b"1\r\ny\r\n" * 400, "silence"), id="chunks without end"),
        pytest.param(Step(CHUNKED + b"0\r\n" + b"X: y\r\n" * 90, "drip"), id="dripping trailer"),
        pytest.param(Step(b"HTTP/1.1 100 Go on\r\n\r\n" * 800_000), id="flood of continue"),
    ],
)
def test_no_slow_answer_outlasts_the_deadline(
    server: ScriptedServer, client: Http, method: str, step: Step
) -> None:
    server.script = [step]
    started = time.monotonic()

    with pytest.raises(MaybeSent, match="in time"):
        ask(client, server.url, method, total_seconds=0.3)

    assert time.monotonic() - started < 3


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_a_server_that_hardly_reads_has_until_the_deadline_and_no_longer(
    certificate: Path, secured: bool
) -> None:
    done = threading.Event()
    limits = {"connect_seconds": 0.4, "total_seconds": 0.8}

    def sip(accepted: socket.socket) -> None:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        reader = (
            serving(certificate).wrap_socket(accepted, server_side=True) if secured else accepted
        )
        with reader:
            while not done.wait(0.01):
                for _ in range(8):
                    reader.recv(16_384)

    with peer(sip) as url, trusting(certificate) as http:
        started = time.monotonic()
        address = url.replace("http://127.0.0.1", "https://books.test") if secured else url
        with pytest.raises(MaybeSent, match="in time"):
            ask(http, address, "POST", body=bytes(30_000_000), **limits)
        elapsed = time.monotonic() - started
        done.set()

    assert 0.7 < elapsed < 2


def test_a_deadline_that_is_over_was_not_sent(server: ScriptedServer, client: Http) -> None:
    with pytest.raises(NotSent, match="no time left"):
        ask(client, server.url, "POST", total_seconds=0)

    assert server.requests == []


def test_a_resolver_that_hangs_is_bounded_by_the_time_to_connect() -> None:
    asked_enough = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        asked_enough.wait(5)
        return []

    started = time.monotonic()

    with pytest.raises(NotSent):
        ask(Http(allow_loopback=False, resolve=hang), "https://books.test", connect_seconds=0.2)

    assert time.monotonic() - started < 3
    asked_enough.set()


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 400, "drip"), id="header"),
        pytest.param(Step(CHUNKED + b"1\r\ny\r\n" * 400, "drip"), id="body"),
    ],
)
def test_no_slow_answer_over_tls_outlasts_the_deadline(
    secure: ScriptedServer, certificate: Path, step: Step
) -> None:
    secure.script = [step]
    started = time.monotonic()

    with trusting(certificate) as http, pytest.raises(MaybeSent, match="in time"):
        ask(http, f"https://books.test:{secure.port}/", "POST", total_seconds=0.4)

    assert time.monotonic() - started < 3


def test_a_dripping_handshake_is_bounded(client: Http) -> None:
    with scripted(Step(then="silence")) as silent:
        started = time.monotonic()

        with pytest.raises(NotSent):
            ask(client, silent.url.replace("http", "https"), connect_seconds=0.3)

        assert time.monotonic() - started < 3
