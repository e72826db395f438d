"""One company file of the simulated world: strict double entry in memory, and what was asked of it.

Written from the contract alone, without the connector's code and without the sandbox's: where the
two disagree about a sentence or a field, the simulation shows it. The rules are SQL Account's
(contract acctbridge 5 and 11): unknown masters, closed periods, numbers taken, and knock-offs of
more than is open are refused, and nothing is written of what is refused.

Amounts are Decimals in the customer's currency, exact to the sen; entries are in the company's, at
the document's rate, rounded half up. What two rates leave in the debtor control when they are
knocked off is not realised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from accounting.documents.document import ZERO, Kind
from shopify_app.simulation.journal import (
    DEBITING,
    Call,
    Customer,
    Duplicate,
    Header,
    KnockOff,
    Line,
    Refusal,
    Written,
)

SEN = Decimal("0.01")
CONTROL = "300-000"
TAX_ACCOUNT = "460-000"
ROLE = re.compile(r"-(Z?[A-Z])[0-9A-Z]*$")
STEM = re.compile(r"-(?:[0-9]+|O[0-9A-Z]+)$")


def _usual_accounts() -> dict[str, str]:
    named = {"500-000": "Sales", "500-100": "Shipping", "510-000": "Returns", "530-000": "Gains"}
    return {**named, "310-005": "Clearing", CONTROL: "Trade debtors", TAX_ACCOUNT: "Tax payable"}


@dataclass(kw_only=True)
class Books:
    """`methods` maps a payment method to the account it moves. `cash` is the customer by which the
    company is told from others. `gone` holds the codes that somebody deleted for now.

    Where `takes_twice`, a document number that is taken is taken again: both documents stand.
    Desktop books do so with a setting of theirs. A customer's code is never taken twice.

    `meddled` are numbers that the books themselves falsified: another amount, another number. They
    may end in conflict. `misled` are numbers about which the gateway told something that is not
    so, while the books are right: a person who looks again finds them in order.
    """

    name: str
    currency: str = "MYR"
    cash: str = "300-C0001"
    control: str = CONTROL
    accounts: dict[str, str] = field(default_factory=_usual_accounts)
    tax_codes: dict[str, str] = field(default_factory=lambda: {"ST": TAX_ACCOUNT})
    methods: dict[str, str] = field(default_factory=lambda: {"310-005": "310-005"})
    customers: dict[str, Customer] = field(default_factory=dict)
    takes_twice: bool = False
    closed_until: date | None = None
    gone: set[str] = field(default_factory=set)
    journal: list[Written] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    meddled: set[str] = field(default_factory=set)
    misled: set[str] = field(default_factory=set)
    _numbered: dict[tuple[Kind, str], list[Written]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cash:
            self.customers.setdefault(self.cash, Customer(name=self.name, currency=self.currency))

    # --- reading ---

    def find(self, kind: Kind, number: str) -> Written | None:
        """The live document of this number, whatever its case; the oldest where there are more."""
        return next(iter(self.numbered(kind, number)), None)

    def numbered(self, kind: Kind, number: str) -> Sequence[Written]:
        """All live documents of this number, the oldest first."""
        return self._numbered.get((kind, number.casefold()), ())

    def of_kind(self, kind: Kind) -> Iterator[Written]:
        return (document for document in self.journal if document.kind is kind)

    def customer(self, code: str) -> Customer | None:
        return None if code in self.gone else self.customers.get(code)

    # --- writing ---

    def create_customer(self, code: str, known: Customer, control: str, now: datetime) -> None:
        """Raises Refusal."""
        if control and control != self.control:
            raise _unknown("controlAccount", control)
        if any(code.casefold() == other.casefold() for other in self.customers):
            raise Duplicate(f"Customer code {code} already exist")
        self.customers[code] = known
        header = Header(kind=Kind.CUSTOMER, number=code, customer=code, date=now.date())
        self._keep(replace(header, currency=known.currency), ZERO, (), (), now)

    def post_sale(self, header: Header, lines: Sequence[Line], now: datetime) -> Written:
        """An invoice, debit note or credit note of Σ(net + tax). Raises Refusal."""
        for line in lines:
            self._require("account", line.account, self.accounts, but=self.control)
            if line.tax_code:
                self._require("tax", line.tax_code, self.tax_codes)
        total = sum((line.net + line.tax for line in lines), ZERO)
        if total < 0:
            raise Refusal("Document total must not be less than 0.00")
        sides = [(line.account, line.net) for line in lines]
        sides += [(self.tax_codes[line.tax_code], line.tax) for line in lines if line.tax_code]
        return self._write(header, total, tuple(lines), sides, now)

    def post_money(self, header: Header, method: str, total: Decimal, now: datetime) -> Written:
        """A payment or refund by one payment method. Raises Refusal."""
        self._require("paymentMethod", method, self.methods)
        if total <= 0:
            raise Refusal("Document amount must be greater than 0.00")
        account = self.methods[method]
        line = Line(account=account, net=total, description=method)
        return self._write(header, total, (line,), [(account, total)], now)

    def knock_off(
        self,
        source: Written,
        targets: Iterable[tuple[Kind, str, Decimal]],
        now: datetime,
    ) -> None:
        """Set amounts of `source` against documents of these kinds and numbers; one that does not
        exist is passed over without a word, as SQL Account does. Raises Refusal."""
        wanted = [(self.find(kind, number), amount) for kind, number, amount in targets]
        known = [(target, amount) for target, amount in wanted if target]
        self._require_open(source, known)
        for target, amount in known:
            made = KnockOff(
                source_kind=source.kind,
                source=source.number,
                target_kind=target.kind,
                target=target.number,
                amount=amount,
                made_at=now,
            )
            source.knock_offs.append(made)
            source.applied += amount
            target.applied += amount

    def _require_open(self, source: Written, targets: list[tuple[Written, Decimal]]) -> None:
        left = source.open
        for target, amount in targets:
            if amount <= 0:
                raise Refusal("Knock off amount must be greater than 0.00")
            if target.customer != source.customer:
                raise Refusal(f"Knock off document {target.number} belongs to another customer")
            if amount > min(left, target.open):
                most = min(left, target.open)
                raise Refusal(f"Knock off amount {amount} must not exceed outstanding {most}")
            left -= amount

    def _write(
        self,
        header: Header,
        total: Decimal,
        lines: tuple[Line, ...],
        sides: list[tuple[str, Decimal]],
        now: datetime,
    ) -> Written:
        currency = self._currency(header)
        if self.closed_until and header.date <= self.closed_until:
            raise Refusal(f"Document date {header.date} is outside the fiscal year that is open")
        if not self.takes_twice and self.find(header.kind, header.number):
            raise Duplicate(f"Document number {header.number} already exist")
        entries = self._entries(header, total, sides)
        return self._keep(replace(header, currency=currency), total, lines, entries, now)

    def _currency(self, header: Header) -> str:
        """The customer's own, which the document must be in. Raises Refusal."""
        known = self.customer(header.customer)
        if known is None:
            raise _unknown("code", header.customer)
        given = header.currency or self.currency
        if given != known.currency:
            raise Refusal(f"Currency {given} is not the customer's {known.currency}")
        if header.rate <= 0 or (header.rate != 1 and given == self.currency):
            raise Refusal(f"currencyRate: '{header.rate}' is not a valid floating point value")
        return given

    def _require(self, what: str, code: str, known: Mapping[str, object], *, but: str = "") -> None:
        if code not in known or code in self.gone or code == but:
            raise _unknown(what, code)

    def _entries(
        self, header: Header, total: Decimal, sides: list[tuple[str, Decimal]]
    ) -> tuple[tuple[str, Decimal], ...]:
        """The debtor control against all else; what roundings leave goes to the first side."""
        sign = 1 if header.kind in DEBITING else -1
        owed = _home(total, header.rate)
        home = [(account, _home(amount, header.rate)) for account, amount in sides]
        rest = owed - sum((amount for _, amount in home), ZERO)
        home[0] = (home[0][0], home[0][1] + rest)
        return ((self.control, sign * owed), *((a, -sign * amount) for a, amount in home))

    def _keep(
        self,
        header: Header,
        total: Decimal,
        lines: tuple[Line, ...],
        entries: tuple[tuple[str, Decimal], ...],
        now: datetime,
    ) -> Written:
        written = Written(
            kind=header.kind,
            number=header.number,
            asked=header.number,
            customer=header.customer,
            currency=header.currency,
            rate=header.rate,
            total=total,
            date=header.date,
            marker=header.marker,
            description=header.description,
            written_at=now,
            lines=lines,
            entries=entries,
        )
        self.journal.append(written)
        self._numbered.setdefault((header.kind, header.number.casefold()), []).append(written)
        return written

    def remove(self, document: Written) -> None:
        """Take a document out. Raises Refusal when something is knocked off with it."""
        if document.applied:
            raise Refusal(f"Document {document.number} has been knocked off")
        others = [
            one for one in self.numbered(document.kind, document.number) if one is not document
        ]
        self._numbered[document.kind, document.number.casefold()] = others
        self.journal = [one for one in self.journal if one is not document]

    # --- the proof ---

    def trial_balance(self) -> dict[str, Decimal]:
        """Debit less credit per account, in the home currency."""
        found: dict[str, Decimal] = {}
        for document in self.journal:
            for account, amount in document.entries:
                found[account] = found.get(account, ZERO) + amount
        return found

    def problems(self) -> list[str]:
        """What is wrong with these books, as sentences: entries that do not balance, one event with
        two documents, knock-offs of more than there is."""
        return [*self._unbalanced(), *self._doubled(), *self._overapplied()]

    def _unbalanced(self) -> Iterator[str]:
        for document in self.journal:
            if sum((amount for _, amount in document.entries), ZERO):
                yield f"{self.name}: the entries of {document.number} do not balance"
        if left := sum(self.trial_balance().values(), ZERO):
            yield f"{self.name}: the trial balance is out by {left}"

    def _doubled(self) -> Iterator[str]:
        seen: dict[tuple[object, ...], str] = {}
        for document in self.journal:
            for key in _identities(document):
                if other := seen.get(key):
                    yield f"{self.name}: {document.number} and {other} are one {document.kind}"
                seen[key] = document.number

    def _overapplied(self) -> Iterator[str]:
        used: dict[tuple[Kind, str], Decimal] = {}
        for document in self.journal:
            for made in document.knock_offs:
                ends = ((made.source_kind, made.source), (made.target_kind, made.target))
                for end in ends:
                    used[end] = used.get(end, ZERO) + made.amount
        for document in self.journal:
            applied = used.get((document.kind, document.number), ZERO)
            if applied != document.applied or applied > document.total:
                yield f"{self.name}: {applied} of {document.number} over {document.total} is used"

    def overlaps(self) -> list[str]:
        """Pairs of calls that were under way at one time."""
        found, last = [], None
        for call in sorted(self.calls, key=lambda call: call.started):
            if last is not None and call.started < (last.ended or last.until):
                found.append(
                    f"{self.name}: {call.method} {call.path} {call.number} at {call.started} began "
                    f"during {last.method} {last.path} {last.number} of {last.started}"
                )
            if last is None or (call.ended or call.until) > (last.ended or last.until):
                last = call
        return found


def _unknown(what: str, code: str) -> Refusal:
    return Refusal(f"No record found: {what} {code}")


def _home(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(SEN, ROUND_HALF_UP)


def _identities(document: Written) -> Iterator[tuple[object, ...]]:
    """By what a document is known: its number, the number it was written with, and the Shopify id
    it stands for in its role. Supplementary invoices carry their order's id, so they have none."""
    yield "number", document.kind, document.number.casefold()
    yield "asked", document.kind, document.asked.casefold()
    role = "" if STEM.search(document.asked) else _role(document.asked)
    if document.marker and not (document.kind is Kind.INVOICE and role):
        yield "marker", document.kind, document.asked.partition("-")[0], role, document.marker


def _role(number: str) -> str:
    """The letters of a document number's last part (treatment 1.3)."""
    found = ROLE.search(number)
    return found.group(1) if found else ""
