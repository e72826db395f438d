"""A message goes once; where nobody can say, once more; and nobody reads about it in the log."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError
from pytest_django import Settings

from accounting.models import Book
from shopify_app.mail import episodes, recipients, sending, url
from shopify_app.models import Mail, MailAddress, Shop
from tests.books import Clock
from tests.shopify_app.mail.conftest import ADDRESS, enter, headers, minutes, outbox, work

pytestmark = pytest.mark.django_db
Fail = Callable[..., None]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Makes the mail server fail at a step, each time with the next of these errors."""

    def fail(step: str, *errors: Exception, after: bool = False) -> None:
        queue, real = list(errors), getattr(EmailBackend, step)

        def failing(self: Any, *args: Any) -> Any:
            done = real(self, *args) if after or not queue else None
            if queue:
                raise queue.pop(0)
            return done

        monkeypatch.setattr(EmailBackend, step, failing)

    return fail


def trouble(book: Book, clock: Clock) -> None:
    Book.objects.filter(pk=book.pk).update(state="misconfigured")
    clock.advance(minutes=1)
    work(clock)


def the_mail() -> Mail:
    return Mail.objects.get(phase="told")


def test_a_message_has_both_forms_and_says_how_to_end_it(
    told: MailAddress, book: Book, clock: Clock
) -> None:
    trouble(book, clock)

    (letter,) = outbox()
    said = headers(letter)
    assert letter.to == [ADDRESS]
    assert said["List-Unsubscribe"].startswith("<https://lejar.test/mail/stop/")
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said["Auto-Submitted"] == "auto-generated"
    assert said.is_multipart()
    assert said["List-Unsubscribe"].strip("<>") in letter.body


@pytest.mark.parametrize(
    ("language", "subject"),
    [("ms", "Lejar: sambungan ke buku akaun dihentikan"), ("zh-hans", "Lejar: 与账套的连接已停止")],
)
def test_a_message_speaks_the_language_of_who_entered_the_address(
    told: MailAddress, book: Book, clock: Clock, language: str, subject: str
) -> None:
    MailAddress.objects.update(language=language)

    trouble(book, clock)

    assert outbox()[0].subject == f"{subject} (kedai-rimba.myshopify.com)"


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        smtplib.SMTPAuthenticationError(535, b"no such user"),
        smtplib.SMTPServerDisconnected("gone"),
        TimeoutError(),
    ],
)
def test_a_server_that_cannot_be_reached_is_tried_again_later_and_later(
    told: MailAddress, book: Book, clock: Clock, server: Fail, error: Exception
) -> None:
    server("open", error, error)
    trouble(book, clock)
    first = the_mail()

    minutes(clock, 6)

    assert (first.sent_at, first.ready_at) == (None, clock() - timedelta(minutes=5))
    assert len(outbox()) == 1
    assert (the_mail().tries, the_mail().doubts, the_mail().trouble) == (3, 0, "")
    assert "before" not in outbox()[0].body


