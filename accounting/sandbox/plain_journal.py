"""The book of a company as a journal in Beancount's plain text, for a judge who knows neither side.

Written from the entries in the book. The balances it asserts are the totals that the database
carried along with every entry, so Beancount adds up the same book a third way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from accounting.sandbox.models import Account, Company, Entry, Voucher

BRANCHES = {
    Account.DEBTOR_CONTROL: "Assets",
    Account.TAX: "Liabilities",
    Account.BANK_CHARGE: "Expenses",
    Account.EXCHANGE: "Expenses",  # a gain stands there below zero
    "asset": "Assets",
    "bank": "Assets",
    "cash": "Assets",
    "liability": "Liabilities",
    "income": "Income",
    "sales": "Income",
    "expense": "Expenses",
}
PLAIN = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def write(company: Company) -> str:
    """Accounts, one transaction a living voucher, and the balance of every account at the end.

    Amounts are in the company's home currency. Neither debtors' names nor what the gateway was
    sent besides are written.
    """
    accounts = list(Account.objects.filter(company=company).order_by("code"))
    vouchers = Voucher.objects.filter(company=company, cancelled=False)
    dates = list(vouchers.values_list("date", flat=True)) or [date(2000, 1, 1)]
    lines = [
        f'option "title" {_text(company.name)}',
        f'option "operating_currency" "{company.currency}"',
        'option "tolerance_multiplier" "0"',
        "",
    ]
    for account in accounts:
        lines += [f"{min(dates)} open {_account(account)}", f"  name: {_text(account.name)}"]
        lines += [f"  code: {_text(account.code)}"]
    lines += ["", *_vouchers(company, vouchers.select_related("debtor").order_by("date", "id"))]
    lines += _balances(company, accounts, max(dates) + timedelta(days=1))
    return "\n".join(lines) + "\n"


def _account(account: Account) -> str:
    code = account.code
    part = code if PLAIN.fullmatch(code) else "X-x" + code.encode().hex()
    return f"{BRANCHES.get(account.type, 'Equity')}:{part}"


def _text(value: str) -> str:
    shown = UNPRINTABLE.sub(" ", value)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _vouchers(company: Company, vouchers: Iterable[Voucher]) -> Iterator[str]:
    sides: dict[int, list[Entry]] = {}
    entries = Entry.objects.filter(voucher__company=company).select_related("account")
    for entry in entries.order_by("id"):
        sides.setdefault(entry.voucher_id, []).append(entry)
    for voucher in vouchers:
        kind = voucher.kind.replace("_", "-")
        yield f"{voucher.date} * {_text(f'{kind} {voucher.number}')} #{kind}"
        yield f"  number: {_text(voucher.number)}"
        yield f"  debtor: {_text(voucher.debtor.code)}"
        yield f"  total: {voucher.total} {voucher.currency}"
        for entry in sides.get(voucher.pk, []):
            yield _side(entry, company.currency)
        yield ""


def _side(entry: Entry, currency: str) -> str:
    amount: Decimal = entry.debit - entry.credit
    return f"  {_account(entry.account)}  {amount} {currency}"


def _balances(company: Company, accounts: Iterable[Account], day: date) -> Iterator[str]:
    for account in accounts:
        amount = account.debits - account.credits
        yield f"{day} balance {_account(account)}  {amount} {company.currency}"
