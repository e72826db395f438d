"""SQL Accounting and AutoCount through the AcctBridge gateway, by one profile each.

HTTP requests per call: `identity` 1. `post` 1. `find` of a document by number or of a customer by
code 1, plus a scan of the list where the profile or the gateway has no such look-up, or answers
with other records only: that is the whole list, or another request's answer. `find` of an
allocation 1 while it has not been made, 2 once it has (the target is read too). The answer to a
write is a receipt where the profile says so and it states what is open on the document, which is
the books' own arithmetic.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from accounting.connectors.acctbridge import answers, probe, render, replies
from accounting.connectors.acctbridge.calls import Calls
from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.acctbridge.replies import Listing, Row
from accounting.connectors.acctbridge.shapes import OBJECTS, OWED, Operation
from accounting.connectors.base import (
    Code,
    CodeList,
    Health,
    Misconfigured,
    Page,
    Partial,
    Receipt,
    Rejected,
    Unavailable,
    made,
    open_differs,
)
from accounting.connectors.http import Client
from accounting.documents.document import Allocation, Debtor, Entry, Kind


class AcctBridge:
    """A `Connector` for one key, which opens one company file.

    The company keeps its books in `home_currency`. `debtors` are the customer codes the stores of
    this book sell to; `check` reads them. The company is told by one of them: by the one in
    `known`, the identity it was confirmed with, else by the first. `now` and `wait` are the seconds
    that deadlines and the pace of calls are kept by.
    """

    settling: frozenset[Kind] = frozenset()

    def __init__(
        self,
        profile: Profile,
        key: str,
        base_url: str,
        http: Client,
        *,
        home_currency: str,
        debtors: tuple[str, ...] = (),
        known: str = "",
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._profile = profile
        self._key = key
        self._home_currency = home_currency
        told_by = known.partition(" ")[0]
        self._debtors = tuple(sorted(debtors, key=lambda code: (code != told_by, code)))
        self._told_by = told_by or next(iter(self._debtors), "")
        self._calls = Calls(profile, key, base_url, http, now=now, wait=wait)
        self.kinds: frozenset[Kind] = profile.kinds
        self.looks_first: bool = not profile.unique_numbers
        self.call_seconds: float = self._calls.seconds
        self.profile: str = profile.label

    def identity(self) -> str:
        """Code and name of one cash debtor. Without any, the customer list shows at least that key,
        instance and base path are right."""
        self._calls.open_budget()
        if self._told_by:
            reply = self._profile.reply
            row = self._one("customer", reply.customer_code, self._told_by)
            name = replies.word(row, reply.customer_name) if row else "is missing"
            return f"{self._told_by} {name}"
        try:
            self._calls.get(self._profile.operations["customer.list"], {})
        except answers.Absent as error:
            raise Unavailable(str(error)) from None
        return ""

    def check(self) -> Health:
        """The probe of contract 8, within the deadline of one call."""
        self._calls.open_budget()
        return probe.run(self._profile, self._calls, self._key, self._debtors)

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        """Only customers are published, and of them as many as one answer shows."""
        if wanted is not CodeList.DEBTORS:
            return None
        self._calls.open_budget()
        return self._customers(self._whole(self._profile.operations["customer.list"]))

    def _customers(self, found: Listing) -> Iterator[Code]:
        reply = self._profile.reply
        for row in found.rows:
            if code := replies.word(row, reply.customer_code):
                yield Code(code=code, name=replies.word(row, reply.customer_name))
        if not found.complete:
            raise Partial("AcctBridge does not show all customers; the others are typed in.")

    def documents(self, kind: Kind, after: str = "") -> Page:
        """The one page there is: no way to ask for the rest is published."""
        thing = OBJECTS.get(kind, "")
        operations = self._profile.operations
        listed = operations.get(f"{thing}.list") or operations.get(f"{thing}.find")
        if listed is None or kind is Kind.CUSTOMER:
            raise Rejected(f"{self._profile.product} does not list a {kind.value}")
        self._calls.open_budget()
        found = self._whole(listed)
        receipts = tuple(replies.receipt(self._profile, thing, row) for row in found.rows)
        return Page(receipts=receipts, complete=found.complete)

    def _whole(self, operation: Operation) -> Listing:
        try:
            return replies.listing(self._profile, self._calls.get(operation, {}, whole=True))
        except answers.Absent:
            return Listing((), 0)

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        """See `Connector.find`. The state of an allocation is read from its source's open amount,
        because a knock-off has no number of its own."""
        self._calls.open_budget()
        if isinstance(entry, Allocation):
            return self._applied(entry, settled_further)
        if isinstance(entry, Debtor):
            return self._customer(entry.code)
        return self._look_up(entry.kind, entry.number)

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        """One write. Raises Rejected before anything is sent when the books could not take it."""
        self._calls.open_budget()
        operation = self._profile.operations.get(render.operation_for(entry))
        if operation is None:
            raise Rejected(f"{self._profile.product} has no way to post a {entry.kind.value}")
        body = render.body(self._profile, entry, self._home_currency)
        answer = self._calls.post(operation, body)
        return self._shown(entry, answer) if self._profile.reply.proves else None

    def _shown(self, entry: Entry, answer: Any) -> Receipt | None:
        """What the answer to a write proves, None when that is not enough."""
        if isinstance(entry, Debtor):
            return None
        kind, number = entry.kind, entry.number
        if isinstance(entry, Allocation):
            kind, number = entry.source_kind, entry.source
        try:
            shown = replies.written(self._profile, OBJECTS[kind], answer)
            if shown is None or not replies.same(shown.number, number):
                return None
            return None if isinstance(entry, Allocation) and not made(entry, shown) else shown
        except (Rejected, Unavailable):
            return None

    def _look_up(self, kind: Kind, number: str) -> Receipt | None:
        """The one document of this number, None when it is proved absent."""
        thing = OBJECTS[kind]
        row = self._one(thing, self._profile.reply.number, number)
        return None if row is None else replies.receipt(self._profile, thing, row)

    def _customer(self, code: str) -> Receipt | None:
        """The customer of this code: whoever created it, it is the one to write documents to."""
        row = self._one("customer", self._profile.reply.customer_code, code)
        return None if row is None else replies.customer_receipt(self._profile, row)

    def _one(self, thing: str, key: str, wanted: str) -> Row | None:
        """The only row that carries `wanted` under `key`, None when it is proved absent."""
        try:
            found = self._rows(thing, wanted)
        except answers.Absent:
            return None
        rows = replies.matching(found.rows, key, wanted)
        if len(rows) > 1:
            records = "customers" if thing == "customer" else "documents"
            raise Rejected(f"the books hold {len(rows)} {records} numbered {wanted}")
        if not rows and not found.proves_absence:
            raise Unavailable(replies.cannot_look_up(thing))
        return rows[0] if rows else None

    def _rows(self, thing: str, number: str) -> Listing:
        """By number where that is offered, else the whole list."""
        by_number = self._profile.operations.get(f"{thing}.find")
        whole = self._profile.operations.get(f"{thing}.list")
        if by_number is None and whole is None:
            raise Misconfigured(f"the profile has no look-up for {thing}", hint="endpoint")
        try:
            if by_number is not None:
                return self._filtered(by_number, thing, number)
        except Misconfigured as error:
            if whole is None or error.hint != "endpoint":
                raise
        assert whole is not None
        return self._listing(whole, number)

    def _filtered(self, operation: Operation, thing: str, number: str) -> Listing:
        """Rows none of which was asked for prove nothing, however complete they call themselves:
        then the list that is asked for as a whole has to."""
        found = self._listing(operation, number)
        reply = self._profile.reply
        key = reply.customer_code if thing == "customer" else reply.number
        if not found.complete or not found.rows or replies.matching(found.rows, key, number):
            return found
        return replies.listing(self._profile, self._calls.get(operation, {}, whole=True))

    def _listing(self, operation: Operation, number: str) -> Listing:
        asked = {"docNo": number, "code": number}
        return replies.listing(self._profile, self._calls.get(operation, asked))

    def _applied(self, entry: Allocation, settled_further: bool) -> Receipt | None:
        source = self._look_up(entry.source_kind, entry.source)
        if not made(entry, source, settled_further=settled_further):
            return None
        if f"{OBJECTS[entry.target_kind]}.find" in self._profile.operations:
            self._confirm_target(entry)
        elif settled_further:
            made(entry, source)  # the source alone has to tell
        return source

    def _confirm_target(self, entry: Allocation) -> None:
        """The gateway may skip a target without an error (contract 5.3). What the target has
        left may be less than expected, when it was settled further since, but never more."""
        thing = OBJECTS[entry.target_kind]
        target = self._look_up(entry.target_kind, entry.target)
        if target is None:
            raise Rejected(f"{entry.source} is applied in the books, but not to {entry.target}")
        left = target.outstanding if thing in OWED else target.unapplied
        expected = entry.target_open - entry.amount
        if left is not None and left > expected:
            raise Rejected(open_differs(entry.target, left, expected))
