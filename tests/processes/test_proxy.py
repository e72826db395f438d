"""Each toxic does to a connection what its name says; without one the proxy is not there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.processes.proxy import Proxy, Toxic

ANSWER = b"posted"
PATIENCE = 5.0


class Books:
    """Answers every request the same, and keeps what it was asked."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client:
                while data := client.recv(100):
                    self.asked.append(data)
                    client.sendall(ANSWER)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(PATIENCE)


@pytest.fixture
def books() -> Iterator[Books]:
    books = Books()
    yield books
    books.close()


@pytest.fixture
def proxy(books: Books) -> Iterator[Proxy]:
    with Proxy(books.port) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client:
        yield client


def ask(client: socket.socket) -> bytes:
    client.sendall(b"post")
    return client.recv(100)


def test_without_a_toxic_requests_and_answers_pass(client: socket.socket, books: Books) -> None:
    assert ask(client) == ANSWER
    assert ask(client) == ANSWER
    assert books.asked == [b"post", b"post"]


def test_a_request_that_is_reset_never_arrives(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    proxy.become(Toxic.RESET_BEFORE)

    with pytest.raises(ConnectionResetError):
        ask(client)

    assert books.asked == []


def test_an_answer_that_is_reset_was_a_request_that_arrived(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    proxy.become(Toxic.RESET_AFTER)

    with pytest.raises(ConnectionResetError):
        ask(client)

    assert books.asked == [b"post"]


def test_an_answer_is_cut_after_so_many_bytes(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    proxy.become(Toxic.CUT, 3)

    assert ask(client) == ANSWER[:3]
    assert client.recv(100) == b""
    assert books.asked == [b"post"]


def test_a_black_hole_says_nothing(proxy: Proxy, client: socket.socket, books: Books) -> None:
    proxy.become(Toxic.BLACK_HOLE)
    client.settimeout(0.3)

    with pytest.raises(TimeoutError):
        ask(client)

    assert books.asked == []


@pytest.mark.parametrize(("toxic", "amount"), [(Toxic.LATENCY, 0.1), (Toxic.DRIP, 0.0)])
def test_a_late_answer_is_whole(
    proxy: Proxy, client: socket.socket, toxic: Toxic, amount: float
) -> None:
    proxy.become(toxic, amount)
    client.sendall(b"post")

    received = b""
    while len(received) < len(ANSWER):
        received += client.recv(100)

    assert received == ANSWER


def test_while_it_is_down_nobody_listens_and_afterwards_somebody_does(proxy: Proxy) -> None:
    proxy.become(Toxic.DOWN)
    refused = until(lambda: not connects(proxy))
    proxy.become(Toxic.NONE)

    assert refused
    assert until(lambda: connects(proxy))


def connects(proxy: Proxy) -> bool:
    try:
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE).close()
    except ConnectionError:
        return False
    return True


def until(is_so: Callable[[], bool]) -> bool:
    """Looks for a while."""
    waiting = threading.Event()
    return any(is_so() or waiting.wait(0.05) for _ in range(100))
