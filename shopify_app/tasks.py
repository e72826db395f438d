"""Celery entry points of the Shopify side: deliveries become facts, facts become documents; and
what keeps a shop's tokens alive."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting import tasks
from shopify_app import backfill, inbox, tokens
from shopify_app.backfill_source import AdminApi


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
def go_on_backfilling() -> None:
    """One slice of every backfill that is under way."""
    backfill.go_on(AdminApi(), clock=timezone.now, stopping=tasks.stopping.is_set)
