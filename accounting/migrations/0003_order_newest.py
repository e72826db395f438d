from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0002_tenants'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('store'), models.OrderBy(models.F('id'), descending=True), name='order_newest'),
        ),
    ]
