"""The parts of a profile: operations, field tables, reply fields and error rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounting.connectors.base import CodeList
from accounting.documents.document import Kind
from accounting.documents.rules import TaxMethod

OBJECTS = {
    Kind.CUSTOMER: "customer",
    Kind.INVOICE: "invoice",
    Kind.DEBIT_NOTE: "debitNote",
    Kind.PAYMENT: "payment",
    Kind.CREDIT_NOTE: "creditNote",
    Kind.REFUND: "refund",
}

OWED = frozenset({"invoice", "debitNote"})  # these are outstanding, the others unapplied
SALES = ("invoice", "debitNote", "creditNote")  # these have lines with tax

SPOKEN = {
    "customer": "a customer",
    "invoice": "an invoice",
    "debitNote": "a debit note",
    "payment": "a payment",
    "creditNote": "a credit note",
    "refund": "a refund",
}

SUBJECTS = {
    "customer": "Customers",
    "invoice": "Invoices",
    "debitNote": "Debit notes",
    "payment": "Payments",
    "creditNote": "Credit notes",
    "refund": "Refunds",
}


CODES = {
    "account": CodeList.ACCOUNTS,
    "tax_code": CodeList.TAX_CODES,
    "item_code": CodeList.ITEMS,
    "project": CodeList.PROJECTS,
    "customer": CodeList.DEBTORS,
}


def _picked(thing: str, source: str) -> CodeList | None:
    """The list that what fills a field of an object comes from. Money moves by payment method."""
    if source == "account" and thing not in SALES:
        return CodeList.PAYMENT_METHODS
    return CODES.get(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Seconds; `min_interval` is from the start of one call to the start of the next."""

    connect_seconds: float
    read_seconds: float
    min_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call the gateway may offer. `status` says how sure we are of it (documented, observed,
    assumed), `need` what its absence means, `probe` how the connection check may try it."""

    name: str
    method: str
    path: str  # below the profile's base path
    query: Mapping[str, str]  # values may hold {docNo} or {code}
    success: frozenset[int]
    status: str
    need: str
    probe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a body. `source` names what fills it (see `sources`), `value` a constant;
    with neither the key is never sent. `max` is in characters; `cut` shortens free text to it.
    `only_with` sends the constant only where that source has a value."""

    name: str
    type: str
    source: str = ""
    value: Any = None
    max: int = 0
    required: bool = False
    cut: bool = False
    only_with: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Where answers keep things. `amount` lists alternatives per object, `a[].b` sums a list.
    `unapplied` is the part of a credit not used yet, `applied` the part used; one is given."""

    data: str
    total: str
    number: str
    customer: str
    cancelled: str
    amount: Mapping[str, tuple[str, ...]]
    open: str
    unapplied: str
    applied: str
    customer_code: str
    customer_name: str
    external_id: str
    proves: bool  # the answer to a write states what the books computed, not what they were sent


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """Matches when everything it states is true; the first match of the list decides."""

    outcome: str
    hint: str = ""
    method: str = ""
    status: frozenset[int] = frozenset()
    code: str = ""
    phrase: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All of one ledger behind the gateway: what can be called, sent, read back and refused."""

    id: str
    version: int
    title: str
    base_path: str
    transport: Transport
    boolean: str  # json, or TF for the texts T and F
    operations: Mapping[str, Operation]
    objects: Mapping[str, tuple[Field, ...]]
    reply: Reply
    doc_types: Mapping[str, str]
    id_types: Mapping[
        str, str
    ]  # a buyer's kind of identification -> the number it has in the books
    home_currency: tuple[str, ...]
    errors: tuple[ErrorRule, ...]
    number_length: int
    unique_numbers: bool  # the books refuse a number twice
    negative_lines: bool
    tax: TaxMethod
    tariff_prefixes: tuple[str, ...]  # tax codes starting so need a tariff code on the line
    acknowledge: tuple[str, ...]  # what the merchant must know and accept before writing

    @property
    def product(self) -> str:
        return self.title.removeprefix("AcctBridge: ")

    @property
    def label(self) -> str:
        return f"{self.id}/{self.version}"

    @property
    def kinds(self) -> frozenset[Kind]:
        """What can be posted and found again with these operations."""
        kinds = {kind for kind, name in OBJECTS.items() if self._can(name, "create")}
        if any(self._can(name, "knockoff") for name in OBJECTS.values()):
            kinds.add(Kind.ALLOCATION)
        return frozenset(kinds)

    @property
    def code_lengths(self) -> dict[CodeList, int]:
        """The most characters that every object takes of a code from these lists."""
        found: dict[CodeList, int] = {}
        for thing, fields in self.objects.items():
            inner = [field for outer in fields for field in outer.fields]
            for field in (*fields, *inner):
                listed = _picked(thing, field.source)
                if listed and field.max:
                    found[listed] = min(field.max, found.get(listed, field.max))
        return found

    def _can(self, name: str, action: str) -> bool:
        findable = f"{name}.find" in self.operations or f"{name}.list" in self.operations
        return findable and f"{name}.{action}" in self.operations
