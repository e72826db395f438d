"""The outbox: documents frozen for the books, and every attempt to write one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.books import Book
from accounting.models.orders import Order
from accounting.models.stores import Store


class Document(models.Model):
    """One write to the books, frozen when planned: the outbox. `outbox` alone moves `state`."""

    class State(models.TextChoices):
        WAITING = "waiting"  # behind an earlier document of its order
        QUEUED = "queued"
        SENDING = "sending"
        UNKNOWN = "unknown"  # maybe written; to be looked up
        POSTED = "posted"
        REJECTED = "rejected"  # the books said no
        CONFLICT = "conflict"  # the books hold something else under this number
        SKIPPED = "skipped"  # a person decided

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    role = models.CharField(max_length=4)
    source_id = models.BigIntegerField()
    source = models.CharField(max_length=20, default="", blank=True)
    target = models.CharField(max_length=20, default="", blank=True)
    number = models.CharField(max_length=50)
    date = models.DateField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=18, decimal_places=4)
    payload = models.JSONField()
    payload_sha256 = models.CharField(max_length=64)
    facts_sha256 = models.CharField(max_length=64)
    rules_sha256 = models.CharField(max_length=64)
    schema = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    message = models.TextField(default="", blank=True)
    ready_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    look_ups = models.PositiveIntegerField(default=0)  # since the last unknown outcome
    fence = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "role", "source_id", "source", "target"],
                name="document_once_per_key",
            ),
            models.UniqueConstraint(
                fields=["book", "number"],
                condition=~Q(kind="customer"),  # a customer's code stands with all its orders
                name="document_number_once",
            ),
            models.UniqueConstraint(fields=["id", "store"], name="document_with_store"),
            models.CheckConstraint(condition=Q(total__gte=0), name="document_total_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="posted") | Q(posted_at__isnull=False, receipt__isnull=False),
                name="document_posted_with_receipt",
            ),
        )
        indexes = (
            models.Index(
                fields=["book", "ready_at", "id"],
                name="document_due",
                condition=Q(state__in=("queued", "unknown")),
            ),
            models.Index(fields=["book"], name="document_sending", condition=Q(state="sending")),
            models.Index(
                fields=["order", "id"],
                name="document_unfinished",
                condition=~Q(state__in=("posted", "skipped")),
            ),
            models.Index(fields=["store", "state", "id"], name="document_by_state"),
            models.Index(F("store"), F("id").desc(), name="document_newest"),
            models.Index(
                fields=["store", "kind", "currency", "date", "id"],
                name="document_of_kind_by_date",
            ),
            models.Index(fields=["store", "kind", "id"], name="document_by_kind"),
            models.Index(fields=["store", "date", "id"], name="document_on_date"),
            models.Index(
                fields=["store", "number"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="document_by_number",
            ),
        )


class Attempt(models.Model):
    """One write to the books, committed before the call and finished after it; or a person's wish
    to look again. An outcome of "" means that the call never came back."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"  # the books said yes; only the look-up that follows is proof
        REJECTED = "rejected"  # they said no
        REFUSED = "refused"  # they said no, yet this or an earlier write may have arrived
        DUPLICATE = "duplicate"  # they called the number taken
        UNCERTAIN = "uncertain"  # the answer was lost
        UNAVAILABLE = "unavailable"  # certainly not written
        MISCONFIGURED = "misconfigured"  # certainly not written
        ASKED = "asked"  # a person asked to look again; nothing was sent

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    document = models.ForeignKey(Document, on_delete=models.PROTECT)
    call = models.CharField(max_length=10)  # post, retry
    fence = models.BigIntegerField()
    profile = models.CharField(max_length=60)
    payload_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, default="", blank=True)  # an Outcome, or ""
    message = models.TextField(default="", blank=True)
