"""AutoCount Cloud Accounting through its own API, one account book at a time.

HTTP requests per call: `identity` 1. `post` 1; with it 1 more the first time a process meets a
debtor, a payment method, or a kind of document in a knock-off. `find` 1 when the document is there;
when it is not, as many more as its list has pages. An answer to a write proves nothing, because it
is empty: every document is read back. So a paid order, once a process is warm, takes 6 requests:
3 writes, 3 times reading back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from accounting.connectors.autocount_cloud import checks, codes, company, replies
from accounting.connectors.autocount_cloud.calls import SECONDS, Account, Calls
from accounting.connectors.autocount_cloud.lookup import LookUp, open_amount
from accounting.connectors.autocount_cloud.memory import Memory
from accounting.connectors.autocount_cloud.options import Options
from accounting.connectors.autocount_cloud.render import Body, Renderer
from accounting.connectors.autocount_cloud.replies import RECORDS, Row
from accounting.connectors.base import Code, CodeList, Health, Page, Receipt, Rejected
from accounting.connectors.http import Http
from accounting.documents.document import ZERO, Allocation, Debtor, Document, Entry, Kind

NO_COUNT = -1


class AutoCountCloud:
    """A `Connector` for one account book, kept in `home_currency`.

    `debtors` are the customer codes the stores of this book sell to; `check` reads them. `memory`
    outlives the connector (see `memory.of`); `clock` gives aware times.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    settling: frozenset[Kind] = frozenset()
    call_seconds: float = SECONDS
    profile = "autocount_cloud/1"

    def __init__(
        self,
        account: Account,
        options: Options,
        http: Http,
        *,
        home_currency: str,
        memory: Memory,
        clock: Callable[[], datetime],
        debtors: tuple[str, ...] = (),
    ) -> None:
        self._calls = Calls(account, http, memory, clock)
        self._look_up = LookUp(self._calls, memory.currencies)
        self._options = options
        self._render = Renderer(options=options, home_currency=home_currency)
        self._memory = memory
        self._debtors = debtors
        self._clock = clock
        self._named: dict[str, str] = {}  # number just written -> number the books said
        self._seen: dict[Kind, set[str]] = {}  # keys of the documents listed so far
        self.looks_first: bool = not options.unique_numbers

    def identity(self) -> str:
        self._calls.begin()
        return company.read(self._calls, self._options.company_path).fingerprint

    def check(self) -> Health:
        """Reads only, within the deadline of one call."""
        self._calls.begin()
        today = self._clock().date()
        return checks.run(self._calls, self._options, debtors=self._debtors, today=today)

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        return codes.read(self._calls, wanted, self._calls.begin)

    def documents(self, kind: Kind, after: str = "") -> Page:
        """A page of up to 100 documents; of receipts, payment vouchers and knock-off entries the
        list may not say the customer: "" then. Invoices and debit notes are one list.

        The list has no order. A row that comes again is left out; that, or another number of
        documents than before, means that others may be out of sight: the page is not complete.
        """
        if kind is Kind.CUSTOMER:
            raise Rejected("Debtors are read as codes, not as documents")
        self._calls.begin()
        number, expected = _cursor(after)
        found = self._look_up.page(kind, number)
        total = found.total if found.total is not None else NO_COUNT
        # Without a count only an empty page is the last.
        more = bool(found.rows) and (total == NO_COUNT or number * replies.PAGE < total)
        receipts = [replies.receipt(kind, row) for row in found.rows]
        new = self._new(kind, receipts, first=not after)
        return Page(
            receipts=tuple(new),
            after=f"{number + 1}/{total}" if more else "",
            complete=expected in (None, total) and len(new) == len(receipts),
        )

    def _new(self, kind: Kind, receipts: Sequence[Receipt], *, first: bool) -> list[Receipt]:
        """Those that no page before has shown to this connector."""
        seen = set() if first else self._seen.get(kind, set())
        new = []
        for receipt in receipts:
            if not receipt.external_id or receipt.external_id not in seen:
                new.append(receipt)
                seen.add(receipt.external_id)
        self._seen[kind] = seen
        return new

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        """See `Connector.find`. A knock-off is an entry of its own with a number."""
        named = self._named.pop(entry.number, None)
        self._calls.begin(reading_back=named is not None)
        found = self._held(entry)
        if found is None and named and not replies.same(named, entry.number):
            raise Rejected(f"AutoCount Cloud wrote {entry.number} under another number: {named}")
        return found

    def _held(self, entry: Entry) -> Receipt | None:
        if isinstance(entry, Debtor):
            return self._look_up.debtor(entry)
        if isinstance(entry, Allocation):
            return self._look_up.knock_off(entry)
        return self._look_up.document(entry)

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        """One write. Raises Rejected before anything is sent when the books could not take it."""
        self._calls.begin()
        self._named[entry.number] = self._calls.write(RECORDS[entry.kind].create, self._body(entry))
        return None

    def _body(self, entry: Entry) -> Body:
        if isinstance(entry, Debtor):
            return self._render.debtor(entry)
        if isinstance(entry, Allocation):
            return self._render.knock_off(entry, partial(self._types, entry))
        if entry.kind in replies.CASH_BOOK_TYPES:
            return self._render.money(entry, self._journal)
        body = self._render.sale(entry)
        self._confirm_currency(entry)
        return body

    def _confirm_currency(self, document: Document) -> None:
        """A sales document cannot say its currency: it has the debtor's. Raises Rejected when that
        is another one; a debtor is read once a process."""
        known = self._memory.currencies
        if document.customer not in known and not self._look_up.debtor_row(document.customer):
            raise Rejected(f"master.debtorCode {document.customer} is no debtor of these books")
        currency = known[document.customer]
        if currency and currency != document.currency:
            raise Rejected(
                f"{document.number} is in {document.currency}, but debtor {document.customer} has "
                f"{currency} in the books"
            )

    def _journal(self, method: str) -> str:
        """The journal of the payment method, which the books' list of them says (assumed)."""
        if self._options.journal_type:
            return self._options.journal_type
        known = self._memory.journals
        if method not in known:
            methods = codes.read(self._calls, CodeList.PAYMENT_METHODS) or iter(())
            known |= {each.code: each.detail.get("journal", "") for each in methods}
        if method not in known:
            raise Rejected(
                f"paymentDetails[0].paymentMethod {method} is not an active payment method of "
                "these books"
            )
        return known[method]

    def _types(self, entry: Allocation) -> Mapping[Kind, str]:
        """What the books call the two documents in their open items; asked once a process."""
        wanted = {entry.source_kind: entry.source, entry.target_kind: entry.target}
        if not wanted.keys() <= self._memory.types.keys():
            rows = self._look_up.open_items(entry.customer, entry.date)
            found = {kind: _open_item(rows, number, entry) for kind, number in wanted.items()}
            self._memory.types |= {
                kind: replies.word(row, "sourceType") or self._options.types[kind]
                for kind, row in found.items()
            }
        return self._memory.types


def _open_item(rows: Sequence[Row], number: str, entry: Allocation) -> Row:
    """Raises Rejected unless the document is open, once, by at least the amount."""
    found = replies.numbered(rows, number)
    if len(found) > 1:
        raise Rejected(f"two documents carry the number {number} in the books")
    left = open_amount(found[0]) if found else ZERO
    if left < entry.amount:
        raise Rejected(
            f"{number} has {left:.2f} open on {entry.customer} in the books, {entry.amount:.2f} is "
            "to be knocked off"
        )
    return found[0]


def _cursor(after: str) -> tuple[int, int | None]:
    """The page to read, and how many documents there were on the page before it."""
    number, _, total = after.partition("/")
    return int(number or 1), int(total) if total else None
