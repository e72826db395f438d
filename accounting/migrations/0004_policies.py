"""Room for every policy of the accounting treatment (section 6), and all that an order pins."""

import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


PIN = """
UPDATE accounting_order AS sold
SET pinned = jsonb_build_object(
    'trigger', sold.trigger,
    'partial_payment', store.partial_payment,
    'invoice_date', store.invoice_date,
    'currency_side', 'shop',
    'customers', 'cash',
    'discounts', 'net',
    'fold_window', 0
)
FROM accounting_store AS store
WHERE store.id = sold.store_id AND sold.trigger <> ''
"""
UNPIN = """
UPDATE accounting_order SET trigger = pinned ->> 'trigger' WHERE pinned ? 'trigger'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0003_fact_first_as_of'),
    ]

    operations = [
        migrations.CreateModel(
            name='DebtorCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('customer', 'Customer'), ('company', 'Company')], max_length=10)),
                ('source_id', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('code', models.CharField(max_length=12)),
            ],
        ),
        migrations.CreateModel(
            name='ProjectMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by', models.CharField(choices=[('location', 'Location'), ('source', 'Source')], max_length=10)),
                ('value', models.CharField(max_length=255)),
                ('project', models.CharField(max_length=20)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='gatewaymapping',
            name='gateway_mapped_once',
        ),
        migrations.RemoveConstraint(
            model_name='itemmapping',
            name='item_value_unless_default',
        ),
        migrations.AddField(
            model_name='gatewaymapping',
            name='card_brand',
            field=models.CharField(blank=True, default='', max_length=50),
        ),
        migrations.AddField(
            model_name='gatewaymapping',
            name='location',
            field=models.CharField(blank=True, default='', max_length=19),
        ),
        migrations.AddField(
            model_name='order',
            name='flags',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='order',
            name='pinned',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='order',
            name='refetch_asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='currency_side',
            field=models.CharField(default='shop', max_length=20),
        ),
        migrations.AddField(
            model_name='store',
            name='customers',
            field=models.CharField(default='cash', max_length=10),
        ),
        migrations.AddField(
            model_name='store',
            name='debtor_prefix',
            field=models.CharField(blank=True, default='', max_length=4),
        ),
        migrations.AddField(
            model_name='store',
            name='discounts',
            field=models.CharField(default='net', max_length=10),
        ),
        migrations.AddField(
            model_name='store',
            name='earlier_refunds',
            field=models.CharField(default='hold', max_length=10),
        ),
        migrations.AddField(
            model_name='store',
            name='einvoice_relaxed_until',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='einvoice_since',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='einvoice_threshold',
            field=models.DecimalField(decimal_places=2, default=Decimal('10000.00'), max_digits=12),
        ),
        migrations.AddField(
            model_name='store',
            name='einvoice_threshold_inclusive',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='store',
            name='fold_window_seconds',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='store',
            name='fx_tolerance',
            field=models.DecimalField(decimal_places=4, default=Decimal('0.02'), max_digits=5),
        ),
        migrations.AddField(
            model_name='store',
            name='gift_card_skus',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='store',
            name='included_sources',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='store',
            name='project_by',
            field=models.CharField(default='none', max_length=10),
        ),
        migrations.AddField(
            model_name='store',
            name='project_fallback',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddField(
            model_name='store',
            name='refund_account',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddField(
            model_name='store',
            name='tax_registered',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='itemmapping',
            name='match',
            field=models.CharField(choices=[('variant', 'Variant'), ('sku', 'Sku'), ('product', 'Product'), ('vendor', 'Vendor'), ('type', 'Type'), ('tag', 'Tag'), ('default', 'Default'), ('no_product', 'No Product')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='gatewaymapping',
            constraint=models.UniqueConstraint(fields=('store', 'gateway', 'card_brand', 'location'), name='gateway_mapped_once'),
        ),
        migrations.AddConstraint(
            model_name='itemmapping',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('match__in', ('default', 'no_product')), ('value', '')), models.Q(models.Q(('match__in', ('default', 'no_product')), _negated=True), models.Q(('value', ''), _negated=True)), _connector='OR'), name='item_value_unless_default'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('fold_window_seconds__lte', 86400)), name='store_fold_window_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('fx_tolerance__gte', 0), ('fx_tolerance__lte', Decimal('0.10'))), name='store_fx_tolerance_small'),
        ),
        migrations.AddField(
            model_name='debtorcode',
            name='book',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounting.book'),
        ),
        migrations.AddField(
            model_name='debtorcode',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounting.store'),
        ),
        migrations.AddField(
            model_name='projectmapping',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounting.store'),
        ),
        migrations.AddConstraint(
            model_name='debtorcode',
            constraint=models.UniqueConstraint(fields=('store', 'book', 'kind', 'source_id', 'currency'), name='customer_has_one_debtor_code'),
        ),
        migrations.AddConstraint(
            model_name='debtorcode',
            constraint=models.UniqueConstraint(fields=('book', 'code'), name='debtor_code_is_one_customer'),
        ),
        migrations.AddConstraint(
            model_name='debtorcode',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('customer', 'company'))), name='debtor_code_kind'),
        ),
        migrations.AddConstraint(
            model_name='projectmapping',
            constraint=models.UniqueConstraint(fields=('store', 'by', 'value'), name='project_mapped_once'),
        ),
        # Orders with documents were planned without the new policies, as their defaults say.
        migrations.RunSQL(PIN, UNPIN),
        migrations.RemoveField(
            model_name='order',
            name='trigger',
        ),
    ]
