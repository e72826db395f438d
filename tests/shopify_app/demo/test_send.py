"""Deliveries are signed, doubled, shuffled and late, but none of them is ever lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

import pytest

from shopify_app.demo import lives, send
from shopify_app.demo.send import Parcel, Round
from shopify_app.demo.shops import MALAYSIA

from .conftest import MakeStage

SHOP = "kedai-rimba.myshopify.com"


def make_parcel(**changes: object) -> Parcel:
    values: dict[str, object] = {
        "domain": SHOP,
        "topic": "orders/create",
        "body": b'{"id": 1}',
        "webhook_id": "4f0f6c1e-5f0b-4a55-9d0e-3c1d5a1b0042",
        "event_id": "9b1a2f44-77f5-4a0d-8f57-0a8c6f0e1042",
        "at": datetime(2026, 11, 20, 13, 14, 7, tzinfo=UTC),
    }
    return Parcel(**(values | changes))  # type: ignore[arg-type]  # changes are the fields' own


@pytest.fixture
def parcels(make_stage: MakeStage) -> list[Parcel]:
    made = lives.live(make_stage(MALAYSIA), 30)
    hooks = [hook for life in made for hook in life.webhooks]
    return send.parcels(SHOP, hooks, Random(3))


class Door(BaseHTTPRequestHandler):
    """Answers what the server was given, in turn, and keeps what came."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Doorway)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.received.append((self.path, dict(self.headers), body))
        self.send_response(server.answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests stay quiet."""


class Doorway(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.answers: list[int] = []
        self.received: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def doorway() -> Iterator[Doorway]:
    with Doorway() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def shuffled(parcels: list[Parcel]) -> Round:
    return send.shuffle(parcels, frozenset(), Random(5))


def test_the_signature_is_over_the_raw_body() -> None:
    headers = send.headers(make_parcel(), "secret")

    digest = hmac.new(b"secret", b'{"id": 1}', hashlib.sha256).digest()
    assert base64.b64decode(headers["X-Shopify-Hmac-Sha256"]) == digest


def test_a_forged_delivery_carries_another_signature() -> None:
    honest, forged = (
        send.headers(make_parcel(forged=forged), "secret") for forged in (False, True)
    )

    assert honest["X-Shopify-Hmac-Sha256"] != forged["X-Shopify-Hmac-Sha256"]


def test_all_headers_of_a_delivery_are_sent() -> None:
    headers = send.headers(make_parcel(), "secret")

    assert headers | {"X-Shopify-Hmac-Sha256": ""} == {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": "",
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "4f0f6c1e-5f0b-4a55-9d0e-3c1d5a1b0042",
        "X-Shopify-Event-Id": "9b1a2f44-77f5-4a0d-8f57-0a8c6f0e1042",
        "X-Shopify-Triggered-At": "2026-11-20T13:14:07.000000000Z",
    }


def test_every_webhook_is_brought_at_least_once(parcels: list[Parcel]) -> None:
    brought = shuffled(parcels)

    honest = [p for p in (*brought.prompt, *brought.delayed) if not p.forged]
    assert {p.webhook_id for p in parcels} <= {p.webhook_id for p in honest}
    assert len(honest) == len(parcels) + brought.duplicates


def test_about_a_fifth_comes_twice_and_some_of_it_under_a_new_id(parcels: list[Parcel]) -> None:
    brought = shuffled(parcels)

    known = {p.webhook_id for p in parcels}
    renamed = [p for p in brought.prompt if not p.forged and p.webhook_id not in known]
    assert 0.1 < brought.duplicates / len(parcels) < 0.35
    assert renamed
    assert {p.body for p in renamed} <= {p.body for p in parcels}


def test_deliveries_come_out_of_order(parcels: list[Parcel]) -> None:
    times = [p.at for p in shuffled(parcels).prompt]

    assert times != sorted(times)


def test_what_must_be_punctual_is_never_delayed(parcels: list[Parcel]) -> None:
    late = {p.webhook_id for p in shuffled(parcels).delayed}

    brought = send.shuffle(parcels, late, Random(5))

    assert late
    assert not late & {p.webhook_id for p in brought.delayed}


def test_forged_copies_never_share_the_id_of_an_honest_delivery(parcels: list[Parcel]) -> None:
    brought = shuffled(parcels)

    forged = [p for p in brought.prompt if p.forged]
    assert len(forged) == brought.forged == send.FORGED
    assert not {p.webhook_id for p in forged} & {p.webhook_id for p in parcels}


def test_topics_of_one_event_share_its_event_id(parcels: list[Parcel]) -> None:
    by_event: dict[str, set[str]] = {}
    for parcel in parcels:
        by_event.setdefault(parcel.event_id, set()).add(parcel.topic)

    assert {"orders/create", "orders/paid"} in by_event.values()
    assert len({p.webhook_id for p in parcels}) == len(parcels)


def test_a_delivery_is_tried_again_until_it_is_taken(doorway: Doorway) -> None:
    doorway.answers = [503, 500, 200]
    pauses: list[float] = []

    status = send.deliver(make_parcel(), doorway.url, "secret", sleep=pauses.append)

    assert status == 200
    assert [body for _, _, body in doorway.received] == [b'{"id": 1}'] * 3
    assert {path for path, _, _ in doorway.received} == {"/webhooks/shopify"}
    assert pauses == [0.5, 1.0]


def test_a_refused_signature_is_not_tried_again(doorway: Doorway) -> None:
    doorway.answers = [401]

    assert send.deliver(make_parcel(), doorway.url, "secret") == 401
    assert len(doorway.received) == 1


def test_nobody_at_the_door_is_status_zero_after_all_tries() -> None:
    with Doorway() as closed:
        url = closed.url
    pauses: list[float] = []

    assert send.deliver(make_parcel(), url, "secret", sleep=pauses.append) == 0
    assert len(pauses) == send.TRIES - 1


def test_statuses_are_counted_over_all_deliveries(doorway: Doorway) -> None:
    doorway.answers = [200, 401, 200]
    told: list[int] = []

    statuses = send.deliver_all([make_parcel()] * 3, doorway.url, "secret", told.append)

    assert statuses == {200: 2, 401: 1}
    assert told == [1, 2, 3]
