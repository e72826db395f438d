"""A name is verified although an address is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounting.connectors.http import Http, NotSent
from tests.accounting.connectors.asking import ask
from tests.accounting.connectors.tls import serving, trusting
from tests.scripted_server import ScriptedServer, Step, reply, scripted


def test_tls_verifies_the_name_although_an_address_is_called(
    secure: ScriptedServer, certificate: Path
) -> None:
    with trusting(certificate) as http:
        first = ask(http, f"https://books.test:{secure.port}/")
        second = ask(http, f"https://books.test:{secure.port}/")

    assert (first.status, second.status, secure.connections) == (200, 200, 1)


def test_tls_asks_the_called_address_for_the_certificate_of_the_name(certificate: Path) -> None:
    asked: list[str | None] = []
    context = serving(certificate)
    context.sni_callback = lambda sock, name, context: asked.append(name)

    with scripted(context=context) as server, trusting(certificate) as http:
        ask(http, f"https://books.test:{server.port}/")

    assert asked == ["books.test"]


def test_an_answer_nobody_asked_for_is_not_taken_for_the_next_one(
    secure: ScriptedServer, certificate: Path
) -> None:
    stray = reply(200, "stray" * 2000).raw  # more than one read of the client, less than a record
    secure.script = [Step(reply(200, "one").raw + stray), reply(200, "two")]

    with trusting(certificate) as http:
        ask(http, f"https://books.test:{secure.port}/")
        answer = ask(http, f"https://books.test:{secure.port}/", "POST")

    assert (answer.body, secure.connections) == (b"two", 2)


def test_a_certificate_for_another_name_was_not_sent(
    secure: ScriptedServer, certificate: Path
) -> None:
    with pytest.raises(NotSent, match="not trusted"):
        ask(trusting(certificate), f"https://other.test:{secure.port}/", "POST")

    assert secure.requests == []


def test_a_certificate_of_an_unknown_issuer_was_not_sent(secure: ScriptedServer) -> None:
    http = Http(allow_loopback=True, resolve=lambda host, port: ["127.0.0.1"])

    with pytest.raises(NotSent, match="not trusted"):
        ask(http, f"https://books.test:{secure.port}/", "POST")

    assert secure.requests == []
