"""What the merchant mapped: products, taxes, gateways, roles and projects to codes of the books."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounting.models.stores import Store


class ItemMapping(models.Model):
    """Products to accounts: variant, SKU, product, vendor, type, tag, default (no_product for what
    has no product in the shop); the first that is mapped decides."""

    class Match(models.TextChoices):
        VARIANT = "variant"
        SKU = "sku"
        PRODUCT = "product"
        VENDOR = "vendor"
        TYPE = "type"
        TAG = "tag"
        DEFAULT = "default"
        NO_PRODUCT = "no_product"  # custom lines and deleted products

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    match = models.CharField(max_length=10, choices=Match)
    value = models.CharField(max_length=255, default="", blank=True)
    account = models.CharField(max_length=20)
    item_code = models.CharField(max_length=30, default="", blank=True)
    tariff_code = models.CharField(max_length=20, default="", blank=True)
    returns_account = models.CharField(max_length=20, default="", blank=True)
    returns_nostock_account = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "match", "value"], name="item_mapped_once"),
            models.CheckConstraint(
                condition=(Q(match__in=("default", "no_product")) & Q(value=""))
                | (~Q(match__in=("default", "no_product")) & ~Q(value="")),
                name="item_value_unless_default",
            ),
        )


class TaxMapping(models.Model):
    """Shopify taxes to tax codes, by (title, rate, channel liable). Several taxes of one line are
    one code under the title and rate of `rules.tax_set_identity`."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    title = models.CharField(max_length=255)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    channel_liable = models.BooleanField(default=False)
    code = models.CharField(max_length=14)
    tariff_code = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "title", "rate", "channel_liable"], name="tax_mapped_once"
            ),
        )


class GatewayMapping(models.Model):
    """Payment gateways to payment methods or clearing accounts, where wished by the brand of the
    card and by location; "" stands for any."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    gateway = models.CharField(max_length=255)  # letters and digits, case-folded
    card_brand = models.CharField(max_length=50, default="", blank=True)  # likewise
    location = models.CharField(max_length=19, default="", blank=True)  # Shopify's id
    account = models.CharField(max_length=20)
    cash = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "gateway", "card_brand", "location"], name="gateway_mapped_once"
            ),
        )


class RoleMapping(models.Model):
    """Account roles (shipping, tips, gift_card …) to accounts."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    role = models.CharField(max_length=20)
    account = models.CharField(max_length=20)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["store", "role"], name="role_mapped_once"),)


class ProjectMapping(models.Model):
    """Locations or sales channels to projects of the books."""

    class By(models.TextChoices):
        LOCATION = "location"
        SOURCE = "source"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    by = models.CharField(max_length=10, choices=By)
    value = models.CharField(max_length=255)  # see `documents.projects`
    project = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "by", "value"], name="project_mapped_once"),
        )
