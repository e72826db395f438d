"""When a fact was first said, beside when last: a failed payment is reversed on the first day."""

from django.db import migrations, models

FILL = """
    UPDATE accounting_fact SET first_as_of = as_of
    WHERE first_as_of IS NULL AND as_of IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0002_tenants")]
    operations = [
        migrations.AddField("fact", "first_as_of", models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
