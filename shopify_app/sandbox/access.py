"""What an app may see: access scopes and protected customer data (contract 8.1, 8.7, 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.schema import Denied

PROTECTED_PAGE = "https://shopify.dev/docs/apps/launch/protected-customer-data"
SCOPES = {
    ("QueryRoot", "order"): "read_orders",
    ("QueryRoot", "orders"): "read_orders",
    ("QueryRoot", "ordersCount"): "read_orders",
    ("QueryRoot", "refund"): "read_orders",
    ("QueryRoot", "product"): "read_products",
    ("QueryRoot", "products"): "read_products",
    ("QueryRoot", "productsCount"): "read_products",
    ("QueryRoot", "dispute"): "read_shopify_payments_disputes",
    ("QueryRoot", "shopifyPaymentsAccount"): "read_shopify_payments_payouts",
    ("Order", "customer"): "read_customers",
    ("Order", "purchasingEntity"): "read_customers",
    ("Order", "paymentTerms"): "read_payment_terms",
    ("Order", "returns"): "read_returns",
    ("Order", "retailLocation"): "read_locations",
    ("OrderTransaction", "location"): "read_locations",
    ("Refund", "return"): "read_returns",
    ("ReturnAgreement", "return"): "read_returns",
    ("LineItem", "product"): "read_products",
    ("LineItem", "variant"): "read_products",
}
LEVEL_1 = {
    ("QueryRoot", "order"): "Order",
    ("QueryRoot", "orders"): "Order",
    ("QueryRoot", "refund"): "Refund",
    ("Order", "customer"): "Customer",
}
LEVEL_2 = {
    **{("MailingAddress", name): "name" for name in ("name", "firstName", "lastName")},
    **{
        ("MailingAddress", name): "address"
        for name in ("address1", "address2", "city", "zip", "company")
    },
    ("MailingAddress", "phone"): "phone",
    **{("Customer", name): "name" for name in ("displayName", "firstName", "lastName")},
    ("Customer", "defaultEmailAddress"): "email",
    ("Customer", "defaultPhoneNumber"): "phone",
    ("Customer", "defaultAddress"): "address",
    ("Order", "email"): "email",
    ("Order", "phone"): "phone",
}
REDACTED = {  # keys of webhook bodies, wherever they stand
    "name": ("first_name", "last_name"),
    "address": ("address1", "address2", "city", "zip", "company", "latitude", "longitude"),
    "phone": ("phone",),
    "email": ("email", "contact_email"),
}


def guard(shop: PretendedShop) -> Callable[[str, str], None]:
    """What `schema.run` asks before each field. Raises Denied."""
    held, allowed = set(shop.scopes), set(shop.protected_fields)

    def check(kind: str, name: str) -> None:
        place = (kind, name)
        scope = SCOPES.get(place)
        if scope and not covers(held, scope):
            required = f"{scope} access scope."
            message = f"Access denied for {name} field. Required access: {required}"
            raise Denied(message, required)
        if place in LEVEL_1 and not shop.protected_data:
            raise Denied(f"This app is not approved to access the {LEVEL_1[place]} object. {SEE}")
        if place in LEVEL_2 and LEVEL_2[place] not in allowed:
            raise Denied(f"This app is not approved to use the {name} field. {SEE}")

    return check


SEE = f"See {PROTECTED_PAGE} for more details."


def covers(held: set[str], scope: str) -> bool:
    """To write is to read."""
    return scope in held or scope.replace("read_", "write_", 1) in held


def redacted(body: Any, shop: PretendedShop) -> Any:
    """A webhook body with null for what the app is not approved to see."""
    hidden = {
        key
        for one, keys in REDACTED.items()
        if one not in shop.protected_fields or not shop.protected_data
        for key in keys
    }
    return _without(body, hidden) if hidden else body


def _without(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(one, hidden) for one in value]
    if not isinstance(value, Mapping):
        return value
    # the name of an address is a person's; the name of an order or a line is not
    own = {*hidden, "name"} if "first_name" in hidden and "first_name" in value else hidden
    return {key: None if key in own else _without(one, hidden) for key, one in value.items()}
