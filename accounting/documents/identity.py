"""Who the buyer is to the tax office, from what they typed at the checkout.

An e-invoice of the buyer's own needs name, TIN and identification (accounting treatment, section
8). Nobody checks what is typed into a checkout, and one wrong letter must not keep a sale out of
the books: an identity is taken whole or not at all, and `flags` tells what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from accounting.documents.document import BuyerIdentity
from accounting.documents.identity_forms import FORMS, ID_NUMBERS, ID_TYPES, NOT_GIVEN, Form
from accounting.facts import Customer, Order, TaxDetails

Fault = tuple[str, str]  # what is wrong, and with what; never what was typed

TOO_LONG, WRONG, UNKNOWN, MISSING = "too long", "wrong characters", "unknown", "missing"
NAME, TIN = FORMS["name"].label, FORMS["tin"].label
ID_TYPE, ID_NUMBER = "ID type", "ID number"
NOTHING_GIVEN: tuple[Fault, ...] = ((MISSING, TIN), (MISSING, ID_TYPE), (MISSING, ID_NUMBER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The identity, or what keeps it from being one; neither where the buyer wants no e-invoice of
    their own."""

    identity: BuyerIdentity | None = None
    faults: tuple[Fault, ...] = ()


def read(order: Order) -> Reading:
    """The buyer asks for an e-invoice of their own with a TIN or a number of identification: other
    details alone, which a checkout may fill in by itself, ask for nothing. Name, phone and email
    are the customer's where no others were typed."""
    typed = order.tax_details
    if typed is None or not (_is_given(typed.tin) or _is_given(typed.id_number)):
        return Reading()
    id_type = ID_TYPES.get(_word(typed.id_type), "")
    found = {**_with_customer(typed, id_type, order.customer or Customer()), "id_type": id_type}
    faults = _missing(typed, found["name"])
    if _is_given(typed.id_type) and not id_type:
        faults.append((UNKNOWN, ID_TYPE))
    forms = {**FORMS, "id_number": ID_NUMBERS[id_type]} if id_type else FORMS
    for name, form in forms.items():
        found[name] = _written(found[name], form)
        faults += _faults(found[name], form)
    if faults:
        return Reading(faults=tuple(dict.fromkeys(faults)))
    return Reading(identity=BuyerIdentity(**found))


def _with_customer(typed: TaxDetails, id_type: str, customer: Customer) -> dict[str, Any]:
    """What was typed, field by field, and from the customer what was not."""
    names = [customer.name, customer.company]
    if id_type == "registration":
        names.reverse()
    own = {"name": next(filter(None, names), ""), "phone": customer.phone, "email": customer.email}
    fields = (*FORMS, "id_number")
    said = {name: getattr(typed, name) for name in fields}
    given = {name: value if _is_given(value) else "" for name, value in said.items()}
    given["country"] = typed.country  # NA is Namibia
    return {name: value or own.get(name, "") for name, value in given.items()}


def _missing(typed: TaxDetails, name: str) -> list[Fault]:
    wanted = (
        (TIN, typed.tin),
        (ID_TYPE, typed.id_type),
        (ID_NUMBER, typed.id_number),
        (NAME, name),
    )
    return [(MISSING, label) for label, value in wanted if not _is_given(value)]


def _written(typed: str, form: Form) -> str:
    """The value as e-invoices write it."""
    kept = "".join(letter for letter in typed if letter not in form.dropped).strip()
    return kept.upper() if form.capitals else kept


def _faults(value: str, form: Form) -> list[Fault]:
    if len(value) > form.longest:
        return [(TOO_LONG, form.label)]
    if value and not re.fullmatch(form.pattern, value):
        return [(WRONG, form.label)]
    return []


def _is_given(typed: str) -> bool:
    return _word(typed) not in NOT_GIVEN


def _word(typed: str) -> str:
    """Letters and digits only, in one case."""
    return re.sub(r"[\W_]+", "", typed.casefold())
