"""What can be done with the documents of AutoCount Cloud: read, written, changed, deleted, voided.

A change lays what it says over what was sent before: keys that are left out stay, blanks erase, and
lines are laid over by their place, a shorter list taking the tail away (contract 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounting.sandbox import autocount_cloud_knocking as knocking
from accounting.sandbox import ledger, wire
from accounting.sandbox.autocount_cloud_ask import Ask, created, done, not_found, unknown
from accounting.sandbox.autocount_cloud_book import refused
from accounting.sandbox.autocount_cloud_cash import write_money
from accounting.sandbox.autocount_cloud_listing import Listed
from accounting.sandbox.autocount_cloud_sales import write_sale
from accounting.sandbox.autocount_cloud_showing import entry_master, master, show, show_entry
from accounting.sandbox.autocount_cloud_tables import CASH_KINDS, REQUIRED_PART, VOID
from accounting.sandbox.call import Answer
from accounting.sandbox.ledger import Kind
from accounting.sandbox.models import KnockOffEntry, Voucher

Write = Callable[[Ask, Voucher | None], Voucher]


@dataclass(frozen=True, slots=True)
class Register:
    """Documents of one resource: `write` writes one of `kinds`, in place of another if given."""

    resource: str
    kinds: frozenset[Voucher.Kind]
    write: Write

    def one(self, ask: Ask) -> Answer:
        number = ask.required("docNo")
        voucher = self._find(ask, number)
        if voucher is None:
            return unknown(ask.book, self.resource, number)
        return Answer(200, show(ask.book, voucher))

    def create(self, ask: Ask) -> Answer:
        return created(self.resource, "docNo", self.write(ask, None).number)

    def change(self, ask: Ask) -> Answer:
        """Raises Refused or, for a document that was knocked off, ledger.Refusal."""
        voucher = self._named(ask)
        if not isinstance(ask.body.get("master"), dict):
            raise refused(REQUIRED_PART.format("Master"), "18.6 O")
        ask.book.require_open(voucher.date)
        merged = _laid_over(wire.load(voucher.fields["sent"].encode()), ask.body)
        changed = Ask(book=ask.book, query=ask.query, body=merged, user=ask.user)
        self.write(changed, voucher)
        return done()

    def delete(self, ask: Ask) -> Answer:
        voucher = self._named(ask)
        ask.book.require_open(voucher.date)
        ledger.cancel(voucher)
        voucher.delete()
        return done()

    def void(self, ask: Ask) -> Answer:
        """The number stays taken."""
        voucher = self._named(ask)
        ask.book.require_open(voucher.date)
        ledger.cancel(voucher)
        voucher.fields["voidReason"] = str(ask.body.get("voidReason", ""))
        voucher.save(update_fields=["fields"])
        return done()

    def rows(self, ask: Ask) -> QuerySet[Voucher]:
        kinds = self.kinds
        if wanted := ask.one("docType"):
            kinds &= {kind for code, kind in CASH_KINDS.items() if code == wanted.upper()}
        found = Voucher.objects.filter(company=ask.book.company, kind__in=kinds)
        return found.select_related("debtor")

    def listed(self, texts: Mapping[str, str]) -> Listed:
        return Listed(rows=self.rows, show=master, texts=texts)

    def _find(self, ask: Ask, number: str) -> Voucher | None:
        return self.rows(ask).filter(number__iexact=number).order_by("pk").first()

    def _named(self, ask: Ask) -> Voucher:
        number = ask.required("docNo")
        if not (voucher := self._find(ask, number)):
            raise not_found(self.resource, number)
        if voucher.cancelled:
            raise refused(VOID, "18.6 A")
        return voucher


def _laid_over(sent: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**sent, **body, "master": {**sent["master"], **body["master"]}}
    for name in ("details", "paymentDetails"):
        if isinstance(body.get(name), list) and name in sent:
            merged[name] = _rows_laid_over(sent[name], body[name])
    return merged


def _rows_laid_over(sent: list[Any], given: list[Any]) -> list[Any]:
    before = [*sent, *({} for _ in given[len(sent) :])]
    return [
        {**old, **new} if isinstance(new, dict) else new
        for old, new in zip(before, given, strict=False)
    ]


def entries(ask: Ask) -> QuerySet[KnockOffEntry]:
    return KnockOffEntry.objects.filter(company=ask.book.company).select_related("debtor")


def one_entry(ask: Ask) -> Answer:
    number = ask.required("docNo")
    entry = entries(ask).filter(number__iexact=number).first()
    if entry is None:
        return unknown(ask.book, "knockOffEntry", number)
    return Answer(200, show_entry(ask.book, entry))


def delete_entry(ask: Ask) -> Answer:
    entry = _entry(ask)
    knocking.release_entry(entry)
    entry.delete()
    return done()


def void_entry(ask: Ask) -> Answer:
    entry = _entry(ask)
    if entry.cancelled:
        raise refused(VOID, "18.6 A")
    knocking.release_entry(entry)
    entry.cancelled = True
    entry.save(update_fields=["cancelled"])
    return done()


def _entry(ask: Ask) -> KnockOffEntry:
    number = ask.required("docNo")
    entry = entries(ask).filter(number__iexact=number).first()
    if entry is None:
        raise not_found("knockOffEntry", number)
    ask.book.require_open(entry.date)
    return entry


INVOICES = Register(
    "invoice",
    frozenset({Kind.INVOICE}),
    lambda ask, over: write_sale(ask, Kind.INVOICE, over),
)
CREDIT_NOTES = Register(
    "creditNote",
    frozenset({Kind.CREDIT_NOTE}),
    lambda ask, over: write_sale(ask, Kind.CREDIT_NOTE, over),
)
PAYMENTS = Register("payment", frozenset(CASH_KINDS.values()), write_money)
INVOICES_LISTED = INVOICES.listed(
    {"docNo": "number", "debtorCode": "debtor__code", "salesAgent": "fields__master__salesAgent"}
)
CREDIT_NOTES_LISTED = CREDIT_NOTES.listed({})
PAYMENTS_LISTED = PAYMENTS.listed({})
ENTRIES_LISTED = Listed(
    rows=entries, show=entry_master, texts={"docNo": "number", "accNo": "debtor__code"}
)