def test_an_address_the_server_refuses_for_good_is_not_tried_again(
    told: MailAddress, book: Book, clock: Clock, server: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server("send_messages", smtplib.SMTPRecipientsRefused({ADDRESS: (550, ADDRESS.encode())}))

    trouble(book, clock)
    minutes(clock, 100)

    assert (the_mail().tries, the_mail().ready_at, the_mail().sent_at) == (1, None, None)
    assert the_mail().trouble == "SMTPRecipientsRefused"
    assert ADDRESS not in caplog.text


def test_a_mailbox_that_is_full_is_tried_again(
    told: MailAddress, book: Book, clock: Clock, server: Fail
) -> None:
    server("send_messages", smtplib.SMTPRecipientsRefused({ADDRESS: (452, b"full")}))

    trouble(book, clock)
    minutes(clock, 2)

    assert len(outbox()) == 1


def test_where_nobody_can_say_it_is_sent_once_more_and_says_so(
    told: MailAddress, book: Book, clock: Clock, server: Fail
) -> None:
    server("send_messages", smtplib.SMTPServerDisconnected("gone"), after=True)

    trouble(book, clock)
    minutes(clock, 60)

    first, second = outbox()
    assert "You may have received this message before" not in first.body
    assert "You may have received this message before" in second.body
    assert headers(first)["Message-ID"] == headers(second)["Message-ID"]


def test_a_third_time_is_never_tried(
    told: MailAddress, book: Book, clock: Clock, server: Fail
) -> None:
    server("send_messages", *[TimeoutError()] * 9, after=True)

    trouble(book, clock)
    minutes(clock, 200)

    assert len(outbox()) == 2
    assert (the_mail().ready_at, the_mail().sent_at) == (None, None)
    assert the_mail().trouble == sending.DOUBTFUL


def test_a_killed_worker_costs_one_message_twice_at_most(
    told: MailAddress, book: Book, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Book.objects.filter(pk=book.pk).update(state="misconfigured")
    clock.advance(minutes=1)
    episodes.run(now=clock())
    with monkeypatch.context() as killed:
        killed.setattr(sending, "_finish", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.run(clock=clock)

    work(clock)
    meanwhile = len(outbox())
    minutes(clock, 60)

    assert (meanwhile, len(outbox())) == (1, 2)
    assert the_mail().sent_at is not None


def test_after_a_day_in_vain_it_is_given_up(
    told: MailAddress, book: Book, clock: Clock, server: Fail
) -> None:
    server("open", *[ConnectionRefusedError()] * 100)
    trouble(book, clock)

    for _ in range(30):
        clock.advance(hours=1)
        work(clock)

    assert (the_mail().ready_at, the_mail().sent_at) == (None, None)
    assert the_mail().trouble == "ConnectionRefusedError"


def test_nothing_is_sent_where_no_way_out_is_configured(
    told: MailAddress, book: Book, clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = url.NONE
    trouble(book, clock)
    waiting = the_mail()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    minutes(clock, 1)

    assert (waiting.tries, waiting.sent_at) == (0, None)
    assert len(outbox()) == 1


def test_neither_address_nor_shop_text_reaches_the_log(
    told: MailAddress, shop: Shop, book: Book, clock: Clock, server: Fail,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    enter(shop, "akaun@kedai.test", clock)
    server("open", smtplib.SMTPAuthenticationError(535, b"password hunter2 of akaun@kedai.test"))
    server("send_messages", smtplib.SMTPDataError(451, b"try later, akaun@kedai.test"))

    trouble(book, clock)
    minutes(clock, 20)

    assert len(outbox()) == 2
    assert "@kedai.test" not in caplog.text
    assert "hunter2" not in caplog.text
    assert "SMTPAuthenticationError" in caplog.text


def test_a_lost_seal_key_ends_it_without_an_error(
    told: MailAddress, book: Book, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_SEAL_KEYS = ["eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="]

    trouble(book, clock)

    assert (the_mail().trouble, the_mail().ready_at) == (sending.SEALED, None)
    assert outbox() == []


# --- the address of the mail server ----------------------------------------------------------


def test_the_address_of_a_mail_server_is_understood() -> None:
    said = url.parse("smtp://lejar:p%40ss@mail.test")

    assert (said["EMAIL_HOST"], said["EMAIL_PORT"]) == ("mail.test", 587)
    assert (said["EMAIL_HOST_USER"], said["EMAIL_HOST_PASSWORD"]) == ("lejar", "p@ss")
    assert (said["EMAIL_USE_TLS"], said["EMAIL_USE_SSL"]) == (True, False)
    assert url.parse("smtps://mail.test:4650")["EMAIL_PORT"] == 4650
    assert url.parse("smtps://mail.test")["EMAIL_USE_SSL"] is True
    assert url.parse("smtp://localhost:1025")["EMAIL_USE_TLS"] is False
    assert url.parse("console:") == {"EMAIL_BACKEND": url.CONSOLE}
    assert url.parse("") == {"EMAIL_BACKEND": url.NONE}


@pytest.mark.parametrize(
    "wrong", ["http://mail.test", "smtp://:1", "smtp://mail.test:x", "smtp://m.test/a", "hunter2"]
)
def test_an_address_that_cannot_be_one_is_refused_without_being_quoted(wrong: str) -> None:
    with pytest.raises(url.WrongUrl) as refused:
        url.parse(wrong)

    assert wrong not in str(refused.value)
    assert url.understood(wrong) == {"EMAIL_BACKEND": url.NONE}


def test_a_message_we_fail_to_write_stops_no_other_and_is_sent_once_we_can(
    told: MailAddress,
    book: Book,
    shop: Shop,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = enter(shop, "akaun@kedai.test", clock)
    recipients.confirm(second.key, now=clock())
    outbox().clear()
    real = sending._letter

    def failing(mail: Mail) -> Any:
        if mail.address_id == told.pk:
            raise KeyError(ADDRESS)
        return real(mail)

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_letter", failing)
        trouble(book, clock)
    sent = [letter.to for letter in outbox()]
    left = Mail.objects.get(phase="told", address=told)
    minutes(clock, 2)

    assert sent == [["akaun@kedai.test"]]
    assert (left.trouble, left.sent_at, left.begun_at) == (sending.OURS, None, None)
    assert [letter.to for letter in outbox()[1:]] == [[ADDRESS]]
    assert "before" not in outbox()[1].body
    assert f"mail {left.pk} could not be written" in caplog.text


def test_where_we_fail_beside_the_mail_server_the_others_go_on_and_nothing_is_sent_a_third_time(
    told: MailAddress, book: Book, shop: Shop, clock: Clock, server: Fail
) -> None:
    second = enter(shop, "akaun@kedai.test", clock)
    recipients.confirm(second.key, now=clock())
    outbox().clear()
    server("send_messages", KeyError("x"))

    trouble(book, clock)
    first = {letter.to[0] for letter in outbox()}
    minutes(clock, 9)

    assert len(first) == 1
    assert sorted(letter.to[0] for letter in outbox()) == ["akaun@kedai.test", ADDRESS]
    assert not Mail.objects.filter(ready_at__isnull=False).exists()


def test_a_database_in_trouble_ends_the_round(
    told: MailAddress, book: Book, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(mail: Mail) -> bool:
        raise OperationalError

    monkeypatch.setattr(sending, "_is_wanted", broken)

    with pytest.raises(OperationalError):
        trouble(book, clock)

    assert outbox() == []
