"""Links with which a merchant lets an accountant look, and what came of them (ADR 34)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from shopify_app.models.shops import Shop


class AccountantLink(models.Model):
    """One link: whom it is for, and until when. Of its secret only the digest is kept."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    label = models.CharField(max_length=60)  # the firm, in the merchant's words
    secret_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)  # "staff 17"
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(F("shop"), F("id").desc(), name="accountant_link_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("created_at")), name="accountant_link_has_an_end"
            ),
        )

    @property
    def last_at(self) -> datetime:
        """In the last second of the last day that it is good."""
        return self.ends_at - timedelta(seconds=1)


class AccountantSession(models.Model):
    """A browser in which a link was opened: the digest of its cookie, and how long it is good."""

    link = models.ForeignKey(AccountantLink, on_delete=models.CASCADE)
    cookie_sha256 = models.CharField(max_length=64, unique=True)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # moved on while it is used, never beyond the link's end


class AccountantKnock(models.Model):
    """How often one address opened no link of late. The address itself is not kept."""

    address_sha256 = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()
