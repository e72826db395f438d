"""Who bought: customer, company and addresses as the Admin API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shopify_app.sandbox.money import Json
from shopify_app.sandbox.words import gid, text

ADDRESS = {
    "name": "name",
    "firstName": "first_name",
    "lastName": "last_name",
    "company": "company",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "province": "province",
    "provinceCode": "province_code",
    "zip": "zip",
    "country": "country",
    "countryCodeV2": "country_code",
    "phone": "phone",
}


def address(told: Mapping[str, Any] | None) -> Json | None:
    if told is None:
        return None
    return {name: text(told.get(key)) for name, key in ADDRESS.items()}


def customer(told: Mapping[str, Any] | None) -> Json | None:
    if told is None or told.get("id") is None:
        return None
    first, last = text(told.get("first_name")), text(told.get("last_name"))
    email, phone = text(told.get("email")), text(told.get("phone"))
    name = " ".join(part for part in (first, last) if part)
    return {
        "__typename": "Customer",
        "id": gid("Customer", told["id"]),
        "legacyResourceId": str(told["id"]),
        "firstName": first,
        "lastName": last,
        "displayName": name or email or phone or "",
        "taxExempt": bool(told.get("tax_exempt")),
        "defaultEmailAddress": {"emailAddress": email} if email else None,
        "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
        "defaultAddress": address(told.get("default_address")),
    }


def purchaser(body: Mapping[str, Any]) -> Json | None:
    """A business customer's company where there is one, else the customer."""
    company = body.get("company")
    if not company:
        return customer(body.get("customer"))
    return {
        "__typename": "PurchasingCompany",
        "company": _party("Company", company.get("id", 0), company.get("name")),
        "location": _party("CompanyLocation", company.get("location_id") or 0, None),
    }


def _party(kind: str, number: int, name: str | None) -> Json:
    return {"id": gid(kind, number), "name": name or f"{kind} {number}", "externalId": None}
