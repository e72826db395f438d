"""Celery entry points. They carry no payload: what to do is found in the tables.

A message that is lost, repeated or late changes nothing but the moment of waking.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting import connections, outbox, posting, sender


@shared_task
def plan() -> None:
    """Plan every order that is due."""
    while posting.plan(now=timezone.now()):
        pass


@shared_task
def send() -> None:
    """Send what waits for every book that is due."""
    sender.send_due(connections.connector_for, clock=timezone.now)


@shared_task
def sweep() -> None:
    """Find books that have work but no time set to do it."""
    outbox.wake_forgotten(now=timezone.now())
