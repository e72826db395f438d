"""What orders have shown that had no code then, so that it can be mapped before more is held."""

from __future__ import annotations

from django.db import models

from accounting.models.stores import Store


class SeenGateway(models.Model):
    """A payment gateway, as mappings know it, with a brand of card that came through it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    gateway = models.CharField(max_length=255)
    card_brand = models.CharField(max_length=50, default="", blank=True)
    shown = models.CharField(max_length=255)  # as Shopify writes it
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "gateway", "card_brand"], name="gateway_seen_once"
            ),
        )


class SeenTax(models.Model):
    """A tax that needs a tax code, as mappings know it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    title = models.CharField(max_length=255)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    shown = models.CharField(max_length=255)  # as Shopify writes it
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "title", "rate"], name="tax_seen_once"),
        )
