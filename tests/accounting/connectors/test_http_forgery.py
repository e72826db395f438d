"""Addresses that try to be called: every spelling of one inside, every way to change it late."""

from __future__ import annotations

from typing import Any

import pytest
from urllib3.util.connection import create_connection

from accounting.connectors import addresses, http
from accounting.connectors.http import Http, HttpError, NotSent, Refused
from tests.accounting.connectors.asking import ask
from tests.scripted_server import ScriptedServer, reply

# What the system's own resolver makes of them is checked, not what they look like.
SPELLINGS = [
    "2130706433",  # 127.0.0.1 as one number
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",  # noqa: S104 - an address to refuse, nothing binds to it
    "2852039166",  # 169.254.169.254, where clouds tell a machine its secrets
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.16689662",
    "169.254.169.254.",
    "\uff11\uff16\uff19.254.169.254",  # full-width digits
    "169\u3002254\u3002169\u3002254",  # ideographic full stops
    "\u2460\u2461\u2466.0.0.1",  # digits in circles
    "localhost",
    "LOCALHOST",
    "localhost.",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",  # localhost in circles
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:53aa:64c:8e7:7d3f:5601:5601]",
    "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
]


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whatever is called is noted; nothing outside this machine is."""
    calls: list[Any] = []
    real = create_connection

    def noted(address: Any, *given: Any) -> Any:
        calls.append(address)
        if address[0] != "127.0.0.1":
            raise OSError
        return real(address, *given)

    monkeypatch.setattr(http, "create_connection", noted)
    return calls


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_an_inside_address_is_called(
    scheme: str, host: str, dialled: list[Any]
) -> None:
    with pytest.raises(NotSent), Http(allow_loopback=False) as client:
        ask(client, f"{scheme}://{host}/latest/meta-data/", "POST")

    assert dialled == []


@pytest.mark.parametrize(
    "url",
    [
        "https://books.test@127.0.0.1/",
        "https://books.test:443@169.254.169.254/",
        "https://127.0.0.1\\@books.test/",
        "https://books.test%40127.0.0.1/",
        "https:///127.0.0.1/",
        "https://127.0.0.1:443:80/",
        "https://books.test\r\nHost: inside/",
        "https://books.test /",
        "gopher://books.test/",
        "//books.test/",
        "HTTPS://user@books.test/",
        "https://[fe80::1%25lo]/",
        "https://[::1",
        "https://books..test/",
        "https://.books.test/",
        "https://" + "a" * 300 + ".test/",
    ],
)
def test_an_address_that_two_readers_read_differently_is_not_called(
    url: str, dialled: list[Any]
) -> None:
    inside = Http(allow_loopback=False, resolve=addresses.resolve)

    with pytest.raises(NotSent):
        ask(inside, url, "POST")

    assert dialled == []


@pytest.mark.parametrize("port", [1, 22, 25, 80, 110, 445, 1023])
def test_no_port_of_another_service_is_called(port: int, dialled: list[Any]) -> None:
    client = Http(allow_loopback=False, resolve=lambda host, at: ["8.8.8.8"])

    with pytest.raises(Refused, match="port 443"):
        ask(client, f"https://books.test:{port}/")

    assert dialled == []


@pytest.mark.parametrize("port", [443, 1024, 8443])
def test_the_ports_that_servers_of_books_use_are_called(port: int, dialled: list[Any]) -> None:
    client = Http(allow_loopback=False, resolve=lambda host, at: ["8.8.8.8"])

    with pytest.raises(NotSent):
        ask(client, f"https://books.test:{port}/")

    assert dialled == [("8.8.8.8", port)]


def test_a_name_that_answers_otherwise_the_second_time_is_not_asked_twice(
    dialled: list[Any],
) -> None:
    """The checked address is called, whatever the name says by then."""
    answers = iter([["8.8.8.8"], ["169.254.169.254"]])
    client = Http(allow_loopback=False, resolve=lambda host, port: next(answers))

    for _ in range(2):
        with pytest.raises(HttpError):
            ask(client, "https://books.test/", "POST")

    assert dialled == [("8.8.8.8", 443)]  # and the second time it was refused


@pytest.mark.parametrize("good_first", [True, False])
def test_one_inside_address_spoils_the_name(good_first: bool, dialled: list[Any]) -> None:
    both = ["8.8.8.8", "fd00:ec2::254"]
    found = both if good_first else both[::-1]
    client = Http(allow_loopback=False, resolve=lambda host, port: found)

    with pytest.raises(Refused):
        ask(client, "https://books.test/")

    assert dialled == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/", "file:///etc/passwd", "//inside/"]
)
def test_no_kind_of_redirect_leads_anywhere(
    status: int, to: str, server: ScriptedServer, client: Http, dialled: list[Any]
) -> None:
    server.script = [reply(status, "", {"Location": to, "Refresh": f"0; url={to}"})]

    assert ask(client, server.url, "POST").status == status

    assert len(dialled) == len(server.requests) == 1
