"""What a worker is woken for on the accounting side. Tasks carry no payload: what to do is found in
the tables, and a message that is lost, repeated or late changes nothing but the moment of waking.

Planning has no task of its own: `shopify_app.tasks.plan` does it in turn with the deliveries, whose
facts it plans.
"""

from __future__ import annotations

import threading

from celery import shared_task
from celery.signals import worker_shutting_down

from accounting import (
    audit_chain,
    checking,
    connections,
    database_clock,
    mapping_import,
    mapping_preview,
    outbox,
    sender,
    suggestions,
    tie_figures,
)

stopping = threading.Event()
looking = threading.BoundedSemaphore(1)  # a thread of the process; sending needs the others
suggesting = threading.BoundedSemaphore(1)


@worker_shutting_down.connect
def stop(**_: object) -> None:
    """SIGTERM: begin no further document; the call under way is finished and recorded."""
    stopping.set()


@shared_task
def send() -> None:
    """Send what waits for every book that is due."""
    sender.send_due(connections.connector_for, clock=database_clock.now, stopping=stopping.is_set)


@shared_task
def wake_forgotten() -> None:
    """Find books that have work but no time set to do it."""
    outbox.wake_forgotten(now=database_clock.now())


@shared_task
def tie() -> None:
    """Count the tie-out of orders of which something has changed."""
    while not stopping.is_set() and tie_figures.count():
        pass


@shared_task
def check() -> None:
    """One page of every comparison with the books that is under way."""
    checking.go_on(connections.connector_for, clock=database_clock.now, stopping=stopping.is_set)


@shared_task
def check_activity() -> None:
    """Today's slice of every store's chain of who changed what."""
    audit_chain.check_slices(now=database_clock.now(), stopping=stopping.is_set)


@shared_task
def look_at_mappings() -> None:
    """Files of mappings that wait, and a slice of every dry run; one of each in a process."""
    if not looking.acquire(blocking=False):
        return
    try:
        for go_on in (mapping_import.go_on, mapping_preview.go_on):
            go_on(clock=database_clock.now, stopping=stopping.is_set)
    finally:
        looking.release()


@shared_task
def suggest() -> None:
    """Examine products that are new or changed, and all of a store's when the books' items are."""
    if not suggesting.acquire(blocking=False):
        return
    try:
        suggestions.go_on(stopping=stopping.is_set)
    finally:
        suggesting.release()
