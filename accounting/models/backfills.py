"""Backfills: orders from before, read from Shopify, judged without posting, then posted at once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.orders import Order
from accounting.models.stores import Store


class Backfill(models.Model):
    """The orders of one range of days, and how far they are. `fence` is raised with every claim and
    every decision: whoever holds an older one writes nothing more."""

    class State(models.TextChoices):
        READING = "reading"
        STOPPED = "stopped"  # reading; `message` says why; goes on at `ready_at`, or when asked to
        PREVIEWING = "previewing"
        PREVIEWED = "previewed"  # a person decides
        POSTING = "posting"
        POSTED = "posted"
        REVERSING = "reversing"
        REVERSED = "reversed"
        CANCELLED = "cancelled"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    first_date = models.DateField()  # days on which orders were created, in the shop's time zone,
    last_date = models.DateField()  # both included
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    # Shopify's list of the range: from this time of creation on, the next page after `cursor`.
    listed_from = models.DateTimeField()
    cursor = models.TextField(default="", blank=True)
    pages = models.PositiveIntegerField(default=0)  # since `listed_from`
    listed_to = models.DateTimeField(null=True)  # when the newest order listed was created
    listed_whole = models.BooleanField(default=False)
    totals = models.JSONField(default=dict, blank=True)  # of the dry run; see `backfill_totals`
    message = models.TextField(default="", blank=True)
    tries = models.PositiveIntegerField(default=0)  # to read, in vain since something was read
    ready_at = models.DateTimeField(null=True)  # None: not before a person decides
    fence = models.BigIntegerField(default=0)
    step_at = models.DateTimeField()  # when the state began
    halted_at = models.DateTimeField(null=True)  # posting was broken off: no further order
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=100)
    previewed_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)  # when a person said so, like the two below
    posted_by = models.CharField(max_length=100, default="", blank=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.CharField(max_length=100, default="", blank=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store"],
                condition=~Q(state__in=("posted", "reversed", "cancelled")),
                name="backfill_one_at_a_time",
            ),
            models.UniqueConstraint(fields=["id", "store"], name="backfill_with_store"),
            models.CheckConstraint(
                condition=Q(first_date__lte=F("last_date")), name="backfill_dates_in_order"
            ),
        )
        indexes = (
            models.Index(
                fields=["ready_at", "id"],
                name="backfill_ready",
                condition=Q(ready_at__isnull=False),
            ),
            models.Index(F("store"), F("id").desc(), name="backfill_newest"),
        )


class BackfillOrder(models.Model):
    """One order of a backfill: what the dry run said of it, and what became of that.

    `documents` are [number, kind, date, total, currency, digest of the payload] each; `stem`,
    `owner` and `debtor_code` are the number and customer code that the dry run counted on, the
    digests those of the facts and rules it rests on.
    """

    class Outcome(models.TextChoices):
        LISTED = "listed"  # not read yet
        READ = "read"  # not judged yet
        POST = "post"
        HOLD = "hold"
        SKIP = "skip"  # has no documents for now; `note` says why
        THERE = "there"  # Lejar keeps it up already
        FAILED = "failed"  # could not be read; `note` says why

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    backfill = models.ForeignKey(Backfill, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True)  # None: not read
    shopify_id = models.BigIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.LISTED)
    note = models.TextField(default="", blank=True)
    problems = models.JSONField(default=list, blank=True)  # what holds it or a part of it
    documents = models.JSONField(default=list, blank=True)
    stem = models.CharField(max_length=20, default="", blank=True)
    owner = models.CharField(max_length=60, default="", blank=True)  # "customer 123 MYR"
    debtor_code = models.CharField(max_length=12, default="", blank=True)
    facts_sha256 = models.CharField(max_length=64, default="", blank=True)
    rules_sha256 = models.CharField(max_length=64, default="", blank=True)
    woken_at = models.DateTimeField(null=True)  # when it was given to planning
    compared_at = models.DateTimeField(null=True)  # when what was posted was compared
    differences = models.JSONField(default=list, blank=True)
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["backfill", "shopify_id"], name="backfill_order_once"),
        )
        indexes = (
            models.Index(fields=["backfill", "outcome", "id"], name="backfill_order_by_outcome"),
            models.Index(fields=["backfill", "stem"], name="backfill_order_by_stem"),
            models.Index(fields=["backfill", "debtor_code"], name="backfill_order_by_debtor"),
            models.Index(
                fields=["backfill", "id"],
                name="backfill_order_to_wake",
                condition=Q(woken_at__isnull=True, outcome__in=("post", "hold", "skip")),
            ),
            models.Index(
                fields=["backfill", "id"],
                name="backfill_order_to_compare",
                condition=Q(woken_at__isnull=False, compared_at__isnull=True),
            ),
            models.Index(
                fields=["backfill", "id"],
                name="backfill_order_to_reverse",
                condition=Q(woken_at__isnull=False, reversed_at__isnull=True),
            ),
        )
