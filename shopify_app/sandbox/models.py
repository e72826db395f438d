"""Pretended shops: what Shopify would know of them, of our app's tokens and of its deliveries."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

RESTORE = {"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}
BUCKET_SECONDS = 20  # how long an empty bucket takes to fill (as in the contract's example 16.10)


class PretendedShop(models.Model):
    """A shop and what our app may do in it. Secrets are the app's own, from the settings."""

    class State(models.TextChoices):
        NORMAL = "normal"
        FROZEN = "frozen"  # 402
        LOCKED = "locked"  # 423
        INACTIVE = "inactive"  # 200 with SHOP_INACTIVE
        GONE = "gone"  # 404

    domain = models.CharField(max_length=120, unique=True)
    number = models.BigIntegerField()  # Shopify's id of the shop
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="MYR")
    time_zone = models.CharField(max_length=60, default="Asia/Kuala_Lumpur")
    country = models.CharField(max_length=2, default="MY")
    taxes_included = models.BooleanField(default=False)
    tax_shipping = models.BooleanField(default=False)
    prefix = models.CharField(max_length=20, default="#", blank=True)
    suffix = models.CharField(max_length=20, default="", blank=True)
    presentment_currencies = models.JSONField(default=list)
    plan = models.CharField(max_length=12, default="standard")
    development = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NORMAL)
    installed = models.BooleanField(default=True)
    scopes = models.JSONField(default=list)
    protected_data = models.BooleanField(default=True)  # level 1: orders and customers at all
    protected_fields = models.JSONField(default=list)  # level 2: name, address, phone, email
    subscriptions = models.JSONField(default=list)
    webhook_url = models.CharField(max_length=300, default="", blank=True)
    clock_at = models.DateTimeField(null=True)  # stands still; None: the real time
    bucket_size = models.FloatField(null=True)  # None: what the plan gives
    bucket_used = models.FloatField(default=0)
    bucket_at = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)
    deliveries = models.JSONField(default=dict)  # how webhooks are brought: see `van`

    def now(self) -> datetime:
        return self.clock_at or timezone.now()

    @property
    def restore_rate(self) -> float:
        return float(RESTORE[self.plan])

    @property
    def maximum(self) -> float:
        return self.restore_rate * BUCKET_SECONDS if self.bucket_size is None else self.bucket_size


class PretendedToken(models.Model):
    """A pair of tokens of one shop. `parent` is the pair whose refresh token this one replaces."""

    shop = models.ForeignKey(PretendedShop, models.CASCADE, related_name="tokens")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="replacements")
    access_token = models.CharField(max_length=100, unique=True)
    refresh_token = models.CharField(max_length=100, unique=True)
    scopes = models.JSONField(default=list)
    issued_at = models.DateTimeField()
    access_expires_at = models.DateTimeField()
    refresh_expires_at = models.DateTimeField()
    refresh_used_at = models.DateTimeField(null=True)  # the first time
    refresh_dead = models.BooleanField(default=False)
    revoked = models.BooleanField(default=False)


class PretendedOrder(models.Model):
    """One order as `answers.Told` has it, and what lists of orders show of it."""

    shop = models.ForeignKey(PretendedShop, models.CASCADE, related_name="orders")
    number = models.BigIntegerField()  # Shopify's id of the order
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    processed_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    head = models.JSONField()
    told = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("shop", "number"), name="one_order"),)
        indexes = (
            models.Index(fields=("shop", "updated_at", "number"), name="pretended_updated"),
            models.Index(fields=("shop", "created_at", "number"), name="pretended_created"),
            models.Index(fields=("shop", "processed_at", "number"), name="pretended_processed"),
        )


class PretendedRefund(models.Model):
    """Where a refund is found: inside which order."""

    order = models.ForeignKey(PretendedOrder, models.CASCADE, related_name="refunds")
    shop = models.ForeignKey(PretendedShop, models.CASCADE)
    number = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("shop", "number"), name="one_refund"),)


class PretendedProduct(models.Model):
    """One product as `products` has it, with its variants."""

    shop = models.ForeignKey(PretendedShop, models.CASCADE, related_name="products")
    number = models.BigIntegerField()  # Shopify's id of the product
    updated_at = models.DateTimeField()
    told = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("shop", "number"), name="one_product"),)


class PretendedDelivery(models.Model):
    """One webhook on its way. What is tried again is the original body under the same id."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        DROPPED = "dropped"  # by a switch: never sent
        GIVEN_UP = "given_up"

    shop = models.ForeignKey(PretendedShop, models.CASCADE)
    topic = models.CharField(max_length=60)
    webhook_id = models.CharField(max_length=40)
    event_id = models.CharField(max_length=40)
    triggered_at = models.DateTimeField()
    body = models.BinaryField()
    url = models.CharField(max_length=300)  # as configured when triggered
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    statuses = models.JSONField(default=list)  # of every try; 0: no answer in time

    class Meta:
        indexes = (models.Index(fields=("shop", "state", "due_at"), name="pretended_due"),)
