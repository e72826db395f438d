"""The settings of one book as values: names and defaults are in `guides/autocount_cloud.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounting.documents.document import Kind
from accounting.documents.rules import TaxMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`types` are the codes that knock-off entries know documents by, where the books' own list of
    open items does not say. An empty `journal_type` is the payment method's own."""

    account_book_id: str
    credit_term: str
    sales_location: str
    buyer_name: str
    journal_type: str
    unit: str
    department: str
    classification: str
    control_account: str
    company_path: str
    tax_entity: bool
    save_approved: bool
    unique_numbers: bool
    negative_lines: bool
    tax: TaxMethod
    types: Mapping[Kind, str]


def read(settings: Mapping[str, str]) -> Options:
    """All settings must be there, as `guide.filled` leaves them."""
    return Options(
        account_book_id=settings["account_book_id"],
        credit_term=settings["credit_term"],
        sales_location=settings["sales_location"],
        buyer_name=settings["buyer_name"],
        journal_type=settings["journal_type"],
        unit=settings["unit"],
        department=settings["department"],
        classification=settings["classification"],
        control_account=settings["control_account"],
        company_path=settings["company_path"],
        tax_entity=settings["individual_einvoice"] == "tin",
        save_approved=settings["save_approved"] == "true",
        unique_numbers=settings["unique_numbers"] == "true",
        negative_lines=settings["negative_lines"] == "true",
        tax=_tax(settings),
        types=_types(settings),
    )


def _tax(settings: Mapping[str, str]) -> TaxMethod:
    """The books always compute the tax; they take prices with tax inside, and a difference."""
    return TaxMethod(
        explicit=False,
        scope=settings["tax_scope"],
        rounding=settings["tax_rounding"],
        inclusive=True,
        adjustment=settings["tax_adjustment"] == "true",
    )


def _types(settings: Mapping[str, str]) -> dict[Kind, str]:
    return {
        Kind.INVOICE: settings["type_invoice"],
        Kind.DEBIT_NOTE: settings["type_invoice"],  # posted as an invoice
        Kind.PAYMENT: settings["type_receipt"],
        Kind.REFUND: settings["type_payout"],
        Kind.CREDIT_NOTE: settings["type_credit_note"],
    }
