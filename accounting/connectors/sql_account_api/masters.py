"""What the connection check says about the records that documents will name: debtors, items,
methods, taxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from accounting.connectors.base import Misconfigured, Rejected, Throttled, Unavailable
from accounting.connectors.sql_account_api import proofs, replies
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.lookups import Lookups, is_active
from accounting.connectors.sql_account_api.setup import Setup

CREATE = "Create it in SQL Account, or choose another in the settings."
# Resource, what it is called, how bad it is when there is none, and what to do.
NEEDED = (
    (
        "pmmethod",
        "Payment methods",
        "failed",
        "Create one for each gateway under Tools, Maintain Payment Method.",
    ),
    ("tax", "Tax codes", "warning", "Start the tax module if this company charges tax."),
)


class Say(Protocol):
    def __call__(self, subject: str, status: str, message: str, advice: str = "") -> None:
        """Adds a finding."""


@dataclass(frozen=True, slots=True)
class Masters:
    api: Api
    setup: Setup
    lookups: Lookups
    say: Say

    def debtors(self, codes: tuple[str, ...]) -> None:
        if not codes:
            self.say("Cash debtor", "warning", "No cash debtor is chosen yet.")
        for code in codes:
            self._master(f"Cash debtor {code}", partial(self._debtor, code))

    def _debtor(self, code: str) -> str:
        row = self.lookups.customer(code)
        if row is None:
            return "It is not in these books."
        return "" if is_active(row.get("status")) else "It is not active in these books."

    def chosen(self) -> None:
        """The codes that the settings name."""
        named = {
            "terms": self.setup.terms,
            "area": self.setup.area,
            "agent": self.setup.agent,
            "location": self.setup.location,
        }
        for resource, code in named.items():
            if code:
                self._master(f"{resource.capitalize()} {code}", partial(self._code, resource, code))
        for code in sorted({code for code in self.setup.items.values() if code}):
            self._master(f"Item {code}", partial(self._item, code))
        if not self.setup.items.get("item_goods"):
            message = "No item is chosen for goods that have none of their own."
            self.say("Item for goods", "failed", message, "Choose one in the settings.")

    def _master(self, subject: str, ask: Callable[[], str]) -> None:
        """One record: `ask` says what is wrong with it, "" for nothing."""
        try:
            wrong = ask()
        except Throttled:
            raise
        except (Unavailable, Rejected, Misconfigured) as error:
            self.say(subject, "failed", str(error))
            return
        if wrong:
            self.say(subject, "failed", wrong, CREATE)
        else:
            self.say(subject, "ok", "Found.")

    def _code(self, resource: str, code: str) -> str:
        return "" if self.lookups.one(resource, "code", code) else "It is not in these books."

    def _item(self, code: str) -> str:
        """It is there, in use, and has the unit documents are written with."""
        header = self.lookups.one("stockitem", "code", code)
        if header is None:
            return "It is not in these books."
        if not is_active(header.get("isactive")):
            return "It is not active in these books."
        row = self.lookups.detail("stockitem", header)
        inside = replies.inside(row, self.api.unit_rows["key"])
        units = [replies.word(one, self.api.unit_rows["unit"]) for one in inside]
        if self.setup.uom and units and self.setup.uom not in units:
            return f"It has no unit {self.setup.uom}, only {', '.join(units)}."
        return ""

    def lists(self) -> None:
        """Methods and taxes that a shop's must be mapped to."""
        for resource, subject, status, advice in NEEDED:
            try:
                if not self.lookups.page(resource, {"offset": "0"}):
                    self.say(subject, status, "There are none in these books.", advice)
            except Throttled:
                raise
            except (Unavailable, Misconfigured) as error:
                self.say(subject, "warning", str(error), "Type codes in by hand when mapping.")

    def rounding(self) -> None:
        """The options that make the books round cannot be read; the item of one of them can."""
        self.say("Please confirm", "warning", "SQL Account may round by itself.", proofs.ROUNDING)
        try:
            found = self.lookups.one("stockitem", "code", self.api.rounding_item)
        except Throttled:
            raise
        except (Unavailable, Rejected, Misconfigured):
            return
        if found is not None:
            message = f"The item {self.api.rounding_item} is there: 5 Cents Rounding may be on."
            self.say("Rounding", "warning", message, proofs.ROUNDING)
