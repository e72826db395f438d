"""What the SQL Account API asks of the body of any write, before its fields are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounting.sandbox import masters
from accounting.sandbox.call import Call
from accounting.sandbox.fields import Field, read
from accounting.sandbox.ledger import Header
from accounting.sandbox.models import Debtor, Voucher
from accounting.sandbox.sql_account_registers import HOME, ONE, Register, new_number
from accounting.sandbox.sql_account_tables import WORDS, aborted, not_found
from accounting.sandbox.wire import Refused

BEFORE_CUSTOMER = ("docno", "docdate", "postdate", "taxdate")
SUBMISSION_TYPES = (0, 17, 18)
LARGEST_ID_TYPE = 5


def given(call: Call, table: Sequence[Field], body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body. Raises Refused, also for what the switches make impossible."""
    if not call.body:
        raise Refused("Access violation at address 00000000", status=500, rule="4 O")
    if call.company.switches.get("not_unicode"):
        _refuse_beyond_latin(body)
    values = read(table, _in_order(call, body), WORDS)
    if not 0 <= values.get("idtype", 0) <= LARGEST_ID_TYPE:
        raise WORDS.refusal("bad_number", "10 D", field="idtype", given=values["idtype"])
    if values.get("submissiontype", 0) not in SUBMISSION_TYPES:
        said = {"field": "submissiontype", "given": values["submissiontype"]}
        raise WORDS.refusal("bad_number", "10 D", **said)
    return values


def _refuse_beyond_latin(body: Mapping[str, Any]) -> None:
    try:
        json.dumps(body, ensure_ascii=False, default=str).encode("latin-1")
    except UnicodeEncodeError as problem:
        said = "Cannot transliterate character between character sets"
        raise Refused(said, status=400, rule="4 A") from problem


def _in_order(call: Call, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """With `key_order` on, what was set before the customer is lost to the customer's own."""
    is_new = body is call.body
    if not is_new or not call.company.switches.get("key_order") or "code" not in body:
        return body
    keys = list(body)
    lost = set(keys[: keys.index("code")]) - set(BEFORE_CUSTOMER)
    return {key: value for key, value in body.items() if key not in lost}


def refuse_broken_post(call: Call, resource: str) -> None:
    if resource in call.company.switches.get("not_in_edit", []):
        said = "MainDataSet: Dataset not in edit or insert mode"
        raise Refused(said, status=500, rule="5 O")


def document_header(call: Call, register: Register, values: Mapping[str, Any]) -> Header:
    """The header of a document. Raises Refused for a master that is not there."""
    company = call.company
    debtor = masters.debtor(company, values["code"], WORDS, "code")
    for name in ("project", "agent", "area"):
        masters.require_listed(company, name, [values.get(name, "")], WORDS)
    return Header(
        kind=register.kind,
        number=values.get("docno") or new_number(company, register),
        date=values["docdate"],
        debtor=debtor,
        rate=_rate(call, debtor, values),
        reference=values.get("docref1", ""),
        project=values.get("project", ""),
        fields={
            "resource": register.name,
            "header": _kept(register, values),
            "modified": moment(),
        },
    )


def moment() -> int:
    """Now, in whole seconds since 1970."""
    return int(timezone.now().timestamp())


def _kept(register: Register, values: Mapping[str, Any]) -> dict[str, Any]:
    """The header as it will be shown, without what the voucher itself knows."""
    own = ("docno", "docdate", "code", "docref1", "docamt", "currencycode", "currencyrate")
    away = (*own, "cancelled", "updatecount", "sdsdocdetail", "sdsknockoff")
    kept = {name: value for name, value in values.items() if name not in away}
    for name in ("postdate", "taxdate"):
        kept[name] = kept.get(name, values["docdate"]).isoformat()
    return {**dict.fromkeys(register.texts, ""), **kept}


def _rate(call: Call, debtor: Debtor, values: Mapping[str, Any]) -> Decimal:
    """What is said, or what the company's list of currencies says."""
    company, code = call.company, values.get("currencycode", "")
    spoken = company.currency if code == HOME else code or debtor.currency
    if spoken != debtor.currency:
        raise not_found("8.5 D")
    if debtor.currency == company.currency:
        return masters.rate(company, debtor, values.get("currencyrate"), WORDS, "currencyrate")
    rows = {row["code"]: row for row in masters.listed(company, "currency")}
    if spoken not in rows:
        raise not_found("8.5 D")
    told = values.get("currencyrate", Decimal(str(rows[spoken].get("sellingrate", "1"))))
    return masters.rate(company, debtor, told, WORDS, "currencyrate")


def require_count(call: Call, voucher: Voucher, values: Mapping[str, Any], *, ar: bool) -> None:
    """A change brings the count that follows the one it read (contract 4)."""
    same = ar and call.company.switches.get("ar_updatecount") == "same"
    expect_count(voucher.changes + (0 if same else 1), values, "4 O" if ar else "4 D")


def expect_count(wanted: int, values: Mapping[str, Any], rule: str) -> None:
    if values.get("updatecount") != wanted:
        raise Refused("Record has been changed by another user", status=400, rule=rule)


def refuse_other_identity(voucher: Voucher, values: Mapping[str, Any]) -> None:
    """The number and the customer of a document are not changed."""
    if values.get("docno", voucher.number) != voucher.number:
        raise aborted("7.5 A")
    if values.get("code", voucher.debtor.code) != voucher.debtor.code:
        raise aborted("7.5 A")


def stored(voucher: Voucher) -> dict[str, Any]:
    """A sales document as a body that would write it again."""
    kept = dict(voucher.fields.get("header", {}))
    own = {
        "docno": voucher.number,
        "docdate": voucher.date.isoformat(),
        "code": voucher.debtor.code,
        "docref1": voucher.reference,
    }
    if voucher.rate != ONE:
        own["currencyrate"] = f"{voucher.rate.normalize():f}"
    return {**kept, **own, "sdsdocdetail": voucher.fields.get("lines", [])}
