"""Which addresses are called, and which never are."""

from __future__ import annotations

import pytest

from accounting.connectors import addresses
from accounting.connectors.http import Http, NotSent, Refused
from tests.accounting.connectors.asking import ask
from tests.scripted_server import ScriptedServer


def test_the_next_address_is_tried_when_the_first_does_not_answer(server: ScriptedServer) -> None:
    with Http(allow_loopback=True, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"]) as http:
        answer = ask(http, f"http://books.test:{server.port}/")

    assert answer.status == 200
    assert server.requests[0].headers["host"] == f"books.test:{server.port}"


def test_a_name_without_an_address_was_not_sent() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(NotSent, match="no address found"):
        ask(Http(allow_loopback=False, resolve=nowhere), "https://books.test", "POST")


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
