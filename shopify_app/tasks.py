"""Celery entry points of the Shopify side: deliveries become facts, facts become documents."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting import tasks
from shopify_app import inbox


@shared_task
def plan() -> None:
    """Process every stored delivery, then plan every order that is due."""
    while not tasks.stopping.is_set() and inbox.process(now=timezone.now()):
        pass
    tasks.plan()
