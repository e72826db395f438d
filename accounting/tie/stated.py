"""What Shopify says of one order: its sales, its taxes and its money, day by day, from facts alone.

No component, reading or document of `accounting.documents` is used: sales are what Shopify's own
totals leave (its money, what it calls outstanding, what its refund records give back), taxes are
the sums of its tax lines, money is its transactions. Days are the treatment's: an order's own day,
a refund's, an edit's, a transaction's, in the shop's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from zoneinfo import ZoneInfo

from accounting.currencies import decimals
from accounting.documents.rules import (
    Policy,
    TaxCode,
    TaxIdentity,
    canonical_rate,
    counting_taxes,
    gateway_key,
    tax_identity,
    tax_set_identity,
)
from accounting.documents.sides import has_two, is_written_for_customer, on_customer_side
from accounting.facts import (
    FAILED,
    UNDECIDED,
    ZERO,
    Adjustment,
    Agreement,
    Facts,
    Order,
    Refund,
    TaxLine,
    Transaction,
)

SALES, TAX, MONEY = "sales", "tax", "money"
SALE = "sale"  # the group of everything an order charges; refund records are groups of their own
CHANNEL = "channel"  # the name of tax that the sales channel owes
MOST_READINGS = 4096
TaxName = tuple[str, str]  # rate in per cent, code of the books


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One amount on one day, in the currency its order is written in. Sales and taxes are positive
    when they are charged, money when it came in. `name` is a gateway, or the code of a tax whose
    rate in per cent is `rate`. `group` is the event that it belongs to."""

    day: date
    view: str
    amount: Decimal
    group: str
    name: str = ""
    rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """`tax_is_open` says that units or charges went without a tax that Shopify states for them;
    `slack` is by how much amounts that were converted one by one may miss."""

    currency: str
    figures: tuple[Figure, ...] = ()
    tax_is_open: bool = False
    slack: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the order charges before refund records, and what was written off when cancelled."""

    charged: Decimal
    written_off: Decimal = ZERO
    readings: tuple[int, ...] = ()  # which reading of each refund record counts
    keeps_change: bool = False


def stated(facts: Facts, policy: Policy, taxes: Mapping[TaxIdentity, TaxCode]) -> Stated | None:
    """None where the order itself was never told of. `taxes` only give names to taxes."""
    if facts.latest is None:
        return None
    two = has_two(facts.latest)
    customer = on_customer_side(facts) if two else facts
    for_customer = is_written_for_customer(facts.latest, policy)
    side = _Side(customer if for_customer else facts, policy, taxes)
    if side.latest.test or side.is_only_tests():
        return Stated(currency=side.currency)
    proof = _Side(customer, policy, taxes) if two and not for_customer else side
    total = proof.total()
    if proof is not side:
        total = side.converted(total)
    return side.say(total, converted=proof is not side)


class _Side:
    """One order in one currency."""

    def __init__(self, facts: Facts, policy: Policy, taxes: Mapping[TaxIdentity, TaxCode]) -> None:
        assert facts.latest is not None
        self.facts, self.policy, self.taxes = facts, policy, taxes
        self.latest: Order = facts.latest
        self.first: Order = facts.origin or facts.latest
        self.currency = self.latest.currency
        self.zone = ZoneInfo(policy.time_zone)

    # --- money -------------------------------------------------------------------------------

    def is_only_tests(self) -> bool:
        charges = [t for t in self.facts.transactions if t.kind != "refund"]
        return bool(charges) and all(_is_test(t) for t in charges)

    def moved(self) -> list[Transaction]:
        """Transactions that ever were successful."""
        known = (t for t in self.facts.transactions if not _is_test(t))
        return [t for t in known if t.id in self.facts.succeeded]

    def amount(self, t: Transaction) -> Decimal:
        if t.shop_amount is not None:
            return t.shop_amount
        return t.amount if t.currency == self.currency else ZERO

    def received(self, t: Transaction, keeps_change: bool) -> Decimal:
        given = (c for c in self.moved() if c.kind == "change" and c.parent_id == t.id)
        change = ZERO if keeps_change else sum((self.amount(c) for c in given), ZERO)
        return max(self.amount(t) - change, ZERO)

    def net_money(
        self, keeps_change: bool, until: datetime | None = None, records: Iterable[int] = ()
    ) -> Decimal:
        """In less out, without what coins rounded. `until`: payments until then, less what the
        refund `records` returned."""
        sums, own = ZERO, set(records)
        for t in self.moved():
            if t.kind in ("sale", "capture") and t.status not in FAILED:
                if until is None or t.processed_at <= until:
                    sums += self.received(t, keeps_change)
            elif t.kind == "refund" and t.status not in FAILED:
                record = self.record_of(t)
                if until is None or (record is not None and record.id in own):
                    sums -= self.amount(t)
        return sums

    def record_of(self, t: Transaction) -> Refund | None:
        return next(
            (r for r in self.facts.refunds if t.id in r.transaction_ids or t.refund_id == r.id),
            None,
        )

    def money(self, keeps_change: bool) -> Iterator[Figure]:
        for t in self.moved():
            if t.kind in ("sale", "capture"):
                worth = self.received(t, keeps_change)
                worth += t.rounding if worth else ZERO
            elif t.kind == "refund":
                worth = -(self.amount(t) + (t.rounding if self.amount(t) else ZERO))
            else:
                continue
            yield self._moved(t, t.processed_at, worth, f"t{t.id}")
            if t.status in FAILED:
                yield self._moved(t, self.facts.failed_at[t.id], -worth, f"v{t.id}")

    def _moved(self, t: Transaction, at: datetime, worth: Decimal, group: str) -> Figure:
        day = self.day(at)
        return Figure(day=day, view=MONEY, name=t.gateway, amount=worth, group=group)

    def roundings(self) -> Iterator[Figure]:
        """What coins rounded stands among the sales: the account must come out even."""
        for t in self.moved():
            if t.rounding and t.kind in ("sale", "capture", "refund"):
                worth = -t.rounding if t.kind == "refund" else t.rounding
                day = self.day(t.processed_at)
                yield Figure(day=day, view=SALES, amount=worth, group=f"n{t.id}")

    # --- refund records ----------------------------------------------------------------------

    def readings(self, refund: Refund) -> list[Decimal]:
        """What a record may give back: with its adjustments or without, its lines with tax inside
        or beside. The first is the plainest."""
        gross, beside = self._lines(refund)
        fees = self._fees(refund)
        kept = sum((a.amount.shop + a.tax.shop for a in _adjustments(refund)), ZERO)
        plain = gross - fees if self.latest.taxes_included else gross + beside - fees
        other = gross + beside - fees if self.latest.taxes_included else gross - fees
        found = [plain, plain - kept, other, other - kept]
        return list(dict.fromkeys(found))

    def _lines(self, refund: Refund) -> tuple[Decimal, Decimal]:
        """As the amounts stand, and the tax stated with them."""
        gross = sum((row.subtotal.shop for row in refund.lines), ZERO)
        gross += sum((row.subtotal.shop for row in refund.shipping), ZERO)
        gross += refund.duties.shop + refund.additional_fees.shop
        tax = sum((row.tax.shop for row in refund.lines), ZERO)
        return gross, tax + self._shipping_tax(refund)

    def _shipping_tax(self, refund: Refund) -> Decimal:
        if all(row.tax is not None for row in refund.shipping):
            return sum((row.tax.shop for row in refund.shipping if row.tax), ZERO)
        rows = (a for a in refund.adjustments if a.kind == "shipping_refund")
        return sum((abs(a.tax.shop) for a in rows), ZERO)

    def _fees(self, refund: Refund) -> Decimal:
        """What was agreed to be kept for the return that this record is the first to settle."""
        first = min(
            (r for r in self.facts.refunds if r.return_id == refund.return_id and r.return_id),
            key=lambda r: (r.created_at, r.id),
            default=None,
        )
        kept = ZERO
        for agreement in self.facts.agreements:
            settled = agreement.kind == "return" and agreement.return_id is not None
            mine = settled and first == refund and agreement.return_id == refund.return_id
            if agreement.refund_id == refund.id or mine:
                kept += sum((s.total.shop for s in agreement.sales if s.line_type == "fee"), ZERO)
        return kept

    def is_pending(self, refund: Refund) -> bool:
        mine = (t for t in self.facts.transactions if self.record_of(t) == refund)
        return any(t.status in UNDECIDED for t in mine if not _is_test(t))

    def _returned(self, refund: Refund) -> Decimal:
        mine = (t for t in self.moved() if t.kind == "refund" and self.record_of(t) == refund)
        return sum((self.amount(t) for t in mine), ZERO)

    # --- sales -------------------------------------------------------------------------------

    def total(self) -> Total:
        """What the order charges: its total; where edits, returns or a cancellation may have
        changed it, what its money, what is outstanding and its records come to."""
        choices = [range(len(self.readings(r))) for r in self.facts.refunds]
        if _count(choices) > MOST_READINGS:
            choices = [range(1) for _ in choices]
        gives = any(t.kind == "change" for t in self.moved())
        found = [
            self._total(picked, keeps)
            for keeps in ((False, True) if gives else (False,))
            for picked in product(*choices)
        ]
        best = max(found, key=lambda each: (*self._fits(each), -sum(each.readings)))
        if self._has_changed() or self._fits(best)[0]:
            return best  # Shopify may leave units out of the total that a record has taken back
        return replace(best, charged=self.latest.total_price.shop)

    def _has_changed(self) -> bool:
        """Whether anything but refund records may have changed what the order charges."""
        told = any(each.kind in ("edit", "return") for each in self.facts.agreements)
        return bool(told or self.facts.edits or self.facts.cancelled_at)

    def _fits(self, total: Total) -> tuple[bool, bool, int]:
        """Whether Shopify states it, whether agreements make it up, and how many records give their
        money."""
        asked = self.latest.total_price.shop
        agrees = total.charged in (
            asked,
            asked + self._unpaid_back(total),
            asked - total.written_off,
        )
        exact = sum(
            self.readings(r)[i] == self._returned(r)
            for r, i in zip(self.facts.refunds, total.readings, strict=True)
        )
        agreed = bool(self._agreed() and self._changes(total))
        return agrees or agreed, agreed, exact

    def _unpaid_back(self, total: Total) -> Decimal:
        """What records without money give back: Shopify may have left it out of the total."""
        given = zip(self.facts.refunds, total.readings, strict=True)
        return sum((self.readings(r)[i] for r, i in given if not self._returned(r)), ZERO)

    def _total(self, picked: Sequence[int], keeps_change: bool) -> Total:
        given = {r.id: self.readings(r)[i] for r, i in zip(self.facts.refunds, picked, strict=True)}
        readings = tuple(picked)
        if any(self.is_pending(r) for r in self.facts.refunds):
            asked = self.latest.total_price.shop
            return Total(charged=asked, readings=readings, keeps_change=keeps_change)
        back = sum(given.values(), ZERO)
        left = self.net_money(keeps_change) + self.latest.total_outstanding
        off = self._written_off(left + back, given, keeps_change)
        return Total(
            charged=left + back - off, written_off=off, readings=readings, keeps_change=keeps_change
        )

    def _written_off(
        self, charged: Decimal, given: Mapping[int, Decimal], keeps_change: bool
    ) -> Decimal:
        """What was neither paid nor given back when the order was cancelled: Shopify may go on
        calling it outstanding, the books do not (treatment R6)."""
        at = self.facts.cancelled_at
        if at is None:
            return ZERO
        own = [r.id for r in self.facts.refunds if r.created_at <= at + self.policy.settle]
        kept = charged - sum((given[each] for each in own), ZERO)
        owed = kept - self.net_money(keeps_change, at, own)
        return max(min(owed, kept), ZERO)

    def converted(self, total: Total) -> Total:
        """The same total in the shop's currency: Shopify's own conversion where it states one."""
        stated = {
            version.total_price.presentment: version.total_price.shop
            for version in (self.latest, self.first)
        }
        gross = total.charged + total.written_off
        if gross in stated and not total.written_off:
            return Total(charged=stated[gross], readings=total.readings)
        versions = (self.first, self.latest)
        priced = next((v for v in versions if v.total_price.presentment), self.latest)
        seen, shop = priced.total_price.presentment, priced.total_price.shop
        rate = shop / seen if seen else Decimal(1)
        step = Decimal(1).scaleb(-decimals(self.currency))
        charged = (total.charged * rate).quantize(step, ROUND_HALF_UP)
        off = (total.written_off * rate).quantize(step, ROUND_HALF_UP)
        return Total(charged=charged, written_off=off, readings=total.readings)

    def say(self, total: Total, *, converted: bool) -> Stated:
        figures = [*self.money(total.keeps_change), *self.roundings()]
        figures += self._sales(total)
        is_open = self._tax_is_open(total)
        figures += self._taxes(total)
        return Stated(
            currency=self.currency,
            figures=tuple(f for f in figures if f.amount),
            tax_is_open=is_open,
            slack=self._slack(total) if converted else ZERO,
        )

    def _slack(self, total: Total) -> Decimal:
        moved = sum((abs(self.amount(t)) for t in self.moved()), total.charged)
        return max(moved * self.policy.fx_tolerance, Decimal("0.10"))

    def _sales(self, total: Total) -> Iterator[Figure]:
        ordered = self.first.total_price.shop
        yield self._sale(self.day(self.first.processed_at), ordered)
        left = total.charged - ordered
        for day, amount in self._changes(total):
            left -= amount
            yield self._sale(day, amount)
        yield self._sale(self._last_change(), left)
        for refund, picked in zip(self.facts.refunds, total.readings, strict=True):
            back = self.readings(refund)[picked]
            day = self.day(refund.processed_at or refund.created_at)
            yield Figure(day=day, view=SALES, amount=-back, group=f"r{refund.id}")

    def _sale(self, day: date, amount: Decimal) -> Figure:
        return Figure(day=day, view=SALES, amount=amount, group=SALE)

    def _changes(self, total: Total) -> list[tuple[date, Decimal]]:
        """Edits and returns without a record, as Shopify's agreements put them, where they and the
        cancellation make up the whole change; else nothing."""
        found = [
            (self.day(each.happened_at), sum((sale.total.shop for sale in each.sales), ZERO))
            for each in self._agreed()
        ]
        if total.written_off and self.facts.cancelled_at is not None:
            found.append((self.day(self.facts.cancelled_at), -total.written_off))
        change = total.charged - self.first.total_price.shop
        return found if sum((amount for _, amount in found), ZERO) == change else []

    def _agreed(self) -> list[Agreement]:
        """Edits, and returns that no refund record settles."""
        settled = {r.return_id for r in self.facts.refunds}
        return [
            each
            for each in self.facts.agreements
            if each.kind == "edit" or (each.kind == "return" and each.return_id not in settled)
        ]

    def _last_change(self) -> date:
        times = [each.committed_at for each in self.facts.edits]
        times += [each.happened_at for each in self.facts.agreements if each.kind != "order"]
        times += [at for at in (self.facts.cancelled_at,) if at]
        return self.day(max(times, default=self.first.processed_at))

    # --- taxes -------------------------------------------------------------------------------

    def _tax_is_open(self, total: Total) -> bool:
        """Whether units or charges went for which no line, record or agreement must state a tax."""
        taken_off = any(edit.removals for edit in self.facts.edits)
        taken_off |= any(
            sale.total.shop < 0 for agreement in self._agreed() for sale in agreement.sales
        )
        asked = self.latest.total_price.shop
        return taken_off or bool(total.written_off) or total.charged not in (asked, ZERO)

    def _taxes(self, total: Total) -> Iterator[Figure]:
        first = self._charged_tax(self.first)
        ordered_on = self.day(self.first.processed_at)
        for name, amount in sorted(first.items()):
            yield self._tax(ordered_on, name, amount, SALE)
        for day, name, amount in self._changed_tax(total, first):
            yield self._tax(day, name, amount, SALE)
        for refund, picked in zip(self.facts.refunds, total.readings, strict=True):
            day = self.day(refund.processed_at or refund.created_at)
            for name, amount in self._refunded_tax(refund, picked).items():
                yield self._tax(day, name, -amount, f"r{refund.id}")

    def _changed_tax(
        self, total: Total, first: Mapping[TaxName, Decimal]
    ) -> Iterator[tuple[date, TaxName, Decimal]]:
        """By the agreements where they make up the change, else by the newest lines; nothing is
        left of an order that was written off as a whole."""
        left = dict(first)
        if not total.charged and total.written_off:
            for name, amount in left.items():
                yield self._last_change(), name, -amount
        elif self._changes(total):
            for agreement in self._agreed():
                for name, amount in self._agreed_tax(agreement).items():
                    yield self.day(agreement.happened_at), name, amount
        else:
            latest = self._charged_tax(self.latest)
            for name in sorted({*left, *latest}):
                change = latest.get(name, ZERO) - left.get(name, ZERO)
                yield self._last_change(), name, change

    def _agreed_tax(self, agreement: Agreement) -> dict[TaxName, Decimal]:
        by_line = self._taxes_by_line()
        sums: dict[TaxName, Decimal] = {}
        for sale in agreement.sales:
            _add(sums, self._shared(sale.tax.shop, by_line.get(sale.line_id or 0, ())))
        return sums

    def _taxes_by_line(self) -> dict[int, Sequence[TaxLine]]:
        found: dict[int, Sequence[TaxLine]] = {}
        for order in (self.first, self.latest):
            found |= {line.id: line.taxes for line in order.lines if line.taxes}
            found |= {line.id: line.taxes for line in order.shipping_lines if line.taxes}
        return found

    def _tax(self, day: date, name: TaxName, amount: Decimal, group: str) -> Figure:
        rate, code = name
        return Figure(day=day, view=TAX, name=code, rate=rate, amount=amount, group=group)

    def _charged_tax(self, order: Order) -> dict[TaxName, Decimal]:
        sums: dict[TaxName, Decimal] = {}
        for lines in _tax_lines(order):
            for name, amount in self._named(lines).items():
                sums[name] = sums.get(name, ZERO) + amount
        return sums

    def _named(self, lines: Sequence[TaxLine]) -> dict[TaxName, Decimal]:
        """The taxes of one line, by rate and code; several that the books have one code for are
        one."""
        sums: dict[TaxName, Decimal] = {}
        several = counting_taxes(lines)
        together = self.taxes.get(tax_set_identity(several)) if len(several) > 1 else None
        rates = sum((rate for _, rate, _ in several), ZERO)
        for line in lines:
            code = self.taxes.get(tax_identity(line))
            name = (_per_cent(line.rate), code.code if code else "")
            if line.channel_liable:
                name = ("", CHANNEL)
            elif together is not None:
                name = (_per_cent(rates), together.code)
            sums[name] = sums.get(name, ZERO) + line.amount.shop
        return {name: amount for name, amount in sums.items() if amount}

    def _refunded_tax(self, refund: Refund, picked: int) -> dict[TaxName, Decimal]:
        by_line = self._taxes_by_line()
        shipping = [s for s in self.latest.shipping_lines if s.taxes]
        sums: dict[TaxName, Decimal] = {}
        for row in refund.lines:
            _add(sums, self._shared(row.tax.shop, by_line.get(row.line_id, ())))
        if (tax := self._shipping_tax(refund)) and shipping:
            _add(sums, self._shared(tax, shipping[0].taxes))
        counted = self._is_adjusted(refund, picked)
        kept = sum((a.tax.shop for a in _adjustments(refund)), ZERO) if counted else ZERO
        if kept:
            every = [tax for lines in _tax_lines(self.latest) for tax in lines]
            _add(sums, self._shared(-kept, every))
        return sums

    def _is_adjusted(self, refund: Refund, picked: int) -> bool:
        gross, beside = self._lines(refund)
        plain = (gross - self._fees(refund), gross + beside - self._fees(refund))
        return self.readings(refund)[picked] not in plain

    def _shared(self, amount: Decimal, lines: Sequence[TaxLine]) -> dict[TaxName, Decimal]:
        """One stated amount over the taxes of its line, in proportion; the last takes the rest."""
        parts = self._named(lines)
        whole, left = sum(parts.values(), ZERO), amount
        step = Decimal(1).scaleb(-decimals(self.currency))
        found: dict[TaxName, Decimal] = {}
        for place, (name, part) in enumerate(parts.items(), start=1):
            share = left
            if place < len(parts):
                share = (amount * part / whole).quantize(step, ROUND_HALF_UP) if whole else ZERO
            found[name], left = share, left - share
        return found if parts else ({("", ""): amount} if amount else {})

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def _is_test(t: Transaction) -> bool:
    return t.test or gateway_key(t.gateway) == "bogus"


def _adjustments(refund: Refund) -> list[Adjustment]:
    return [row for row in refund.adjustments if row.kind != "shipping_refund"]


def _tax_lines(order: Order) -> Iterator[Sequence[TaxLine]]:
    yield from (line.taxes for line in order.lines if line.quantity)
    yield from (line.taxes for line in order.shipping_lines if not line.removed)
    yield order.duty_taxes
    yield order.fee_taxes


def _add(sums: dict[TaxName, Decimal], more: Mapping[TaxName, Decimal]) -> None:
    for name, amount in more.items():
        sums[name] = sums.get(name, ZERO) + amount


def _per_cent(rate: Decimal) -> str:
    return f"{canonical_rate(canonical_rate(rate) * 100):f}"


def _count(choices: Sequence[range]) -> int:
    found = 1
    for each in choices:
        found *= len(each)
    return found
