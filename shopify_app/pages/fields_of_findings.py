"""Which field of the connection's form a finding of the check is about, where it is about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from accounting.models import Book
from shopify_app.heard import heard

# The subject of a finding, or how it begins -> the field. Two ways may share a subject.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "acctbridge": {"API key": "credentials.key"},
    "sql_account_api": {
        "API secret key": "credentials.secret_key",
        "Item for goods": "settings.item_goods",
        "Terms ": "settings.terms",
        "Area ": "settings.area",
        "Agent ": "settings.agent",
        "Location ": "settings.location",
    },
    "autocount_cloud": {
        "Sales location": "settings.sales_location",
        "Department": "settings.department",
        "Credit term of ": "settings.credit_term",
    },
}
ITEM = "Item "
REFUSED_ACCOUNT = "AutoCount Cloud does not accept the API key"


def errors(book: Book) -> dict[str, str]:
    """Field -> what the last check found wrong with what is in it."""
    found: dict[str, list[str]] = {}
    for finding in book.findings:
        if finding["status"] == "failed":
            for name in _fields(book, finding):
                said = heard(finding["message"])
                found.setdefault(name, []).append(said)
    return {name: " ".join(messages) for name, messages in found.items()}


def _fields(book: Book, finding: Mapping[str, Any]) -> Iterable[str]:
    subject = finding["subject"]
    if finding["message"].startswith(REFUSED_ACCOUNT):
        return ("credentials.api_key", "settings.account_book_id")
    for beginning, name in FIELDS.get(book.way, {}).items():
        if subject == beginning or (beginning.endswith(" ") and subject.startswith(beginning)):
            return (name,)
    if subject.startswith(ITEM):
        code = subject.removeprefix(ITEM)
        return [f"settings.{name}" for name, value in book.settings.items()
                if name.startswith("item_") and value == code]  # fmt: skip
    return ()
