"""The chain of the audit trail (ADR 35): the database itself gives each row its place and digest.

The place is given when the transaction commits, by a deferred trigger: under a lock of the store's
chain that is held for the commit alone, so nobody waits for a transaction still at work, and a row
is chained before anybody can see it. `accounting.audit_chain` computes the same digest to check it.
"""

import django.db.models.deletion
from django.db import migrations, models


CHAIN = """
CREATE FUNCTION accounting_audit_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.salt := gen_random_uuid();
    NEW.detail_sha256 := encode(
        sha256(convert_to(NEW.salt::text || NEW.detail::text, 'UTF8')), 'hex');
    NEW.number := NULL;
    NEW.previous_sha256 := '';
    NEW.sha256 := '';
    RETURN NEW;
END $$;

CREATE FUNCTION accounting_audit_link(linked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry accounting_audit;
    tip accounting_auditchain;
BEGIN
    SELECT * INTO STRICT entry FROM accounting_audit WHERE id = linked;
    SELECT * INTO tip FROM accounting_auditchain WHERE store_id = entry.store_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO accounting_auditchain (store_id) VALUES (entry.store_id) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT tip FROM accounting_auditchain
            WHERE store_id = entry.store_id FOR UPDATE;
    END IF;
    entry.number := tip.number + 1;
    entry.previous_sha256 := tip.sha256;
    entry.sha256 := encode(sha256(convert_to(json_build_array(
        entry.previous_sha256, entry.number, entry.store_id,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.who, entry.action, entry.detail_sha256
    )::text, 'UTF8')), 'hex');
    UPDATE accounting_audit SET number = entry.number, previous_sha256 = entry.previous_sha256,
        sha256 = entry.sha256 WHERE id = linked;
    UPDATE accounting_auditchain SET number = entry.number, sha256 = entry.sha256
        WHERE store_id = entry.store_id;
END $$;

CREATE FUNCTION accounting_audit_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounting_audit_link(NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER accounting_audit_begin BEFORE INSERT ON accounting_audit
    FOR EACH ROW EXECUTE FUNCTION accounting_audit_begin();
CREATE CONSTRAINT TRIGGER accounting_audit_end AFTER INSERT ON accounting_audit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounting_audit_end();
"""

UNCHAIN = """
DROP TRIGGER accounting_audit_end ON accounting_audit;
DROP TRIGGER accounting_audit_begin ON accounting_audit;
DROP FUNCTION accounting_audit_end();
DROP FUNCTION accounting_audit_link(bigint);
DROP FUNCTION accounting_audit_begin();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0019_tie_out'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounting.store')),
                ('number', models.BigIntegerField(db_default=0, default=0)),
                ('sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('checked_number', models.BigIntegerField(db_default=0, default=0)),
                ('checked_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('whole_number', models.BigIntegerField(db_default=0, default=0)),
                ('whole_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('whole_at', models.DateTimeField(null=True)),
                ('broken_number', models.BigIntegerField(null=True)),
                ('broken_why', models.CharField(blank=True, db_default='', default='', max_length=20)),
                ('broken_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='audit',
            name='detail_sha256',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='audit',
            name='number',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='audit',
            name='previous_sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='audit',
            name='salt',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='audit',
            name='sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddIndex(
            model_name='audit',
            index=models.Index(models.F('store'), models.F('who'), models.OrderBy(models.F('number'), descending=True), name='audit_by_who'),
        ),
        migrations.AddIndex(
            model_name='audit',
            index=models.Index(models.F('store'), models.F('action'), models.OrderBy(models.F('number'), descending=True), name='audit_by_action'),
        ),
        migrations.AddIndex(
            model_name='audit',
            index=models.Index(fields=['store', 'at'], name='audit_by_time'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.UniqueConstraint(fields=('store', 'number'), name='audit_number_once'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number', None), ('sha256', '')), models.Q(('number__gte', 1), ('sha256__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='audit_number_with_digest'),
        ),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
