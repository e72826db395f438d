"""From components to the codes of the books, collecting everything that has no code.

Codes are read when a document is planned and frozen when it is sealed: whatever corrects a sealed
invoice uses the invoice's own codes, also when the mapping has changed since (treatment 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from accounting.documents.components import Component, Tax
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind, Problem
from accounting.documents.rules import (
    ItemCode,
    Rules,
    TaxCode,
    canonical_rate,
    gateway_key,
    gateway_matches,
    item_matches,
    tax_identity,
    tax_set_identity,
)
from accounting.facts import Line, TaxLine, Transaction

# Gateways that draw down what the shop owes its customers, unless the merchant says otherwise.
LIABILITY_GATEWAYS = {"giftcard": "gift_card", "shopifystorecredit": "store_credit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """Codes of one document line; empty strings where nobody said. `rule` says what gave them."""

    account: str
    tax_code: str = ""
    tax_rate: Decimal | None = None
    tariff_code: str = ""
    item_code: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSplit:
    """Where each tax of a component goes, by its place among them: onto the line itself, onto a
    line of its own, or to what the sales channel owes (4.3, row 46)."""

    main: tuple[int, ...] = ()
    apart: tuple[tuple[int, Coding], ...] = ()
    channel: tuple[int, ...] = ()

    def on_line(self, amounts: Sequence[Decimal]) -> Decimal:
        return sum((amounts[i] for i in self.main), ZERO)

    def of_channel(self, amounts: Sequence[Decimal]) -> Decimal:
        return sum((amounts[i] for i in self.channel), ZERO)


@dataclass(slots=True)
class Codes:
    """Look-ups for one order. What is missing is remembered with the documents that need it."""

    rules: Rules
    frozen: dict[tuple[str, int], DocumentLine] = field(default_factory=dict)
    frozen_apart: dict[tuple[int, Decimal | None], DocumentLine] = field(default_factory=dict)
    missing: dict[tuple[str, str], tuple[Problem, set[Key]]] = field(default_factory=dict)

    def freeze(self, documents: Iterable[Document]) -> None:
        """Let invoices decide the codes of what adds to them or corrects them."""
        for document in documents:
            for line in document.lines if document.kind is Kind.INVOICE else ():
                if line.role == "tax_only":
                    self.frozen_apart.setdefault((line.source_id, line.tax_rate), line)
                first = self.frozen.setdefault((line.role, line.source_id), line)
                if line.tax_rate and _is_untaxed(first):
                    self.frozen[line.role, line.source_id] = line  # an edit made it taxable

    # --- accounts ----------------------------------------------------------------------------

    def sale(self, component: Component, key: Key) -> Coding:
        """Codes of an invoice line."""
        line = self.frozen.get(component.key)
        if line is not None and not _is_taxed_otherwise(component, line):
            return _as_sealed(line)
        if line is not None:
            bare = replace(_as_sealed(line), tax_code="", tax_rate=None)
            item = self.rules.item_for(component.line) if component.line else None
            return self._with_tax(component, bare, item, key)
        item, rule = self._item(component, key)
        account = item.account if item else self._role_unless_item(component, key)
        coding = Coding(account=account, item_code=item.item_code if item else "", rule=rule)
        return self._with_tax(component, coding, item, key)

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
        return replace(original, account=returns or original.account)

    def untaxed(self, role: str, key: Key, *, fallback: str = "") -> Coding:
        """An account role without tax."""
        account = self.rules.account_for(role) or fallback or self._no_role(role, key)
        return Coding(account=account, rule=f"account of {role}")

    def gateway(self, transaction: Transaction, key: Key) -> tuple[str, str]:
        """The account money moves through and the rule that gave it; gift cards and store credit
        draw their liability."""
        name = transaction.gateway
        brand, location = transaction.card_brand, transaction.location_id
        for match in gateway_matches(name, brand, location):
            if match in self.rules.gateways:
                return self.rules.gateways[match].account, f"gateway mapping {match}"
        role = LIABILITY_GATEWAYS.get(gateway_key(name), "")
        account = self.rules.account_for(role)
        if not account:
            message = (
                f"No account is mapped for payments through “{name or 'no name'}”. Map it to a "
                "payment method or clearing account."
            )
            self._miss("UNMAPPED_GATEWAY", name, message, key)
        return account or "", f"account of {role}" if account else ""

    def no_debtor(self, currency: str, key: Key) -> None:
        message = f"No customer code is set for online sales in {currency}. Set it in the settings."
        self._miss("UNMAPPED_DEBTOR", currency, message, key)

    def problems(self) -> list[Problem]:
        """Everything missing, each with the documents that wait for it."""
        return [
            replace(problem, blocks=tuple(sorted(keys))) for problem, keys in self.missing.values()
        ]

    # --- taxes -------------------------------------------------------------------------------

    def tax_split(self, component: Component, key: Key) -> TaxSplit:
        """Where the component's taxes go. Several that are not mapped together: the largest stays
        on the line, each other becomes a line of its own."""
        own = [i for i, tax in enumerate(component.taxes) if not tax.line.channel_liable]
        channel = tuple(i for i in range(len(component.taxes)) if i not in own)
        counting = [i for i in own if component.taxes[i].line.rate or component.taxes[i].amount]
        own = counting or own[:1]  # a rate of 0 beside others is ignored
        if len(own) < 2 or self._goes_together(component, own):
            return TaxSplit(main=tuple(own), channel=channel)
        largest, *others = sorted(own, key=lambda i: self._rank(component, component.taxes[i]))
        apart = tuple((i, self._apart(component, component.taxes[i], key)) for i in others)
        return TaxSplit(main=(largest,), apart=apart, channel=channel)

    def _goes_together(self, component: Component, own: Sequence[int]) -> bool:
        """Whether all taxes share the line: as they do on the invoice, else as they are mapped."""
        line = self.frozen.get(component.key)
        if line is not None and line.tax_rate is not None:
            return line.tax_rate == _sum_of_rates(component, own)
        return self._set_code(component, own) is not None

    def _rank(self, component: Component, tax: Tax) -> tuple[bool, Decimal, Decimal, object]:
        """The tax that the invoice has on the line first, then the largest."""
        line = self.frozen.get(component.key)
        there = line is not None and line.tax_rate == canonical_rate(tax.line.rate)
        return (not there, -tax.amount, -tax.line.rate, tax_identity(tax.line))

    def _set_code(self, component: Component, own: Sequence[int]) -> TaxCode | None:
        identities = [tax_identity(component.taxes[i].line) for i in own]
        return self.rules.taxes.get(tax_set_identity(identities))

    def _apart(self, component: Component, tax: Tax, key: Key) -> Coding:
        """A tax-only line: on the account of its code, without a code of its own. Its rate says
        which tax it is."""
        rate = canonical_rate(tax.line.rate)
        line = self.frozen_apart.get((component.source_id, rate))
        if line is not None:
            return _as_sealed(line)
        code = self.rules.tax_for(tax.line)
        if code is None:
            self._no_tax(tax.line, key)
            return Coding(account="")
        coding = self.untaxed(f"tax:{code.code}", key)
        return replace(coding, tax_rate=rate, rule=f"account of tax code {code.code}")

    def _with_tax(
        self, component: Component, coding: Coding, item: ItemCode | None, key: Key
    ) -> Coding:
        split = self.tax_split(component, key)
        if not split.main:
            return coding
        taxes = [component.taxes[i].line for i in split.main]
        code = self.rules.tax_for(taxes[0])
        rate = _sum_of_rates(component, split.main)
        if len(taxes) > 1:
            code = self._set_code(component, split.main)
        if code is None:
            self._no_tax(taxes[0], key)
            return coding
        tariff = (item.tariff_code if item else "") or code.tariff_code
        self._check_tariff(code, tariff, key)
        titles = " + ".join(tax.title for tax in taxes)
        return replace(
            coding,
            tax_code=code.code,
            tax_rate=rate,
            tariff_code=tariff,
            rule=f"{coding.rule}; tax mapping {titles} {rate:f}",
        )

    def _check_tariff(self, code: TaxCode, tariff: str, key: Key) -> None:
        prefixes = self.rules.ledger.tariff_prefixes
        if prefixes and code.code.startswith(prefixes) and not tariff:
            message = (
                f"Tax code {code.code} needs a tariff code in {self.rules.ledger.name}. Set it on "
                "the product's or the tax's mapping."
            )
            self._miss("UNMAPPED_TARIFF", code.code, message, key)

    # --- what is missing ---------------------------------------------------------------------

    def _item(self, component: Component, key: Key) -> tuple[ItemCode | None, str]:
        line = component.line
        if component.role != "sales" or line is None:
            return None, f"account of {component.role}"
        for match, value in item_matches(line):
            if code := self.rules.items.get((match, value)):
                return code, f"product mapping {match} {value}".strip()
        message = (
            f"No sales account is mapped for “{component.title}”. Map the product, its vendor or "
            "the default."
        )
        self._miss("UNMAPPED_ITEM", line.sku or line.title, message, key, _terms(line))
        return None, ""

    def _role_unless_item(self, component: Component, key: Key) -> str:
        return "" if component.role == "sales" else self.untaxed(component.role, key).account

    def _no_tax(self, tax: TaxLine, key: Key) -> None:
        rate = canonical_rate(tax.rate)
        message = (
            f"No tax code is mapped for “{tax.title}” at {canonical_rate(rate * 100):f} %. Map it "
            "to a tax code of your books."
        )
        terms = (
            ("title", tax.title),
            ("rate", f"{rate:f}"),
            ("channel_liable", str(tax.channel_liable).lower()),
        )
        self._miss("UNMAPPED_TAX", f"{tax.title} {rate:f}", message, key, terms)

    def _no_role(self, role: str, key: Key) -> str:
        self._miss(
            "UNMAPPED_ACCOUNT",
            role,
            f"No account is set for {role}. Set it under account roles.",
            key,
        )
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


def _sum_of_rates(component: Component, places: Sequence[int]) -> Decimal:
    return canonical_rate(sum((component.taxes[i].line.rate for i in places), ZERO))


def _as_sealed(line: DocumentLine) -> Coding:
    return Coding(
        account=line.account,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        tariff_code=line.tariff_code,
        item_code=line.item_code,
        rule=line.why.code,
    )


def _is_taxed_otherwise(component: Component, line: DocumentLine) -> bool:
    """Whether an edit has put a tax on a line that was invoiced without any."""
    own = [tax for tax in component.taxes if tax.amount and not tax.line.channel_liable]
    return bool(own) and _is_untaxed(line)


def _is_untaxed(line: DocumentLine) -> bool:
    """Without a tax, or zero-rated."""
    return not line.tax_code or line.tax_rate == 0


def _terms(line: Line) -> tuple[tuple[str, str], ...]:
    """What a product mapping could match on."""
    return (
        ("title", line.title),
        ("sku", line.sku),
        ("variant", str(line.variant_id or "")),
        ("product", str(line.product_id or "")),
        ("vendor", line.vendor),
    )
