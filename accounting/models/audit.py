"""Who changed what."""

from __future__ import annotations

from django.db import models

from accounting.models.stores import Store


class Audit(models.Model):
    """Who changed what. Written with the change, in its transaction."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    at = models.DateTimeField()
    who = models.CharField(max_length=100)
    action = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
