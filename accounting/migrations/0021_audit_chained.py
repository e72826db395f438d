"""Rows from before the chain are chained, a thousand in a transaction, in the order of their ids;
then the database refuses to change or delete any, but for what erasure does (ADR 35)."""

from django.db import connection, migrations

BATCH = """
WITH older AS (
    SELECT id, gen_random_uuid() AS salt FROM accounting_audit
    WHERE number IS NULL AND detail_sha256 = '' ORDER BY id LIMIT 1000
)
UPDATE accounting_audit AS entry SET
    salt = older.salt,
    detail_sha256 = encode(
        sha256(convert_to(older.salt::text || entry.detail::text, 'UTF8')), 'hex')
FROM older WHERE entry.id = older.id
"""

LINK = """
SELECT count(accounting_audit_link(id)) FROM (
    SELECT id FROM accounting_audit
    WHERE number IS NULL AND detail_sha256 <> '' ORDER BY id LIMIT 1000
) AS older
"""

GUARD = """
CREATE OR REPLACE FUNCTION accounting_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.store_id, NEW.at, NEW.who, NEW.action, NEW.detail_sha256)
            = (OLD.id, OLD.store_id, OLD.at, OLD.who, OLD.action, OLD.detail_sha256)
        AND (
            (OLD.number IS NULL AND NEW.detail = OLD.detail
                AND NEW.salt IS NOT DISTINCT FROM OLD.salt)
            OR (NEW.salt IS NULL AND NEW.number IS NOT DISTINCT FROM OLD.number
                AND (NEW.previous_sha256, NEW.sha256) = (OLD.previous_sha256, OLD.sha256))
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'entry % of the audit trail stands as it was noted', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

DROP TRIGGER IF EXISTS accounting_audit_guard ON accounting_audit;
CREATE TRIGGER accounting_audit_guard BEFORE UPDATE OR DELETE ON accounting_audit
    FOR EACH ROW EXECUTE FUNCTION accounting_audit_guard();
"""

UNGUARD = """
DROP TRIGGER accounting_audit_guard ON accounting_audit;
DROP FUNCTION accounting_audit_guard();
"""


def chain(apps, schema_editor):
    while _ran(BATCH) + _ran(LINK):
        pass


def _ran(sql):
    """How many rows it touched, in a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else cursor.rowcount


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounting", "0020_audit_chain")]
    operations = [
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
