"""Orders and what a shop said about them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.stores import Store


class Order(models.Model):
    """One Shopify order: when to plan it next, and what the last plan said."""

    class State(models.TextChoices):
        WAITING = "waiting"  # facts are still expected
        HELD = "held"  # somebody has to act; `problems` says on what
        PLANNED = "planned"
        EXCLUDED = "excluded"  # has no documents for now; `note` says why
        REVERSED = "reversed"  # taken back: what was in the books has its contra in the outbox

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order_id = models.BigIntegerField()  # Shopify's
    name = models.CharField(max_length=100, default="", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    note = models.TextField(default="", blank=True)
    problems = models.JSONField(default=list)
    flags = models.JSONField(default=list)  # what a person should know, and nothing waits for
    stem = models.CharField(max_length=20, default="", blank=True)  # see `documents.numbering`
    pinned = models.JSONField(default=dict, blank=True)  # with the stem; see `pinning`
    # Its own answer to the policy of that name, where a person gave one (see `holds`).
    closed_period = models.CharField(max_length=20, default="", db_default="", blank=True)
    facts_at = models.DateTimeField()  # when the last fact arrived
    plan_at = models.DateTimeField(null=True)  # when to plan it next; None: when something changes
    # In line with others of its store: planned before `plan_at` when nothing is due.
    plan_early = models.BooleanField(default=False, db_default=False)
    planned_at = models.DateTimeField(null=True)
    held_since = models.DateTimeField(null=True)  # while it is held
    # Its first document under a limit of its store: counted at, or waiting for room since.
    begun_at = models.DateTimeField(null=True)
    begin_asked_at = models.DateTimeField(null=True)
    # Reading it anew from Shopify: asked for at, to be tried at (None: no
    # need), so many times in vain since, done at.
    refetch_asked_at = models.DateTimeField(null=True)
    refetch_ready_at = models.DateTimeField(null=True)
    refetch_tries = models.PositiveIntegerField(
        default=0, db_default=0
    )  # in vain, since it was asked for
    refetched_at = models.DateTimeField(null=True)
    refetch_trouble = models.TextField(
        default="", db_default="", blank=True
    )  # why it ended in vain
    # Taking it back out of the books, for good (see `reversal`): asked for at, contras planned at,
    # and a digest of what had happened to the order by then.
    reversal_asked_at = models.DateTimeField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)
    # Since when its facts and documents are without the buyer; what is told later is, too.
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "order_id"], name="order_once_per_store"),
            models.UniqueConstraint(fields=["id", "store"], name="order_with_store"),
            models.UniqueConstraint(
                fields=["store", "stem"], condition=~Q(stem=""), name="order_stem_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["plan_at", "id"], name="order_to_plan", condition=Q(plan_at__isnull=False)
            ),
            models.Index(
                fields=["plan_at", "id"], name="order_to_plan_early", condition=Q(plan_early=True)
            ),
            models.Index(
                fields=["refetch_ready_at", "id"],
                name="order_to_read_anew",
                condition=Q(refetch_ready_at__isnull=False),
            ),
            models.Index(
                fields=["store", "begin_asked_at", "id"],
                name="order_to_begin",
                condition=Q(begin_asked_at__isnull=False),
            ),
            models.Index(
                fields=["store", "refetch_ready_at", "id"],
                name="order_to_read_by_store",
                condition=Q(refetch_ready_at__isnull=False),
            ),
            models.Index(fields=["order_id"], name="order_by_shopify_id"),
            models.Index(fields=["store", "state", "id"], name="order_by_state"),
            models.Index(F("store"), F("id").desc(), name="order_newest"),
            models.Index(F("store"), F("id").desc(), name="order_flagged", condition=~Q(flags=[])),
            models.Index(
                fields=["store", "name"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="order_by_name",
            ),
        )


class Fact(models.Model):
    """One thing Shopify said. Never changed: equal content only widens the times from `first_as_of`
    to `as_of`, and versions of an order that decide nothing any more are dropped."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)  # of `body`
    as_of = models.DateTimeField(null=True)  # when it was last said; the two are of kinds that
    first_as_of = models.DateTimeField(null=True)  # have an as-of time: transaction, refund …
    body = models.JSONField()
    told_by = models.CharField(max_length=60, default="", blank=True)  # "delivery 17"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "kind", "source_id", "sha256"], name="fact_once"
            ),
        )
        indexes = (models.Index(fields=["kind", "source_id"], name="fact_by_source"),)
