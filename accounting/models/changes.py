"""Changes of mappings that somebody considers: what they would do to orders, and files of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.stores import Store


class MappingPreview(models.Model):
    """What some changes of one kind of mapping would do to the orders of late; `mapping_preview`
    writes it. `fence` is raised with every claim: whoever holds an older one writes nothing."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"  # our mistake, reported

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    what = models.CharField(max_length=10)  # see `mapping_tables.TABLES`
    rows = models.JSONField()  # as they would be put
    removed = models.JSONField(default=list, blank=True)  # keys of rows that would go
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    since = models.DateTimeField()  # orders that were told of later are looked at,
    cursor = models.BigIntegerField(null=True)  # newest first: this one was the last
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    is_cut = models.BooleanField(default=False)  # there are more orders than are looked at
    result = models.JSONField(default=dict, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=100)
    finished_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(
                fields=["ready_at", "id"],
                name="mapping_preview_ready",
                condition=Q(ready_at__isnull=False),
            ),
            models.Index(F("store"), F("id").desc(), name="mapping_preview_newest"),
        )


class MappingImport(models.Model):
    """A file of mappings: read, compared with the table, shown, and then put into it as shown or
    not at all; `mapping_import` writes it. The file is kept until that is decided."""

    class State(models.TextChoices):
        READING = "reading"
        READY = "ready"  # a person decides
        REFUSED = "refused"  # some line cannot be taken; nothing is
        APPLYING = "applying"
        APPLIED = "applied"
        CHANGED = "changed"  # the table is not what the preview was made of; nothing was written
        CANCELLED = "cancelled"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    what = models.CharField(max_length=10)  # see `mapping_tables.TABLES`
    name = models.CharField(max_length=200)  # of the file
    content = models.TextField(default="", blank=True)
    removes = models.BooleanField(default=False)  # rows that the file does not have go
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)  # lines
    counts = models.JSONField(default=dict, blank=True)
    examples = models.JSONField(default=dict, blank=True)  # some of each
    sha256 = models.CharField(max_length=64, default="", blank=True)  # of all that would change
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=100)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, default="", blank=True)
    finished_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(
                fields=["ready_at", "id"],
                name="mapping_import_ready",
                condition=Q(ready_at__isnull=False),
            ),
            models.Index(F("store"), F("id").desc(), name="mapping_import_newest"),
        )
