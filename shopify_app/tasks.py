"""Celery entry points of the Shopify side: deliveries become facts, facts become documents, and
personal data is erased in time."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting import tasks
from shopify_app import inbox, privacy, raw_bodies


@shared_task
def plan() -> None:
    """Process every stored delivery, then plan every order that is due."""
    while not tasks.stopping.is_set() and inbox.process(now=timezone.now()):
        pass
    tasks.plan()


@shared_task
def keep_private() -> None:
    """Act on every compliance request that is due, and forget what is older than it may be."""
    while not tasks.stopping.is_set() and privacy.run(now=timezone.now()):
        pass
    while not tasks.stopping.is_set() and raw_bodies.erase_old(now=timezone.now()):
        pass
