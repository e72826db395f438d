"""What a store sells, as it was told: the rows of the products table, which mappings and holds are
about. No buyer stands in it, and nothing that staff typed into an order.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from accounting.models.stores import Store

OWN = ("variant", "sku")  # matches that are for one variant alone


class Words(models.Field):  # type: ignore[type-arg]  # not subscriptable when it runs
    """PostgreSQL's `tsvector`, which `catalogue` fills and searches: no extension is needed."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  # Django asks it so
        return "tsvector"


class Catalogue(models.Model):
    """How far one store's catalogue is known and examined. Variants `examined` in an earlier
    generation are to be examined again: `suggestions` does it."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE)
    generation = models.BigIntegerField(default=1)
    is_due = models.BooleanField(default=False)  # variants of an earlier generation may be left
    read_at = models.DateTimeField(null=True)  # when it was last known whole; None: from orders

    class Meta:
        indexes = (models.Index(fields=["store"], name="catalogue_due", condition=Q(is_due=True)),)


class Variant(models.Model):
    """One thing with a price: a variant of a product, or what orders show that is none (a custom
    line, a deleted product), by its SKU alone.

    The keys are as `documents.rules` looks mappings up; `mapped_by` is the most specific match that
    is mapped, without the two that are for everything else. `catalogue` writes what is told,
    `suggestions` the rest.
    """

    class SuggestedBy(models.TextChoices):
        NOTHING = ""
        SKU = "sku"  # an item of the books has this SKU as its code
        BARCODE = "barcode"
        NAME = "name"  # and a name that is alike
        VENDOR = "vendor"  # most products of the vendor have this account
        TYPE = "type"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    known_as = models.CharField(max_length=100, db_collation="C")  # see `catalogue.known_as`
    variant_id = models.BigIntegerField(default=0)  # 0: none
    product_id = models.BigIntegerField(default=0)  # 0: none
    has_product = models.BooleanField(default=True)
    gift_card = models.BooleanField(default=False)
    sku = models.CharField(max_length=255, default="", blank=True)
    barcode = models.CharField(max_length=255, default="", blank=True)
    title = models.CharField(max_length=255, default="", blank=True)
    variant_title = models.CharField(max_length=255, default="", blank=True)
    vendor = models.CharField(max_length=255, default="", blank=True)
    product_type = models.CharField(max_length=255, default="", blank=True)
    tags = models.JSONField(default=list)
    sku_key = models.CharField(max_length=765, db_collation="C", default="", blank=True)
    title_key = models.CharField(max_length=200, db_collation="C", default="", blank=True)
    vendor_key = models.CharField(max_length=765, db_collation="C", default="", blank=True)
    type_key = models.CharField(max_length=765, db_collation="C", default="", blank=True)
    tag_keys = models.JSONField(default=list)
    search = Words(null=True)
    sold_on = models.DateField(null=True)  # the newest order with it
    told_in = models.BigIntegerField(default=0)  # the reading that last showed it; 0: orders only
    gone = models.BooleanField(default=False)  # deleted since; its mappings stay
    mapped_by = models.CharField(max_length=10, default="", blank=True)
    examined = models.BigIntegerField(default=0)  # in which generation; 0: new or changed
    suggested_by = models.CharField(
        max_length=10, choices=SuggestedBy, default=SuggestedBy.NOTHING, blank=True
    )
    suggested_item = models.CharField(max_length=30, default="", blank=True)
    suggested_name = models.CharField(max_length=200, default="", blank=True)
    suggested_account = models.CharField(max_length=20, default="", blank=True)
    likeness = models.PositiveSmallIntegerField(default=0)  # per cent, of names

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "known_as"], name="variant_known_once"),
        )
        indexes = (
            models.Index(
                fields=["store", "title_key", "id"],
                name="variant_by_title",
                condition=Q(gone=False),
            ),
            models.Index(
                fields=["store", "title_key", "id"],
                name="variant_without_rule",
                condition=Q(gone=False, mapped_by=""),
            ),
            models.Index(
                fields=["store", "title_key", "id"],
                name="variant_without_own",
                condition=Q(gone=False) & ~Q(mapped_by__in=OWN),
            ),
            models.Index(
                fields=["store", "title_key", "id"],
                name="variant_without_product",
                condition=Q(gone=False, has_product=False),
            ),
            models.Index(
                fields=["store", "vendor_key", "title_key", "id"],
                name="variant_by_vendor",
                condition=Q(gone=False),
            ),
            models.Index(
                fields=["store", "type_key", "title_key", "id"],
                name="variant_by_type",
                condition=Q(gone=False),
            ),
            models.Index(
                fields=["store", "suggested_by", "title_key", "id"],
                name="variant_suggested",
                condition=Q(gone=False) & ~Q(mapped_by__in=OWN) & ~Q(suggested_by=""),
            ),
            models.Index(
                fields=["store", "sold_on"],
                name="variant_sold",
                condition=Q(gone=False, sold_on__isnull=False),
            ),
            models.Index(fields=["store", "sku_key"], name="variant_by_sku"),
            models.Index(fields=["store", "product_id"], name="variant_by_product"),
            models.Index(fields=["store", "examined", "id"], name="variant_to_examine"),
            models.Index(
                fields=["store", "id"], name="variant_unexamined", condition=Q(examined=0)
            ),
        )
