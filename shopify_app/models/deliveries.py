"""The raw webhook inbox."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Delivery(models.Model):
    """One webhook as it arrived: compressed bytes, stored once, processed later.

    `shop_domain` and not a foreign key: deliveries may come before the shop is known here.
    """

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        FAILED = "failed"  # `path` and `error` say which field is wrong; retry after a fix
        PARKED = "parked"  # the shop has not opened Lejar yet; its first contact releases them

    shop_domain = models.CharField(max_length=255)
    webhook_id = models.CharField(max_length=100)
    topic = models.CharField(max_length=100)
    event_id = models.CharField(max_length=100, default="", blank=True)
    api_version = models.CharField(max_length=20, default="", blank=True)
    triggered_at = models.CharField(max_length=40, default="", blank=True)
    body = models.BinaryField()  # zlib
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    path = models.CharField(max_length=200, default="", blank=True)
    error = models.TextField(default="", blank=True)
    processed_at = models.DateTimeField(null=True)
    # Since when the body is empty, and what it was where it only grew old: see `raw_bodies`.
    erased_at = models.DateTimeField(null=True)
    body_sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["shop_domain", "webhook_id"], name="delivery_once_per_shop"
            ),
        )
        indexes = (
            models.Index(fields=["id"], name="delivery_new", condition=Q(state="new")),
            models.Index(fields=["shop_domain", "state", "id"], name="delivery_by_state"),
            models.Index(
                fields=["received_at"], name="delivery_with_body", condition=Q(erased_at=None)
            ),
        )
