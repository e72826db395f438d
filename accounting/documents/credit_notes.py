"""Credit notes: what a refund record, a return or an edit takes back (treatment rows 24-40).

Credits use the codes of the original line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.codes import Codes, Coding
from accounting.documents.components import Component
from accounting.documents.document import (
    ZERO,
    Document,
    DocumentLine,
    Key,
    Kind,
    Problem,
    Role,
)
from accounting.documents.issuing import document
from accounting.documents.lines import apart_lines, channel_lines, discount_lines, fact_of, split
from accounting.documents.refunds import Credited, Reading, refund_keys
from accounting.documents.rules import tax_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the credits of one order against its first invoice, None for an order whose invoice is
    not in these books; `parts` are what the order charges."""

    case: Case
    codes: Codes
    invoice: Document | None
    parts: Sequence[Component]

    def notes(self, reading: Reading, *, with_discrepancy: bool) -> list[Document]:
        """The credit note of a reading, as it would be written now, and a debit note for what is
        kept back where the books take no negative lines (row 28). A credit of nothing is none."""
        lines = self.credit_lines(reading.key, reading.credited)
        lines += [line for part in reading.excess for line in self._excess(reading.key, part)]
        kept = self._kept(reading, with_discrepancy)
        apart = kept and not self.case.rules.ledger.negative_lines
        note = self.credit(
            reading.key,
            at=reading.at,
            text=reading.text,
            lines=[*lines, *(self._given(reading) if with_discrepancy else []), *kept],
        )
        if apart:
            note = self.credit(reading.key, at=reading.at, text=reading.text, lines=lines)
            return [note, self._fee_note(reading, kept)]
        return [note] if is_worth_posting(note) else []

    def credit(
        self, key: Key, *, at: datetime, text: str, lines: Sequence[DocumentLine]
    ) -> Document:
        """A credit note of these lines, never dated before the invoice (R26)."""
        return document(
            self.case,
            self.codes,
            key,
            kind=Kind.CREDIT_NOTE,
            at=at,
            text=text,
            lines=tuple(lines),
            corrects=self.invoice.number if self.invoice else "",
            not_before=self.invoice.date if self.invoice else None,
        )

    def credit_lines(self, key: Key, parts: Sequence[Credited]) -> list[DocumentLine]:
        """The lines that give back parts of components, and the channel's share of their tax."""
        found, channel = [], ZERO
        for part in parts:
            found += self._lines(key, part)
            split_up = self.codes.tax_split(part.component, key)
            channel += split_up.of_channel(part.taxes)
        return found + channel_lines(self.codes, key, channel, self.case.currency)

    def _lines(self, key: Key, part: Credited) -> list[DocumentLine]:
        """None where it is no goods and no money."""
        component = part.component
        goods = component.role in ("sales", "gift_card") and not part.by_amount
        if not goods and not part.net and not part.tax:
            return []
        role, text = _role_and_text(part)
        taxes = self.codes.tax_split(component, key)
        lines = split(
            role=role,
            coding=self._coding(part, key),
            text=text,
            quantity=1 if part.by_amount else part.quantity,
            net=part.net + part.discount,
            tax=taxes.on_line(part.taxes),
            currency=self.case.currency,
            restock=part.restock and not part.by_amount,
            source_id=component.source_id,
            fact=f"{_fact(key)}, {fact_of(component)}",
            amount=f"{part.reason} (treatment 4.4)",
        )
        lines += apart_lines(component, taxes, part.taxes, self.case.currency)
        currency = self.case.currency
        return lines + discount_lines(self.codes, key, component, part.discount, currency)

    def _coding(self, part: Credited, key: Key) -> Coding:
        """What comes back goes to the returns account; a price that an edit lowered was never
        right, and is taken off the sale itself."""
        if part.by_amount and key.role is Role.REDUCTION:
            return self.codes.sale(part.component, key)
        return self.codes.returned(part.component, restock=part.restock, key=key)

    def _excess(self, key: Key, part: Credited) -> list[DocumentLine]:
        """More than was invoiced is an allowance, labelled so (row 29)."""
        coding = self.codes.untaxed("allowance", key, fallback=self._only_sales_account())
        if part.tax:
            coding = _taxed(self.codes.sale(part.component, key), coding)
        return split(
            role="allowance",
            coding=coding,
            text=f"Refunded beyond the price of {part.component.title}",
            quantity=1,
            net=part.net,
            tax=part.tax,
            currency=self.case.currency,
            source_id=part.component.source_id,
            fact=f"{_fact(key)}, {fact_of(part.component)}",
            amount="refunded beyond what was invoiced (row 29)",
        )

    def _given(self, reading: Reading) -> list[DocumentLine]:
        """Money given beyond the lines is an allowance (row 27)."""
        return self._adjusted(reading, "allowance", "Goodwill refund") if _is_gift(reading) else []

    def _kept(self, reading: Reading, with_discrepancy: bool) -> list[DocumentLine]:
        """Money kept back is a fee: by adjustment (row 28) or by agreement (R25)."""
        lines = []
        if with_discrepancy and reading.kept_back > 0:
            lines += self._adjusted(reading, "restock_fee", "Restocking fee")
        if reading.fee:
            lines += split(
                role="restock_fee",
                coding=self.codes.untaxed("restock_fee", reading.key),
                text="Return fee",
                quantity=1,
                net=-reading.fee,
                currency=self.case.currency,
                fact=f"{_fact(reading.key)}, fee by agreement",
                amount="agreed fee (R25)",
            )
        return lines

    def _adjusted(self, reading: Reading, role: str, text: str) -> list[DocumentLine]:
        fallback = self._only_sales_account() if role == "allowance" else ""
        coding = self.codes.untaxed(role, reading.key, fallback=fallback)
        taxed = next((part for part in self.parts if _own_tax(part)), None)
        if reading.discrepancy_tax and taxed:
            coding = _taxed(self.codes.sale(taxed, reading.key), coding)
        return split(
            role=role,
            coding=coding,
            text=text,
            quantity=1,
            net=-reading.discrepancy,
            tax=-reading.discrepancy_tax,
            currency=self.case.currency,
            source_id=reading.discrepancy_id,
            fact=f"{_fact(reading.key)}, adjustment {reading.discrepancy_id}",
            amount="adjustment as stated (rows 27, 28)",
        )

    def _only_sales_account(self) -> str:
        """An unset allowance falls back to the sales account, where the order has just one."""
        lines = self.invoice.lines if self.invoice else ()
        accounts = {line.account for line in lines if line.role == "sales"}
        return accounts.pop() if len(accounts) == 1 else ""

    def _fee_note(self, reading: Reading, kept: Sequence[DocumentLine]) -> Document:
        """What is kept back as a debit of its own."""
        return document(
            self.case,
            self.codes,
            Key(role=Role.FEE, source_id=reading.key.source_id),
            kind=Kind.DEBIT_NOTE,
            at=reading.at,
            text=f"Kept back of: {reading.text}",
            lines=tuple(_turned(line) for line in kept),
            corrects=self.invoice.number if self.invoice else "",
            not_before=self.invoice.date if self.invoice else None,
        )


