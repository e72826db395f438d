"""The PostgreSQL that `bin/test` starts: embedded as the product's, but with nothing to survive.

    python -m tests.database HOME

Prints its address. A test asks what a transaction shows to another, never what a power cut leaves,
so nobody waits for the disk. The product's own server lies in another folder and stays durable.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
from psycopg import sql

from shopify_app import embedded

FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def database_url(home: Path) -> str:
    """The address of the server under `home`, started if need be; durable it is no more."""
    url = embedded.database_url(home)
    with psycopg.connect(url, autocommit=True) as server:
        for name, value in FORGETFUL.items():
            server.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        server.execute("SELECT pg_reload_conf()")
    return url


if __name__ == "__main__":
    sys.stdout.write(database_url(Path(sys.argv[1]).resolve()) + "\n")
