"""All entries that one transaction notes are chained at once, in the order they were noted.

Each used to be chained by a trigger of its own, which moved the row of the store's chain each time:
in one transaction every move has to step over the versions left by those before it, so thousands of
entries took minutes. Now the first trigger to run chains whatever its store has unchained, and the
others find nothing left to do. Nobody sees an unchained row: they are those of this transaction.
"""

from django.db import migrations, models

CHAIN = """
CREATE OR REPLACE FUNCTION accounting_audit_link(linked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry accounting_audit;
    tip accounting_auditchain;
    store bigint;
BEGIN
    SELECT store_id INTO store FROM accounting_audit WHERE id = linked AND number IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO tip FROM accounting_auditchain WHERE store_id = store FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO accounting_auditchain (store_id) VALUES (store) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT tip FROM accounting_auditchain WHERE store_id = store FOR UPDATE;
    END IF;
    FOR entry IN
        SELECT * FROM accounting_audit
        WHERE store_id = store AND number IS NULL AND detail_sha256 <> '' ORDER BY id
    LOOP
        tip.number := tip.number + 1;
        entry.previous_sha256 := tip.sha256;
        tip.sha256 := encode(sha256(convert_to(json_build_array(
            tip.sha256, tip.number, entry.store_id,
            to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            entry.who, entry.action, entry.detail_sha256
        )::text, 'UTF8')), 'hex');
        UPDATE accounting_audit SET number = tip.number,
            previous_sha256 = entry.previous_sha256, sha256 = tip.sha256 WHERE id = entry.id;
    END LOOP;
    UPDATE accounting_auditchain SET number = tip.number, sha256 = tip.sha256
        WHERE store_id = store;
END $$;
"""

ONE_BY_ONE = """
CREATE OR REPLACE FUNCTION accounting_audit_link(linked bigint) RETURNS void LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0024_book_look_first_until'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='audit',
            index=models.Index(
                condition=models.Q(('number', None)),
                fields=['store', 'id'],
                name='audit_unchained',
            ),
        ),
        migrations.RunSQL(CHAIN, ONE_BY_ONE),
    ]
