"""From components to the codes of the books, collecting everything that has no code.

Codes are read when a document is planned and frozen when it is sealed: whatever corrects a sealed
invoice uses the invoice's own codes, also when the mapping has changed since (treatment 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.documents.components import Component
from accounting.documents.document import Document, DocumentLine, Key, Kind, Problem
from accounting.documents.rules import ItemCode, Rules, canonical_rate, gateway_key
from accounting.facts import Line, TaxLine

# Gateways that draw down what the shop owes its customers, unless the merchant says otherwise.
LIABILITY_GATEWAYS = {"giftcard": "gift_card", "shopifystorecredit": "store_credit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """Codes of one document line; empty strings where nobody said."""

    account: str
    tax_code: str = ""
    tax_rate: Decimal | None = None
    tariff_code: str = ""
    item_code: str = ""


@dataclass(slots=True)
class Codes:
    """Look-ups for one order. What is missing is remembered with the documents that need it."""

    rules: Rules
    frozen: dict[tuple[str, int], DocumentLine] = field(default_factory=dict)
    debtor: str = ""
    missing: dict[tuple[str, str], tuple[Problem, set[Key]]] = field(default_factory=dict)

    def freeze(self, documents: Iterable[Document]) -> None:
        """Let a sealed invoice decide the codes of what corrects it, and any sealed document the
        customer of all."""
        for document in documents:
            self.debtor = document.customer
            if document.kind is Kind.INVOICE:
                for line in document.lines:
                    self.frozen.setdefault((line.role, line.source_id), line)

    def sale(self, component: Component, key: Key) -> Coding:
        """Codes of an invoice line."""
        line = self.frozen.get(component.key)
        if line is not None:
            return _as_sealed(line)
        item = self._item(component, key)
        account = item.account if item else self._role_unless_item(component, key)
        return self._with_tax(component.tax_line, account, item, key)

    def returned(self, component: Component, *, restock: bool, key: Key) -> Coding:
        """Codes of a credit line: the original's, on the returns account where there is one."""
        original = self.sale(component, key)
        if component.role != "sales":
            return original
        item = component.line and self.rules.item_for(component.line)
        returns = (item and item.returns_account) or self.rules.account_for("returns") or ""
        if not restock:
            nostock = item and item.returns_nostock_account
            returns = nostock or self.rules.account_for("returns_nostock") or returns
        return Coding(
            account=returns or original.account,
            tax_code=original.tax_code,
            tax_rate=original.tax_rate,
            tariff_code=original.tariff_code,
            item_code=original.item_code,
        )

    def untaxed(self, role: str, key: Key, *, fallback: str = "") -> Coding:
        """An account role without tax."""
        return Coding(account=self.rules.account_for(role) or fallback or self._no_role(role, key))

    def gateway(self, gateway: str, key: Key) -> str:
        """The account money moves through; gift cards and store credit draw their liability."""
        code = self.rules.gateway_for(gateway)
        role = LIABILITY_GATEWAYS.get(gateway_key(gateway), "")
        account = code.account if code else self.rules.account_for(role)
        if not account:
            message = f"No account is mapped for payments through “{gateway or 'no name'}”."
            self._miss("UNMAPPED_GATEWAY", gateway, message, key)
        return account or ""

    def customer(self, currency: str, key: Key) -> str:
        code = self.debtor or self.rules.policy.cash_debtors.get(currency, "")
        if not code:
            message = f"No customer code is set for online sales in {currency}."
            self._miss("UNMAPPED_DEBTOR", currency, message, key)
        return code

    def problems(self) -> list[Problem]:
        """Everything missing, each with the documents that wait for it."""
        return [
            Problem(
                code=problem.code,
                subject=problem.subject,
                message=problem.message,
                terms=problem.terms,
                blocks=tuple(sorted(keys)),
            )
            for problem, keys in self.missing.values()
        ]

    def _item(self, component: Component, key: Key) -> ItemCode | None:
        line = component.line
        if component.role != "sales" or line is None:
            return None
        item = self.rules.item_for(line)
        if item is None:
            message = f"No sales account is mapped for “{component.title}”."
            self._miss("UNMAPPED_ITEM", line.sku or line.title, message, key, _terms(line))
        return item

    def _role_unless_item(self, component: Component, key: Key) -> str:
        return "" if component.role == "sales" else self.untaxed(component.role, key).account

    def _with_tax(
        self, tax: TaxLine | None, account: str, item: ItemCode | None, key: Key
    ) -> Coding:
        item_code = item.item_code if item else ""
        code = self.rules.tax_for(tax) if tax else None
        if tax is None or code is None:
            if tax is not None:
                self._no_tax(tax, key)
            return Coding(account=account, item_code=item_code)
        tariff = (item.tariff_code if item else "") or code.tariff_code
        if code.code.startswith(self.rules.ledger.tariff_prefixes or ("\0",)) and not tariff:
            message = f"Tax code {code.code} needs a tariff code in {self.rules.ledger.name}."
            self._miss("UNMAPPED_TARIFF", code.code, message, key)
        return Coding(
            account=account,
            tax_code=code.code,
            tax_rate=canonical_rate(tax.rate),
            tariff_code=tariff,
            item_code=item_code,
        )

    def _no_tax(self, tax: TaxLine, key: Key) -> None:
        rate = canonical_rate(tax.rate)
        message = f"No tax code is mapped for “{tax.title}” at {canonical_rate(rate * 100):f} %."
        terms = (
            ("title", tax.title),
            ("rate", f"{rate:f}"),
            ("channel_liable", str(tax.channel_liable).lower()),
        )
        self._miss("UNMAPPED_TAX", f"{tax.title} {rate:f}", message, key, terms)

    def _no_role(self, role: str, key: Key) -> str:
        self._miss("UNMAPPED_ACCOUNT", role, f"No account is set for {role}.", key)
        return ""

    def _miss(
        self,
        code: str,
        subject: str,
        message: str,
        key: Key,
        terms: tuple[tuple[str, str], ...] = (),
    ) -> None:
        problem = Problem(code=code, subject=subject, message=message, terms=terms)
        self.missing.setdefault((code, subject), (problem, set()))[1].add(key)


def _as_sealed(line: DocumentLine) -> Coding:
    return Coding(
        account=line.account,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        tariff_code=line.tariff_code,
        item_code=line.item_code,
    )


def _terms(line: Line) -> tuple[tuple[str, str], ...]:
    """What a product mapping could match on."""
    return (
        ("title", line.title),
        ("sku", line.sku),
        ("variant", str(line.variant_id or "")),
        ("product", str(line.product_id or "")),
        ("vendor", line.vendor),
    )
