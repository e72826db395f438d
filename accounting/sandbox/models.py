"""The books of the stand-in: companies, their masters, and one double-entry ledger each.

Integrity is kept by PostgreSQL. Migration 0002 refuses, at commit, a voucher whose entries do not
balance, refuses any change of a posted entry, and carries the totals of every account.
"""

from __future__ import annotations

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

ZERO = Decimal("0.00")


def money(**options: object) -> models.DecimalField[Decimal, Decimal]:
    """An amount to the sen, in the currency of its row."""
    return models.DecimalField(max_digits=18, decimal_places=2, **options)  # type: ignore[arg-type]  # options are those of the field itself


class System(models.TextChoices):
    SQL_ACCOUNTING = "sql_accounting", "SQL Accounting"
    AUTOCOUNT = "autocount", "AutoCount"
    AUTOCOUNT_CLOUD = "autocount_cloud", "AutoCount Cloud Accounting"


class Company(models.Model):
    """One company file. `key` and `secret` open it; `switches` make it misbehave.

    `identity` is what the company says of itself (registration number and the like). `masters`
    holds lists that have no table: projects, locations, agents, areas; see `masters.listed`.
    """

    name = models.CharField(max_length=100, unique=True)
    system = models.CharField(max_length=20, choices=System)
    key = models.CharField(max_length=200, unique=True)
    secret = models.CharField(max_length=200, default="")
    identity = models.JSONField(default=dict)
    currency = models.CharField(max_length=5)
    terms = models.JSONField(default=list)
    masters = models.JSONField(default=dict)
    switches = models.JSONField(default=dict)
    calls = models.BigIntegerField(default=0)
    calls_at_once = models.IntegerField(default=0)  # the most that ever ran side by side


class Account(models.Model):
    """A leaf of the chart of accounts. `debits` and `credits` are carried by the database."""

    DEBTOR_CONTROL, TAX, BANK_CHARGE = "debtor_control", "tax", "bank_charge"
    EXCHANGE = "exchange"  # gains and losses between the rates of two documents

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20)
    debits = money(default=ZERO)
    credits = money(default=ZERO)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "code"], name="sandbox_account_once"),
        )


class Debtor(models.Model):
    """A customer, with every field the gateway was sent for it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=5)
    fields = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "code"], name="sandbox_debtor_once"),
        )


class TaxCode(models.Model):
    """`rate` is per cent: 10 is ten per cent. `account` is where its tax is owed."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    code = models.CharField(max_length=20)
    rate = models.DecimalField(max_digits=9, decimal_places=4)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "code"], name="sandbox_tax_code_once"),
        )


class PaymentMethod(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    code = models.CharField(max_length=20)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "code"], name="sandbox_method_once"),
        )


class Item(models.Model):
    """What a line names. `units` are its units of measure; `stock` says whether stock is counted;
    `fields` is the rest of what it was opened with (description, barcode, account)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    code = models.CharField(max_length=30)
    units = models.JSONField(default=list)
    stock = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    fields = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "code"], name="sandbox_item_once"),
        )


class Voucher(models.Model):
    """A document in the books. `total` and `applied` are in `currency`; entries are in the home
    currency at `rate`. `fields` is what the gateway was sent, unknown names included. `copy` is 0
    but where a book is told to take a number more than once."""

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        DEBIT_NOTE = "debit_note"
        CREDIT_NOTE = "credit_note"
        PAYMENT = "payment"
        REFUND = "refund"

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=50)
    copy = models.IntegerField(default=0)
    date = models.DateField()
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT)
    currency = models.CharField(max_length=5)
    rate = models.DecimalField(max_digits=19, decimal_places=12, default=Decimal("1"))
    total = money()
    applied = money(default=ZERO)
    cancelled = models.BooleanField(default=False)
    changes = models.IntegerField(default=0)  # how often it was changed since it was written
    reference = models.CharField(max_length=100, default="")
    lines = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    fields = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = (
            # Each kind is a register of its own in both systems. (AutoCount's cash sales and AR
            # invoices share the invoices' numbers, but the gateway offers neither.)
            models.UniqueConstraint(
                "company", "kind", Upper("number"), "copy", name="sandbox_number_once"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="sandbox_total_sign"),
            models.CheckConstraint(
                condition=Q(applied__gte=0, applied__lte=F("total")),
                name="sandbox_applied_within_total",
            ),
        )
        indexes = (models.Index(fields=["company", "id"], name="sandbox_voucher_page"),)

    @property
    def open_amount(self) -> Decimal:
        """What is still to be paid or to be applied, in the voucher's currency."""
        return ZERO if self.cancelled else self.total - self.applied


class Entry(models.Model):
    """One side of a posting, in the company's home currency. Never changed once posted."""

    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    debit = money(default=ZERO)
    credit = money(default=ZERO)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(debit__gte=0, credit__gte=0), name="sandbox_entry_sign"
            ),
            models.CheckConstraint(condition=Q(debit=0) | Q(credit=0), name="sandbox_entry_side"),
        )


class KnockOffEntry(models.Model):
    """A knock-off that is a document of its own, as AutoCount Cloud has it.

    `rows` says which voucher has which amount of it, debits above zero, in the debtor's currency.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    number = models.CharField(max_length=50)
    date = models.DateField()
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT)
    rows = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    fields = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("company", Upper("number"), name="sandbox_entry_number_once"),
        )


class KnockOff(models.Model):
    """Part of `source` (payment, credit note, refund) set against `target`, by an entry if any."""

    source = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="knocks")
    target = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="knocked_by")
    entry = models.ForeignKey(KnockOffEntry, null=True, on_delete=models.CASCADE)
    amount = money()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="sandbox_knock_off_sign"),
        )


class CallRecord(models.Model):
    """One call of a known company: what was asked, never what was said.

    `status` is what the books answered, null when a fault kept the call from them; `fault` is what
    the client saw instead; `rule` is the contract's rule that a refusal rests on ("7.3 O").
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    at = models.DateTimeField()
    door = models.CharField(max_length=20)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    status = models.IntegerField(null=True)
    rule = models.CharField(max_length=40, default="")
    fault = models.CharField(max_length=20, default="")


class RateWindow(models.Model):
    """The calls counted since `started_at`, of a company or of one of its keys (`scope`)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    scope = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    calls = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["company", "scope"], name="sandbox_rate_window_once"),
        )


class LateWrite(models.Model):
    """A write that was answered with an error and reaches the books after `reads_left` reads."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    door = models.CharField(max_length=20)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    body = models.BinaryField()
    reads_left = models.IntegerField()
