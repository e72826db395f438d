"""Comparisons of what was posted with what the books hold."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting.models.books import Book
from accounting.models.documents import Document
from accounting.models.stores import Store


class BookCheck(models.Model):
    """One comparison of what a store has posted with what its book holds, and how far it got:
    `step` is the kind being listed, then the looking up one by one, `cursor` where its next page
    begins."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"  # `message` says why; goes on from its cursor at `ready_at`, or started
        FINISHED = "finished"
        ABANDONED = "abandoned"  # too old to go on; another was begun

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    step = models.CharField(max_length=20, default="", blank=True)
    cursor = models.TextField(default="", blank=True)
    listed = models.PositiveIntegerField(default=0)  # documents the books' lists showed
    looked_up = models.PositiveIntegerField(default=0)  # of ours, one by one
    unproved = models.PositiveIntegerField(default=0)  # whose knock-offs the books do not show
    unlisted = models.JSONField(default=list)  # kinds these books do not list, or not whole
    message = models.TextField(default="", blank=True)
    tries = models.PositiveIntegerField(default=0)  # at this page, in vain
    ready_at = models.DateTimeField(null=True)  # None: not before a person starts it
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when the cursor last moved
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "book"],
                condition=Q(state__in=("running", "stopped")),
                name="book_check_one_at_a_time",
            ),
            models.UniqueConstraint(fields=["id", "store"], name="book_check_with_store"),
        )
        indexes = (
            models.Index(
                fields=["ready_at", "id"],
                name="book_check_ready",
                condition=Q(state__in=("running", "stopped")),
            ),
            models.Index(F("store"), F("id").desc(), name="book_check_newest"),
        )


class BookSighting(models.Model):
    """A document that a running check has met in a list of the books; gone with its end. `equal`
    ones need no look-up. `known_by` tells one document of the books from another."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    check_run = models.ForeignKey(BookCheck, on_delete=models.CASCADE)
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    equal = models.BooleanField()
    known_by = models.CharField(max_length=100)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["check_run", "document"], name="book_sighting_once"),
        )


class BookDifference(models.Model):
    """Something the books hold otherwise than it was posted. It stands once, from the check that
    found it first to the one that finds it gone; `check_run` is the last that saw it."""

    class Code(models.TextChoices):
        MISSING = "missing"
        CHANGED = "changed"
        DUPLICATED = "duplicated"
        UNALLOCATED = "unallocated"
        FOREIGN = "foreign"

    class Aspect(models.TextChoices):
        TOTAL = "total"
        CUSTOMER = "customer"
        CANCELLED = "cancelled"
        DATE = "date"
        NUMBER = "number"  # more than one document under one number
        MARKER = "marker"  # or with one Shopify id

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    check_run = models.ForeignKey(BookCheck, on_delete=models.PROTECT)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True)  # None: not ours
    code = models.CharField(max_length=12, choices=Code)
    aspect = models.CharField(max_length=10, choices=Aspect, default="", blank=True)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=100)
    other = models.CharField(max_length=200, default="", blank=True)  # numbers it is about besides
    books = models.TextField(default="", blank=True)  # the figure there, or their words
    here = models.TextField(default="", blank=True)  # the figure here
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    # A person said that a document which is not ours is all right as it is; see `dismissals`.
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=100, default="", db_default="", blank=True)
    dismissed_reason = models.CharField(max_length=500, default="", db_default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(dismissed_at=None) | Q(code="foreign"),
                name="book_difference_dismissed_if_foreign",
            ),
            models.UniqueConstraint(
                fields=["store", "book", "code", "aspect", "kind", "number", "other"],
                condition=Q(resolved_at__isnull=True),
                name="book_difference_stands_once",
            ),
        )
        indexes = (
            models.Index(F("store"), F("id").desc(), name="book_difference_newest"),
            models.Index(
                fields=["store", "id"],
                name="book_difference_standing",
                condition=Q(resolved_at__isnull=True),
            ),
        )
