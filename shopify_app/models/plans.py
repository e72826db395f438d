"""What Shopify says of a shop itself, and of the plan it pays for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shopify_app.models.shops import Shop


class ShopDetails(models.Model):
    """The shop's own settings as they were last read, and how reading them goes.

    `currency` and `time_zone` are the shop's; those the books are kept by stand in its store.
    """

    shop = models.OneToOneField(
        Shop, on_delete=models.CASCADE, primary_key=True, related_name="details"
    )
    shopify_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=255, default="", blank=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    time_zone = models.CharField(max_length=50, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    order_prefix = models.CharField(max_length=50, default="", blank=True)  # "#" of #1001
    order_suffix = models.CharField(max_length=50, default="", blank=True)
    is_development = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)  # in vain, since `read_at`
    trouble = models.CharField(max_length=60, default="", blank=True)  # why the last one was


class ShopPlan(models.Model):
    """The plan a shop has chosen at Shopify, as it was last known; see `entitlement`."""

    shop = models.OneToOneField(
        Shop, on_delete=models.CASCADE, primary_key=True, related_name="plan"
    )
    name = models.CharField(max_length=255, default="", blank=True)  # kept when the plan ends
    status = models.CharField(max_length=20, default="", blank=True)  # Shopify's word; "": none
    is_test = models.BooleanField(default=False)
    current_period_end = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)  # when Shopify said so
    doubt_since = models.DateTimeField(null=True)  # it has not been readable since
    lapsed_at = models.DateTimeField(null=True)  # when the shop lost what it was entitled to
    review_at = models.DateTimeField(null=True)  # when to look at it again, whatever is read

    class Meta:
        indexes = (
            models.Index(
                fields=["review_at"], name="plan_to_review", condition=Q(review_at__isnull=False)
            ),
        )
