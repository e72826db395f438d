"""What Shopify asks about personal data."""

from __future__ import annotations

from django.db import models


class PrivacyRequest(models.Model):
    """A compliance webhook, kept with its due date until somebody has acted on it."""

    shop_domain = models.CharField(max_length=255)
    topic = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    customer_id = models.BigIntegerField(null=True)
    order_ids = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)
