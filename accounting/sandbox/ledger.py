"""The double-entry book behind the gateway: vouchers, knock-offs and the trial balance.

Postings (accounting treatment 1.1): an invoice debits the debtor control account and credits line
and tax accounts; a credit note is its mirror; a payment debits the account of its payment method
and credits the debtor control; a refund is the mirror of a payment; a debit note is an invoice.

A debtor has one currency, and what it owes is kept in it. The ledger is kept in the company's: the
debtor control takes the document's total at its rate, rounded to the sen, every other account its
own amount at that rate, and what the roundings leave goes to the largest of these. (Neither vendor
says where it goes; so kept, a payment at the rate of its invoice always clears it.) Setting two
documents of different rates against each other realises a gain or loss, on the later of the two.

Every function here runs inside
a transaction that holds the company's row, so that a book sees one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from accounting.sandbox.models import (
    ZERO,
    Account,
    Company,
    Debtor,
    Entry,
    KnockOff,
    KnockOffEntry,
    System,
    Voucher,
)

SEN = Decimal("0.01")
Kind = Voucher.Kind
EXCHANGE_CODES: Mapping[str, str] = {
    System.SQL_ACCOUNTING: "980-000",
    System.AUTOCOUNT: "980-0000",
    System.AUTOCOUNT_CLOUD: "980-0000",
}
DEBITING = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND})  # raise what the debtor owes


class Refusal(Exception):
    """The book says no. `word` names the sentence of the accounting system that says it."""

    word = ""


class DuplicateNumber(Refusal):
    """The number is taken in this register: (number)."""

    word = "duplicate"


class ClosedPeriod(Refusal):
    """The date lies in a period that was closed: (date)."""

    word = "closed"


class OtherDebtor(Refusal):
    """Documents of different customers cannot be set against each other: (target number)."""

    word = "other_debtor"


class OverAllocated(Refusal):
    """More than is open on one side: (amount, open amount)."""

    word = "over_allocated"


class Unbalanced(Exception):
    """The trial balance does not balance. Never raised unless the stand-in itself is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What every voucher has. `rate` turns the debtor's currency into the home currency."""

    kind: Voucher.Kind
    number: str
    date: date
    debtor: Debtor
    rate: Decimal = Decimal("1")
    reference: str = ""
    project: str = ""
    copy: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an invoice or note. `net` and `tax` are in the debtor's currency."""

    account: Account
    description: str = ""
    net: Decimal
    tax: Decimal = ZERO
    tax_code: str = ""
    tax_account: Account | None = None
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money by one payment method: `amount` is gross, `charge` what the bank kept of it."""

    account: Account
    method: str
    amount: Decimal
    charge: Decimal = ZERO
    charge_account: Account | None = None


def half_up(amount: Decimal) -> Decimal:
    """Rounded to the sen, halves away from zero."""
    return amount.quantize(SEN, ROUND_HALF_UP)


def post_sale(company: Company, header: Header, lines: Sequence[Line]) -> Voucher:
    """Write an invoice, debit note or credit note of Σ(net + tax). Raises as `_write` does."""
    total = sum((line.net + line.tax for line in lines), ZERO)
    return _write(
        company, header, total, _sides(lines), [_described(line, header) for line in lines]
    )


def _sides(lines: Sequence[Line]) -> list[tuple[Account, Decimal]]:
    sides = [(line.account, line.net) for line in lines]
    return sides + [(line.tax_account, line.tax) for line in lines if line.tax_account]


def post_money(company: Company, header: Header, tenders: Sequence[Tender]) -> Voucher:
    """Write a payment or refund of Σ amount. Raises as `_write` does."""
    return _write(company, header, *_paid(header, tenders))


def _paid(
    header: Header, tenders: Sequence[Tender]
) -> tuple[Decimal, list[tuple[Account, Decimal]], list[dict[str, Any]]]:
    """Total, sides and lines of money. The bank's charge lowers what a payment brings in and raises
    what a refund takes out."""
    total = sum((tender.amount for tender in tenders), ZERO)
    toll = 1 if header.kind in DEBITING else -1
    sides = [(tender.account, tender.amount + toll * tender.charge) for tender in tenders]
    sides += [(t.charge_account, -toll * t.charge) for t in tenders if t.charge_account]
    lines = [
        {
            "payment_method": tender.method,
            "account": tender.account.code,
            "net": tender.amount,
            "tax": ZERO,
            "project": header.project,
        }
        for tender in tenders
    ]
    return total, sides, lines


def _described(line: Line, header: Header) -> dict[str, Any]:
    return {
        "account": line.account.code,
        "description": line.description,
        "tax_code": line.tax_code,
        "net": line.net,
        "tax": line.tax,
        "project": line.project or header.project,
    }


def _write(
    company: Company,
    header: Header,
    total: Decimal,
    sides: Iterable[tuple[Account, Decimal]],
    lines: Sequence[Mapping[str, Any]],
) -> Voucher:
    """The voucher and its entries. `sides` face the debtor control account.

    Raises ClosedPeriod or DuplicateNumber, with nothing written.
    """
    _refuse_closed_period(company, header.date)
    if _numbered(company, header.kind, header.number).filter(copy=header.copy).exists():
        raise DuplicateNumber(header.number)
    voucher = Voucher.objects.create(
        company=company,
        kind=header.kind,
        number=header.number,
        copy=header.copy,
        date=header.date,
        debtor=header.debtor,
        currency=header.debtor.currency,
        rate=header.rate,
        total=total,
        reference=header.reference,
        lines=lines,
        fields=header.fields,
    )
    _enter(voucher, sides)
    return voucher


def _enter(voucher: Voucher, sides: Iterable[tuple[Account, Decimal]]) -> None:
    sign = 1 if voucher.kind in DEBITING else -1
    home = _at_rate(sides, voucher)
    owed = sum((amount for _, amount in home), ZERO)
    signed = [(_control(voucher), sign * owed), *((a, -sign * amount) for a, amount in home)]
    _post(voucher, signed)


def _at_rate(
    sides: Iterable[tuple[Account, Decimal]], voucher: Voucher
) -> list[tuple[Account, Decimal]]:
    """The sides in the home currency, together exactly the total in it."""
    home = [(account, half_up(amount * voucher.rate)) for account, amount in sides]
    if voucher.rate == 1 or not home:
        return home
    rest = _at_home(voucher, voucher.total) - sum((amount for _, amount in home), ZERO)
    largest = max(range(len(home)), key=lambda position: abs(home[position][1]))
    account, amount = home[largest]
    home[largest] = (account, amount + rest)
    return home


def _at_home(voucher: Voucher, amount: Decimal) -> Decimal:
    return half_up(amount * voucher.rate)


def _control(voucher: Voucher) -> Account:
    accounts = Account.objects.filter(company_id=voucher.company_id, type=Account.DEBTOR_CONTROL)
    return accounts.earliest("code")


def _post(voucher: Voucher, signed: Iterable[tuple[Account, Decimal]]) -> None:
    """Entries of these amounts, debits above zero."""
    Entry.objects.bulk_create(
        Entry(voucher=voucher, account=a, debit=max(amount, ZERO), credit=max(-amount, ZERO))
        for a, amount in signed
        if amount
    )


def _refuse_closed_period(company: Company, day: date) -> None:
    closed_until = company.switches.get("closed_until")
    if closed_until and day <= date.fromisoformat(closed_until):
        raise ClosedPeriod(day.isoformat())


def find(company: Company, kind: Voucher.Kind, number: str) -> Voucher | None:
    """The voucher of that number, whatever its case; None when there is none."""
    return _numbered(company, kind, number).first()


def _numbered(company: Company, kind: Voucher.Kind, number: str) -> QuerySet[Voucher]:
    return Voucher.objects.filter(company=company, kind=kind, number__iexact=number)


def knock_off(
    source: Voucher, target: Voucher, amount: Decimal, *, entry: KnockOffEntry | None = None
) -> None:
    """Set `amount`, in the debtor's currency, of `source` against `target`.

    Raises OtherDebtor or OverAllocated, with nothing written. Both rows are locked first.
    """
    rows = Voucher.objects.select_for_update().filter(id__in=(source.id, target.id))
    locked = {voucher.id: voucher for voucher in rows.order_by("id")}
    source, target = locked[source.id], locked[target.id]
    if source.debtor_id != target.debtor_id:
        raise OtherDebtor(target.number)
    still_open = min(source.open_amount, target.open_amount)
    if amount > still_open:
        raise OverAllocated(amount, still_open)
    KnockOff.objects.create(source=source, target=target, amount=amount, entry=entry)
    _apply(source, target, amount)


def release(knocked: KnockOff) -> None:
    """Undo a knock-off, and what it realised."""
    source, target = knocked.source, knocked.target
    for voucher in (source, target):
        voucher.refresh_from_db()
    knocked.delete()
    _apply(source, target, -knocked.amount)


def _apply(source: Voucher, target: Voucher, amount: Decimal) -> None:
    _realise(source, target, amount)
    for voucher in (source, target):
        voucher.applied += amount
        voucher.save(update_fields=["applied"])


def _realise(source: Voucher, target: Voucher, amount: Decimal) -> None:
    """Take out of the debtor control what the rates of the two leave there: a loss (debit) when
    what the debtor owed was worth more than what settles it, else a gain."""
    left = sum((_leaving(voucher, amount) for voucher in (source, target)), ZERO)
    if not left:
        return
    later = max(source, target, key=lambda voucher: (voucher.date, voucher.id))
    _post(later, [(_control(later), -left), (_exchange(later), left)])


def _leaving(voucher: Voucher, amount: Decimal) -> Decimal:
    """What `amount` more of the voucher applied is worth at home, debits above zero: all of it
    together is exactly what the voucher put into the debtor control."""
    before, after = voucher.applied, voucher.applied + amount
    worth = _at_home(voucher, after) - _at_home(voucher, before)
    return worth if voucher.kind in DEBITING else -worth


def _exchange(voucher: Voucher) -> Account:
    """The account of gains and losses, opened when there is none yet."""
    accounts = Account.objects.filter(company_id=voucher.company_id)
    found = accounts.filter(type=Account.EXCHANGE).order_by("code").first()
    if found is not None:
        return found
    named = {"name": "Exchange gains and losses", "type": Account.EXCHANGE}
    code = EXCHANGE_CODES[voucher.company.system]
    return accounts.get_or_create(company=voucher.company, code=code, defaults=named)[0]


def cancel(voucher: Voucher) -> None:
    """Void an unapplied voucher, as a person at the accounting PC may: it keeps its number and
    loses its entries. Raises OverAllocated when something is applied to it."""
    if voucher.applied:
        raise OverAllocated(voucher.total, voucher.open_amount)
    voucher.cancelled = True
    voucher.save(update_fields=["cancelled"])
    Entry.objects.filter(voucher=voucher).delete()


def rewrite_sale(voucher: Voucher, header: Header, lines: Sequence[Line]) -> None:
    """Put an unapplied invoice or note anew. Raises as `_rewrite` does."""
    total = sum((line.net + line.tax for line in lines), ZERO)
    _rewrite(voucher, header, total, _sides(lines), [_described(line, header) for line in lines])


def rewrite_money(voucher: Voucher, header: Header, tenders: Sequence[Tender]) -> None:
    """Put an unapplied payment or refund anew. Raises as `_rewrite` does."""
    _rewrite(voucher, header, *_paid(header, tenders))


def _rewrite(
    voucher: Voucher,
    header: Header,
    total: Decimal,
    sides: Iterable[tuple[Account, Decimal]],
    lines: list[dict[str, Any]],
) -> None:
    """Raises ClosedPeriod for the voucher's old day and its new one, and OverAllocated when
    something is applied to it; its number and debtor stay."""
    for day in (voucher.date, header.date):
        _refuse_closed_period(voucher.company, day)
    if voucher.applied:
        raise OverAllocated(voucher.total, voucher.open_amount)
    Entry.objects.filter(voucher=voucher).delete()
    voucher.date, voucher.reference, voucher.rate = header.date, header.reference, header.rate
    voucher.total, voucher.lines, voucher.fields = total, lines, dict(header.fields)
    voucher.save()
    _enter(voucher, sides)


def remove(voucher: Voucher) -> None:
    """Delete a voucher; what it was knocked off against is open again. Raises ClosedPeriod."""
    _refuse_closed_period(voucher.company, voucher.date)
    for knocked in [*voucher.knocks.all(), *voucher.knocked_by.all()]:
        release(knocked)
    voucher.delete()


def prove(company: Company) -> None:
    """Let the database check every voucher of this transaction now, and the trial balance.

    Raises django.db.IntegrityError or Unbalanced.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS sandbox_entry_balances, sandbox_voucher_balances IMMEDIATE;"
            "SET CONSTRAINTS sandbox_entry_balances, sandbox_voucher_balances DEFERRED"
        )
    totals = Account.objects.filter(company=company).aggregate(
        debit=Sum("debits"), credit=Sum("credits")
    )
    if totals["debit"] != totals["credit"]:
        raise Unbalanced(f"debit {totals['debit']}, credit {totals['credit']}")


def trial_balance(company: Company) -> list[dict[str, Any]]:
    """Every account with its balance on the side it falls on, summed from the entries."""
    rows = Account.objects.filter(company=company).order_by("code")
    summed = rows.annotate(
        entered_debit=Coalesce(Sum("entry__debit"), ZERO),
        entered_credit=Coalesce(Sum("entry__credit"), ZERO),
    )
    return [
        {
            "account": row.code,
            "name": row.name,
            "debit": max(row.entered_debit - row.entered_credit, ZERO),
            "credit": max(row.entered_credit - row.entered_debit, ZERO),
        }
        for row in summed
    ]
