"""From the lines of a body to lines of the ledger: what items, units and tax codes allow, and what
the system computes itself.

A line's amount is its quantity times its unit price, rounded to the decimals of unit prices, less
its discount; a stated amount that differs has no effect, so what a client reads back differs
(contract 8.3 and 15: whether stated amounts are honoured is open, and computing shows a mistake).
Stated tax is taken as it is, unless `tax_scope` is switched on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting.sandbox import ledger, masters, taxes
from accounting.sandbox.call import Call
from accounting.sandbox.ledger import Line
from accounting.sandbox.models import ZERO, Account, Item, TaxCode
from accounting.sandbox.sql_account_registers import Register
from accounting.sandbox.sql_account_tables import WORDS, aborted, not_found
from accounting.sandbox.wire import Refused

SEQ_STEP = 1000
KEYS_PER_DOCUMENT = 1000
FIVE_CENTS, FIVE_CENTS_ITEM = Decimal("0.05"), "RTN5Cents"
HUNDRED = Decimal("100")
PARENT = "parent"  # the type of an account that only adds up others

Row = dict[str, Any]


def item_lines(call: Call, register: Register, rows: list[Row]) -> tuple[list[Line], list[Row]]:
    """The lines of a sales document, and the same as they will be shown. Raises Refused."""
    _require_sequence(rows)
    items = _items(call, rows)
    for row in rows:
        _require_item_terms(call, items[row["itemcode"]], row)
        row["account"] = row.get("account") or _sales_account(items[row["itemcode"]], register)
        row["unitprice"] = _unit_price(call, row["unitprice"])
        row["amount"] = ledger.half_up(row["qty"] * row["unitprice"]) - _discount(row)
    lines = _lines(call, rows)
    if register.name == "salesinvoice" and call.company.switches.get("five_cents"):
        _round_to_five_cents(call, lines, rows)
    return lines, [_shown(row, line) for row, line in zip(rows, lines, strict=True)]


def account_lines(call: Call, rows: list[Row]) -> tuple[list[Line], list[Row]]:
    """The lines of an AR credit note, and the same as they will be shown. Raises Refused."""
    for row in rows:
        if row.get("tax", "").startswith(("ST", "SV")) and not row.get("tariff"):
            raise WORDS.refusal("missing", "7.5 O", field="tariff")
    lines = _lines(call, rows)
    return lines, [_shown(row, line) for row, line in zip(rows, lines, strict=True)]


def require_units_first(rows: Sequence[Mapping[str, Any]]) -> None:
    """A quantity that comes before its unit is priced anew, and the save fails."""
    for row in rows:
        names = list(row)
        if "uom" in names and "qty" in names and names.index("uom") > names.index("qty"):
            raise aborted("7.2 D")


def with_keys(document: int, rows: Sequence[Row], kept: Sequence[Row]) -> list[Row]:
    """The shown lines with a key each: the one they brought if it is theirs, else a new one."""
    own = {row["dtlkey"] for row in kept}
    last = max(own, default=document * KEYS_PER_DOCUMENT)
    keyed = []
    for row in rows:
        key = row.get("dtlkey")
        last += key not in own
        keyed.append({**row, "dtlkey": key if key in own else last})
    return keyed


def _require_sequence(rows: Sequence[Row]) -> None:
    """Lines numbered otherwise than 1000, 2000 … lose their items."""
    seqs = [row["seq"] for row in rows]
    if any(seq <= 0 or seq % SEQ_STEP for seq in seqs) or len(set(seqs)) < len(seqs):
        raise aborted("7.2 O")


def _items(call: Call, rows: Sequence[Row]) -> Mapping[str, Item]:
    codes = [row.get("itemcode", "") for row in rows]
    try:
        return masters.items(call.company, codes, WORDS, "itemcode")
    except Refused as refusal:
        raise aborted() from refusal


def _require_item_terms(call: Call, item: Item, row: Row) -> None:
    switched, company = call.company.switches, call.company
    if not item.active:
        raise aborted("6 O")
    if row.get("uom", "") not in item.units:
        raise aborted()
    if switched.get("location_required") and not row.get("location"):
        raise aborted()
    if switched.get("classification_required") and not row.get("irbm_classification"):
        raise aborted()
    least = item.fields.get("minprice")
    if least is not None and row["unitprice"] < Decimal(str(least)):
        raise aborted("5 D")
    for name in ("location", "project"):
        masters.require_listed(company, name, [row.get(name, "")], WORDS)


def _sales_account(item: Item, register: Register) -> str:
    own = str(item.fields.get("account", ""))
    if register.name == "salescreditnote":
        own = str(item.fields.get("returns", own))
    if own:
        return own
    rows = Account.objects.filter(company_id=item.company_id, type="sales").order_by("code")
    first = rows.values_list("code", flat=True).first()
    if first is None:
        raise aborted("7.2 A")
    return first


def _unit_price(call: Call, price: Decimal) -> Decimal:
    places = call.company.switches.get("unit_price_decimals", 2)
    return price.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _discount(row: Row) -> Decimal:
    """Of a chain of amounts and rates, as in `5%+3`."""
    full = left = row["qty"] * row["unitprice"]
    for part in filter(None, str(row.get("disc", "")).split("+")):
        try:
            value = Decimal(part.removesuffix("%"))
        except ArithmeticError as problem:
            raise WORDS.refusal("bad_number", "7.2 D", field="disc", given=part) from problem
        left -= left * value / HUNDRED if part.endswith("%") else value
    return ledger.half_up(full - left)


def _lines(call: Call, rows: list[Row]) -> list[Line]:
    if any(row.get("tax") for row in rows) and call.company.switches.get("no_tax_module"):
        said = "could not convert variant of type (Null) into (Integer)"
        raise Refused(said, status=500, rule="5 D")
    accounts = masters.accounts(call.company, (r["account"] for r in rows), WORDS, "account")
    if any(account.type == PARENT for account in accounts.values()):
        raise not_found("6 A")
    codes = masters.tax_codes(call.company, (r["tax"] for r in rows if r.get("tax")), WORDS, "tax")
    charged = _taxes(call, rows, codes)
    lines = [
        _line(row, accounts[row["account"]], codes.get(row.get("tax", "")), tax)
        for row, tax in zip(rows, charged, strict=True)
    ]
    if sum((line.net + line.tax for line in lines), ZERO) < 0:
        raise WORDS.refusal("negative")
    return lines


def _line(row: Row, account: Account, code: TaxCode | None, tax: Decimal) -> Line:
    return Line(
        account=account,
        description=row.get("description", ""),
        net=row["amount"] - tax if row.get("taxinclusive") else row["amount"],
        tax=tax,
        tax_code=code.code if code else "",
        tax_account=code.account if code else None,
        project=row.get("project", ""),
    )


def _taxes(call: Call, rows: list[Row], codes: Mapping[str, TaxCode]) -> list[Decimal]:
    """The tax of each line: what is stated, or what the book computes."""
    if any(row.get("taxamt") and not row.get("tax") for row in rows):
        raise aborted("8.2 D")
    computes = "tax_scope" in call.company.switches
    found: list[Decimal] = [row.get("taxamt", ZERO) for row in rows]
    for (code, rate, inclusive), positions in _taxed_alike(rows, codes).items():
        alike = TaxCode(pk=codes[code].pk, code=code, rate=rate)
        habit = taxes.habit(call.company, scope=taxes.LINE, inclusive=inclusive, spread=False)
        shares = habit.of([(rows[position]["amount"], alike) for position in positions])
        for position, share in zip(positions, shares, strict=True):
            if computes or "taxamt" not in rows[position]:
                found[position] = share
    return found


def _taxed_alike(
    rows: list[Row], codes: Mapping[str, TaxCode]
) -> dict[tuple[str, Decimal, bool], list[int]]:
    """Positions of the lines by tax code and rate; a line's own rate goes before the code's."""
    found: dict[tuple[str, Decimal, bool], list[int]] = {}
    for position, row in enumerate(rows):
        if row.get("tax"):
            said = row.get("taxrate", "").removesuffix("%")
            rate = Decimal(said) if said else codes[row["tax"]].rate
            alike = (row["tax"], rate, bool(row.get("taxinclusive")))
            found.setdefault(alike, []).append(position)
    return found


def _round_to_five_cents(call: Call, lines: list[Line], rows: list[Row]) -> None:
    """Add the line that the option for five sen adds (contract 8.3)."""
    total = sum((line.net + line.tax for line in lines), ZERO)
    rest = (total / FIVE_CENTS).quantize(Decimal(1), ROUND_HALF_UP) * FIVE_CENTS - total
    if not rest:
        return
    item = masters.items(call.company, [FIVE_CENTS_ITEM], WORDS, "itemcode")[FIVE_CENTS_ITEM]
    code = str(item.fields.get("account", ""))
    row: Row = {
        "seq": max(one["seq"] for one in rows) + SEQ_STEP,
        "itemcode": item.code,
        "uom": item.units[0],
        "qty": Decimal("1.00"),
        "unitprice": rest,
        "account": code,
        "amount": rest,
    }
    account = masters.accounts(call.company, [code], WORDS, "account")[code]
    rows.append(row)
    lines.append(_line(row, account, None, ZERO))


def _shown(row: Row, line: Line) -> Row:
    """Money as text, because the books keep these lines as they are shown."""
    shown = {
        **dict.fromkeys(("project", "description", "tax", "taxrate", "tariff"), ""),
        **row,
        "taxinclusive": bool(row.get("taxinclusive")),
        "taxamt": line.tax,
        "localamount": line.net,
        "amountwithtax": line.net + line.tax,
    }
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in shown.items()
    }
