"""The menu of the admin: one entry for each part of Lejar, in the order of a bookkeeper's day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

# The name of the page, what it is called, and the beginnings of the addresses that belong to it.
ENTRIES = (
    ("documents", _("Documents"), ("/documents", "/orders")),
    ("attention", _("Needs you"), ("/attention",)),
    ("mapping", _("Mapping"), ("/mapping",)),
    ("tie-out", _("Tie-out"), ("/tie-out",)),
    ("imports", _("Import history"), ("/imports",)),
    ("connection", _("Connection"), ("/connection",)),
    ("settings", _("Settings"), ("/settings", "/activity")),
)


def entries(path: str) -> Iterator[dict[str, Any]]:
    """Each entry's page name and label, and whether `path` is its page or one below it."""
    for name, label, beginnings in ENTRIES:
        is_current = any(f"{path}/".startswith(f"{beginning}/") for beginning in beginnings)
        yield {"name": name, "label": label, "is_current": is_current}
