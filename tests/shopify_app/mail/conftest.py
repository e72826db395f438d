"""A shop with somebody to tell, a mail server that keeps what it is given, and a clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from accounting.models import Book
from shopify_app.mail import episodes, recipients, sending
from shopify_app.models import MailAddress, Shop
from tests.books import Clock, make_book

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
ADDRESS = "pejabat@kedai.test"


@pytest.fixture(autouse=True)
def way_out(settings: Settings) -> None:
    settings.EMAIL_BACKEND = LOCMEM
    settings.LEJAR_URL = "https://lejar.test"


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def book(shop: Shop, clock: Clock) -> Book:
    shop.store.book = made = make_book(clock())
    shop.store.save()
    Book.objects.filter(pk=made.pk).update(state="active")
    return made


@pytest.fixture
def told(shop: Shop, book: Book, clock: Clock) -> MailAddress:
    """An address that wants to be told."""
    address = enter(shop, ADDRESS, clock)
    recipients.confirm(address.key, now=clock())
    outbox().clear()
    return address


def enter(shop: Shop, address: str, clock: Clock, language: str = "en") -> MailAddress:
    made = recipients.add(shop, address, language=language, who="staff 1", now=clock())
    work(clock)
    return made


def work(clock: Clock) -> None:
    """What the worker does each time it is woken."""
    episodes.run(now=clock())
    sending.run(clock=clock)


def minutes(clock: Clock, count: int) -> None:
    """So many wake-ups, a minute apart."""
    for _ in range(count):
        clock.advance(minutes=1)
        work(clock)


def outbox() -> list[EmailMultiAlternatives]:
    box: list[Any] = mail.outbox
    return box


def subjects() -> list[str]:
    return [str(letter.subject) for letter in outbox()]


def links_of(letter: EmailMultiAlternatives) -> list[str]:
    return re.findall(r"https://\S+", str(letter.body))


def headers(letter: EmailMultiAlternatives) -> Any:
    return letter.message()
