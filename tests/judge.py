"""Beancount as an independent judge: it reads a journal, adds it up itself, and says what is wrong.

Nothing here knows how a document becomes postings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from beancount import loader
from beancount.core import data, realization
from beancount.ops.validation import HARDCORE_VALIDATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`errors` are Beancount's sentences, `entries` what it read."""

    errors: tuple[str, ...]
    entries: Sequence[Any]

    @property
    def transactions(self) -> list[data.Transaction]:
        return [entry for entry in self.entries if isinstance(entry, data.Transaction)]

    @property
    def asserted(self) -> list[data.Balance]:
        return [entry for entry in self.entries if isinstance(entry, data.Balance)]

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """(account, currency) -> debit less credit, as Beancount adds it up; zeros left out."""
        # Beancount is typed only in part.
        root = realization.realize(self.entries)  # type: ignore[no-untyped-call]  # see above
        accounts = realization.iter_children(root)  # type: ignore[no-untyped-call]  # see above
        return {
            (real.account, position.units.currency): position.units.number
            for real in accounts
            for position in real.balance
        }

    def codes(self) -> dict[str, str]:
        """Account -> the code in the books that it stands for."""
        opened = (entry for entry in self.entries if isinstance(entry, data.Open))
        return {entry.account: entry.meta["code"] for entry in opened if "code" in entry.meta}

    def posted(self, number: str) -> dict[str, Decimal]:
        """Account -> amount of the one document of that number; zeros left out."""
        (found,) = (each for each in self.transactions if each.meta["number"] == number)
        sums: dict[str, Decimal] = {}
        for posting in found.postings:
            assert posting.units is not None
            assert isinstance(posting.units.number, Decimal)
            before = sums.get(posting.account, Decimal(0))
            sums[posting.account] = before + posting.units.number
        return {account: amount for account, amount in sums.items() if amount}


def judge(text: str) -> Verdict:
    """What Beancount makes of the journal, as strict as it can be (as `bean-check` is)."""
    entries, errors, _ = loader.load_string(text, extra_validations=HARDCORE_VALIDATIONS)
    return Verdict(errors=tuple(error.message for error in errors), entries=entries)
