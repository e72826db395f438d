"""What the database itself guarantees about the books, whoever writes to them."""

from django.db import migrations

CHECK_VOUCHER = """
CREATE FUNCTION sandbox_check_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    voucher sandbox_voucher;
    debits numeric;
    credits numeric;
BEGIN
    IF TG_TABLE_NAME = 'sandbox_voucher' THEN
        wanted := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        wanted := OLD.voucher_id;
    ELSE
        wanted := NEW.voucher_id;
    END IF;
    SELECT * INTO voucher FROM sandbox_voucher WHERE id = wanted;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO debits, credits
        FROM sandbox_entry WHERE voucher_id = wanted;
    IF debits <> credits THEN
        RAISE EXCEPTION 'voucher % does not balance: debit %, credit %',
            voucher.number, debits, credits USING ERRCODE = 'check_violation';
    END IF;
    IF NOT voucher.cancelled AND voucher.rate = 1 AND debits < voucher.total THEN
        RAISE EXCEPTION 'voucher % of % has entries of %',
            voucher.number, voucher.total, debits USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sandbox_entry_balances AFTER INSERT OR DELETE ON sandbox_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sandbox_check_voucher();
CREATE CONSTRAINT TRIGGER sandbox_voucher_balances AFTER INSERT OR UPDATE ON sandbox_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sandbox_check_voucher();
"""

FINAL_ENTRIES = """
CREATE FUNCTION sandbox_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a posted entry is never changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER sandbox_entry_final BEFORE UPDATE ON sandbox_entry
    FOR EACH ROW EXECUTE FUNCTION sandbox_refuse_change();
"""

CARRY_TOTALS = """
CREATE FUNCTION sandbox_carry_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sandbox_account AS account
        SET debits = account.debits + moved.debit, credits = account.credits + moved.credit
        FROM (
            SELECT account_id,
                sum(CASE TG_OP WHEN 'DELETE' THEN -debit ELSE debit END) AS debit,
                sum(CASE TG_OP WHEN 'DELETE' THEN -credit ELSE credit END) AS credit
            FROM changed GROUP BY account_id
        ) AS moved
        WHERE account.id = moved.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER sandbox_totals_insert AFTER INSERT ON sandbox_entry
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION sandbox_carry_totals();
CREATE TRIGGER sandbox_totals_delete AFTER DELETE ON sandbox_entry
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION sandbox_carry_totals();
"""


def function(name: str, create: str) -> migrations.RunSQL:
    return migrations.RunSQL(create, f"DROP FUNCTION {name} CASCADE")


class Migration(migrations.Migration):
    dependencies = [("sandbox", "0001_initial")]
    operations = [
        function("sandbox_check_voucher", CHECK_VOUCHER),
        function("sandbox_refuse_change", FINAL_ENTRIES),
        function("sandbox_carry_totals", CARRY_TOTALS),
    ]
