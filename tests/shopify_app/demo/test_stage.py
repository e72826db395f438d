"""What stands around the story: names, ids, ports, settings, signals and the closing line."""

from __future__ import annotations

import json
import signal
import socket
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from shopify_app.demo import run, stage
from shopify_app.demo.client import Books, Credentials, ShopClient
from shopify_app.demo.connections import CONNECTIONS
from shopify_app.demo.run import Result, _split, wrong_answers
from shopify_app.demo.screen import Screen
from shopify_app.demo.shops import PROFILES

SECRET = "not a secret, only a text of more than thirty-two bytes"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_two_runs_never_share_a_name_or_an_id(now: datetime) -> None:
    later = now + timedelta(seconds=1)

    assert stage.run_name(now) != stage.run_name(later)
    assert stage.first_id(later) - stage.first_id(now) == stage.IDS_PER_SECOND


def test_a_run_name_fits_into_a_shops_domain(now: datetime) -> None:
    assert stage.run_name(now).isalnum()
    assert stage.run_name(now) == stage.run_name(now).lower()
    assert int(stage.run_name(now), 36) == int(now.timestamp())


def test_a_taken_port_is_left_to_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        monkeypatch.setattr(stage, "USUAL_PORT", taken)

        assert stage.free_port() not in (taken, 0)


def test_every_connection_has_a_shop_and_every_system_both_shops() -> None:
    shops = [shop for each in run.SHOPS.values() for shop in each]

    assert {connection.name for connection, _ in shops} == {each.name for each in CONNECTIONS}
    for system, each in run.SHOPS.items():
        assert {connection.system for connection, _ in each} == {system}
        assert {profile.name for _, profile in each} == {profile.name for profile in PROFILES}


def test_the_processes_find_their_books_at_the_web_server_itself() -> None:
    environment = stage.environment("http://127.0.0.1:8000")

    for name in ("ACCTBRIDGE", "SQL_ACCOUNT", "AUTOCOUNT_CLOUD"):
        assert environment[f"{name}_URL"] == f"http://127.0.0.1:8000/sandbox/{name.lower()}"
    assert environment["SHOPIFY_ADMIN_URL"].startswith("http://127.0.0.1:8000/sandbox/shopify/")
    corrections = Path(environment["ACCTBRIDGE_PROFILES"])
    assert {file.stem for file in corrections.iterdir()} == {"sql_accounting", "autocount"}


def test_the_closing_line_is_one_json_object_of_numbers() -> None:
    line = stage.closing_line(Result(orders=60, documents=157, held=2, found=6, seconds=17.4))

    said = json.loads(line)
    assert "\n" not in line
    assert {name: said[name] for name in ("orders", "documents", "held", "found", "seconds")} == {
        "orders": 60,
        "documents": 157,
        "held": 2,
        "found": 6,
        "seconds": 17.4,
    }
    assert said["duplicates"] == said["unbalanced"] == 0
    assert said["problems"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_request_both_stop_the_demo(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with pytest.raises(stage.Stopped, match=number.name), stage.stoppable():
        signal.raise_signal(number)

    assert signal.getsignal(number) is before


def test_session_tokens_are_what_app_bridge_would_hand_out(now: datetime) -> None:
    credentials = Credentials(api_key="key", api_secret=SECRET)

    token = credentials.session_token("kedai-rimba.myshopify.com", now)

    claims = jwt.decode(
        token, SECRET, algorithms=["HS256"], audience="key", options={"verify_exp": False}
    )
    assert claims["iss"] == "https://kedai-rimba.myshopify.com/admin"
    assert claims["dest"] == "https://kedai-rimba.myshopify.com"
    assert claims["nbf"] < claims["iat"] == int(now.timestamp()) < claims["exp"]
    assert claims.keys() == {"iss", "dest", "aud", "sub", "exp", "nbf", "iat", "jti", "sid"}


@pytest.mark.parametrize(("orders", "counts"), [(60, [30, 30]), (9, [5, 4])])
def test_orders_are_shared_out_to_the_shops(orders: int, counts: list[int]) -> None:
    assert _split(orders, 2) == counts


def test_only_forged_deliveries_may_be_refused() -> None:
    assert wrong_answers(Counter({200: 9, 401: 3}), forged=3) == []
    assert wrong_answers(Counter({200: 12}), forged=3) == [
        "0 deliveries were refused, 3 were forged"
    ]
    assert wrong_answers(Counter({401: 3, 503: 2}), forged=3) == [
        "2 deliveries ended with status 503"
    ]


def test_the_bar_redraws_itself_on_a_terminal_and_makes_way_for_lines() -> None:
    out = Terminal()
    screen = Screen(out)

    screen.progress("webhooks", 1, 2)
    screen.say("The worker died")
    screen.end_progress()

    assert "\r  [###############...............] 1/2 webhooks" in out.getvalue()
    assert "\n" not in out.getvalue().split("The worker died")[0]


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_of_a_table_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = StringIO()
    words = "No tax code is mapped for this one. " * 5

    Screen(out).table("Held", ("order", "why", "amount"), [("#1", words, 7), ("#2", "x", "")])

    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(words.split()[:3]) in out.getvalue()
    assert lines[4].endswith(" 7")


def test_an_empty_table_says_so() -> None:
    out = StringIO()

    Screen(out).table("Held orders", ("order", "why"), [])

    assert out.getvalue().strip() == "Held orders: none"


def test_a_log_gets_a_few_lines_instead_of_a_bar() -> None:
    out = StringIO()
    screen = Screen(out)

    for done in range(101):
        screen.progress("webhooks", done, 100)

    shown = [line.split()[1] for line in out.getvalue().splitlines()]
    assert shown == ["0/100", "25/100", "50/100", "75/100", "100/100"]


def test_pages_are_shown_in_the_pretended_admin(now: datetime) -> None:
    credentials = Credentials(api_key="key", api_secret=SECRET)
    client = ShopClient(
        url="http://127.0.0.1:8000",
        domain="a.myshopify.com",
        credentials=credentials,
        clock=lambda: now,
    )

    address = "http://127.0.0.1:8000/local/admin?shop=a.myshopify.com&path=/attention"
    assert client.page("attention") == address


def test_whoever_comes_is_told_one_page_to_begin_with(now: datetime) -> None:
    client = ShopClient(
        url="http://here.test",
        domain="kedai-rimba.myshopify.com",
        credentials=Credentials(api_key="key", api_secret=SECRET),
        clock=lambda: now,
    )
    branch: Any = SimpleNamespace(
        client=client, books=Books(url="http://here.test", id=1), title=""
    )

    lines = list(
        stage.where_to_look([branch], [("AutoCount", Books(url="http://here.test", id=2))])
    )

    (first,) = [line for line in lines if "/local/admin" in line]
    assert first.strip().endswith("?shop=kedai-rimba.myshopify.com&path=/")
    shown = [line for line in lines if "/sandbox/companies/" in line]
    assert ["companies/1/" in shown[0], "companies/2/" in shown[1]] == [True, True]
