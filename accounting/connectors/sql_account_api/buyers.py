"""The buyer on a document or as a customer of the books: name, address, and who they are to the
tax office (contract 7.1, 7.2 and 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounting.connectors.sql_account_api.api import Api, Limit
from accounting.connectors.sql_account_api.limits import wrapped
from accounting.connectors.sql_account_api.setup import Setup
from accounting.documents.document import BuyerIdentity, Debtor, Document

ADDRESS = ("address1", "address2", "address3", "address4")


def shown(document: Document, limits: Mapping[str, Limit]) -> dict[str, Any]:
    """Who is named on a sales document: the buyer of its e-invoice, else the envelope's lines."""
    if document.identity is not None:
        named = {"companyname": document.identity.name}
        return (
            named | _placed(document.identity, limits) | {"phone1": document.identity.phone or None}
        )
    if not document.buyer:
        return {}
    return {"companyname": document.buyer[0], **_address(document.buyer[1:], limits)}


def customer(api: Api, setup: Setup, debtor: Debtor, home_currency: str) -> dict[str, Any]:
    """A new customer, its address on the one billing branch."""
    own = debtor.currency in (home_currency, *api.home_currency)
    identity = debtor.identity
    tax = reported(api, setup, "individual", identity) if identity is not None else {}
    return {
        "code": debtor.code,
        "controlaccount": setup.control_account or None,
        "companyname": debtor.name or debtor.company or debtor.code,
        "creditterm": setup.terms or None,
        "currencycode": None if own else debtor.currency,
        "area": setup.area or None,
        "agent": setup.agent or None,
        "allowexceedcreditlimit": True if setup.exceed_credit_limit else None,
        **tax,
        "sdsbranch": [{**api.branch, **_branch(debtor, api.limits)}],
    }


def reported(
    api: Api, setup: Setup, category: str, identity: BuyerIdentity | None
) -> dict[str, Any]:
    """How a sale is reported to MyInvois, and whose it is where it is an e-invoice of its own."""
    if category == "individual" and identity is None:
        category = setup.without_identity
    kind = {"submissiontype": api.submission[category or "none"]}
    if category != "individual" or identity is None:
        return kind
    return {
        "tin": identity.tin,
        "idtype": api.id_types[identity.id_type],
        "idno": identity.id_number,
        setup.sst_field: identity.sst_number or None,
        **kind,
    }


def _branch(debtor: Debtor, limits: Mapping[str, Limit]) -> dict[str, Any]:
    if debtor.identity is not None:
        place = _placed(debtor.identity, limits)
    else:
        country = debtor.country.upper() if len(debtor.country) == 2 else None
        place = {**_address(debtor.address, limits), "country": country}
    return place | {"phone1": debtor.phone or None, "email": debtor.email or None}


def _placed(identity: BuyerIdentity, limits: Mapping[str, Limit]) -> dict[str, Any]:
    return {
        **_address((identity.address1, identity.address2), limits),
        "postcode": identity.postcode or None,
        "city": identity.city or None,
        "state": identity.state or None,
        "country": identity.country or None,
    }


def _address(lines: Sequence[str], limits: Mapping[str, Limit]) -> dict[str, str]:
    parts = wrapped(lines, limits[ADDRESS[0]].max, len(ADDRESS))
    return dict(zip(ADDRESS, parts, strict=False))
