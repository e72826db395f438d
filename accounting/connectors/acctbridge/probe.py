"""The connection check: harmless reads that tell what this key can do (contract acctbridge 8).

Nothing is written, no test document is made. The findings are sentences for the merchant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from accounting.connectors.acctbridge import answers, replies
from accounting.connectors.acctbridge.calls import Calls
from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.acctbridge.replies import Listing, Row
from accounting.connectors.acctbridge.shapes import OWED, SALES, SPOKEN, SUBJECTS, Operation
from accounting.connectors.base import Finding, Health, Misconfigured, Unavailable

KEY_PREFIX = "lb_live_"
ABSENT_NUMBER = "LEJAR-PROBE-0000"
ABSENT_CODE = "LEJARPROBE"
FINGERPRINT_LENGTH = 200
SHOWN_CUSTOMERS = 3

MISSING = {
    "refund": (
        "Refund payouts cannot be posted through AcctBridge. Lejar posts the credit note; enter "
        "the customer refund yourself."
    ),
    "creditNote.knockoff": "Credit notes will not be matched to invoices.",
    "payment.knockoff": "Payments cannot be matched to invoices, so Lejar does not post them.",
    "debitNote.create": (
        "Debit notes cannot be posted through AcctBridge. Lejar holds what needs one, such as a "
        "gain on a payment in another currency."
    ),
    "customer.create": "Create customers in the accounting system.",
}


KEY_ADVICE = "Copy it from API Keys in AcctBridge; nothing comes before its first letters."
DEBTOR_ADVICE = "Create it there, or choose another under Settings."
NO_DEBTOR_ADVICE = "Choose the customer that stands for online sales under Settings."
FORBIDDEN_ADVICE = "Ask AcctBridge what this key may do, or paste a key that may."
LOOK_UP_ADVICE = "Ask AcctBridge to look documents up by their number."
CANDIDATE_ADVICE = "Ask AcctBridge which fields it takes; nothing is posted to it as it is."
UNVERIFIED_ADVICE = "Ask AcctBridge to confirm them before writing."
FIELD_ADVICE = "Ask AcctBridge to add it to its answers."
ROUNDING_ADVICE = (
    "Switch 5-sen rounding off in the accounting system: a document that is rounded there differs "
    "from the order and is held."
)


def run(profile: Profile, calls: Calls, key: str, debtors: tuple[str, ...]) -> Health:
    """Everything the reads show. Stops at the first answer that makes the rest pointless."""
    check = _Check(profile, calls)
    if not key.startswith(KEY_PREFIX):
        message = f"An AcctBridge key starts with {KEY_PREFIX}."
        check.say("API key", "failed", message, KEY_ADVICE)
        return Health(findings=tuple(check.findings))
    if not check.reach():
        return Health(findings=tuple(check.findings))
    fingerprint = check.identify(debtors)
    for operation in check.listed("list+filter"):
        check.look_up(operation)
    for operation in check.listed("list"):
        check.browse(operation)
    check.unprobed()
    for text in profile.acknowledge:
        check.say("Please confirm", "warning", text)
    return Health(findings=tuple(check.findings), fingerprint=fingerprint)


@dataclass
class _Check:
    profile: Profile
    calls: Calls
    findings: list[Finding] = field(default_factory=list)

    def say(self, subject: str, status: str, message: str, advice: str = "") -> None:
        self.findings.append(
            Finding(subject=subject, status=status, message=message, advice=advice)
        )

    def listed(self, how: str) -> list[Operation]:
        """The operations to probe that are not customers: those were read first."""
        found = self.profile.operations.values()
        return [one for one in found if one.probe == how and not one.name.startswith("customer.")]

    def reach(self) -> bool:
        """The customer list proves key, instance and base path, and shows whose books these are."""
        operation = self.profile.operations["customer.list"]
        try:
            customers = self._list(operation)
        except Misconfigured as error:
            self.say("Connection", "failed", self._base_path(error))
            return False
        except (Unavailable, answers.Absent) as error:
            self.say("Connection", "failed", str(error))
            return False
        shown = [self._customer(row) for row in customers.rows[:SHOWN_CUSTOMERS]]
        self.say("Connection", "ok", f"{self.profile.title} answers.")
        self.say("Company", "ok", "Customers in these books: " + ("; ".join(shown) or "none"))
        return True

    def identify(self, debtors: tuple[str, ...]) -> str:
        """Code and name of the first cash debtor there is: what tells one company file from
        another. All of them are looked up."""
        if not debtors:
            message = "No cash debtor is chosen yet."
            self.say("Cash debtor", "warning", message, NO_DEBTOR_ADVICE)
        names = [name for name in map(self._debtor, debtors) if name]
        return names[0][:FINGERPRINT_LENGTH] if names else ""

    def look_up(self, operation: Operation) -> None:
        """Steps 4 to 6: the list exists, the filter is honoured, a known document is found."""
        thing = operation.name.partition(".")[0]
        subject, spoken = _subject(operation), SPOKEN.get(thing, thing)
        listed = self._exists(operation)
        if listed is None:
            return
        if not self._filter_honoured(operation, ABSENT_NUMBER, listed):
            message = replies.cannot_look_up(thing)
            self.say(subject, self._grade(operation), message, LOOK_UP_ADVICE)
            return
        known = replies.word(listed.rows[0], self.profile.reply.number) if listed.rows else ""
        if known and not self._finds(operation, known):
            message = f"AcctBridge does not find {known} by its number."
            self.say(subject, "failed", message, LOOK_UP_ADVICE)
            return
        self.say(subject, "ok", f"AcctBridge finds {spoken} by number.")
        if listed.rows:
            self._fields(thing, listed.rows[0])
            self._rounded(thing, listed.rows)

    def browse(self, operation: Operation) -> None:
        """A list without a look-up: candidates are reported only when they answer."""
        if operation.need != "information":
            self._exists(operation)
            return
        try:
            self._list(operation)
        except (Misconfigured, Unavailable, answers.Absent):
            return  # absent or unreadable candidates are no news to the merchant
        message = f"AcctBridge also answers under {operation.path}."
        self.say("More endpoints", "ok", message, CANDIDATE_ADVICE)

    def unprobed(self) -> None:
        """Writes cannot be tried harmlessly; missing ones are known from the profile alone."""
        operations = self.profile.operations
        for name, message in MISSING.items():
            wanted = [name] if "." in name else [f"{name}.create", f"{name}.knockoff"]
            if not all(one in operations for one in wanted):
                self.say(SUBJECTS[name.partition(".")[0]], "warning", message)
        writes = [one for one in operations.values() if one.method == "POST"]
        assumed = [one.name for one in writes if one.status != "documented"]
        if assumed:
            self.say(
                "Endpoints not verified",
                "warning",
                "AcctBridge has not published these: " + ", ".join(assumed),
                UNVERIFIED_ADVICE,
            )

    def _debtor(self, code: str) -> str:
        operation = self.profile.operations["customer.find"]
        try:
            found = replies.listing(self.profile, self.calls.get(operation, {"code": code}))
        except answers.Absent:
            found = Listing((), 0)
        except (Misconfigured, Unavailable) as error:
            self.say(f"Cash debtor {code}", "failed", *self._said(operation, error))
            return ""
        rows = replies.matching(found.rows, self.profile.reply.customer_code, code)
        if not rows:
            message = "It is not in these books."
            self.say(f"Cash debtor {code}", "failed", message, DEBTOR_ADVICE)
            return ""
        name = self._customer(rows[0])
        self.say(f"Cash debtor {code}", "ok", f"Found: {name}")
        return name

    def _exists(self, operation: Operation) -> Listing | None:
        """Step 4; None, and a finding, when there is no usable list."""
        try:
            return self._list(operation)
        except answers.Absent:
            return Listing((), 0)
        except Misconfigured as error:
            self._missing(operation, error)
        except Unavailable as error:
            self.say(_subject(operation), self._grade(operation), f"Unclear: {error}")
        return None

    def _missing(self, operation: Operation, error: Misconfigured) -> None:
        thing = operation.name.partition(".")[0]
        message = MISSING.get(thing, "") if operation.need != "required" else ""
        said = (message,) if message else self._said(operation, error)
        self.say(_subject(operation), self._grade(operation), *said)

    def _said(self, operation: Operation, error: Misconfigured | Unavailable) -> tuple[str, ...]:
        """An error in words, with advice. The key is good, or the customers had not been read: what
        is forbidden after that is this one thing."""
        if getattr(error, "hint", "") != "instance":
            return (str(error),)
        message = f"The key is good, but may not read {_subject(operation).lower()}."
        return message, FORBIDDEN_ADVICE

    def _filter_honoured(self, operation: Operation, number: str, listed: Listing) -> bool:
        """Step 5. A list that is complete anyway needs no filter."""
        try:
            payload = self.calls.get(operation, {"docNo": number, "code": ABSENT_CODE})
            return replies.listing(self.profile, payload).proves_absence
        except answers.Absent:
            return True
        except (Misconfigured, Unavailable):
            return listed.complete

    def _finds(self, operation: Operation, number: str) -> bool:
        try:
            found = replies.listing(self.profile, self.calls.get(operation, {"docNo": number}))
        except (answers.Absent, Misconfigured, Unavailable):
            return False
        return len(replies.matching(found.rows, self.profile.reply.number, number)) == 1

    def _fields(self, thing: str, row: Row) -> None:
        """Step 6: which of the fields that prove a write are offered."""
        reply = self.profile.reply
        left = reply.open if thing in OWED else reply.unapplied or reply.applied
        if replies.money(row.get(left)) is None:
            message = f"These do not say {left}: knock-offs cannot be verified."
            self.say(SUBJECTS[thing], "warning", message, FIELD_ADVICE)

    def _rounded(self, thing: str, rows: tuple[Row, ...]) -> None:
        """Books that show a total before and after their own rounding tell that they round."""
        amounts = self.profile.reply.amount.get(thing, ())
        if thing not in SALES or len(amounts) < 2:
            return
        for row in rows:
            after, before = (replies.money(row.get(name)) for name in amounts[:2])
            if None not in (after, before) and after != before:
                number = replies.word(row, self.profile.reply.number)
                message = f"These books round on their own: {number} is {before}, then {after}."
                self.say("Rounding", "warning", message, ROUNDING_ADVICE)
                return

    def _grade(self, operation: Operation) -> str:
        return "failed" if operation.need == "required" else "warning"

    def _list(self, operation: Operation) -> Listing:
        return replies.listing(self.profile, self.calls.get(operation, {}, whole=True))

    def _customer(self, row: Row) -> str:
        reply = self.profile.reply
        return f"{replies.word(row, reply.customer_code)} {replies.word(row, reply.customer_name)}"

    def _base_path(self, error: Misconfigured) -> str:
        if error.hint != "endpoint":
            return str(error)
        return (
            f"AcctBridge does not offer {self.profile.product} under {self.profile.base_path}. "
            "Not available on this account; ask AcctBridge for the path."
        )


def _subject(operation: Operation) -> str:
    return SUBJECTS.get(operation.name.partition(".")[0], operation.name)
