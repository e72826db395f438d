"""What the buyer typed at the checkout for an e-invoice of their own.

Shopify has no field for it: apps and themes keep it as attributes of the order (contract
shopify.md 6.1, `note_attributes`) under names of their own. The merchant says which of them are
what; all others are nobody's business and are not kept (trap T29).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from accounting.facts import Fact, Order, TaxDetails
from shopify_app.payloads.fields import Node

FIELDS = frozenset(field.name for field in fields(TaxDetails))
ADDRESS = {
    "address1": "address1",
    "address2": "address2",
    "postcode": "zip",
    "city": "city",
    "state": "province",
    "country": "country_code",
}


def with_tax_details(
    facts: Iterable[Fact], node: Node, names: Mapping[str, str]
) -> tuple[Fact, ...]:
    """The facts of a body, the order with what was typed. `names` says under which attribute each
    of `policy.TAX_ATTRIBUTES` is found."""
    return tuple(
        replace(fact, tax_details=tax_details_of(node, names)) if isinstance(fact, Order) else fact
        for fact in facts
    )


def tax_details_of(node: Node, names: Mapping[str, str]) -> TaxDetails | None:
    """None where no TIN and no number of identification was typed: then the rest is of no use."""
    said = _attributes(node)
    typed = {key: said.get(_compared(name), "") for key, name in names.items()}
    details = {**_of_a_kind(typed), **{key: typed[key] for key in FIELDS & typed.keys()}}
    details = {key: value for key, value in details.items() if value}
    if not {"tin", "id_number"} & details.keys():
        return None
    billing = _billing(node)
    if details.keys() & ADDRESS.keys():
        billing = {"country": billing.get("country", "")}  # two addresses are never mixed
    return TaxDetails(**{**billing, **details})


def _of_a_kind(typed: Mapping[str, str]) -> dict[str, str]:
    """A number of which the attribute says what kind it is: the registration of a company before a
    person's, where both were typed."""
    kinds = sorted((key for key in typed.keys() - FIELDS if typed[key]), reverse=True)
    return {"id_type": kinds[0], "id_number": typed[kinds[0]]} if kinds else {}


def _attributes(node: Node) -> dict[str, str]:
    """The first that has each name. A value is text; should it be anything else, nothing usable
    was typed."""
    found: dict[str, str] = {}
    for attribute in node.objects("note_attributes"):
        name, value = _compared(attribute.text("name")), attribute.get("value")
        if isinstance(value, str) and value.strip():
            found.setdefault(name, value.strip())
    return found


def _compared(name: str) -> str:
    """A name as names are compared: without case and blanks."""
    return "".join(name.casefold().split())


def _billing(node: Node) -> dict[str, str]:
    place = node.object("billing_address") or node.object("shipping_address")
    return {name: place.text(key) for name, key in ADDRESS.items()} if place else {}
