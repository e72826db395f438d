"""The connection check: harmless reads that tell what this key can do (contract 3, 11.1 and 12).

Nothing is written, no test document is made. The findings are sentences for the merchant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from accounting.connectors.base import (
    Finding,
    Health,
    Misconfigured,
    Rejected,
    Throttled,
    Unavailable,
)
from accounting.connectors.sql_account_api import proofs, replies, signing
from accounting.connectors.sql_account_api.api import Api
from accounting.connectors.sql_account_api.calls import Calls, Probe
from accounting.connectors.sql_account_api.lookups import Lookups
from accounting.connectors.sql_account_api.masters import Masters
from accounting.connectors.sql_account_api.setup import Setup

ABSENT_NUMBER = "LEJAR-PROBE-0000"
VERSION = re.compile(r"(?<!\d)\d{1,9}(?:\.\d{1,9}){2,5}")
OFFLINE = (
    "See that the server of SQL Account is on, its API Service is started and port 443 is "
    "forwarded to it. Orders keep queuing."
)
RECORDS = {
    "salesinvoice": "sales invoices",
    "salescreditnote": "sales credit notes",
    "salesdebitnote": "sales debit notes",
    "customerpayment": "customer payments",
    "customerrefund": "customer refunds",
    "customercreditnote": "customer credit notes",
}
UPDATE = "Update SQL Account, and see that the module is switched on for this company."
RIGHTS = "Give the API user the right to it under Tools, Maintain User, then check again."


def run(api: Api, setup: Setup, calls: Calls, lookups: Lookups, debtors: tuple[str, ...]) -> Health:
    """Everything the reads show. Stops at the first answer that makes the rest pointless."""
    check = _Check(api, setup, calls, lookups)
    try:
        check.everything(debtors)
    except Misconfigured as error:
        check.say("Connection", "failed", str(error), RIGHTS if error.hint == "key" else "")
    except Throttled as error:
        check.say("Connection", "failed", str(error), "Check again in some minutes.")
    except Unavailable as error:
        check.say("Connection", "failed", str(error), OFFLINE)
    return Health(
        findings=tuple(check.findings), fingerprint=check.fingerprint, settings=check.settings
    )


@dataclass
class _Check:
    api: Api
    setup: Setup
    calls: Calls
    lookups: Lookups
    findings: list[Finding] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    def everything(self, debtors: tuple[str, ...]) -> None:
        """Raises Throttled, and Unavailable or Misconfigured while all reads would meet it."""
        if not self.reach():
            return
        self.fingerprint = self.company()
        self.records()
        masters = Masters(self.api, self.setup, self.lookups, self.say)
        masters.debtors(debtors)
        masters.chosen()
        masters.lists()
        masters.rounding()

    def say(self, subject: str, status: str, message: str, advice: str = "") -> None:
        self.findings.append(
            Finding(subject=subject, status=status, message=message, advice=advice)
        )

    # --- key and company ---------------------------------------------------------------------

    def reach(self) -> bool:
        """Whether the key is let in, by the kept signature or else by the other one, which is then
        kept (contract 3). Raises Unavailable or Misconfigured."""
        probe = self.calls.probe("/version")
        if not probe.let_in:
            self.calls.variant = signing.other(self.setup.variant)
            probe = self.calls.probe("/version")
        if not probe.let_in:
            self._refused(probe)
            return False
        if self.calls.variant != self.setup.variant:
            self.settings |= self.calls.variant.settings()
            region = self.calls.variant.region
            self.say("Signature", "ok", f"SQL Account takes the signature for region {region}.")
        self._version(probe.text)
        return True

    def _refused(self, probe: Probe) -> None:
        if abs(probe.ahead) > self.api.clock_seconds:
            minutes = round(abs(probe.ahead) / 60)
            message = f"The clocks of Lejar and SQL Account differ by {minutes} minutes."
            self.say("Clock", "failed", message, "Set the clock of the server right.")
            return
        advice = (
            "Paste access key and secret key again, both from the same API Secret Key. If it was "
            "revoked, make a new one under Tools, Maintain User, More."
        )
        self.say("API secret key", "failed", "SQL Account refuses this key.", advice)

    def _version(self, text: str) -> None:
        found = VERSION.search(text)
        if found is None:
            self.say("Connection", "ok", "SQL Account answers.")
        elif _parts(found.group()) < _parts(self.api.minimum_version):
            message = f"SQL Account is version {found.group()}; its API needs a newer one."
            advice = f"Update SQL Account to {self.api.minimum_version} or newer."
            self.say("Version", "failed", message, advice)
        else:
            self.say("Connection", "ok", f"SQL Account {found.group()} answers.")

    def company(self) -> str:
        """Its fingerprint, "" where the profile tells nothing. Raises Unavailable or
        Misconfigured."""
        shown = self.lookups.page("profile", {})
        found = proofs.fingerprint(self.api, shown[0]) if shown else ""
        if found:
            remark = replies.first_word(shown[0], self.api.profile["remark"])
            self.say("Company", "ok", f"These books are {found}. {remark}".strip())
        else:
            message = "SQL Account does not say which company this is."
            advice = "See for yourself that the key was made in the right company file."
            self.say("Company", "warning", message, advice)
        return found

    # --- what can be written -----------------------------------------------------------------

    def records(self) -> None:
        """Each kind of document can be read and looked up by number."""
        wanted = {*self.setup.resources.values(), "customercreditnote"} - {"customer"}
        for resource in sorted(wanted):
            self._records(resource)
        try:
            shown = self.lookups.is_listed("customerinvoice")
        except Throttled:
            raise
        except Unavailable:
            return
        if shown != self.setup.customer_invoices:
            self.settings["customer_invoices"] = str(shown).lower()

    def _records(self, resource: str) -> None:
        spoken = RECORDS[resource]
        subject = spoken.capitalize()
        try:
            offered = self.lookups.is_offered(resource, "docno", ABSENT_NUMBER)
        except Throttled:
            raise
        except (Unavailable, Rejected) as error:
            self.say(subject, "failed", str(error))
        except Misconfigured as error:
            self.say(subject, "failed", str(error), RIGHTS if error.hint == "key" else UPDATE)
        else:
            if offered:
                self.say(subject, "ok", f"{subject} are found by number.")
            else:
                self.say(subject, "failed", f"SQL Account offers no {spoken} here.", UPDATE)


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
