"""What lets Lejar ask Shopify about a shop while nobody of it is there."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounting import sealing
from shopify_app.models.shops import Shop

PAIR = ("access", "refresh", "issued_at", "access_expires_at", "refresh_expires_at")


class OfflineToken(models.Model):
    """A shop's access token and the refresh token that brings the next pair, both sealed.

    A row of its own, so that its lock, the only one ever held during a call, blocks nothing else.
    Without a pair it says when the next exchange may be tried.
    """

    shop = models.OneToOneField(
        Shop, on_delete=models.CASCADE, primary_key=True, related_name="token"
    )
    access = models.BinaryField(null=True)
    refresh = models.BinaryField(null=True)
    issued_at = models.DateTimeField(null=True)  # by our clock, before Shopify was asked
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    scopes = models.TextField(default="", blank=True)  # what the pair was given for; sorted
    reconnect_since = models.DateTimeField(null=True)  # Shopify takes the pair no longer
    tries = models.PositiveSmallIntegerField(default=0)  # exchanges in a row that failed
    again_at = models.DateTimeField(null=True)  # no exchange before

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True for name in PAIR})
                | Q(**{f"{name}__isnull": False for name in PAIR}),
                name="token_pair_whole_or_absent",
            ),
        )
        indexes = (
            models.Index(
                fields=["refresh_expires_at"],
                name="token_to_keep_alive",
                condition=Q(reconnect_since=None),
            ),
        )

    def is_usable(self, now: datetime) -> bool:
        """Whether a pair is here that Shopify takes, as far as we know."""
        dies_at = self.refresh_expires_at
        return self.reconnect_since is None and dies_at is not None and now < dies_at

    def put(self, access: str, refresh: str) -> None:
        """Both sealed for this row. The caller saves both in one UPDATE."""
        self.access = sealing.seal(access, row=self.sealed_as("access"))
        self.refresh = sealing.seal(refresh, row=self.sealed_as("refresh"))

    def take(self, name: str) -> str:
        """The token in the column `access` or `refresh`. Raises sealing.SealBroken."""
        return sealing.unseal(bytes(getattr(self, name) or b""), row=self.sealed_as(name))

    def sealed_as(self, name: str) -> str:
        """The row and column a token is sealed for."""
        return f"token {self.shop_id} {name}"
