"""The shops that sell into a book, their policies and the codes of their debtors."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounting.documents.rules import MARKETPLACES
from accounting.models.books import Book


def marketplaces() -> list[str]:
    """Sales channels whose orders come to the books another way, until the merchant says else."""
    return list(MARKETPLACES)


class Store(models.Model):
    """One shop selling into one book, with its policies (accounting treatment, section 6)."""

    name = models.CharField(max_length=255, unique=True)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True)
    prefix = models.CharField(max_length=4, default="", blank=True)
    currency = models.CharField(max_length=3, default="MYR")
    time_zone = models.CharField(max_length=50, default="Asia/Kuala_Lumpur")
    sending = models.BooleanField(default=True)  # False while the shop is gone or unavailable
    # What it may send while it is here; see `allowance`.
    paused_reason = models.CharField(max_length=20, default="", db_default="", blank=True)
    orders_limit = models.PositiveIntegerField(null=True)  # None: as many as there are
    orders_begun = models.PositiveIntegerField(default=0, db_default=0)  # of them, since:
    orders_since = models.DateTimeField(null=True)
    trigger = models.CharField(max_length=10, default="paid")
    partial_payment = models.CharField(max_length=10, default="post")
    invoice_date = models.CharField(max_length=10, default="order")
    zero_value = models.CharField(max_length=10, default="post")
    unrefunded_cancellation = models.CharField(max_length=10, default="credit")
    settle_seconds = models.PositiveIntegerField(default=600)
    cut_over_date = models.DateField(null=True, blank=True)
    books_closed_date = models.DateField(null=True, blank=True)
    closed_period = models.CharField(max_length=20, default="next_open_day")
    excluded_sources = models.JSONField(default=marketplaces, blank=True)
    included_sources = models.JSONField(default=list, blank=True)
    fold_window_seconds = models.PositiveIntegerField(default=0)
    currency_side = models.CharField(max_length=20, default="shop")
    fx_tolerance = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.02"))
    customers = models.CharField(max_length=10, default="cash")
    debtor_prefix = models.CharField(max_length=4, default="", blank=True)  # see `debtors`
    discounts = models.CharField(max_length=10, default="net")
    refund_account = models.CharField(max_length=20, default="", blank=True)
    earlier_refunds = models.CharField(max_length=10, default="hold")
    gift_card_skus = models.JSONField(default=list, blank=True)
    tax_registered = models.BooleanField(default=True)
    show_buyer = models.BooleanField(default=False)
    project_by = models.CharField(max_length=10, default="none")
    project_fallback = models.CharField(max_length=20, default="", blank=True)
    einvoice_since = models.DateField(null=True, blank=True)
    einvoice_threshold = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("10000.00")
    )
    einvoice_threshold_inclusive = models.BooleanField(default=True)
    einvoice_relaxed_until = models.DateField(null=True, blank=True)
    tax_attributes = models.JSONField(default=dict, blank=True)  # see `policy.TAX_ATTRIBUTES`

    guide_dismissed_at = models.DateTimeField(null=True)  # nobody wants to see the set-up guide

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(fold_window_seconds__lte=86_400), name="store_fold_window_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(fx_tolerance__gte=0, fx_tolerance__lte=Decimal("0.10")),
                name="store_fx_tolerance_small",
            ),
            models.UniqueConstraint(
                fields=["book", "prefix"],
                condition=~Q(prefix=""),
                name="store_prefix_once_per_book",
            ),
            models.CheckConstraint(
                condition=Q(prefix="") | Q(prefix__regex=r"^[A-Z][A-Z0-9]{0,3}$"),
                name="store_prefix_form",
            ),
        )


class Debtor(models.Model):
    """The customer code that stands for "online sales" in one currency."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=12)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "currency"], name="debtor_once_per_currency"),
        )


class DebtorCode(models.Model):
    """The code in one book of a customer of their own: allocated by `debtors` or named by the
    merchant. Once here it stays, whatever arrives later."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer"
        COMPANY = "company"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind)
    source_id = models.BigIntegerField()  # Shopify's id of the customer or company
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=12)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "book", "kind", "source_id", "currency"],
                name="customer_has_one_debtor_code",
            ),
            models.UniqueConstraint(fields=["book", "code"], name="debtor_code_is_one_customer"),
            models.CheckConstraint(
                condition=Q(kind__in=("customer", "company")), name="debtor_code_kind"
            ),
        )
