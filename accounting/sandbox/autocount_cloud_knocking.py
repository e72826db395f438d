"""Open items of a debtor, and the entries that set them against each other (contract 10.2, 10.3).

Debits (invoices, payouts) have amounts above zero, credits (receipts, credit notes) below; an entry
sums to zero. What one entry knocks off is kept pair by pair, so that deleting it gives all back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from accounting.sandbox import autocount_cloud_tables as tables
from accounting.sandbox import ledger
from accounting.sandbox.autocount_cloud_ask import Ask, created
from accounting.sandbox.autocount_cloud_body import Reader, Values, read_date
from accounting.sandbox.autocount_cloud_book import Book, not_exists, refused
from accounting.sandbox.autocount_cloud_numbers import next_entry_number, stamps
from accounting.sandbox.call import Answer
from accounting.sandbox.ledger import DEBITING, Kind
from accounting.sandbox.models import ZERO, Debtor, KnockOff, KnockOffEntry, Voucher

KEYS_FROM = 1_000_000  # open items have keys of their own, unlike those of their documents
Row = tuple[Voucher, Decimal]


def outstanding(ask: Ask) -> Answer:
    """Every open item of a debtor dated on or before a day, credits below zero."""
    debtor = ask.book.debtor(ask.required("accNo"), "Account")
    day = read_date(ask.required("docDate"), "docDate")
    rows = [_open_item(ask.book, voucher) for voucher in open_items(ask.book, debtor, day)]
    wrapped = ask.book.switch("outstanding_shape", "array") == "data"
    return Answer(200, {"data": rows} if wrapped else rows)


def open_items(book: Book, debtor: Debtor, day: date | None = None) -> QuerySet[Voucher]:
    rows = Voucher.objects.filter(
        company=book.company, debtor=debtor, cancelled=False, applied__lt=F("total")
    )
    if book.switch("or_debtor_open_item", "on") == "off":
        rows = rows.exclude(kind__in=(Kind.PAYMENT, Kind.REFUND))
    return (rows.filter(date__lte=day) if day else rows).order_by("id")


def sign(voucher: Voucher) -> int:
    return 1 if voucher.kind in DEBITING else -1


def _open_item(book: Book, voucher: Voucher) -> dict[str, Any]:
    amount, applied = sign(voucher) * voucher.total, sign(voucher) * voucher.applied
    return {
        "koTransKey": KEYS_FROM + voucher.pk,
        "sourceType": book.type_codes()[voucher.kind],
        "sourceKey": voucher.pk,
        "sourceDtlKey": None,
        "docNo": voucher.number,
        "docDate": f"{voucher.date.isoformat()}T00:00:00",
        "accNo": voucher.debtor.code,
        "currencyCode": voucher.currency,
        "currencyRate": voucher.rate,
        "amount": amount,
        "localAmount": ledger.half_up(amount * voucher.rate),
        "knockOffAmount": applied,
        "localKnockOffAmount": ledger.half_up(applied * voucher.rate),
    }


def create_entry(ask: Ask) -> Answer:
    """Knock off what the rows name. Raises Refused, with nothing written."""
    book, reader = ask.book, Reader(ask.book)
    master = reader.part(ask.body, "master", tables.KNOCK_OFF)
    given = reader.rows(ask.body, "details", tables.KNOCK_OFF_LINE)
    book.require_open(master["docDate"])
    book.require_listed("departments", "Dept", master.get("deptNo"))
    debtor = book.debtor(master["accNo"], "Account")
    rows = [_row(book, debtor, master["docDate"], row) for row in given]
    _check_together(rows)
    entry = KnockOffEntry.objects.create(
        company=book.company,
        number=next_entry_number(book, master.get("docNo", "")),
        date=master["docDate"],
        debtor=debtor,
        rows=[_kept(book, voucher, amount) for voucher, amount in rows],
        fields={"master": master, **stamps(ask, None)},
    )
    for source, target, amount in _pairs(rows):
        ledger.knock_off(source, target, amount, entry=entry)
    return created("knockOffEntry", "docNo", entry.number)


def _row(book: Book, debtor: Debtor, day: date, row: Values) -> Row:
    kinds = {code: kind for kind, code in book.type_codes().items()}
    if row["docType"] not in kinds:
        raise refused(f"DocType {row['docType']} is not valid", "18.9 D")
    said = f"{row['docType']} {row['docNo']}"
    voucher = _voucher(book, kinds[row["docType"]], row)
    if voucher.debtor_id != debtor.pk:
        raise refused(f"Document {said} is not of {debtor.code}", "18.9 A")
    amount: Decimal = row["knockOffAmount"]
    if amount * sign(voucher) <= 0:
        raise refused(f"KnockOffAmount {amount} of {said} has the wrong sign", "18.9 D")
    is_open = open_items(book, debtor).filter(pk=voucher.pk).exists()
    if abs(amount) > (voucher.open_amount if is_open else ZERO):
        raise refused(f"KnockOffAmount {amount} of {said} is more than outstanding", "18.9 A")
    if day < voucher.date and book.switch("ko_date_check", "on") == "on":
        raise refused(f"The knock off is dated before {said}", "18.9 A")
    return voucher, amount


def _voucher(book: Book, kind: str, row: Values) -> Voucher:
    rows = Voucher.objects.filter(company=book.company, kind=kind, number__iexact=row["docNo"])
    voucher = rows.order_by("copy").first()
    if voucher is None:
        raise not_exists(f"{row['docType']} document", row["docNo"], "18.9 A")
    return voucher


def _kept(book: Book, voucher: Voucher, amount: Decimal) -> dict[str, Any]:
    """A row as it is read back, also when its document is gone."""
    return {
        "koTransKey": KEYS_FROM + voucher.pk,
        "sourceType": book.type_codes()[voucher.kind],
        "docNo": voucher.number,
        "knockOffAmount": amount,
        "amount": sign(voucher) * voucher.total,
        "localAmount": ledger.half_up(amount * voucher.rate),
    }


def _check_together(rows: Sequence[Row]) -> None:
    if len({voucher.pk for voucher, _ in rows}) < len(rows):
        raise refused("A document can be knocked off once in an entry", "18.9 D")
    rest = sum((amount for _, amount in rows), ZERO)
    if rest:
        raise refused(f"Total debit and total credit differ by {rest}", "18.9 A")


def _pairs(rows: Sequence[Row]) -> Iterator[tuple[Voucher, Voucher, Decimal]]:
    """Source, target and amount of what fills each debit from the credits, in their order."""
    crediting = deque((voucher, -amount) for voucher, amount in rows if amount < 0)
    for debit, owed in ((voucher, amount) for voucher, amount in rows if amount > 0):
        rest = owed
        while rest:
            credit, left = crediting.popleft()
            part = min(rest, left)
            yield (debit, credit, part) if debit.kind == Kind.REFUND else (credit, debit, part)
            rest -= part
            if left > part:
                crediting.appendleft((credit, left - part))


def release_entry(entry: KnockOffEntry) -> None:
    """Give back what the entry knocked off."""
    for knock in KnockOff.objects.filter(entry=entry).order_by("-id"):
        ledger.release(knock)
