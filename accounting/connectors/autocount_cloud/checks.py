"""The connection check: harmless reads, and what a merchant should do about what they show.

Every permission that can be tried by reading is tried. Writing cannot be tried harmlessly, and tax
codes, credit terms and fiscal years cannot be read (contract autocount-cloud 1, 2): the check says
so instead of passing over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from accounting.connectors.autocount_cloud import codes, company, replies
from accounting.connectors.autocount_cloud.calls import Calls
from accounting.connectors.autocount_cloud.lookup import LookUp
from accounting.connectors.autocount_cloud.options import Options
from accounting.connectors.base import Code, CodeList, Finding, Health, Misconfigured, Unavailable
from accounting.documents.document import Kind

T = TypeVar("T")

LISTED = {
    Kind.INVOICE: "Invoices",
    Kind.CREDIT_NOTE: "Credit notes",
    Kind.PAYMENT: "Receipts",
    Kind.REFUND: "Payment vouchers",
    Kind.ALLOCATION: "Knock-off entries",
}
ROUNDED = (Kind.INVOICE, Kind.CREDIT_NOTE)
SHOWN = 5  # codes named in a sentence

ADVICE = {
    "key": "Put it right under Settings › API Keys in AutoCount Cloud, then check again.",
    "endpoint": "Tell the operator of Lejar: the address of AutoCount Cloud may have changed.",
    "company": "Copy the Account Book Id again, under Connection.",
}
WAIT = "Check again in a minute."
EXACTLY = "Write it exactly as AutoCount Cloud does, dots and capitals too, or create it there."

UNREADABLE = (
    Finding(
        subject="Permission to write",
        status="warning",
        message="Only writing shows whether the key may create documents.",
        advice="Tick CreateRecord for Debtor, Invoice, CreditNote, Payment and KnockOffEntry.",
    ),
    Finding(
        subject="Tax codes and credit terms",
        status="warning",
        message="AutoCount Cloud does not list them; a wrong one shows when a document is refused.",
        advice="Compare every tax code, its rate, and the credit term with the account book.",
    ),
    Finding(
        subject="Tax rounding",
        status="warning",
        message="AutoCount Cloud computes tax by itself and does not say how it rounds.",
        advice="Compare the rounding in its tax settings with the settings of this connection.",
    ),
    Finding(
        subject="Fiscal year",
        status="warning",
        message="AutoCount Cloud does not say which fiscal years are open.",
        advice="Keep the fiscal year of your start date open, and say in the settings up to which "
        "day your books are closed.",
    ),
)


def run(calls: Calls, options: Options, *, debtors: tuple[str, ...], today: date) -> Health:
    """All findings. Stops where the key or the address is wrong: nothing else would be new."""
    check = _Check(calls, options, today)
    found = check.tried("Connection", lambda: company.read(calls, options.company_path))
    if found is None:
        return Health(findings=tuple(check.findings))
    check.name(found)
    check.location()
    for code in debtors:
        check.debtor(code)
    if not debtors:
        check.say("Cash debtor", "warning", "No cash debtor is chosen yet.")
    check.methods()
    check.department()
    check.lists()
    check.open_items(debtors)
    findings = (*check.findings, *UNREADABLE)
    return Health(findings=findings, fingerprint=found.fingerprint)


@dataclass
class _Check:
    calls: Calls
    options: Options
    today: date
    findings: list[Finding] = field(default_factory=list)

    def say(self, subject: str, status: str, message: str, advice: str = "") -> None:
        self.findings.append(
            Finding(subject=subject, status=status, message=message, advice=advice)
        )

    def tried(self, subject: str, read: Callable[[], T], *, missing: str = "failed") -> T | None:
        """What `read` gives; None, and a finding, when it fails. `missing` is the finding's status
        when it is the permission or the endpoint that is missing."""
        try:
            return read()
        except Misconfigured as error:
            self.say(subject, missing, str(error), ADVICE.get(error.hint, ""))
        except Unavailable as error:
            self.say(subject, "failed", str(error), WAIT)
        return None

    def name(self, found: company.Company) -> None:
        if found.fingerprint:
            self.say("Company", "ok", f"These are the books of {found.fingerprint}.")
            return
        message = "AutoCount Cloud does not say whose books these are."
        if not found.offered:
            message = "AutoCount Cloud offers no company profile, so it does not say whose books "
            message += "these are."
        self.say("Company", "warning", message, "Make sure that the Account Book Id is right.")

    def location(self) -> None:
        known = self._codes("Sales location", CodeList.LOCATIONS)
        if known is not None:
            self._among("Sales location", self.options.sales_location, known)

    def department(self) -> None:
        if not self.options.department:
            return
        known = self._codes("Department", CodeList.PROJECTS, missing="warning")
        if known is not None:
            self._among("Department", self.options.department, known)

    def debtor(self, code: str) -> None:
        subject = f"Cash debtor {code}"
        found = self.tried(subject, lambda: (LookUp(self.calls).debtor_row(code),))
        if found is None:
            return
        row = found[0]
        if row is None:
            advice = "Create it there, or choose another under Settings."
            self.say(subject, "failed", "It is not in these books.", advice)
        elif row.get("isActive") is not None and not replies.is_true(row["isActive"]):
            self.say(subject, "failed", "It is not active.", "Make it active in AutoCount Cloud.")
        else:
            self.say(subject, "ok", f"Found: {code} {replies.word(row, 'companyName')}")
            self._term(code, replies.word(row, "creditTerm"))

    def methods(self) -> None:
        """Each with the account its money goes to, so that a wrong one is seen."""
        known = self._codes("Payment methods", CodeList.PAYMENT_METHODS)
        if known is None:
            return
        if not known:
            advice = "Create one for each gateway, on a clearing account of its own."
            self.say("Payment methods", "failed", "There is no active payment method.", advice)
            return
        shown = [f"{method.code} → {method.detail.get('account', '?')}" for method in known]
        self.say("Payment methods", "ok", _few(shown))

    def lists(self) -> None:
        """Reading back and reconciling need every list; picking codes can do without."""
        for kind, spoken in LISTED.items():
            found = self.tried(spoken, partial(LookUp(self.calls).page, kind, 1))
            if found is not None:
                self.say(spoken, "ok", "They can be read.")
                if kind in ROUNDED:
                    self._rounding(spoken, found.rows)
        for wanted, spoken in ((CodeList.ACCOUNTS, "Accounts"), (CodeList.ITEMS, "Products")):
            if self._first(spoken, wanted) is not None:
                self.say(spoken, "ok", "They can be read.")

    def open_items(self, debtors: Sequence[str]) -> None:
        if not debtors:
            return
        read = partial(LookUp(self.calls).open_items, debtors[0], self.today)
        found = self.tried("Open items", read)
        if found is not None:
            self.say("Open items", "ok", f"{debtors[0]} has {len(found)} open items.")

    def _rounding(self, spoken: str, rows: Sequence[replies.Row]) -> None:
        """What the books did to earlier documents, they will do to ours."""
        rounded = [row for row in map(replies.inner, rows) if replies.money(row.get("roundAdj"))]
        if rounded:
            number = replies.word(rounded[0], "docNo")
            self.say(
                f"5-sen rounding of {spoken.lower()}",
                "warning",
                f"AutoCount Cloud rounded {number} to 5 sen.",
                "Make sure that 5-sen rounding is not Enforced for them.",
            )

    def _term(self, debtor: str, term: str) -> None:
        wanted = self.options.credit_term
        if term and term != wanted:
            message = f"Its credit term is {term}; documents will say {wanted}."
            self.say(f"Credit term of {debtor}", "warning", message, EXACTLY)

    def _among(self, subject: str, wanted: str, known: list[Code]) -> None:
        names = [code.code for code in known]
        if wanted in names:
            self.say(subject, "ok", f"Found: {wanted}")
        else:
            message = f"{wanted} is not in these books, which have {_few(names) or 'none'}."
            self.say(subject, "failed", message, EXACTLY)

    def _codes(
        self, subject: str, wanted: CodeList, *, missing: str = "failed"
    ) -> list[Code] | None:
        def read() -> list[Code]:
            found: Iterator[Code] | None = codes.read(self.calls, wanted)
            if found is None:
                raise Misconfigured(f"AutoCount Cloud lists no {wanted.value}", hint="")
            return list(found)

        return self.tried(subject, read, missing=missing)

    def _first(self, subject: str, wanted: CodeList) -> bool | None:
        """Whether a list can be read at all, by its first page."""
        return self.tried(
            subject, lambda: codes.read(self.calls, wanted) is not None, missing="warning"
        )


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
