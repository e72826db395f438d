from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0023_statement_counts'),
    ]

    operations = [
        migrations.AddField(
            model_name='book',
            name='look_first_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='book',
            name='ramp',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
