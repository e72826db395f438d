"""The privacy policy: for everybody, in three languages, framed by nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

LANGUAGES = ("en", "ms", "zh-hans")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_can_read_it_in_their_language(language: str, settings: Settings) -> None:
    settings.LEJAR_CONTACT = "privacy@lejar.test"

    answer = Client().get("/privacy", {"locale": language})

    said = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in said
    assert "privacy@lejar.test" in said
    assert "30" in said
    assert all(f"?locale={other}" in said for other in LANGUAGES)
    assert all(f">{name}</a>" in said for name in ("English", "Bahasa Melayu", "简体中文"))
    assert not answer.cookies


def test_the_languages_say_it_in_other_words() -> None:
    pages = {Client().get("/privacy", {"locale": each}).content for each in LANGUAGES}

    assert len(pages) == 3


def test_nobody_may_frame_it_not_even_a_shop() -> None:
    answer = Client().get("/privacy", {"shop": "kedai-rimba.myshopify.com"})

    assert answer["Content-Security-Policy"].startswith("frame-ancestors 'none';")


def test_it_takes_nothing_in() -> None:
    assert Client().post("/privacy").status_code == 405


def test_without_a_contact_it_still_says_who_to_ask(settings: Settings) -> None:
    settings.LEJAR_CONTACT = ""

    assert "whoever runs this installation" in Client().get("/privacy").content.decode()
