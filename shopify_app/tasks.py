"""Celery entry points of the Shopify side: deliveries become facts, facts become documents, what no
delivery told of is read from Shopify, tokens and plans are kept fresh, people are told, personal
data is erased."""

from __future__ import annotations

import threading

from celery import shared_task

from accounting import database_clock, posting, tasks
from shopify_app import (
    backfill,
    billing,
    inbox,
    install,
    privacy,
    product_reading,
    raw_bodies,
    reconcile,
    refetch,
    shop_details,
    tokens,
)
from shopify_app.backfill_source import AdminApi
from shopify_app.mail import episodes, sending
from shopify_app.turns import Shopify

READERS = 3  # threads of one process that may wait for Shopify; sending needs the others
PLANNERS = 2  # threads of one process that plan; a wake-up comes each second, however long it takes
reading = threading.BoundedSemaphore(READERS)
planning = threading.BoundedSemaphore(PLANNERS)
telling = threading.BoundedSemaphore(1)  # a mail server may be slow
backfilling = threading.BoundedSemaphore(1)  # a slice waits for Shopify too
SHOPIFY = Shopify(unavailable=install.unavailable, available=install.available)


@shared_task
def plan() -> None:
    """A batch of stored deliveries and a batch of orders in turn, until there is neither: what one
    shop has stored does not keep another's orders from being planned."""
    if not planning.acquire(blocking=False):
        return
    try:
        while not tasks.stopping.is_set() and _plan_some():
            pass
    finally:
        planning.release()


def _plan_some() -> int:
    processed = inbox.process(now=database_clock.now())
    return processed + posting.plan(now=database_clock.now())


@shared_task
def keep_tokens() -> None:
    """Refresh the tokens that would die for want of use, of the shops whose hour this is."""
    tokens.keep_alive(now=database_clock.now(), stopping=tasks.stopping.is_set)


@shared_task
def shops() -> None:
    """Read the shops' own settings and plans that are due, then let each send what it may."""
    shop_details.run(now=database_clock.now())
    billing.run(now=database_clock.now())


@shared_task
def read() -> None:
    """Go on with sweeps, read orders anew and then products, as far as shops may be asked now."""
    if not reading.acquire(blocking=False):
        return
    try:
        for run in (reconcile.run, refetch.run, product_reading.run):
            run(clock=database_clock.now, shopify=SHOPIFY, stopping=tasks.stopping.is_set)
    finally:
        reading.release()


@shared_task
def enrol() -> None:
    """Set the hour of sweeps, and a time for products and plans, of shops that are new or came
    back."""
    reconcile.enrol(now=database_clock.now())
    product_reading.enrol(now=database_clock.now())
    billing.enrol(now=database_clock.now())


@shared_task
def go_on_backfilling() -> None:
    """One slice of every backfill that is under way."""
    if not backfilling.acquire(blocking=False):
        return
    try:
        backfill.go_on(AdminApi(), clock=database_clock.now, stopping=tasks.stopping.is_set)
    finally:
        backfilling.release()


@shared_task
def keep_private() -> None:
    """Act on every compliance request that is due, and forget what is older than it may be."""
    while not tasks.stopping.is_set() and privacy.run(now=database_clock.now()):
        pass
    while not tasks.stopping.is_set() and raw_bodies.erase_old(now=database_clock.now()):
        pass


@shared_task
def tell() -> None:
    """Find what people are to be told by e-mail, and send what is due."""
    if not telling.acquire(blocking=False):
        return
    try:
        episodes.run(now=database_clock.now(), stopping=tasks.stopping.is_set)
        sending.run(clock=database_clock.now, stopping=tasks.stopping.is_set)
    finally:
        telling.release()
