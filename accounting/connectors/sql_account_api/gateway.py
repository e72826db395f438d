"""SQL Account through its own REST API: sales documents, e-invoiceable, with their knock-offs.

HTTP requests per call: `identity` 1. `post` 1 for a document or customer; 3 for a knock-off (two
reads and the write), because the books take a source's rows only all together. `find` 2, or 1 for a
customer; 2 for a document that is absent, which is then looked for under its Shopify id. The answer
to a write is a receipt where it states the total of what was sent without one, or what a payment
has left: both are the books' own arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from accounting.connectors.base import (
    Code,
    CodeList,
    Health,
    Page,
    Receipt,
    Rejected,
    Unavailable,
    Uncertain,
)
from accounting.connectors.http import Http
from accounting.connectors.sql_account_api import (
    buyers,
    checks,
    knock_offs,
    limits,
    money,
    proofs,
    replies,
    sales,
    setup,
)
from accounting.connectors.sql_account_api.answers import Stale, TextRefused
from accounting.connectors.sql_account_api.api import Api, Limit
from accounting.connectors.sql_account_api.calls import Calls, Credentials
from accounting.connectors.sql_account_api.lookups import Lookups
from accounting.documents.document import Allocation, Debtor, Document, Entry, Kind


class SqlAccount:
    """A `Connector` for one API secret key, which opens one company file.

    The company keeps its books in `home_currency`. `settings` are those of the guide, all filled
    in. `debtors` are the customer codes the stores of this book sell to; `check` reads them. `now`
    is the aware time that requests are signed with.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    settling: frozenset[Kind] = frozenset({Kind.PAYMENT, Kind.REFUND})
    looks_first: bool = False  # a number is refused a second time (contract 8.1)

    def __init__(
        self,
        api: Api,
        credentials: Credentials,
        settings: Mapping[str, str],
        base_url: str,
        http: Http,
        *,
        home_currency: str,
        debtors: tuple[str, ...] = (),
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._setup = setup.read(settings)
        self._home_currency = home_currency
        self._own = (home_currency, *api.home_currency)
        self._debtors = debtors
        self._counter = self._setup.ar_updatecount
        self._calls = Calls(
            api,
            credentials,
            self._setup.variant,
            base_url or api.host,
            http,
            per_second=self._setup.requests_per_second,
            now=now,
        )
        self._lookups = Lookups(api, self._calls)
        self.call_seconds: float = api.seconds
        self.profile: str = f"sql_account_api/{api.version}"

    def identity(self) -> str:
        """Name and registration number of the company (contract 11.1)."""
        self._calls.open_budget()
        shown = self._lookups.page("profile", {})
        return proofs.fingerprint(self._api, shown[0]) if shown else ""

    def check(self) -> Health:
        """Reads only, within the deadline of one call."""
        self._calls.open_budget()
        return checks.run(self._api, self._setup, self._calls, self._lookups, self._debtors)

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        """Every list of the protocol is offered."""
        return self._lookups.codes(wanted)

    def documents(self, kind: Kind, after: str = "") -> Page:
        """A page of what is written to; of credit notes, and of invoices where the books show them,
        their AR twins, which say what is open. `after` is an offset."""
        resource = self._listed(kind)
        if resource is None:
            raise Rejected(f"SQL Account does not list a {kind.value}")
        self._calls.open_budget()
        offset = int(after or 0)
        shown = self._lookups.page(resource, {"offset": str(offset)})
        full = len(shown) >= self._api.page_size
        return Page(
            receipts=tuple(map(replies.receipt, shown)),
            after=str(offset + self._api.page_size) if full else "",
        )

    def _listed(self, kind: Kind) -> str | None:
        if kind in (Kind.CUSTOMER, Kind.ALLOCATION):
            return None
        resource = setup.SETTLING.get(kind, self._setup.resources[kind])
        is_invoice = resource == setup.SALES_INVOICE
        return "customerinvoice" if is_invoice and self._setup.customer_invoices else resource

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        """See `Connector.find`. Raises Rejected too where currency or tax in the books are not
        ours, or the entry's Shopify id stands on a document of another number."""
        self._calls.open_budget()
        if isinstance(entry, Allocation):
            source = replies.receipt(self._source(entry))
            return source if knock_offs.is_made(entry, source) else None
        if isinstance(entry, Debtor):
            row = self._lookups.customer(entry.code)
            return None if row is None else replies.customer(row)
        row = self._lookups.with_details(self._setup.resources[entry.kind], entry.number)
        if row is None:
            self._look_elsewhere(entry)
            return None
        proofs.compare(entry, row, self._own)
        return replies.receipt(row)

    def _look_elsewhere(self, document: Document) -> None:
        """A document that the books numbered themselves still carries its Shopify id."""
        wanted = sales.marker(document.key)
        found = self._lookups.filtered(self._setup.resources[document.kind], "docref1", wanted)
        for row in found:
            if not replies.flag(row.get("cancelled")):
                raise Rejected(
                    f"SQL Account holds {replies.word(row, 'docno')} with the Shopify id "
                    f"{wanted} of {document.number}"
                )

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        """One write. Raises Rejected before anything is sent when the books could not take it, and
        where they saved a knock-off without applying it."""
        self._calls.open_budget()
        if isinstance(entry, Allocation):
            return self._knock_off(entry)
        body = limits.text(self._limits(), self._body(entry, settles))
        resource = self._setup.resources[entry.kind]
        saved = self._saved(self._write(f"/{resource}", body, entry.number), entry.number)
        if isinstance(entry, Debtor):
            return None
        return proofs.proved(entry, saved, self._own)

    def _limits(self) -> Mapping[str, Limit]:
        price = Limit(decimals=self._setup.unit_price_decimals)
        return {**self._api.limits, "unitprice": price}

    def _body(self, entry: Document | Debtor, settles: Sequence[Allocation]) -> dict[str, Any]:
        given = self._api, self._setup
        if isinstance(entry, Debtor):
            return buyers.customer(*given, entry, self._home_currency)
        if entry.kind in setup.MONEY:
            return money.body(*given, entry, settles, self._home_currency)
        return sales.body(*given, entry, self._home_currency)

    def _write(self, path: str, body: bytes, number: str) -> Any:
        """Once more with "?" for what older books cannot hold, after a definite no to the first."""
        try:
            return self._calls.post(path, body, number=number)
        except TextRefused:
            plain = limits.plain(body)
            if plain == body or not self._setup.ascii_fallback:
                raise
        return self._calls.post(path, plain, number=number)

    def _saved(self, payload: Any, number: str) -> replies.Row:
        """The record in the answer to a write. One without a key, or a customer's code,
        saved nothing that it shows."""
        try:
            shown = replies.rows(payload)
        except Unavailable as error:
            raise Uncertain(str(error)) from None
        kept = len(shown) == 1 and (
            replies.word(shown[0], "dockey") or replies.same(replies.word(shown[0], "code"), number)
        )
        if not kept:
            raise Uncertain(f"SQL Account accepted {number} without showing what it saved")
        return shown[0]

    def _source(self, entry: Allocation) -> replies.Row:
        row = self._lookups.with_details(setup.SETTLING[entry.source_kind], entry.source)
        if row is None:
            raise Rejected(f"{entry.source} is not in the books, so it cannot be knocked off")
        return row

    def _knock_off(self, entry: Allocation) -> Receipt | None:
        """Once more by the other update counter when the first is refused (contract 4)."""
        try:
            return self._apply(entry)
        except Stale:
            self._counter = knock_offs.other(self._counter)
        return self._apply(entry)

    def _apply(self, entry: Allocation) -> Receipt | None:
        source = self._source(entry)
        if knock_offs.is_made(entry, replies.receipt(source)):
            return replies.receipt(source)
        body = knock_offs.body(
            self._api, self._setup, entry, source, self._counter, self._home_currency
        )
        path = f"/{setup.SETTLING[entry.source_kind]}/{replies.word(source, 'dockey')}"
        answer = self._calls.put(path, body, number=entry.source)
        return proofs.applied(entry, self._saved(answer, entry.number))