def is_worth_posting(note: Document) -> bool:
    """R11: a credit of 0.00 is posted unless nothing at all moves."""
    return any(line.net or line.tax or line.restock for line in note.lines)


def _is_gift(reading: Reading) -> bool:
    return bool(reading.discrepancy or reading.discrepancy_tax) and reading.kept_back <= 0


def _turned(line: DocumentLine) -> DocumentLine:
    return replace(line, unit_price=-line.unit_price, net=-line.net, tax=-line.tax)


def _role_and_text(part: Credited) -> tuple[str, str]:
    component = part.component
    if component.role == "shipping":
        return "shipping", "Shipping refunded"
    if part.by_amount:
        return component.role, f"{component.title} (reduced)"
    if component.role != "sales":
        return component.role, f"{component.title} (refunded)"
    if part.restock:
        return "returns", f"{component.title} (restock)"
    return "returns_nostock", f"{component.title} (no restock)"


def _fact(key: Key) -> str:
    names = {
        Role.CREDIT: f"refund {key.source_id}",
        Role.RETURN: f"return {key.source_id}",
        Role.REDUCTION: f"edit {key.source_id}",
        Role.CANCELLATION: "cancellation",
    }
    return names.get(key.role, "")


def _taxed(original: Coding, coding: Coding) -> Coding:
    """R16: tax inside an adjustment is the order's only tax; `tax_is_unclear` holds the others."""
    return Coding(
        account=coding.account,
        tax_code=original.tax_code,
        tax_rate=original.tax_rate,
        tariff_code=original.tariff_code,
        rule=f"{coding.rule}; tax of the sale (R16)",
    )


def _own_tax(part: Component) -> Decimal:
    return sum((tax.amount for tax in part.taxes if not tax.line.channel_liable), ZERO)


def tax_is_unclear(case: Case, parts: Sequence[Component], reading: Reading) -> list[Problem]:
    """R16: an adjustment with tax in an order with none or several taxes; tax that the channel owes
    is none of the shop's."""
    identities = {tax_identity(tax.line) for part in parts for tax in part.taxes if tax.amount}
    is_clear = len(identities) == 1 and any(_own_tax(part) for part in parts)
    if not reading.discrepancy_tax or is_clear or reading.refund is None:
        return []
    return [
        Problem(
            code="ADJUSTMENT_UNEXPLAINED",
            subject=f"refund {reading.refund.id}",
            message="The refund's adjustment has tax, and the order does not say which tax. Check "
            "the refund in Shopify, and enter it in the books yourself.",
            terms=(
                ("adjustment", str(reading.discrepancy)),
                ("tax on it", str(reading.discrepancy_tax)),
                ("taxes of the order", str(len(identities))),
            ),
            blocks=refund_keys(case, reading.refund),
        )
    ]
