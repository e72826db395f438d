"""The outside client: what it refuses, what it survives, and what it says was sent."""

from __future__ import annotations

import contextlib
import datetime
import gc
import gzip
import logging
import socket
import ssl
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounting.connectors import addresses
from accounting.connectors.http import Answer, Http, HttpError, MaybeSent, NotSent, Refused
from tests.scripted_server import ScriptedServer, Step, reply, scripted

SECRET = "lb_live_never_shown"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
BOMB = gzip.compress(bytes(64 * 1024 * 1024))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted() as running:
        yield running


@pytest.fixture
def client() -> Iterator[Http]:
    with Http(allow_loopback=True) as http:
        yield http


def ask(http: Http, url: str, method: str = "GET", **changes: Any) -> Answer:
    given: dict[str, Any] = {
        "headers": {"Authorization": f"Bearer {SECRET}"},
        "params": {"DOCNO": "SECRET-NUMBER"},
        "body": b'{"secret": "body"}' if method == "POST" else None,
        "connect_seconds": 2,
        "total_seconds": 2,
    }
    return http.request(method, url, **(given | changes))


def test_an_answer_comes_back_whole_whatever_its_status(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(503, {"a": 1}, {"Retry-After": "7"})]

    answer = ask(client, server.url + "/v1/x", "POST")

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b'{"a": 1}', "7")
    assert server.requests[0].path == "/v1/x"
    assert server.requests[0].query == {"DOCNO": "SECRET-NUMBER"}
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert server.requests[0].body == '{"secret": "body"}'


def test_one_connection_carries_many_requests(server: ScriptedServer, client: Http) -> None:
    for _ in range(3):
        ask(client, server.url)

    assert (len(server.requests), server.connections) == (3, 1)


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


