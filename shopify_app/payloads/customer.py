"""Who bought, as far as an order body says: any part may be kept from us, or all of it."""

from __future__ import annotations

from collections.abc import Iterable

from accounting.facts import Customer
from shopify_app.payloads.fields import Node


def customer_of(node: Node) -> Customer | None:
    """Who bought, each part from the billing address, else shipping, else the customer record."""
    record = node.object("customer")
    default = record.object("default_address") if record else None
    given = (node.object("billing_address"), node.object("shipping_address"), default)
    addresses = [address for address in given if address]
    company = node.object("company")
    customer = Customer(
        id=record.number("id") if record else None,
        company_id=company.number("id") if company else None,
        name=_first(_person(place) for place in (*addresses, record) if place),
        company=_first(place.text(key) for place, key in _companies(addresses, company)),
        email=_first(place.text(key) for place, key in _emails(node, record)),
        phone=_first(place.text("phone") for place in (*addresses, node, record) if place),
        address=next(filter(None, map(_address, addresses)), ()),
        country=_first(address.text("country_code") for address in addresses),
    )
    return None if customer == Customer() else customer


def _companies(addresses: list[Node], company: Node | None) -> list[tuple[Node, str]]:
    places = [(address, "company") for address in addresses]
    return [*places, (company, "name")] if company else places


def _emails(node: Node, record: Node | None) -> list[tuple[Node, str]]:
    places = [(node, "email"), (node, "contact_email")]
    return [*places, (record, "email")] if record else places


def _person(node: Node) -> str:
    parts = f"{node.text('first_name')} {node.text('last_name')}"
    return node.text("name") or parts.strip()


def _address(node: Node) -> tuple[str, ...]:
    """The lines of an envelope, without the name."""
    town = f"{node.text('zip')} {node.text('city')}".strip()
    lines = (node.text("address1"), node.text("address2"), town, node.text("province"))
    return tuple(line for line in (*lines, node.text("country")) if line)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")
