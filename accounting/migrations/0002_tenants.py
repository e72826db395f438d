"""Composite foreign keys: a row of one store cannot point at a row of another."""

from django.db import migrations

PAIRS = [
    ("accounting_fact", "order_id", "accounting_order"),
    ("accounting_document", "order_id", "accounting_order"),
    ("accounting_attempt", "document_id", "accounting_document"),
]


def constraint(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_same_store"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, store_id) "
        f"REFERENCES {target} (id, store_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("accounting", "0001_initial")]
    operations = [constraint(*pair) for pair in PAIRS]
