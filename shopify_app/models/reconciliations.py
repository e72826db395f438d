"""Reading from shops: whose turn it is, and the sweeps that look for what never came."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from shopify_app.models.shops import Shop


class ShopReading(models.Model):
    """How reading from one shop stands: when its orders, its next sweep and its products are due,
    who is at it, and until when the shop is left alone, and why."""

    class Trouble(models.TextChoices):
        NONE = ""
        BUSY = "busy"  # throttled, or no answer
        REFUSED = "refused"
        UNAVAILABLE = "unavailable"  # the shop is closed, frozen or locked
        RECONNECT = "reconnect"  # no token; the merchant has to open Lejar

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE)
    orders_at = models.DateTimeField(null=True)  # None: no order waits to be read
    sweep_at = models.DateTimeField(null=True)  # None: the shop is not swept
    products_at = models.DateTimeField(null=True)  # None: its products are not read
    not_before = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, choices=Trouble, default="", blank=True)
    code = models.CharField(max_length=60, default="", blank=True)  # Shopify's word for it
    tries = models.PositiveIntegerField(default=0)  # in vain, since the last answer
    read_at = models.DateTimeField(null=True)  # when its last turn ended
    leased_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(
                fields=["orders_at", "id"],
                name="reading_orders_due",
                condition=Q(orders_at__isnull=False),
            ),
            models.Index(
                fields=["sweep_at", "id"],
                name="reading_sweep_due",
                condition=Q(sweep_at__isnull=False),
            ),
            models.Index(
                fields=["products_at", "id"],
                name="reading_products_due",
                condition=Q(products_at__isnull=False),
            ),
        )


class Reconciliation(models.Model):
    """One sweep over the orders a shop has changed since `since`, and how far it got: everything
    changed before `reached_at` has been compared. What changed after `until` is left to the next
    sweep, because its deliveries may still be on the way."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"  # `message` says why; goes on by itself from where it was
        FINISHED = "finished"

    class Cause(models.TextChoices):
        HOURLY = "hourly"
        ASKED = "asked"  # by a person

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    cause = models.CharField(max_length=10, choices=Cause, default=Cause.HOURLY)
    message = models.TextField(default="", blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reached_at = models.DateTimeField()
    seen_there = models.PositiveIntegerField(default=0)  # orders of the second `reached_at`
    cursor = models.TextField(default="", blank=True)  # within that second, if it fills pages
    pages = models.PositiveIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0)  # orders compared
    missing = models.PositiveIntegerField(default=0)  # of these, unknown here
    stale = models.PositiveIntegerField(default=0)  # of these, known as they were before
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["shop"],
                condition=Q(state__in=("running", "stopped")),
                name="reconciliation_one_under_way",
            ),
        )
        indexes = (models.Index(F("shop"), F("id").desc(), name="reconciliation_newest"),)


class ProductReading(models.Model):
    """One reading of a shop's products in the order of their ids, and how far it got: all up to
    `reached` have been kept. `since` None reads all of them, else those changed since then."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"  # `message` says why; goes on by itself from where it was
        FINISHED = "finished"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    message = models.TextField(default="", blank=True)
    since = models.DateTimeField(null=True)
    reached = models.BigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    products = models.PositiveIntegerField(default=0)
    variants = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["shop"],
                condition=Q(state__in=("running", "stopped")),
                name="product_reading_one_under_way",
            ),
        )
        indexes = (models.Index(F("shop"), F("id").desc(), name="product_reading_newest"),)
