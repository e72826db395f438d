"""The company files and the lists of codes read from them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Book(models.Model):
    """One company file in one accounting system, and the queue of calls to it."""

    class System(models.TextChoices):
        SQL_ACCOUNTING = "sql_accounting", "SQL Accounting"
        AUTOCOUNT = "autocount", "AutoCount"

    class State(models.TextChoices):
        SETUP = "setup"  # not confirmed by the merchant yet
        ACTIVE = "active"
        PAUSED = "paused"  # by the merchant
        MISCONFIGURED = "misconfigured"  # by the books; a banner says what to do

    name = models.CharField(max_length=100)
    system = models.CharField(max_length=20, choices=System)
    way = models.CharField(max_length=20, default="acctbridge")
    home_currency = models.CharField(max_length=3, default="MYR")
    sealed_credentials = models.BinaryField(default=b"")
    state = models.CharField(max_length=20, choices=State, default=State.SETUP)
    state_reason = models.TextField(default="", blank=True)
    settings = models.JSONField(default=dict, blank=True)  # see `connectors.guide`
    # Whose books these are: as the merchant confirmed it, and as the last check found it.
    fingerprint = models.CharField(max_length=200, default="", blank=True)
    found = models.CharField(max_length=200, default="", blank=True)
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    # The sending columns: when to look at this book next, who holds it, and how it behaves.
    ready_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    # Until then no sender takes it: a person waits to read from it, or it takes no calls.
    asked_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    trouble_count = models.IntegerField(default=0)
    trouble_since = models.DateTimeField(null=True)
    trouble = models.TextField(default="", blank=True)
    # Documents of the last turn since a trouble ended, while turns grow; 0: they are whole again.
    ramp = models.PositiveSmallIntegerField(default=0, db_default=0)
    answered_at = models.DateTimeField(null=True)  # when a call to it last succeeded
    # Until then even a first write is looked up: these books may hold what we forgot (`restored`).
    look_first_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["ready_at", "id"], name="book_ready", condition=Q(ready_at__isnull=False)
            ),
        )


class CodeList(models.Model):
    """One list of codes of a book, for the pickers: when it was read, and why it was not since.

    Its codes are those of `generation`: a list is read into the next one, which counts once it is
    whole. `code_lists` writes it.
    """

    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    name = models.CharField(max_length=20)  # see `connectors.base.CodeList`
    offered = models.BooleanField(default=True)  # False: the books do not show it, it is typed
    complete = models.BooleanField(default=True)  # False: they have more codes than they show
    generation = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    trouble = models.TextField(default="", blank=True)  # why the last try failed

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["book", "name"], name="code_list_once_per_book"),
        )


class Code(models.Model):
    """One code of a list. The keys are case-folded and sorted byte by byte: what pages go by and
    what is searched."""

    list = models.ForeignKey(CodeList, on_delete=models.CASCADE)
    generation = models.BigIntegerField()
    key = models.CharField(max_length=180, db_collation="C")  # folding may lengthen a text
    name_key = models.CharField(max_length=600, db_collation="C", default="", blank=True)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200, default="", blank=True)
    active = models.BooleanField(default=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["list", "generation", "key"], name="code_once"),
        )
        indexes = (models.Index(fields=["list", "generation", "name_key"], name="code_by_name"),)
