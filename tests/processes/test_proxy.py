"""Each toxic does to a connection what its name says; without one the proxy is not there."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.processes.proxy import Moment, Proxy, Toxic

ANSWER = b"posted"
WRITE = b"POST /invoices HTTP/1.1\r\n\r\n"
PATIENCE = 5.0
HOLDING = 0.5


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
            with client, contextlib.suppress(OSError):  # it may have gone meanwhile
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


def test_a_call_held_before_its_request_arrives_never_arrives(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    with holding(proxy, Moment.BEFORE) as held:
        client.sendall(WRITE)
        assert held.wait(PATIENCE)

    with pytest.raises(ConnectionResetError):
        client.recv(100)
    assert books.asked == []
    assert proxy.calls == []


def test_a_call_held_under_way_arrives_though_nobody_waits_for_it(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    with holding(proxy, Moment.LATE) as held:
        client.sendall(WRITE)
        assert held.wait(PATIENCE)
        assert books.asked == []
        client.close()

    assert until(lambda: books.asked == [WRITE])


def test_a_call_held_after_it_was_carried_out_has_no_answer_yet(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    client.settimeout(0.2)
    with holding(proxy, Moment.AFTER) as held:
        client.sendall(WRITE)
        assert held.wait(PATIENCE)
        with pytest.raises(TimeoutError):
            client.recv(100)
        assert books.asked == [WRITE]

    client.settimeout(PATIENCE)
    assert client.recv(100) == ANSWER


def test_whoever_holds_a_call_knows_where_its_caller_sits(
    proxy: Proxy, client: socket.socket
) -> None:
    client.sendall(WRITE)

    with proxy.hold(Moment.AFTER, PATIENCE) as call:
        pass

    assert call is None or call.port == client.getsockname()[1]
    assert client.recv(100) == ANSWER


def test_what_only_reads_is_not_held(proxy: Proxy, client: socket.socket) -> None:
    with holding(proxy, Moment.BEFORE) as held:
        client.sendall(b"GET /customers HTTP/1.1\r\n\r\n")
        answer = client.recv(100)

    assert answer == ANSWER
    assert not held.is_set()


def test_nobody_waits_for_ever_for_a_call(proxy: Proxy, client: socket.socket) -> None:
    with proxy.hold(Moment.BEFORE, 0.01) as call:
        assert call is None

    assert ask(client) == ANSWER


def test_calls_are_kept_by_whose_books_they_go_to_and_never_with_the_key(
    proxy: Proxy, client: socket.socket
) -> None:
    for key in (b"first", b"second", b"first"):
        client.sendall(b"GET / HTTP/1.1\r\nAuthorization: Bearer " + key + b"\r\n\r\n")
        client.recv(100)
    client.sendall(WRITE)
    client.recv(100)

    first, second, again, write = proxy.calls
    assert first.key == again.key != second.key
    assert "first" not in repr(proxy.calls)
    assert [call.writes for call in proxy.calls] == [False, False, False, True]
    assert all(0 < call.asked_at <= call.over_at for call in proxy.calls)
    assert write.asked_at >= again.over_at


def test_a_request_in_two_pieces_is_one_call(
    proxy: Proxy, client: socket.socket, books: Books
) -> None:
    client.sendall(b"POST / HTTP/1.1\r\n\r\n")
    assert until(lambda: len(books.asked) == 1)
    client.recv(100)
    client.sendall(WRITE)
    client.recv(100)

    assert [call.writes for call in proxy.calls] == [True, True]


@contextlib.contextmanager
def holding(proxy: Proxy, moment: Moment) -> Iterator[threading.Event]:
    """Set once a call is held, which it is until the block ends."""
    held, over, ready = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        ready.set()
        with proxy.hold(moment, HOLDING) as call:
            if call is not None:
                held.set()
                over.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    ready.wait(PATIENCE)
    try:
        yield held
    finally:
        over.set()
        holder.join()


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
