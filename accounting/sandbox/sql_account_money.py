"""Payments and refunds of the SQL Account API, and changes of AR documents.

Of an AR document only texts and knock-offs are changed here; what touches its amounts is refused.
(The contract uses no other change of them.)
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounting.sandbox import ledger, masters
from accounting.sandbox.call import Answer, Call
from accounting.sandbox.ledger import Kind, Tender
from accounting.sandbox.models import ZERO, Voucher
from accounting.sandbox.sql_account_bodies import (
    document_header,
    given,
    moment,
    refuse_broken_post,
    refuse_other_identity,
    require_count,
)
from accounting.sandbox.sql_account_knock_offs import Targets, apply
from accounting.sandbox.sql_account_registers import MONEY_TEXTS, Register, created, one, whole
from accounting.sandbox.sql_account_tables import (
    AGAINST_CREDIT,
    AGAINST_DEBIT,
    CREDIT_CHANGE,
    MONEY,
    MONEY_CHANGE,
    WORDS,
    aborted,
)


def create(call: Call, *, register: Register) -> Answer:
    refuse_broken_post(call, register.name)
    values = given(call, MONEY, call.body)
    if values["docamt"] <= 0:
        raise WORDS.refusal("bad_number", "7.3 D", field="docamt", given=values["docamt"])
    project = values.get("paymentproject", "")
    masters.require_listed(call.company, "project", [project], WORDS)
    charge = values.get("bankcharge", ZERO)
    tender = _tender(call, values, charge)
    header = document_header(call, register, {**values, "bankcharge": f"{charge:f}"})
    voucher = ledger.post_money(call.company, header, [tender])
    apply(voucher, values.get("sdsknockoff", []), _targets(register))
    voucher.refresh_from_db()
    return created(call, whole(register, voucher))


def _targets(register: Register) -> Targets:
    return AGAINST_CREDIT if register.kind == Kind.REFUND else AGAINST_DEBIT


def _tender(call: Call, values: Mapping[str, Any], charge: Decimal) -> Tender:
    company, code = call.company, values["paymentmethod"]
    method = masters.payment_methods(company, [code], WORDS, "paymentmethod")[code]
    bank = values.get("bankchargeaccount", "")
    if charge and not bank:
        raise WORDS.refusal("missing", "7.3 O", field="bankchargeaccount")
    if not 0 <= charge <= values["docamt"]:
        raise WORDS.refusal("bad_number", "7.3 O", field="bankcharge", given=charge)
    charged = masters.accounts(company, [bank] if bank else [], WORDS, "bankchargeaccount")
    return Tender(
        account=method.account,
        method=code,
        amount=values["docamt"],
        charge=charge,
        charge_account=charged.get(bank),
    )


def update(call: Call, *, register: Register) -> Answer:
    voucher = register.find(call)
    table = CREDIT_CHANGE if register.kind == Kind.CREDIT_NOTE else MONEY_CHANGE
    values = given(call, table, call.body)
    require_count(call, voucher, values, ar=True)
    refuse_other_identity(voucher, values)
    _refuse_other_amounts(call, register, voucher, values)
    _keep_texts(register, voucher, values)
    if "sdsknockoff" in values:
        apply(voucher, values["sdsknockoff"], _targets(register))
    voucher.refresh_from_db()
    return one(call, whole(register, voucher))


def _refuse_other_amounts(
    call: Call, register: Register, voucher: Voucher, values: Mapping[str, Any]
) -> None:
    shown = whole(register, voucher)
    changed = values.get("docdate", voucher.date) != voucher.date or values.get("cancelled")
    changed = changed or values.get("docamt", voucher.total) != voucher.total
    method = shown.get("paymentmethod")
    changed = changed or values.get("paymentmethod", method) != method
    lines = call.body.get("sdsdocdetail", shown.get("sdsdocdetail"))
    if changed or voucher.cancelled or lines != shown.get("sdsdocdetail"):
        raise aborted("7.5 A")


def _keep_texts(register: Register, voucher: Voucher, values: Mapping[str, Any]) -> None:
    kept = dict(voucher.fields.get("header", {}))
    for name in ("description", "docref2", "docnoex", *MONEY_TEXTS):
        if name in values and name in register.texts:
            kept[name] = values[name]
    voucher.reference = values.get("docref1", voucher.reference)
    voucher.fields = {**voucher.fields, "header": kept, "modified": moment()}
    voucher.changes += 1
    voucher.save(update_fields=["fields", "reference", "changes"])
