"""Celery entry points of the Shopify side: deliveries become facts, facts become documents, and
what no delivery told of is read from Shopify."""

from __future__ import annotations

import threading

from celery import shared_task
from django.utils import timezone

from accounting import tasks
from shopify_app import inbox, reconcile, refetch
from shopify_app.turns import Shopify

READERS = 3  # threads of one process that may wait for Shopify; sending needs the others
reading = threading.BoundedSemaphore(READERS)


@shared_task
def plan() -> None:
    """Process every stored delivery, then plan every order that is due."""
    while not tasks.stopping.is_set() and inbox.process(now=timezone.now()):
        pass
    tasks.plan()


@shared_task
def read() -> None:
    """Go on with sweeps and read orders anew, as far as shops may be asked now."""
    if not reading.acquire(blocking=False):
        return
    try:
        for run in (reconcile.run, refetch.run):
            run(clock=timezone.now, shopify=Shopify(), stopping=tasks.stopping.is_set)
    finally:
        reading.release()


@shared_task
def enrol() -> None:
    """Set the hour of shops that are new or came back."""
    reconcile.enrol(now=timezone.now())
