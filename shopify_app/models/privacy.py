"""What Shopify asks about personal data, and who has looked at any."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from shopify_app.models.shops import Shop


class PrivacyRequest(models.Model):
    """A compliance webhook, kept with its due date, and what was done about it."""

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"  # `evidence` counts what was found or erased, and names what was kept
        FAILED = "failed"  # `error` says why; tried again at `ready_at`
        HELD = "held"  # the shop came back; nothing is erased before an operator says so

    shop_domain = models.CharField(max_length=255)
    topic = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    customer_id = models.BigIntegerField(null=True)
    order_ids = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW, db_default="new")
    ready_at = models.DateTimeField(null=True)  # when it is looked at next; None: at once
    tries = models.PositiveIntegerField(default=0, db_default=0)  # that failed
    error = models.TextField(default="", db_default="", blank=True)
    evidence = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # What was compiled of a data request, sealed for this row, until it is forgotten.
    sealed_export = models.BinaryField(null=True)
    export_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["id"], name="privacy_open", condition=Q(state__in=("new", "failed"))
            ),
            models.Index(F("shop_domain"), F("id").desc(), name="privacy_newest"),
        )


class PersonalDataAccess(models.Model):
    """A person has been shown personal data: a row for each time (contract shopify.md, 14)."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    at = models.DateTimeField()
    who = models.CharField(max_length=100)  # "staff 17", never a name
    what = models.CharField(max_length=40)  # the page or the part of the API
    subject = models.CharField(max_length=100)  # "document 17"

    class Meta:
        indexes = (models.Index(F("shop"), F("id").desc(), name="access_newest"),)
