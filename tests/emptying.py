"""How a test that commits leaves the database empty: by what it wrote, not by all there is.

Django truncates every table, and PostgreSQL then makes a new file for each of them and for each of
their indexes, though a test seldom writes to ten. Rows that are few are deleted instead, under the
locks that a TRUNCATE takes, so that whatever still writes is waited for as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

FEW = 1_000_000  # bytes of one table: more is gone sooner with its file
# Neither a foreign key nor a table that may not lose rows stands in the way of an owner who has
# said `replica`; TRUNCATE asks none of them either.
EMPTY = """
DO $$ DECLARE name text; BEGIN
    LOCK TABLE {all} IN ACCESS EXCLUSIVE MODE;
    IF (SELECT max(pg_relation_size(each::regclass)) FROM unnest({names}) each) > {few} THEN
        TRUNCATE {all};
    ELSE
        SET LOCAL session_replication_role = replica;
        FOREACH name IN ARRAY {names} LOOP
            CONTINUE WHEN pg_relation_size(name::regclass) = 0;  -- nobody ever wrote to it
            EXECUTE 'DELETE FROM ' || name;
        END LOOP;
    END IF;
END $$
"""
TRUNCATE = DatabaseOperations.sql_flush


def flush(ops: DatabaseOperations, style: Any, tables: Sequence[str], **how: Any) -> list[str]:
    """In the place of `DatabaseOperations.sql_flush`. Only a superuser may say `replica`."""
    if how.get("reset_sequences") or not tables or not _is_superuser(ops):
        return TRUNCATE(ops, style, tables, **how)
    quoted = [ops.quote_name(table) for table in tables]
    names = "ARRAY[" + ", ".join(f"'{name}'" for name in quoted) + "]::text[]"
    return [EMPTY.format(all=", ".join(quoted), names=names, few=FEW)]


def _is_superuser(ops: DatabaseOperations) -> bool:
    with ops.connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return bool(cursor.fetchone() == ("on",))
