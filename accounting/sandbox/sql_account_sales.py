"""Sales invoices, debit notes and credit notes, and AR credit notes, of the SQL Account API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounting.sandbox import ledger, masters
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.ledger import Header, Kind, Line
from accounting.sandbox.models import ZERO, Debtor, Voucher
from accounting.sandbox.sql_account_bodies import (
    document_header,
    given,
    refuse_broken_post,
    refuse_other_identity,
    require_count,
    stored,
)
from accounting.sandbox.sql_account_knock_offs import apply
from accounting.sandbox.sql_account_lines import (
    account_lines,
    item_lines,
    require_units_first,
    with_keys,
)
from accounting.sandbox.sql_account_registers import Register, created, one, whole
from accounting.sandbox.sql_account_tables import AGAINST_DEBIT, CREDIT, SALE, WORDS
from accounting.sandbox.wire import Refused


def create(call: Call, *, register: Register) -> Answer:
    refuse_broken_post(call, register.name)
    values = _read(call, register, call.body)
    header, lines, shown = _document(call, register, values)
    voucher = ledger.post_sale(call.company, header, lines)
    _keep_lines(voucher, with_keys(voucher.pk, shown, []))
    if register.kind == Kind.INVOICE:
        _refuse_beyond_credit_limit(voucher.debtor)
    apply(voucher, values.get("sdsknockoff", []), AGAINST_DEBIT)
    voucher.refresh_from_db()
    return created(call, whole(register, voucher))


def _read(call: Call, register: Register, body: Mapping[str, Any]) -> dict[str, Any]:
    values = given(call, SALE if register.sales else CREDIT, body)
    require_units_first(call.body.get("sdsdocdetail", []))
    return values


def _document(
    call: Call, register: Register, values: dict[str, Any]
) -> tuple[Header, list[Line], list[dict[str, Any]]]:
    header = document_header(call, register, values)
    masters.require_term(call.company, values.get("terms", ""), WORDS, "terms")
    rows = values["sdsdocdetail"]
    if register.sales:
        return header, *item_lines(call, register, rows)
    return header, *account_lines(call, rows)


def _keep_lines(voucher: Voucher, lines: Sequence[Mapping[str, Any]]) -> None:
    voucher.fields = {**voucher.fields, "lines": lines}
    voucher.save(update_fields=["fields"])


def _refuse_beyond_credit_limit(debtor: Debtor) -> None:
    """The limit counts what is open, this document with it (contract 7.1 and 13)."""
    limit = Decimal(debtor.fields.get("creditlimit") or "0")
    if not limit or debtor.fields.get("allowexceedcreditlimit"):
        return
    rows = Voucher.objects.filter(debtor=debtor, kind__in=(Kind.INVOICE, Kind.DEBIT_NOTE))
    if sum((row.open_amount for row in rows), ZERO) > limit:
        raise Refused("Customer has exceeded the credit limit", status=400, rule="13 D")


def update(call: Call, *, register: Register) -> Answer:
    """What the body names becomes so, the lines all together; the rest stays as it is."""
    voucher = register.find(call)
    before = stored(voucher)
    values = _read(call, register, {**before, **call.body})
    require_count(call, voucher, values, ar=False)
    refuse_other_identity(voucher, values)
    if values.get("cancelled"):
        _cancel(voucher)
    else:
        _rewrite(call, register, voucher, values)
    return one(call, whole(register, voucher))


def _cancel(voucher: Voucher) -> None:
    _refuse_knocked_off(voucher)
    voucher.changes += 1
    voucher.save(update_fields=["changes"])
    ledger.cancel(voucher)


def _rewrite(call: Call, register: Register, voucher: Voucher, values: dict[str, Any]) -> None:
    _refuse_knocked_off(voucher)
    if voucher.cancelled:
        raise Refused(f"Document {voucher.number} is cancelled", status=400, rule="7.2 A")
    kept = voucher.fields.get("lines", [])
    header, lines, shown = _document(call, register, values)
    voucher.changes += 1
    ledger.rewrite_sale(voucher, header, lines)
    _keep_lines(voucher, with_keys(voucher.pk, shown, kept))


def _refuse_knocked_off(voucher: Voucher) -> None:
    if voucher.applied:
        said = f"Document {voucher.number} has been knocked off"
        raise Refused(said, status=400, rule="9 A")


def delete(call: Call, *, register: Register) -> Answer:
    """Whatever it was knocked off against is open again (contract 9.7)."""
    ledger.remove(register.find(call))
    return Answer(204, None)
