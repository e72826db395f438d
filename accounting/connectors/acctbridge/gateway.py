"""SQL Accounting and AutoCount through the AcctBridge gateway, by one profile each.

HTTP requests per call: `ping` 1. `post` 1. `find` of a document by number or of a customer by code
1, plus a scan of the list where the profile or the gateway has no such look-up. `find` of an
allocation 1 while it has not been made, 2 once it has (the target is read too). The answer to a
write is never read for its content: `find` afterwards is the proof.
"""

from __future__ import annotations

from decimal import Decimal

from accounting.connectors.acctbridge import answers, probe, render, replies
from accounting.connectors.acctbridge.calls import Calls
from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.acctbridge.replies import Listing, Row
from accounting.connectors.acctbridge.shapes import OBJECTS, OWED, Operation
from accounting.connectors.base import Health, Misconfigured, Receipt, Rejected, Unavailable
from accounting.connectors.http import Http
from accounting.documents.document import Allocation, Debtor, Entry, Kind


class AcctBridge:
    """A `Connector` for one key, which opens one company file.

    The company keeps its books in `home_currency`. `debtors` are the customer codes the stores of
    this book sell to; `check` reads them.
    """

    def __init__(
        self,
        profile: Profile,
        key: str,
        base_url: str,
        http: Http,
        *,
        home_currency: str,
        debtors: tuple[str, ...] = (),
    ) -> None:
        self._profile = profile
        self._key = key
        self._home_currency = home_currency
        self._debtors = debtors
        self._calls = Calls(profile, key, base_url, http)
        self.kinds: frozenset[Kind] = profile.kinds
        self.call_seconds: float = self._calls.seconds
        self.profile: str = profile.label

    def ping(self) -> None:
        """Reads the customer list: key, instance and base path in one request."""
        self._calls.open_budget()
        try:
            self._calls.get(self._profile.operations["customer.list"], {})
        except answers.Absent as error:
            raise Unavailable(str(error)) from None

    def check(self) -> Health:
        """The probe of contract 8, within the deadline of one call."""
        self._calls.open_budget()
        return probe.run(self._profile, self._calls, self._key, self._debtors)

    def find(self, entry: Entry) -> Receipt | None:
        """See `Connector.find`. The state of an allocation is read from its source's open amount,
        because a knock-off has no number of its own."""
        self._calls.open_budget()
        if isinstance(entry, Allocation):
            return self._applied(entry)
        if isinstance(entry, Debtor):
            return self._customer(entry.code)
        return self._look_up(entry.kind, entry.number)

    def post(self, entry: Entry) -> None:
        """One write. Raises Rejected before anything is sent when the books could not take it."""
        self._calls.open_budget()
        operation = self._profile.operations.get(render.operation_for(entry))
        if operation is None:
            raise Rejected(f"{self._profile.product} has no way to post a {entry.kind.value}")
        self._calls.post(operation, render.body(self._profile, entry, self._home_currency))

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
                return self._listing(by_number, number)
        except Misconfigured as error:
            if whole is None or error.hint != "endpoint":
                raise
        assert whole is not None
        return self._listing(whole, number)

    def _listing(self, operation: Operation, number: str) -> Listing:
        asked = {"docNo": number, "code": number}
        return replies.listing(self._profile, self._calls.get(operation, asked))

    def _applied(self, entry: Allocation) -> Receipt | None:
        source = self._look_up(entry.source_kind, entry.source)
        if source is None:
            raise Rejected(f"{entry.source} is not in the books, so it cannot be knocked off")
        if source.cancelled:
            raise Rejected(f"{entry.source} is cancelled in the books")
        if source.unapplied is None:
            raise Unavailable(
                f"AcctBridge does not say how much of {entry.source} is applied: "
                f"its knock-off against {entry.target} cannot be verified"
            )
        if source.unapplied == entry.source_open:
            return None
        expected = entry.source_open - entry.amount
        if source.unapplied != expected:
            raise Rejected(_open_differs(entry.source, source.unapplied, expected))
        self._confirm_target(entry)
        return source

    def _confirm_target(self, entry: Allocation) -> None:
        """The gateway may skip a target without an error (contract 5.3). What the target has
        left may be less than expected, when it was settled further since, but never more."""
        thing = OBJECTS[entry.target_kind]
        if f"{thing}.find" not in self._profile.operations:
            return
        target = self._look_up(entry.target_kind, entry.target)
        if target is None:
            raise Rejected(f"{entry.source} is applied in the books, but not to {entry.target}")
        left = target.outstanding if thing in OWED else target.unapplied
        expected = entry.target_open - entry.amount
        if left is not None and left > expected:
            raise Rejected(_open_differs(entry.target, left, expected))


def _open_differs(number: str, books: Decimal, here: Decimal) -> str:
    return f"{number} has {books:.2f} open in the books, {here:.2f} here"
