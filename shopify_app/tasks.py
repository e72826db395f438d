"""Celery entry points of the Shopify side: deliveries become facts, facts become documents; and
what keeps a shop's tokens alive."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting import tasks
from shopify_app import billing, inbox, shop_reading, tokens


@shared_task
def plan() -> None:
    """Process every stored delivery, then plan every order that is due."""
    while not tasks.stopping.is_set() and inbox.process(now=timezone.now()):
        pass
    tasks.plan()


@shared_task
def keep_tokens() -> None:
    """Refresh the tokens that would die for want of use, of the shops whose hour this is."""
    tokens.keep_alive(now=timezone.now(), stopping=tasks.stopping.is_set)


@shared_task
def shops() -> None:
    """Read the shops' own settings and plans that are due, then let each send what it may."""
    shop_reading.run(now=timezone.now())
    billing.run(now=timezone.now())
