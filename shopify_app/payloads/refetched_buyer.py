"""Who bought, of an answer of the Admin API, in the words of a webhook.

So that one reader decides which of several names and addresses counts, whichever form it came in.
"""

from __future__ import annotations

from typing import Any

from shopify_app.payloads.fields import Node

ADDRESS = {
    "name": "name",
    "first_name": "firstName",
    "last_name": "lastName",
    "company": "company",
    "address1": "address1",
    "address2": "address2",
    "zip": "zip",
    "city": "city",
    "province": "province",
    "country": "country",
    "country_code": "countryCodeV2",
    "phone": "phone",
}
ATTRIBUTES = "customAttributes"
PARTS = ("billingAddress", "shippingAddress", "email", "phone", "customer", "purchasingEntity")


def buyer(order: Node) -> Node:
    """The fields of a webhook that `customer_of` and `tax_details_of` read."""
    company = order.object("purchasingEntity")
    body: dict[str, Any] = {
        "email": order.text("email"),
        "phone": order.text("phone"),
        "billing_address": _address(order.object("billingAddress")),
        "shipping_address": _address(order.object("shippingAddress")),
        "customer": _record(order.object("customer")),
        "company": _company(company.object("company")) if company else None,
        "note_attributes": [
            {"name": each.text("key"), "value": each.text("value")}
            for each in order.objects(ATTRIBUTES)
        ],
    }
    return Node(body, order.path)


def _address(place: Node | None) -> dict[str, str] | None:
    return {name: place.text(key) for name, key in ADDRESS.items()} if place else None


def _record(customer: Node | None) -> dict[str, Any] | None:
    if customer is None:
        return None
    email, phone = customer.object("defaultEmailAddress"), customer.object("defaultPhoneNumber")
    return {
        "id": customer.gid(),
        "first_name": customer.text("firstName"),
        "last_name": customer.text("lastName"),
        "email": email.text("emailAddress") if email else "",
        "phone": phone.text("phoneNumber") if phone else "",
        "default_address": _address(customer.object("defaultAddress")),
    }


def _company(company: Node | None) -> dict[str, Any] | None:
    return {"id": company.gid(), "name": company.text("name")} if company else None