@contextlib.contextmanager
def peer(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does `talk` with its one connection and reads nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with contextlib.suppress(OSError), accepted:
                talk(accepted)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


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


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_a_server_that_hardly_reads_has_until_the_deadline_and_no_longer(
    certificate: Path, secured: bool
) -> None:
    done = threading.Event()
    limits = {"connect_seconds": 0.4, "total_seconds": 0.8}

    def sip(accepted: socket.socket) -> None:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        reader = (
            _serving(certificate).wrap_socket(accepted, server_side=True) if secured else accepted
        )
        with reader:
            while not done.wait(0.01):
                for _ in range(8):
                    reader.recv(16_384)

    with peer(sip) as url, _trusting(certificate) as http:
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


def test_the_next_address_is_tried_when_the_first_does_not_answer(server: ScriptedServer) -> None:
    with Http(allow_loopback=True, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"]) as http:
        answer = ask(http, f"http://books.test:{server.port}/")

    assert answer.status == 200
    assert server.requests[0].headers["host"] == f"books.test:{server.port}"


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


def test_a_name_without_an_address_was_not_sent() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(NotSent, match="no address found"):
        ask(Http(allow_loopback=False, resolve=nowhere), "https://books.test", "POST")


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


FORBIDDEN = [
    "0.0.0.0",  # noqa: S104 - an address to refuse, nothing binds to it
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "233.252.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_inside_are_refused(address: str) -> None:
    http = Http(allow_loopback=False, resolve=lambda host, port: [address])

    with pytest.raises(Refused):
        ask(http, "https://books.test", "POST")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize("address", [a for a in FORBIDDEN if a not in ("127.0.0.1", "::1")])
def test_leave_for_loopback_opens_nothing_else(address: str) -> None:
    http = Http(allow_loopback=True, resolve=lambda host, port: [address])

    with pytest.raises(Refused):
        ask(http, "https://books.test")


def test_one_bad_address_among_good_ones_is_refused() -> None:
    http = Http(allow_loopback=True, resolve=lambda host, port: ["8.8.8.8", "127.0.0.1"])

    with pytest.raises(Refused):
        ask(http, "https://books.test")


@pytest.mark.parametrize(
    "url",
    [
        "http://books.test/",
        "ftp://books.test/",
        "file:///etc/passwd",
        "books.test",
        "https://user:word@books.test/",
        "https://books.test:99999/",
        "https://[::1/",
    ],
)
def test_only_https_addresses_without_a_user_are_called(url: str) -> None:
    http = Http(allow_loopback=True, resolve=lambda host, port: ["8.8.8.8"])

    with pytest.raises(Refused):
        ask(http, url)


def test_plain_http_to_this_machine_needs_leave(server: ScriptedServer) -> None:
    with pytest.raises(Refused):
        ask(Http(allow_loopback=False), server.url)

    assert server.requests == []


def test_a_name_is_resolved_once_and_the_checked_address_is_called(server: ScriptedServer) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    http = Http(allow_loopback=True, resolve=rebinding)
    ask(http, f"http://books.test:{server.port}/", headers={})
    ask(http, f"http://books.test:{server.port}/", headers={})
    http.close()

    with pytest.raises(Refused):
        ask(http, f"http://books.test:{server.port}/")

    assert asked == ["books.test", "books.test"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "step",
    [Step(then="reset"), Step(then="close"), Step(b"garbage\r\n", "close"), Step(then="silence")],
)
def test_no_failure_repeats_a_secret(server: ScriptedServer, client: Http, step: Step) -> None:
    server.script = [step]

    with pytest.raises(HttpError) as caught:
        ask(client, server.url, "POST", total_seconds=0.3)

    shown = repr(caught.value) + str(caught.value)
    assert not any(word in shown for word in (SECRET, "SECRET-NUMBER", "body"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def _wait_until_stale(http: Http) -> None:
    pools = http._session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]  # BaseAdapter
    kept = [one for key in list(pools.keys()) for one in pools[key].pool.queue if one]
    deadline = time.monotonic() + 2
    while any(one.is_connected for one in kept):
        assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for books.test, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "books.test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("books.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("tls") / "books.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[ScriptedServer]:
    with scripted(context=_serving(certificate)) as running:
        yield running


def _serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _trusting(certificate: Path) -> Http:
    context = ssl.create_default_context(cafile=str(certificate))
    return Http(allow_loopback=True, resolve=lambda host, port: ["127.0.0.1"], context=context)


def test_tls_verifies_the_name_although_an_address_is_called(
    secure: ScriptedServer, certificate: Path
) -> None:
    with _trusting(certificate) as http:
        first = ask(http, f"https://books.test:{secure.port}/")
        second = ask(http, f"https://books.test:{secure.port}/")

    assert (first.status, second.status, secure.connections) == (200, 200, 1)


def test_tls_asks_the_called_address_for_the_certificate_of_the_name(certificate: Path) -> None:
    asked: list[str | None] = []
    context = _serving(certificate)
    context.sni_callback = lambda sock, name, context: asked.append(name)

    with scripted(context=context) as server, _trusting(certificate) as http:
        ask(http, f"https://books.test:{server.port}/")

    assert asked == ["books.test"]


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

    with _trusting(certificate) as http, pytest.raises(MaybeSent, match="in time"):
        ask(http, f"https://books.test:{secure.port}/", "POST", total_seconds=0.4)

    assert time.monotonic() - started < 3


def test_an_answer_nobody_asked_for_is_not_taken_for_the_next_one(
    secure: ScriptedServer, certificate: Path
) -> None:
    stray = reply(200, "stray" * 2000).raw  # more than one read of the client, less than a record
    secure.script = [Step(reply(200, "one").raw + stray), reply(200, "two")]

    with _trusting(certificate) as http:
        ask(http, f"https://books.test:{secure.port}/")
        answer = ask(http, f"https://books.test:{secure.port}/", "POST")

    assert (answer.body, secure.connections) == (b"two", 2)


def test_a_certificate_for_another_name_was_not_sent(
    secure: ScriptedServer, certificate: Path
) -> None:
    with pytest.raises(NotSent, match="not trusted"):
        ask(_trusting(certificate), f"https://other.test:{secure.port}/", "POST")

    assert secure.requests == []


def test_a_certificate_of_an_unknown_issuer_was_not_sent(secure: ScriptedServer) -> None:
    http = Http(allow_loopback=True, resolve=lambda host, port: ["127.0.0.1"])

    with pytest.raises(NotSent, match="not trusted"):
        ask(http, f"https://books.test:{secure.port}/", "POST")

    assert secure.requests == []


def test_a_dripping_handshake_is_bounded(client: Http) -> None:
    with scripted(Step(then="silence")) as silent:
        started = time.monotonic()

        with pytest.raises(NotSent):
            ask(client, silent.url.replace("http", "https"), connect_seconds=0.3)

        assert time.monotonic() - started < 3
