"""The web server itself: clients who drip their requests must not keep others waiting."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HELLO = """
from shopify_app import web
web.RECEIVE_SECONDS = 0.5
web.WATCH_SECONDS = 0.1

def application(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
WANTED = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
DRIPPED = (b"GET / HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\na")
THREADS = 2


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server with two threads, at a socket in a folder of its own."""
    (tmp_path / "hello.py").write_text(HELLO)
    path = str(tmp_path / "s")
    options = ["--worker-class", "shopify_app.web.Worker", "--threads", str(THREADS)]
    options += ["--bind", f"unix:{path}", "--pythonpath", str(tmp_path), "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", "hello", *options, "--graceful-timeout", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:  # noqa: S603  # our own
        yield path
        server.terminate()


def connect(address: str) -> socket.socket:
    """A connection, once the server is up."""
    deadline = time.monotonic() + 30
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(address)
        except OSError:
            line.close()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            line.settimeout(30)
            return line


@pytest.mark.parametrize("begun", DRIPPED)
def test_clients_who_never_finish_their_requests_hold_nobody_up(address: str, begun: bytes) -> None:
    slow = [connect(address) for _ in range(THREADS * 2)]
    for line in slow:
        line.sendall(begun)

    with connect(address) as wanted:
        wanted.sendall(WANTED)
        answer = wanted.recv(100)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    for line in slow:
        line.close()
