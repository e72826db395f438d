"""The shops that installed Lejar."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounting.models import Store


class Shop(models.Model):
    """One Shopify shop. Its `store` is how the accounting side knows it."""

    class State(models.TextChoices):
        ACTIVE = "active"
        UNAVAILABLE = "unavailable"  # Shopify says 402, 404, 423 or SHOP_INACTIVE of it
        UNINSTALLED = "uninstalled"
        REDACTED = "redacted"  # erased at Shopify's word; nothing of it is stored any more

    HERE = (State.ACTIVE, State.UNAVAILABLE)

    domain = models.CharField(max_length=255, unique=True)
    store = models.OneToOneField(Store, on_delete=models.PROTECT)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    scopes = models.TextField(default="", blank=True)  # granted, as Shopify told last; sorted
    installed_at = models.DateTimeField()
    first_installed_at = models.DateTimeField(null=True)  # where that was not the first time
    seen_at = models.DateTimeField(null=True)  # somebody of it was here, to the minute
    uninstalled_at = models.DateTimeField(null=True)
    unavailable_since = models.DateTimeField(null=True)
    read_ready_at = models.DateTimeField(null=True)  # when its own facts are to be read next

    class Meta:
        indexes = (
            models.Index(
                fields=["read_ready_at", "id"],
                name="shop_to_read",
                condition=Q(state__in=("active", "unavailable")),
            ),
        )

    @property
    def known_since(self) -> datetime:
        """When it was first installed, however often it has left since."""
        return self.first_installed_at or self.installed_at

    @property
    def is_here(self) -> bool:
        """Whether the shop has Lejar installed, as far as we know."""
        return self.state in Shop.HERE
