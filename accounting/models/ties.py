"""The tie-out: figures of every order and day, why they differ, and statements people approved.

All of it but the approvals follows from facts, documents and comparisons, and is written anew from
them, order by order (`tie_figures`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F

from accounting.models.orders import Order
from accounting.models.stores import Store


class TieDue(models.Model):
    """An order whose figures are to be counted anew. Written with every change that they follow
    from; gone with the count."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["order"], name="tie_due_once"),)
        indexes = (models.Index(fields=["store", "id"], name="tie_due_by_store"),)


class TieRecount(models.Model):
    """How far the orders of a store have been marked to be counted anew: up to `cursor`. It is
    there until all of them are."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE)
    cursor = models.BigIntegerField(default=0)


class Columns(models.Model):
    """What Shopify says, what our documents say, and what the books hold, in `currency`. The view
    "kinds" only counts the documents of each kind and adds up their totals, for the statement."""

    view = models.CharField(max_length=5)  # sales, tax, money; kinds
    name = models.CharField(max_length=100, default="", blank=True)  # a gateway, tax code or kind
    rate = models.CharField(max_length=12, default="", blank=True)  # of a tax, in per cent
    currency = models.CharField(max_length=3)
    date = models.DateField()
    shopify = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    documents = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    books = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    count = models.IntegerField(default=0, db_default=0)  # documents; in the view "kinds" only

    class Meta:
        abstract = True


class TieFigure(Columns):
    """The figures of one order on one day."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["order", "date", "view", "rate", "name", "currency"],
                name="tie_figure_once",
            ),
        )


class TieDay(Columns):
    """All orders of one day together: the sums of their `TieFigure` and `TieDifference` rows.
    `explained` and `wrong` count the differences, `documents_wrong` and `books_wrong` are the sums
    of what nobody can explain."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    documents_explained = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    documents_wrong = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    books_explained = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    books_wrong = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    explained = models.IntegerField(default=0)
    wrong = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "date", "view", "rate", "name", "currency"], name="tie_day_once"
            ),
        )


class TieDifference(models.Model):
    """A part of a difference of one order on one day, and its reason (`tie.explained`): `amount` is
    what the column `side` has more than the one before it. `number` is the document it is about,
    `detail` the code of the problem that holds it: nothing of it is personal."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    date = models.DateField()
    view = models.CharField(max_length=5)
    name = models.CharField(max_length=100, default="", blank=True)
    rate = models.CharField(max_length=12, default="", blank=True)
    currency = models.CharField(max_length=3)
    side = models.CharField(max_length=9)  # documents, books
    reason = models.CharField(max_length=20)
    wrong = models.BooleanField()  # nobody can explain it, or the books are not as posted
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    number = models.CharField(max_length=50, default="", blank=True)
    detail = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["store", "date", "id"], name="tie_difference_by_date"),
            models.Index(fields=["order"], name="tie_difference_by_order"),
        )


class StatementApproval(models.Model):
    """Somebody has looked at a month's figures and approved them; `digest` is of what they were.
    Never changed: a later approval is a row of its own."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    month = models.DateField()  # its first day
    digest = models.CharField(max_length=64)
    figures = models.JSONField()  # what the digest is of
    who = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(F("store"), F("month"), F("id").desc(), name="approval_newest"),)
