"""What a plan leaves in the books, and what takes it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from accounting.documents.contra import take_back
from accounting.documents.document import Allocation, Document, Entry, Plan, Role
from accounting.documents.numbering import stem_for
from accounting.documents.rules import Rules
from accounting.facts import Facts

# Kinds by the side of the customer's account that they stand on.
OWED = ("invoice", "debit_note", "refund")


def documents_in(entries: Sequence[Entry]) -> list[Document]:
    return [entry for entry in entries if isinstance(entry, Document)]


def undone(facts: Facts, entries: Sequence[Entry], rules: Rules) -> Plan:
    """What takes these entries of the order back, all of them being in the books."""
    assert facts.latest is not None
    documents = documents_in(entries)
    first = next((each.number for each in documents if each.key.role is Role.INVOICE), "")
    made = [entry for entry in entries if isinstance(entry, Allocation)]
    stem = first or stem_for(rules.policy.prefix, facts.latest)
    return take_back(documents, made, rules, stem=stem)


def left_in_accounts(entries: Sequence[Entry]) -> dict[tuple[str, ...], Decimal]:
    """What is not zero, at home: worked out without the product's own journal."""
    sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for document in documents_in(entries):
        rate = document.rate or Decimal(1)
        sign = rate if document.kind.value in OWED else -rate
        sums["debtor", document.customer, document.currency] += sign * document.total
        if document.account:
            sums["account", document.account, document.currency] -= sign * document.total
        for line in document.lines:
            sums["account", line.account, document.currency] -= sign * line.net
            sums["tax", line.tax_code, document.currency] -= sign * line.tax
    return {name: amount for name, amount in sums.items() if amount}


def left_open(entries: Sequence[Entry]) -> dict[str, Decimal]:
    """What is not settled; asserts that no knock-off takes more than was open, and that each is one
    that ledgers make: money returned settles credits, other credits settle debits."""
    left = {document.number: document.total for document in documents_in(entries)}
    kinds = {document.number: document.kind.value for document in documents_in(entries)}
    for entry in entries:
        if isinstance(entry, Allocation):
            assert (entry.source_open, entry.target_open) == (
                left[entry.source],
                left[entry.target],
            )
            assert 0 < entry.amount <= min(left[entry.source], left[entry.target])
            assert (entry.source_kind.value, entry.target_kind.value) == (
                kinds[entry.source],
                kinds[entry.target],
            )
            assert kinds[entry.source] not in ("invoice", "debit_note")
            assert (kinds[entry.source] in OWED) != (kinds[entry.target] in OWED)
            left[entry.source] -= entry.amount
            left[entry.target] -= entry.amount
    return {number: amount for number, amount in left.items() if amount}
