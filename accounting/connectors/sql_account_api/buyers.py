"""The buyer on a document or as a customer of the books: name, address, and who they are to the
tax office (contract 7.1, 7.2 and 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounting.connectors.sql_account_api.api import Api, Limit
from accounting.connectors.sql_account_api.limits import wrapped
from accounting.connectors.sql_account_api.setup import Setup
from accounting.documents.document import Debtor, Document

ADDRESS = ("address1", "address2", "address3", "address4")


def named(lines: Sequence[str], limits: Mapping[str, Limit]) -> dict[str, Any]:
    """Name and address from the lines of an envelope, name first."""
    if not lines:
        return {}
    return {"companyname": lines[0], **_address(lines[1:], limits)}


def customer(api: Api, setup: Setup, debtor: Debtor, home_currency: str) -> dict[str, Any]:
    """A new customer, its address on the one billing branch."""
    own = debtor.currency in (home_currency, *api.home_currency)
    branch = {
        **api.branch,
        **_address(debtor.address, api.limits),
        "country": debtor.country.upper() if len(debtor.country) == 2 else None,
        "phone1": debtor.phone or None,
        "email": debtor.email or None,
    }
    return {
        "code": debtor.code,
        "controlaccount": setup.control_account or None,
        "companyname": debtor.name or debtor.company or debtor.code,
        "creditterm": setup.terms or None,
        "currencycode": None if own else debtor.currency,
        "area": setup.area or None,
        "agent": setup.agent or None,
        "allowexceedcreditlimit": True if setup.exceed_credit_limit else None,
        "sdsbranch": [branch],
    }


def taxed(api: Api, setup: Setup, document: Document) -> dict[str, Any]:
    """How the sale is reported to MyInvois."""
    return {"submissiontype": _submission(api, setup, document)}


def _submission(api: Api, setup: Setup, document: Document) -> int:
    category = document.einvoice or "none"
    if category == "individual":
        category = setup.without_identity
    return api.submission[category]


def _address(lines: Sequence[str], limits: Mapping[str, Limit]) -> dict[str, str]:
    shown = wrapped(lines, limits[ADDRESS[0]].max, len(ADDRESS))
    return dict(zip(ADDRESS, shown, strict=False))
