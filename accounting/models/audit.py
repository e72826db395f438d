"""Who changed what, each entry chained to the one before (ADR 35)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.stores import Store


class Audit(models.Model):
    """Who changed what. Written with the change, in its transaction.

    What is below `detail` belongs to the database: it draws the salt when the row is inserted,
    gives it its place in the chain when its transaction commits, and refuses to change or delete
    it. Only erasure may replace `detail`, and takes the salt with it (migration 0021).
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    at = models.DateTimeField()
    who = models.CharField(max_length=100)
    action = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    salt = models.UUIDField(null=True)  # None: the detail was erased
    detail_sha256 = models.CharField(max_length=64, default="", db_default="")
    number = models.BigIntegerField(null=True)  # 1, 2, 3 … in each store; None until the commit
    previous_sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)
    sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "number"], name="audit_number_once"),
            models.CheckConstraint(
                condition=Q(number=None, sha256="")
                | Q(number__gte=1, sha256__regex="^[0-9a-f]{64}$"),
                name="audit_number_with_digest",
            ),
        )
        indexes = (
            models.Index(F("store"), F("who"), F("number").desc(), name="audit_by_who"),
            models.Index(F("store"), F("action"), F("number").desc(), name="audit_by_action"),
            models.Index(fields=["store", "at"], name="audit_by_time"),
            models.Index(fields=["store", "id"], name="audit_unchained", condition=Q(number=None)),
        )


class AuditChain(models.Model):
    """The end of a store's chain, which the database moves, and how far it has been checked: by the
    pass under way, and by the last whole one, so that entries missing at the end are noticed too.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True)
    number = models.BigIntegerField(default=0, db_default=0)
    sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)
    checked_number = models.BigIntegerField(default=0, db_default=0)
    checked_sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)
    whole_number = models.BigIntegerField(default=0, db_default=0)
    whole_sha256 = models.CharField(max_length=64, default="", db_default="", blank=True)
    whole_at = models.DateTimeField(null=True)
    broken_number = models.BigIntegerField(null=True)  # the first wrong link
    broken_why = models.CharField(max_length=20, default="", db_default="", blank=True)
    broken_at = models.DateTimeField(null=True)  # when it was found; see `audit_chain`
