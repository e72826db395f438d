"""Entries become request bodies (contract autocount-cloud 7 to 10).

The products' own settings must not overrule what the documents say, so nothing is filled in by the
books but their own cost. Money leaves as a bare number written from Decimal: a quoted one is
refused, a binary one is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.connectors.autocount_cloud.api import API
from accounting.connectors.autocount_cloud.einvoice import debtor_fields, document_fields
from accounting.connectors.autocount_cloud.limits import PRODUCT, Value, fitted, one_line
from accounting.connectors.autocount_cloud.options import Options
from accounting.connectors.autocount_cloud.replies import CASH_BOOK_TYPES
from accounting.connectors.base import Rejected
from accounting.connectors.rows import Row, rows
from accounting.documents.document import ZERO, Allocation, Debtor, Document, Kind

ONE = Decimal(1)
REFERENCE_LENGTH = API.limits["cash_book_money"]["chequeNo"].max
DEBITS = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND})

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Bodies for books kept in `home_currency`. Every method raises Rejected where they could not
    take the entry."""

    options: Options
    home_currency: str

    def debtor(self, debtor: Debtor) -> Body:
        given: dict[str, Value] = {
            "accNo": debtor.code,
            "parentAccNo": self.options.control_account,
            "companyName": debtor.company or debtor.name or debtor.code,
            "currencyCode": debtor.currency,
            "creditTerm": self.options.credit_term,
            "isActive": True,
            "address": one_line(debtor.address),
            "phone1": debtor.phone,
            "emailAddress": debtor.email,
        }
        return fitted("debtor", given | debtor_fields(debtor, self.options), "debtor")

    def sale(self, document: Document) -> Body:
        """An invoice, a debit note written as one, or a credit note."""
        credit = document.kind is Kind.CREDIT_NOTE
        found = rows(document, self.options.tax, counted=True, product=PRODUCT)
        details = [self._line(row, f"details[{n}]") for n, row in enumerate(found)]
        filled = ("accNo", "taxCode", "tariffCode")
        return {
            "master": self._master(document),
            "details": details,
            "autoFillOption": dict.fromkeys(filled, False)
            | ({} if credit else {"localTotalCost": True}),
            "saveApprove": self.options.save_approved,
        }

    def money(self, document: Document, journal: Callable[[str], str]) -> Body:
        """A receipt, or a payment voucher for money that goes back; both on the debtor. `journal`
        says that of a payment method; it is asked when all else is in order."""
        body: Body = {
            "master": self._cash_book(document),
            "details": [
                fitted(
                    "cash_book_row",
                    {
                        "accNo": document.customer,
                        "description": f"Order {document.order_name}",
                        "amount": document.total,
                    },
                    "details[0]",
                )
            ],
            "paymentDetails": [
                fitted(
                    "cash_book_money",
                    {
                        "paymentMethod": document.account,
                        "chequeNo": document.reference[-REFERENCE_LENGTH:],
                        "paymentAmt": document.total,
                        "bankCharge": ZERO,  # else the method's own percentage might be charged
                        "toBankRate": ONE,
                    },
                    "paymentDetails[0]",
                )
            ],
            "autoFillOption": {"taxCode": False, "tariffCode": False},
        }
        type_ = fitted("journal", {"journalType": journal(document.account)}, "master")
        return body | {"master": body["master"] | type_}

    def knock_off(self, entry: Allocation, types: Callable[[], Mapping[Kind, str]]) -> Body:
        """The two documents by the same amount: what the customer owes above zero, what they have
        paid or been credited below. `types` are asked for when all else is in order."""
        sides = ((entry.source_kind, entry.source), (entry.target_kind, entry.target))
        ordered = sorted(sides, key=lambda side: side[0] not in DEBITS)
        master: dict[str, Value] = {
            "accNo": entry.customer,
            "docNo": entry.number,
            "docDate": entry.date,
        }
        written = fitted("knock_off", master, "master")
        known = types()
        return {
            "master": written,
            "details": [
                fitted(
                    "knock_off_row",
                    {
                        "docType": known[kind],
                        "docNo": number,
                        "knockOffAmount": entry.amount if kind in DEBITS else -entry.amount,
                    },
                    f"details[{n}]",
                )
                for n, (kind, number) in enumerate(ordered)
            ],
        }

    def _master(self, document: Document) -> dict[str, Any]:
        given: dict[str, Value] = {
            "docNo": document.number,
            "docDate": document.date,
            "debtorCode": document.customer,
            "debtorName": self._buyer(document),
            "creditTerm": self.options.credit_term,
            "salesLocation": self.options.sales_location,
            "address": one_line(document.buyer[1:]),
            "ref": document.order_name,
            "description": document.description,
            "remark1": str(document.order_id),
            "ourInvoiceNo": document.corrects if document.kind is Kind.CREDIT_NOTE else "",
            "currencyRate": self._rate(document),
            "inclusiveTax": document.tax_mode == "inclusive",
            "isRoundAdj": False,
        }
        return fitted("master", given | document_fields(document, self.options), "master")

    def _line(self, row: Row, path: str) -> dict[str, Any]:
        document, line = row.document, row.line
        home = document.currency == self.home_currency
        given: dict[str, Value] = {
            "productCode": line.item_code,
            "accNo": line.account,
            "description": line.description,
            "qty": row.quantity,
            "unit": self.options.unit if line.item_code else "",
            "unitPrice": row.unit_price,
            "taxCode": line.tax_code,
            "taxAdjustment": row.adjustment,
            "localTaxAdjustment": row.adjustment if home else None,
            "tariffCode": line.tariff_code,
            "deptNo": document.project or self.options.department,
            "classificationCode": self.options.classification if document.einvoice else "",
            "goodsReturn": line.restock if document.kind is Kind.CREDIT_NOTE else None,
        }
        return fitted("line", given, path)

    def _cash_book(self, document: Document) -> dict[str, Any]:
        given: dict[str, Value] = {
            "docType": CASH_BOOK_TYPES[document.kind],
            "docNo": document.number,
            "docNo2": str(document.key.source_id),
            "docDate": document.date,
            "currencyCode": document.currency,
            "currencyRate": self._rate(document),
            "dealWith": self._buyer(document),
            "description": document.description,
        }
        return fitted("cash_book", given, "master")

    def _buyer(self, document: Document) -> str:
        """The books want a name on every document, also where the shop passes none on."""
        return next(iter(document.buyer), "") or self.options.buyer_name

    def _rate(self, document: Document) -> Decimal:
        if document.currency == self.home_currency:
            return ONE
        if document.rate is None:
            raise Rejected(
                f"{document.number} is in {document.currency} and has no rate to "
                f"{self.home_currency}; {PRODUCT} needs one"
            )
        return document.rate
