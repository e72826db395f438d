"""The shops that installed Lejar."""

from __future__ import annotations

from django.db import models

from accounting.models import Store


class Shop(models.Model):
    """One Shopify shop. Its `store` is how the accounting side knows it."""

    class State(models.TextChoices):
        ACTIVE = "active"
        UNINSTALLED = "uninstalled"
        REDACTED = "redacted"  # erased at Shopify's word; nothing of it is stored any more

    domain = models.CharField(max_length=255, unique=True)
    store = models.OneToOneField(Store, on_delete=models.PROTECT)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    scopes = models.TextField(default="", blank=True)
    installed_at = models.DateTimeField()
    uninstalled_at = models.DateTimeField(null=True)
