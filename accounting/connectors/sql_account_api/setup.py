"""The settings of one connection, as the guide keeps them in texts, read into values.

What each is for, its default and how sure we are of it stands in
`guides/sql_account_api.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.signing import Variant
from accounting.documents.document import Kind

SALES = {Kind.INVOICE: "salesinvoice", Kind.CREDIT_NOTE: "salescreditnote"}
MONEY = {Kind.PAYMENT: "customerpayment", Kind.REFUND: "customerrefund"}
# Where the knock-offs of a document are kept: sales documents have an AR twin of their number.
SETTLING = MONEY | {Kind.CREDIT_NOTE: "customercreditnote"}
SALES_INVOICE = SALES[Kind.INVOICE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`items` are the item codes by setting name, "" where none is given. `told` is False when the
    books compute tax themselves."""

    variant: Variant
    requests_per_second: int
    unit_price_decimals: int
    terms: str
    area: str
    agent: str
    location: str
    uom: str
    items: Mapping[str, str]
    classification: str
    control_account: str
    exceed_credit_limit: bool
    debit_notes: str
    sst_field: str
    without_identity: str
    ar_updatecount: str
    knockoff_row: str
    ascii_fallback: bool
    customer_invoices: bool

    @property
    def resources(self) -> Mapping[Kind, str]:
        """What each kind of document is written to and found in."""
        return {**SALES, **MONEY, Kind.DEBIT_NOTE: self.debit_notes, Kind.CUSTOMER: "customer"}

    def doc_type(self, api: Api, kind: Kind) -> str:
        """The type by which a knock-off names its target; "" where it can be none. A debit note
        written as an invoice is one."""
        if kind is Kind.DEBIT_NOTE and self.debit_notes == SALES_INVOICE:
            kind = Kind.INVOICE
        return api.doc_types.get(kind.value, "")


def read(values: Mapping[str, str]) -> Setup:
    """From the settings of the guide, all filled in."""
    return Setup(
        variant=Variant(values["region"], values["service"], values["signed_headers"]),
        requests_per_second=int(values["requests_per_second"] or 0),
        unit_price_decimals=int(values["unit_price_decimals"] or 0),
        terms=values["terms"],
        area=values["area"],
        agent=values["agent"],
        location=values["location"],
        uom=values["uom"],
        items={name: code for name, code in values.items() if name.startswith("item_")},
        classification=values["classification"],
        control_account=values["control_account"],
        exceed_credit_limit=values["exceed_credit_limit"] == "true",
        debit_notes=values["debit_notes"],
        sst_field=values["sst_field"],
        without_identity=values["without_identity"],
        ar_updatecount=values["ar_updatecount"],
        knockoff_row=values["knockoff_row"],
        ascii_fallback=values["ascii_fallback"] == "true",
        customer_invoices=values["customer_invoices"] == "true",
    )
