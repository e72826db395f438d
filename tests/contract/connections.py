"""The four connections, and books for each that know the codes of the tests."""

from __future__ import annotations

from typing import Any

from accounting.soak.policies import GATEWAYS, ROLES
from shopify_app.demo import connections as known
from tests.contract.bench import Connection

# What the generated lives call an account -> its number in the chart.
NAMED = {
    "sales": "500-000",
    "returns": "510-000",
    "returns_nostock": "510-100",
    **{role: f"52{at // 10}-{at % 10}00" for at, role in enumerate(ROLES)},
    **{account: f"31{at}-000" for at, account in enumerate(GATEWAYS.values())},
}
# Money moves through these: clearing accounts, and what gift cards and store credit are owed on.
MONEY = {*GATEWAYS.values(), "gift_card", "store_credit"}
NUMBERS = {*NAMED.values(), "500-100", "530-000", "310-005", "900-100"}
BANKS = {*(NAMED[account] for account in GATEWAYS.values()), "310-005"}
TAXES = {"ST": 10, "SV8": 8, "S10": 10, "SR9": 9, "ZR": 0, "L5": 5, "CH": 8}
DEBTORS = [{"code": "300-C0001", "name": "Online customers", "currency": "MYR"}]
DEBTORS += [{"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"}]
DEBTORS += [{"code": f"300-L{n:03}", "name": f"Life {n}", "currency": "MYR"} for n in range(500)]
OTHERS = {"902-000": "bank_charge", "980-000": "exchange", "990-000": "rounding"}
FIELDS = {
    "number": ("docno", "number"),
    "customer": ("customer", "debtor", "code", "accno"),
    "account": ("account", "accno"),
    "tax code": ("tax",),
    "payment method": ("payment", "account"),
}


def _books(kind: known.Connection, methods: dict[str, str]) -> dict[str, Any]:
    types = {number: "bank" if number in BANKS else "income" for number in sorted(NUMBERS)}
    return {
        "currency": "MYR",
        "accounts": [
            {"code": kind.account(number), "name": number, "type": type_}
            for number, type_ in {**types, **OTHERS}.items()
        ],
        "debtors": DEBTORS,
        "tax_codes": [{"code": code, "rate": rate} for code, rate in TAXES.items()],
        "payment_methods": [
            {"code": method, "account": kind.account(number)} for number, method in methods.items()
        ],
    }


def _connection(kind: known.Connection, *, writes: int, reads: int) -> Connection:
    moved = sorted({NAMED[name] for name in MONEY} | BANKS)
    methods = {number: kind.payment_method(f"PAY{number}", number) for number in moved}
    access = kind.access(kind.name)
    return Connection(
        name=kind.name,
        system=kind.system,
        way=kind.way,
        company=kind.opening(kind.name, _books(kind, methods)),
        credentials=access.credentials,
        settings=access.settings,
        switches=kind.switches,
        control=kind.account("300-000"),
        codes={number: kind.account(number) for number in NUMBERS},
        accounts={name: kind.account(number) for name, number in NAMED.items()},
        methods={**{name: methods[NAMED[name]] for name in MONEY}, **methods},
        fields=FIELDS,
        writes=writes,
        reads=reads,
    )


CONNECTIONS = (
    _connection(known.ACCTBRIDGE_TO_SQL, writes=3, reads=0),
    _connection(known.ACCTBRIDGE_TO_AUTOCOUNT, writes=3, reads=0),
    _connection(known.SQL_ACCOUNT_API, writes=2, reads=0),
    _connection(known.AUTOCOUNT_CLOUD, writes=3, reads=3),
)
