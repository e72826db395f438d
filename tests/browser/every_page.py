"""The address of every page, for who walks through all of them: the checks and the screenshots."""

from __future__ import annotations

MONTH = "2026-11"
ALIKE = (  # in the admin and outside it
    "/",
    "/mapping",
    "/mapping/taxes",
    "/mapping/gateways",
    "/mapping/accounts",
    "/mapping/projects",
    "/mapping/products",
    "/documents",
    "/documents?q=KR",
    "/documents/{document_id}",
    "/documents/{refused_id}",
    "/orders",
    "/orders/{order_id}",
    "/orders/{order_id}/codes",
    "/attention",
    "/attention?kind=UNMAPPED_ITEM",
    "/attention?kind=rejected",
    "/attention?kind=webhooks",
    "/tie-out",
    "/tie-out/{day}",
    f"/tie-out/statement?month={MONTH}",
    "/imports",
    "/imports/{backfill_id}",
    "/settings",
    "/activity",
)
ADMIN = (
    *ALIKE,
    "/connection",
    "/mapping/customers",
    "/mapping/import",
    "/mapping/import/{import_id}",
    "/mapping/dry-run/{preview_id}",
    "/settings/notifications",
    "/settings/privacy",
    "/settings/plan",
    "/settings/accountant",
)
MISSING = (
    "/documents/987654",
    "/orders/987654",
    "/imports/987654",
    "/mapping/import/987654",
    "/mapping/dry-run/987654",
)
PUBLIC = ("/privacy", "/mail/stop/worn", "/mail/confirm/worn")


def with_query(path: str, **query: str) -> str:
    """The page with more in its address."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{path}{'&' if '?' in path else '?'}{asked}"
